"""Models: text to `AttentionTrace`."""

from attnviz.models.base import Check, Model, ModelError, check
from attnviz.models.catalog import OFFERS, Offer, load_model, trace, wrap

__all__ = ["OFFERS", "Check", "Model", "ModelError", "Offer", "check", "load_model", "trace", "wrap"]
