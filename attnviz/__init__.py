"""attnviz: see what attention computes, on any sentence, with every number.

>>> import attnviz
>>> trace = attnviz.trace("The cat, which was black, sat on the mat", model="random")
>>> trace.layers[0].weights.shape  # head, query, key
torch.Size([4, 11, 11])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from attnviz.attention import Attention, MultiHeadAttention, SelfAttention
from attnviz.errors import AttnvizError
from attnviz.models.catalog import load_model, trace
from attnviz.trace import AttentionTrace, LayerTrace, Token

if TYPE_CHECKING:
    from attnviz import analysis, figures

__version__ = "0.1.0"

__all__ = [
    "Attention",
    "AttentionTrace",
    "AttnvizError",
    "LayerTrace",
    "MultiHeadAttention",
    "SelfAttention",
    "Token",
    "__version__",
    "analysis",
    "figures",
    "load_model",
    "trace",
]


def __getattr__(name: str) -> Any:
    """`attnviz.figures` and `attnviz.analysis` without an import of their own, loaded when first used."""
    if name in ("analysis", "figures"):
        return importlib.import_module(f"attnviz.{name}")
    raise AttributeError(f"module 'attnviz' has no attribute '{name}'")
