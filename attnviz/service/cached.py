"""What pages ask for and a process remembers: traces, checks, and what is derived from them. Keyed by text and names,
never by arrays, and held in one memory (`memory.py`). What a model says of a text stands in `predictions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from torch import Tensor

from attnviz._trace import Trace
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
    can_be_tiled,
    is_short,
    is_tiled,
    notes,
    packed_comparison,
    packed_pictures,
    packed_vectors,
    sources,
)
from attnviz.client.models import packed_model
from attnviz.errors import AttnvizError
from attnviz.heads import LayerHead
from attnviz.models import Check, check
from attnviz.models.base import Model
from attnviz.models.names import Weights
from attnviz.request import Change, Request
from attnviz.service import pictures
from attnviz.service.asked import Asked
from attnviz.service.loading import model_for
from attnviz.service.memory import HELD, MANY, MEMORY
from attnviz.tokens import TOKEN_LIMIT

if TYPE_CHECKING:  # it needs the hub's library, which takes a while to import
    from attnviz.models.pretrained.texts.growing import Read

MOST_HEADS = 200  # of a model beside which its untrained twin is run as well


def trace_of(asked: Asked) -> Trace:
    """The trace of what is asked, of its part (the only one, where none is named)."""
    return whole_of(asked.whole).only(asked.part)


def whole_of(asked: Asked) -> Trace:
    """The trace of all parts; frozen, so that all sessions may read the same one."""
    return read_of(asked)[0]


@MEMORY.remembered
def read_of(asked: Asked) -> tuple[Trace, Read | None]:
    """The same, and what a causal model keeps of it; read on from what is remembered, where that begins alike."""
    return _read(model_for(asked.weights), asked, asked.all_changes, read_of.answers())


def reads_ahead(asked: Asked) -> bool:
    """Whether a text that goes on from this one costs its model the new words alone, and is remembered beside it."""
    trace, read = read_of(asked)
    return read is not None and 2 * trace.nbytes <= HELD * 1e6


def _read(
    model: Model, asked: Asked, changes: tuple[Change, ...], before: list[tuple[Trace, Read | None]]
) -> tuple[Trace, Read | None]:
    request = Request(asked.input, model.weights, changes)
    read = model.read_on(request, [kept for _, kept in before if kept is not None])
    trace = _shown(model.trace(request)) if read is None else read.trace
    shown = _long(trace, asked) if is_tiled(trace) else trace
    return shown, read if shown is trace else None


def _long(trace: Trace, asked: Asked) -> Trace:
    """A trace of more tokens than a page can hold all weights of: it draws pictures and rows, where that can be.

    Raises:
        AttnvizError: something is changed in the run that takes a number for each query and key.
    """
    if can_be_tiled(trace) or asked.most == TOKEN_LIMIT:
        return trace
    if asked.changes:
        raise AttnvizError(
            f"Of a text of more than {TOKEN_LIMIT} tokens the page can switch heads off, but not change who may look "
            "at whom, or a row. Shorten the text for it."
        )
    return whole_of(replace(asked, most=TOKEN_LIMIT))


def _shown(trace: Trace) -> Trace:
    """The trace without the parts in which more tokens look than a page can hold: a Whisper's encoder has a frame for
    each of 1,500 moments, 30 seconds. (In Python they are all there.)"""
    held = {part: layers for part, layers in trace.parts.items() if len(layers[0].queries) <= TOKEN_LIMIT}
    if len(held) in (0, len(trace.parts)):
        return trace
    left = " and ".join(
        f"the {part}’s {len(trace.parts[part][0].queries):,}" for part in trace.parts if part not in held
    )
    said = f"Not all parts are shown here: {left} tokens are more than the page holds. In Python they are there."
    return replace(trace, parts=held, notices=(*trace.notices, said))


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


def untrained_of(asked: Asked) -> Trace | None:
    """The trace of the same text, of all parts, by the model as it was before training; None if it never was trained,
    or if a second such model would be too much."""
    if sum(layer.heads for layer in whole_of(asked.whole).every_layer) > MOST_HEADS:
        return None
    model = model_for(asked.weights).untrained()
    return None if model is None else _untrained_of(asked)[0]


@MEMORY.remembered
def _untrained_of(asked: Asked) -> tuple[Trace, Read | None]:
    model = model_for(asked.weights).untrained()
    assert model is not None  # who asks has looked
    return _read(model, asked, (), _untrained_of.answers())


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


@MEMORY.remembered
def check_of(asked: Asked) -> Check:
    """How far the trace, with nothing changed, is from the reference implementation, in all its parts."""
    return check(model_for(asked.weights), whole_of(asked.unchanged.whole))


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
