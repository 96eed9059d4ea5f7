"""What the explorer is sent a moment after it has drawn a trace: what each head does, who is who in the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attnviz._trace import Trace
from attnviz.analysis.statistics import HeadFigures, character, head_figures
from attnviz.figures.labels import isolated, names

_FIGURES = ("entropy", "distance", "previous", "following", "itself", "first", "choosing")


def notes(trace: Trace, *, identity: str, roles: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Of each part each head's character and figures, and the role of each word that has one (by word index)."""
    parts = {part: {"heads": _heads(trace.only(part))} for part in trace.parts}
    return {"id": identity, "parts": parts, "roles": dict(roles or {})}


def _heads(trace: Trace) -> list[list[dict[str, Any]]]:
    """[layer][head] of one part, as `schema.HeadNotes`."""
    queries, keys = ([isolated(name) for name in names(side)] for side in (trace.rows, trace.columns))

    def said(figures: HeadFigures) -> dict[str, Any]:
        own = {name: getattr(figures, name) for name in _FIGURES}
        special = sum(weight for _, weight in figures.special)
        return own | {"special": special, "character": character(figures, trace, names=queries, keys=keys)}

    return [[said(figures) for figures in layer] for layer in head_figures(trace)]
