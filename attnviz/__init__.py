"""attnviz: see what attention computes, on any sentence, with every number.

>>> import attnviz
>>> trace = attnviz.trace("The cat, which was black, sat on the mat", model="random")
>>> trace.layers[0].weights.shape  # head, query, key
torch.Size([4, 11, 11])
"""

from __future__ import annotations

import importlib
import logging
import warnings
from typing import TYPE_CHECKING, Any

from attnviz._trace import Trace
from attnviz.attention import Attention, MultiHeadAttention, SelfAttention
from attnviz.contents import Pixels, Samples
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.layer import LayerTrace, Rule
from attnviz.models.catalog import load_model, trace, wrap
from attnviz.request import HeadOff, Masked, Normalized, NumberSet, Request, RowSet, Scaled, Unplaced, Unseen
from attnviz.tokens import FrameToken, PatchToken, TextToken, Token, Tokens
from attnviz.version import __version__

if TYPE_CHECKING:
    from attnviz import analysis, client, explorer, export, figures, lessons
    from attnviz.client.notebook import show

__all__ = [
    "Attention",
    "AttnvizError",
    "FrameToken",
    "Head",
    "HeadOff",
    "LayerTrace",
    "Masked",
    "MultiHeadAttention",
    "Normalized",
    "NumberSet",
    "PatchToken",
    "Pixels",
    "Request",
    "RowSet",
    "Rule",
    "Samples",
    "Scaled",
    "SelfAttention",
    "TextToken",
    "Token",
    "Tokens",
    "Trace",
    "Unplaced",
    "Unseen",
    "__version__",
    "analysis",
    "client",
    "explorer",
    "export",
    "figures",
    "lessons",
    "load_model",
    "show",
    "trace",
    "wrap",
]

_ROOMS = ("analysis", "client", "explorer", "export", "figures", "lessons")  # loaded when used, without an import
_LATE = {"show": "attnviz.client.notebook"}  # functions of them
_FORMER = {"AttentionTrace": Trace, "Cut": Unseen}  # names that were other ones


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"attnviz.{name}")
    if name in _LATE:
        return getattr(importlib.import_module(_LATE[name]), name)
    if name in _FORMER:
        now = _FORMER[name]
        warnings.warn(f"attnviz.{name} is now attnviz.{now.__name__}.", DeprecationWarning, stacklevel=2)
        return now
    raise AttributeError(f"module 'attnviz' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # what is loaded late is offered by an editor as well


def _as_html(trace: Trace) -> str | None:
    from attnviz.client.notebook import as_html  # with all that draws: only where a notebook asks

    return as_html(trace)


Trace.as_html = staticmethod(_as_html)
# What went wrong below a clear sentence is written where somebody has asked for a log, not into every notebook.
logging.getLogger(__name__).addHandler(logging.NullHandler())
