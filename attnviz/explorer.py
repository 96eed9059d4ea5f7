"""The name that `attnviz.client` had: what was imported from here still is."""

from attnviz.client import WHOLE, html, notes, packed_choice, packed_pictures, packed_trace, packed_vectors, script

__all__ = ["WHOLE", "html", "notes", "packed_choice", "packed_pictures", "packed_trace", "packed_vectors", "script"]
