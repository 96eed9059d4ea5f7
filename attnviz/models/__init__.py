"""Models: a request to a `Trace`, whatever is read."""

from attnviz.models.base import Check, Model, ModelError, check
from attnviz.models.catalog import load_model, loaded, trace, wrap

__all__ = ["Check", "Model", "ModelError", "check", "load_model", "loaded", "trace", "wrap"]
