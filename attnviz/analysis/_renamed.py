"""Names that `attnviz.analysis` had before, as what they are now: each says so."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from attnviz._trace import Trace
from attnviz.analysis.linking import Sums, link_tables
from attnviz.analysis.rows import KeyReading
from attnviz.errors import AttnvizError


def _mean_by_key(trace: Trace) -> Sums:
    return link_tables(trace).by_key


def _mean_by_offset(trace: Trace) -> Sums:
    found = link_tables(trace).by_offset
    if found is None:
        raise AttnvizError("There is no distance here: it is one between the words of a line that looks at itself.")
    return found


def _shown_tokens(trace: Trace, *, specials: bool) -> list[int]:
    return trace.tokens.shown(specials=specials)


_NOW: dict[str, tuple[str, Callable[..., Any]]] = {
    "Look": ("analysis.KeyReading", KeyReading),
    "mean_by_key": ("analysis.link_tables(trace).by_key", _mean_by_key),
    "mean_by_offset": ("analysis.link_tables(trace).by_offset", _mean_by_offset),
    "shown_tokens": ("trace.tokens.shown(specials=…)", _shown_tokens),
}


def renamed(name: str) -> Callable[..., Any]:
    """What a name stood for, with a warning of how it is called now.

    Raises:
        AttributeError: no such name.
    """
    if name not in _NOW:
        raise AttributeError(f"module 'attnviz.analysis' has no attribute '{name}'")
    now, found = _NOW[name]
    warnings.warn(f"analysis.{name} is now {now}.", DeprecationWarning, stacklevel=3)
    return found
