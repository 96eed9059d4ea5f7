"""attnviz: see what attention computes, on any sentence, with every number.

>>> import attnviz
>>> trace = attnviz.trace("The cat, which was black, sat on the mat", model="random")
>>> trace.layers[0].weights.shape  # head, query, key
torch.Size([4, 11, 11])
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from attnviz._trace import Trace
from attnviz.attention import Attention, MultiHeadAttention, SelfAttention
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.layer import LayerTrace, Rule
from attnviz.models.catalog import load_model, trace, wrap
from attnviz.request import HeadOff, Masked, Request, Scaled, Unseen
from attnviz.tokens import TextToken, Token, Tokens
from attnviz.version import __version__

if TYPE_CHECKING:
    from attnviz import analysis, client, explorer, export, figures

__all__ = [
    "Attention",
    "AttnvizError",
    "Head",
    "HeadOff",
    "LayerTrace",
    "Masked",
    "MultiHeadAttention",
    "Request",
    "Rule",
    "Scaled",
    "SelfAttention",
    "TextToken",
    "Token",
    "Tokens",
    "Trace",
    "Unseen",
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

_ROOMS = ("analysis", "client", "explorer", "export", "figures")  # loaded when used, without an import of their own
_FORMER = {"AttentionTrace": Trace, "Cut": Unseen}  # names that were other ones


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"attnviz.{name}")
    if name in _FORMER:
        now = _FORMER[name]
        warnings.warn(f"attnviz.{name} is now attnviz.{now.__name__}.", DeprecationWarning, stacklevel=2)
        return now
    raise AttributeError(f"module 'attnviz' has no attribute '{name}'")
