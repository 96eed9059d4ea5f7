"""What is said of a model that cannot be had or shown."""

from __future__ import annotations

from attnviz.errors import AttnvizError


class ModelError(AttnvizError):
    """A model that cannot be loaded or shown; the message says why and what to do."""
