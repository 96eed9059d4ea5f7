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
from attnviz.cuts import Cut
from attnviz.errors import AttnvizError
from attnviz.models.catalog import load_model, trace, wrap
from attnviz.trace import AttentionTrace, LayerTrace, Token
from attnviz.version import __version__

if TYPE_CHECKING:
    from attnviz import analysis, client, explorer, export, figures

__all__ = [
    "Attention",
    "AttentionTrace",
    "AttnvizError",
    "Cut",
    "LayerTrace",
    "MultiHeadAttention",
    "SelfAttention",
    "Token",
    "__version__",
    "analysis",
    "client",
    "explorer",
    "export",
    "figures",
    "load_model",
    "trace",
    "wrap",
]


def __getattr__(name: str) -> Any:
    """`attnviz.analysis`, `.client`, `.export` and `.figures` without an import of their own, loaded when used."""
    if name in ("analysis", "client", "explorer", "export", "figures"):
        return importlib.import_module(f"attnviz.{name}")
    raise AttributeError(f"module 'attnviz' has no attribute '{name}'")
