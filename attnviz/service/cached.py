"""What is derived from traces, and what the page is sent of them, remembered: keyed by text and names, never by arrays,
and held in one memory (`memory.py`). The traces themselves are in `traces.py`, what a model says of a text in
`predictions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from torch import Tensor

from attnviz.analysis import (
    LinkTables,
    Meaning,
    classical_scaling,
    head_divergences,
    link_tables,
    meaning,
    one_query,
)
from attnviz.analysis.comparing import By, aligned_tokens, most_alike_head, most_unlike_head
from attnviz.analysis.one_query import Rows, SideBySide, side_by_side
from attnviz.analysis.standing_out import Found, strongest_link
from attnviz.client import (
    is_short,
    is_tiled,
    notes,
    packed_comparison,
    packed_pictures,
    packed_vectors,
    sources,
)
from attnviz.client.models import packed_model
from attnviz.heads import LayerHead
from attnviz.models.names import Weights
from attnviz.request import Change
from attnviz.service import pictures
from attnviz.service.asked import Asked
from attnviz.service.loading import model_for
from attnviz.service.memory import MANY, MEMORY
from attnviz.service.traces import trace_of, untrained_of, whole_of


@MEMORY.remembered
def model_of(asked: Asked, layer: int) -> bytes:
    """The model itself, to run in the page on this text; of a pretrained one, that layer."""
    model, trace = model_for(asked.weights), whole_of(asked.whole)
    return packed_model(
        model,
        trace.request,
        part=asked.part,
        layer=layer,
        id=asked.identity,
        ids=[token.id for token in trace.only(asked.part).rows.of_text],
        code=sources.code(),
    )


@MEMORY.remembered
def pictures_of(
    asked: Asked, first: tuple[tuple[str, Any], ...], heads: tuple[LayerHead, ...], own: tuple[tuple[str, int], ...]
) -> bytes:
    """What the explorer draws a trace from; `first` is what is chosen at first, `heads` the ones in it, `own` the word
    of each part that is chosen while nobody chooses one."""
    chosen, trace = dict(first), whole_of(asked.whole)
    is_scene = asked.pixels is not None and pictures.has_cells(asked.pixels)
    can_move = is_scene and model_for(asked.weights).predicts == "answer"
    has_pictures = all(layer.small is not None for layer in trace.every_layer)  # a text that grew by a word
    return packed_pictures(
        trace,
        identity=asked.identity,
        first=chosen,
        heads=heads,
        query=chosen["query"],
        weights=None if has_pictures else weights_of(asked.whole),
        own={"part": trace.shape.opening, "queries": dict(own)},
        **({"moves": True} if can_move else {}),
    )


@MEMORY.remembered
def vectors_of(asked: Asked, only: tuple[str, int] | None = None) -> bytes:
    """What the explorer computes every other head of a trace from; or `only` those of one layer of a part."""
    return packed_vectors(whole_of(asked.whole), identity=asked.identity, only=only)


@MEMORY.remembered
def aligned_of(a: Asked, b: Asked, by: By) -> list[tuple[list[int] | None, list[int] | None]]:
    """Which tokens of two texts stand in one row of their comparison."""
    return aligned_tokens(trace_of(a), trace_of(b), by=by)


@MEMORY.remembered
def comparison_of(
    a: Asked,
    b: Asked,
    *,
    names: tuple[str, str],
    mode: str,
    follows: bool,
    alike: bool,
    notes: tuple[str, ...],
) -> bytes:
    """How the words of two texts are aligned, and what is to be said of their comparison, as the page is told it."""
    return packed_comparison(
        whole_of(a.whole),
        whole_of(b.whole),
        identities=(a.identity, b.identity),
        names=names,
        mode=mode,
        follows=follows,
        alike=alike,
        notes=notes,
    )


@MEMORY.remembered
def notes_of(asked: Asked, roles: tuple[tuple[int, str], ...] = ()) -> dict[str, Any]:
    """Figures and character of every head, and which of them are worth a look; `roles`: who is who, by word."""
    if is_tiled(whole_of(asked.whole)):  # to measure all heads, their n² weights would be computed one after another
        return {"id": asked.identity, "parts": {}, "roles": dict(roles)}
    return notes(whole_of(asked.whole), identity=asked.identity, roles=dict(roles))


@lru_cache(maxsize=MANY)
def strongest_link_of(asked: Asked, *, query: int | None = None, head: LayerHead | None = None) -> Found | None:
    """Where in a part of a trace there is most to see: in any row and head, or in this one. Of a text so long that this
    takes a while (`is_tiled`) nobody looks."""
    if is_tiled(trace_of(asked)):
        return None
    return strongest_link(trace_of(asked), query=query, head=head)


@MEMORY.remembered
def link_tables_of(asked: Asked) -> LinkTables:
    """What the links of any two words are held against."""
    return link_tables(trace_of(asked))


@MEMORY.remembered
def weights_of(asked: Asked) -> dict[str, tuple[Tensor, ...]] | None:
    """All weights of a short text, by part and layer (at 64 tokens and 72 heads 1.2 MB); None of a long one."""
    trace = whole_of(asked.whole)
    if not is_short(trace):
        return None
    return {part: tuple(layer.weights for layer in layers) for part, layers in trace.parts.items()}


@MEMORY.remembered
def _side_by_side(asked: Asked) -> tuple[SideBySide, ...]:
    return side_by_side(trace_of(asked))


@MEMORY.remembered
def rows_of(asked: Asked, query: int) -> Rows:
    """One query in all heads: as long as it stays chosen, another head costs nothing."""
    return one_query.rows_of(_side_by_side(asked), query)


@MEMORY.remembered
def _untrained_side_by_side(asked: Asked) -> tuple[SideBySide, ...] | None:
    trace = untrained_of(asked)
    return None if trace is None else side_by_side(trace.only(asked.part))


@MEMORY.remembered
def untrained_rows_of(asked: Asked, query: int) -> Rows | None:
    """The same query in the model as it was before training."""
    layers = _untrained_side_by_side(asked)
    return None if layers is None else one_query.rows_of(layers, query)


@MEMORY.remembered
def map_of(asked: Asked) -> list[list[float]] | None:
    """Where each head lies on the map of heads; None where weights are no shares, so that there is none, and of a text
    of more tokens than one whose weights the page has."""
    if not trace_of(asked).shares or is_tiled(trace_of(asked)):
        return None
    places: list[list[float]] = classical_scaling(head_divergences(trace_of(asked))).tolist()
    return places


@MEMORY.remembered
def meaning_of(asked: Asked, layer: int, head: int, query: int, at: int, *, specials: bool = True) -> Meaning:
    """One weight, measured in every way."""
    trace = trace_of(asked)
    model = model_for(asked.weights)
    return meaning(model, trace, layer=layer, head=head, query=query, key=at, specials=specials)


@lru_cache(maxsize=MANY)
def held_out(weights: Weights, changes: tuple[Change, ...] = ()) -> Mapping[str, float] | None:
    """What a trained model can do on held-out examples with these changes in the run; None of any other model, and
    where a change is of the words of one text."""
    return model_for(weights).measures(changes)


@lru_cache(maxsize=MANY)
def unlike_head_of(asked: Asked, layer: int, head: int) -> LayerHead:
    """The head of the same layer to set beside this one, until another is chosen."""
    return most_unlike_head(trace_of(asked), layer, head)


@lru_cache(maxsize=MANY)
def alike_head_of(asked: Asked, at: LayerHead, query: int, other: Asked) -> LayerHead:
    """The head of another model, as it reads the same, to set beside this one until another is chosen: it reads token
    `query` most alike."""
    return most_alike_head(trace_of(asked), at, trace_of(other), query=query, by="word")
