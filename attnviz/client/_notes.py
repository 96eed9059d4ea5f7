"""What the explorer is sent a moment after it has drawn a trace: what each head does, who is who in the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attnviz._trace import Trace
from attnviz.analysis._interesting import interesting
from attnviz.analysis.statistics import HeadFigures, character, head_figures
from attnviz.figures.labels import isolated, names

_FIGURES = ("entropy", "distance", "previous", "following", "itself", "first", "choosing")


def notes(trace: Trace, *, identity: str, roles: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Of each part each head's character and figures and what is worth a look, and the role of each word that has one
    (by word index)."""
    parts = {part: _part(trace.only(part), roles or {}) for part in trace.parts}
    return {"id": identity, "parts": parts, "roles": dict(roles or {})}


def _part(trace: Trace, roles: Mapping[int, str]) -> dict[str, Any]:
    """[layer][head] of one part, as `schema.HeadNotes`, and which of them are worth a look."""
    queries, keys = ([isolated(name) for name in names(side)] for side in (trace.rows, trace.columns))
    figures = head_figures(trace)

    def said(one: HeadFigures) -> dict[str, Any]:
        own = {name: getattr(one, name) for name in _FIGURES}
        special = sum(weight for _, weight in one.special)
        return own | {"special": special, "character": character(one, trace, names=queries, keys=keys)}

    found = interesting(trace, roles, figures=figures, names=queries, keys=keys)
    return {"heads": [[said(one) for one in layer] for layer in figures], "interesting": [vars(one) for one in found]}
