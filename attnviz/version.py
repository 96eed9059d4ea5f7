"""The version, apart from everything else, so that whatever writes it down can read it."""

__version__ = "0.1.0"
