"""What pages ask for and a process remembers: traces, checks, and what is derived from them. Keyed by text and names,
never by arrays.

Two that ask for one thing at once wait for one computing (`remembering.py`). What is large shares one memory of `HELD`
megabytes: a class that types three hundred short texts finds each again, and thirty long ones do not fill the computer,
of which few are computed at once. What is small is bounded by its number.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import (
    Lens,
    LinkTables,
    Meaning,
    Writing,
    classical_scaling,
    head_divergences,
    lens,
    link_tables,
    meaning,
    one_query,
    writing,
)
from attnviz.analysis._effect import Effect, Prediction, effect, predicted
from attnviz.analysis.comparing import By, aligned_tokens, most_alike_head, most_unlike_head
from attnviz.analysis.one_query import Rows, SideBySide, side_by_side
from attnviz.analysis.standing_out import Found, strongest_link
from attnviz.client import is_short, notes, packed_comparison, packed_pictures, packed_vectors, sources
from attnviz.client.models import packed_model
from attnviz.errors import AttnvizError
from attnviz.models import Check, check
from attnviz.models.base import Model
from attnviz.models.names import Run, Shipped, Weights, at_step
from attnviz.request import Change, Request, Sound
from attnviz.service import pictures, process
from attnviz.service.asked import Asked
from attnviz.service.loading import model_for
from attnviz.service.remembering import Memory
from attnviz.tokens import TOKEN_LIMIT
from attnviz.transformer import Head

if TYPE_CHECKING:  # it needs the hub's library, which takes a while to import
    from attnviz.models.growing import Read

MOST_WITHOUT = 16  # heads of a model that is run again without each of them
MOST_WRITTEN = 40  # words of a target that is written at once
MOST_HEADS = 200  # of a model beside which its untrained twin is run as well

HELD = 512  # megabytes of all that is remembered of texts and is not small
MANY = 2_000  # answers of a few numbers each
_LONG = 1_500  # characters: past it a text's run takes seconds and a hundred megabytes


def _is_long(arguments: tuple[Any, ...]) -> bool:
    """Whether a long text is asked about."""
    asked = [one for one in arguments if isinstance(one, Asked)]
    return any(len(one.text) + len(one.pair) + len(one.target) > _LONG for one in asked)


_MEMORY = Memory(megabytes=HELD, is_heavy=_is_long, at_once=max(1, (os.cpu_count() or 1) // 2))


def settle() -> None:
    """At the end of what a person asked: what a long text took on its way goes back."""
    if _MEMORY.worked_hard:
        _MEMORY.worked_hard = False
        process.give_back_memory()


def trace_of(asked: Asked) -> Trace:
    """The trace of what is asked, of its part (the only one, where none is named)."""
    return whole_of(asked.whole).only(asked.part)


@lru_cache(maxsize=MANY)
def written_of(text: str, special_tokens: bool | None, weights: Weights) -> str:
    """The target that a model writes of a text at once; "" of one that writes none. So that the words stay while one
    goes through a training, it is the one of its end; of a run that may be going on, of the model that is shipped."""
    able = Shipped(weights.options.task) if isinstance(weights, Run) else at_step(weights, None)
    model = model_for(able)
    if not model.writes_at_once:
        return ""
    steps = model.generate(text, special_tokens=special_tokens, limit=MOST_WRITTEN)
    return next(iter(deque(steps, maxlen=1)), "")


def heard(asked: Asked) -> Asked:
    """The same with what the model writes of the sound, where nothing is said: so the words stay, whatever is changed
    in the run."""
    return asked if asked.target else replace(asked, target=_said_of(asked.unchanged))


@lru_cache(maxsize=MANY)
def _said_of(asked: Asked) -> str:
    found = whole_of(asked.whole).request.input
    return found.said or "" if isinstance(found, Sound) else ""


def whole_of(asked: Asked) -> Trace:
    """The trace of all parts; frozen, so that all sessions may read the same one."""
    return read_of(asked)[0]


@_MEMORY.remembered
def read_of(asked: Asked) -> tuple[Trace, Read | None]:
    """The same, and what a causal model keeps of it; read on from what is remembered, where that begins alike."""
    return _read(model_for(asked.weights), asked, asked.all_changes, read_of.answers())


def reads_on(asked: Asked) -> bool:
    """Whether a text that goes on from this one costs its model the new words alone."""
    return read_of(asked)[1] is not None


def _read(
    model: Model, asked: Asked, changes: tuple[Change, ...], before: list[tuple[Trace, Read | None]]
) -> tuple[Trace, Read | None]:
    request = Request(asked.input, model.weights, changes)
    read = model.read_on(request, [kept for _, kept in before if kept is not None])
    return (_shown(model.trace(request)), None) if read is None else (read.trace, read)


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


@_MEMORY.remembered
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


@_MEMORY.remembered
def pictures_of(
    asked: Asked, first: tuple[tuple[str, Any], ...], heads: tuple[Head, ...], own: tuple[tuple[str, int], ...]
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


@_MEMORY.remembered
def vectors_of(asked: Asked, only: tuple[str, int] | None = None) -> bytes:
    """What the explorer computes every other head of a trace from; or `only` those of one layer of a part."""
    return packed_vectors(whole_of(asked.whole), identity=asked.identity, only=only)


@_MEMORY.remembered
def aligned_of(a: Asked, b: Asked, by: By) -> list[tuple[list[int] | None, list[int] | None]]:
    """Which tokens of two texts stand in one row of their comparison."""
    return aligned_tokens(trace_of(a), trace_of(b), by=by)


@_MEMORY.remembered
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


@_MEMORY.remembered
def notes_of(asked: Asked, roles: tuple[tuple[int, str], ...] = ()) -> dict[str, Any]:
    """Figures and character of every head, and which of them are worth a look; `roles`: who is who, by word."""
    return notes(whole_of(asked.whole), identity=asked.identity, roles=dict(roles))


@lru_cache(maxsize=MANY)
def strongest_link_of(asked: Asked, *, query: int | None = None, head: Head | None = None) -> Found | None:
    """Where in a part of a trace there is most to see: in any row and head, or in this one."""
    return strongest_link(trace_of(asked), query=query, head=head)


@_MEMORY.remembered
def link_tables_of(asked: Asked) -> LinkTables:
    """What the links of any two words are held against."""
    return link_tables(trace_of(asked))


@_MEMORY.remembered
def weights_of(asked: Asked) -> dict[str, tuple[Tensor, ...]] | None:
    """All weights of a short text, by part and layer (at 64 tokens and 72 heads 1.2 MB); None of a long one."""
    trace = whole_of(asked.whole)
    if not is_short(trace):
        return None
    return {part: tuple(layer.weights for layer in layers) for part, layers in trace.parts.items()}


@_MEMORY.remembered
def _side_by_side(asked: Asked) -> tuple[SideBySide, ...]:
    return side_by_side(trace_of(asked))


@_MEMORY.remembered
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


@_MEMORY.remembered
def _untrained_of(asked: Asked) -> tuple[Trace, Read | None]:
    model = model_for(asked.weights).untrained()
    assert model is not None  # who asks has looked
    return _read(model, asked, (), _untrained_of.answers())


@_MEMORY.remembered
def _untrained_side_by_side(asked: Asked) -> tuple[SideBySide, ...] | None:
    trace = untrained_of(asked)
    return None if trace is None else side_by_side(trace.only(asked.part))


@_MEMORY.remembered
def untrained_rows_of(asked: Asked, query: int) -> Rows | None:
    """The same query in the model as it was before training."""
    layers = _untrained_side_by_side(asked)
    return None if layers is None else one_query.rows_of(layers, query)


@_MEMORY.remembered
def map_of(asked: Asked) -> list[list[float]] | None:
    """Where each head lies on the map of heads; None where weights are no shares, so that there is none."""
    if not trace_of(asked).shares:
        return None
    places: list[list[float]] = classical_scaling(head_divergences(trace_of(asked))).tolist()
    return places


@_MEMORY.remembered
def meaning_of(asked: Asked, layer: int, head: int, query: int, at: int, *, specials: bool = True) -> Meaning:
    """One weight, measured in every way."""
    trace = trace_of(asked)
    model = model_for(asked.weights)
    return meaning(model, trace, layer=layer, head=head, query=query, key=at, specials=specials)


@_MEMORY.remembered
def check_of(asked: Asked) -> Check:
    """How far the trace, with nothing changed, is from the reference implementation, in all its parts."""
    return check(model_for(asked.weights), whole_of(asked.unchanged.whole))


@lru_cache(maxsize=MANY)
def held_out(weights: Weights, changes: tuple[Change, ...] = ()) -> Mapping[str, float] | None:
    """What a trained model can do on held-out examples with these changes in the run; None of any other model, and
    where a change is of the words of one text."""
    return model_for(weights).measures(changes)


@lru_cache(maxsize=MANY)
def unlike_head_of(asked: Asked, layer: int, head: int) -> Head:
    """The head of the same layer to set beside this one, until another is chosen."""
    return most_unlike_head(trace_of(asked), layer, head)


@lru_cache(maxsize=MANY)
def alike_head_of(asked: Asked, at: Head, query: int, other: Asked) -> Head:
    """The head of another model, as it reads the same, to set beside this one until another is chosen: it reads token
    `query` most alike."""
    return most_alike_head(trace_of(asked), at, trace_of(other), query=query, by="word")


@_MEMORY.remembered
def guesses_of(asked: Asked, at: int | None = None) -> dict[int, tuple[Prediction, ...]]:
    """What a trained model says for each word (or for that of token `at`), and any masked language model where [MASK]
    is typed; nothing of any other model, and where no word stands. (A large model is not run again for each word.)"""
    # The words are the same, whatever is changed: of each head that could be off, no trace is made for them alone.
    model, rows = model_for(asked.weights), trace_of(asked.unchanged).rows
    predicts = model.predicting(asked.input)
    if predicts is None or rows.name in ("source", "sound"):
        return {}
    if predicts == "answer":
        at = rows.patches[0] - 1  # it is read there, and nowhere else
    says_all = model.task is not None or rows.name in ("target", "written")
    tokens = [
        i
        for i, token in enumerate(rows)
        if at in (None, i) and (says_all or token.mask) and not (predicts == "masked" and token.special)
    ]
    if not tokens:
        return {}
    told = model.probabilities(Request(asked.input, model.weights, asked.all_changes), tokens)
    return {token: predicted(model, one, one, 3) for token, one in zip(tokens, told, strict=True)}


@_MEMORY.remembered
def following_of(asked: Asked) -> tuple[Tensor, int]:
    """[word]: what a model says comes after the text; and after which token."""
    model = model_for(asked.weights)
    _, read = read_of(asked.whole)
    return model.following(Request(asked.input, model.weights, asked.all_changes), read)


@_MEMORY.remembered
def writing_of(asked: Asked, at: int, word: int) -> Writing:
    """What each part of a model wrote toward a word, after token `at`."""
    return writing(model_for(asked.weights), trace_of(asked), at=at, word=word)


@_MEMORY.remembered
def lens_of(asked: Asked, at: int) -> Lens:
    """What a model would say after token `at`, layer after layer."""
    return lens(model_for(asked.weights), trace_of(asked), at=at)


@lru_cache(maxsize=MANY)
def rewritten_of(asked: Asked) -> str | None:
    """What a model that writes at once writes with these changes in its run; None of another model, and where a change
    is of words that are not written yet."""
    model = model_for(asked.weights)
    if not (model.writes_at_once and asked.target):
        return None
    try:
        source: Any = asked.text if asked.samples is None else asked.samples
        steps = model.generate(
            source, special_tokens=asked.special_tokens, changes=asked.all_changes, limit=MOST_WRITTEN
        )
        return next(iter(deque(steps, maxlen=1)), "")
    except AttnvizError:
        return None


@_MEMORY.remembered
def guesses_without_of(asked: Asked) -> dict[str, dict[int, tuple[Prediction, ...]]]:
    """The same of a trained model with one head more switched off, by the address of that head; nothing of a model with
    many heads."""
    heads = list(whole_of(asked.whole).shape.heads())
    if model_for(asked.weights).task is None or len(heads) > MOST_WITHOUT:
        return {}
    return {str(head): guesses_of(replace(asked, off=asked.off | {head})) for head in heads if head not in asked.off}


def guesses_told(asked: Asked, at: int | None = None) -> dict[str, Any]:
    """Both for the page, as `schema.PartNotes` has them; nothing where the model says nothing."""
    words = _told_words(guesses_of(asked, at))
    if not words:
        return {}
    without = {} if at is not None else guesses_without_of(asked)
    told = {head: _told_words(guesses) for head, guesses in without.items()}
    predicts = model_for(asked.weights).predicting(asked.input)
    return {"guesses": {"predicts": predicts, "words": words, "without": told}}


def _told_words(found: Mapping[int, Sequence[Prediction]]) -> dict[int, list[tuple[str, float]]]:
    return {token: [(one.word, one.after) for one in guess] for token, guess in found.items() if guess}


@_MEMORY.remembered
def effect_of(asked: Asked, at: int) -> Effect:
    """What is changed in the run does, for the word at token `at`."""
    return effect(model_for(asked.weights), trace_of(asked.unchanged), trace_of(asked), at=at)
