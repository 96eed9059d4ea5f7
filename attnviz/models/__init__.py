"""Models: a request to a `Trace`, whatever is read."""

from attnviz.models.base import Model
from attnviz.models.catalog import load_model, loaded, trace, wrap
from attnviz.models.checking import Check, check
from attnviz.models.errors import ModelError

__all__ = ["Check", "Model", "ModelError", "check", "load_model", "loaded", "trace", "wrap"]
