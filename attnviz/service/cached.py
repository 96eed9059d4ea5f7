"""What pages ask for and a process remembers: traces, checks, and what is derived from them. Keyed by text and names,
never by arrays.

Two that ask for one trace at once wait for one computing (`remembering.py`). What is derived is in Python's own caches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import LinkTables, Meaning, classical_scaling, head_divergences, link_tables, meaning, one_query
from attnviz.analysis.comparing import most_alike_head, most_unlike_head
from attnviz.analysis.effect import Effect, Prediction, effect, predicted
from attnviz.analysis.one_query import Rows, SideBySide, side_by_side
from attnviz.client import WHOLE, notes, packed_pictures, packed_vectors
from attnviz.models import Check, check
from attnviz.models.names import Weights
from attnviz.request import HeadOff
from attnviz.service.loading import model_for
from attnviz.service.remembering import remembered
from attnviz.transformer import Head


@dataclass(frozen=True)
class Asked:
    """What is read by which weights: the name under which everything that is derived from a trace is remembered."""

    text: str
    pair: str  # the second sentence; "" if there is none
    weights: Weights
    off: frozenset[Head] = frozenset()
    special_tokens: bool | None = None  # whether typed special tokens are read as such; None: by default

    @property
    def all_on(self) -> Asked:
        """The same with all heads on."""
        return replace(self, off=frozenset())

    @cached_property
    def identity(self) -> str:
        """A short name for it, the same on every run."""
        asked = (self.text, self.pair, self.weights, sorted(self.off), self.special_tokens)
        return blake2b(repr(asked).encode(), digest_size=12).hexdigest()


@remembered(16)
def trace_of(asked: Asked) -> Trace:
    """The trace of a text with heads switched off; frozen, so that all sessions may read the same one."""
    model = model_for(asked.weights)
    return model.trace(asked.text, second=asked.pair or None, off=asked.off, special_tokens=asked.special_tokens)


@lru_cache(maxsize=8)
def pictures_of(asked: Asked, first: tuple[tuple[str, Any], ...], heads: tuple[Head, ...]) -> bytes:
    """What the explorer draws a trace from; `first` is what is chosen at first, `heads` the ones in it."""
    chosen = dict(first)
    return packed_pictures(
        trace_of(asked),
        identity=asked.identity,
        first=chosen,
        heads=heads,
        query=chosen["query"],
        weights=weights_of(asked),
    )


@lru_cache(maxsize=8)
def vectors_of(asked: Asked) -> bytes:
    """What the explorer computes every other head of a trace from."""
    return packed_vectors(trace_of(asked), identity=asked.identity)


@lru_cache(maxsize=32)
def notes_of(asked: Asked) -> dict[str, Any]:
    """Figures and character of every head."""
    return notes(trace_of(asked), identity=asked.identity)


@lru_cache(maxsize=16)
def link_tables_of(asked: Asked) -> LinkTables:
    """What the links of any two words are held against."""
    return link_tables(trace_of(asked))


@lru_cache(maxsize=4)
def weights_of(asked: Asked) -> tuple[Tensor, ...] | None:
    """All weights of a short text, layer by layer (at 64 tokens and 72 heads 1.2 MB); None of a long one."""
    trace = trace_of(asked)
    return tuple(layer.weights for layer in trace.layers) if len(trace) <= WHOLE else None


@lru_cache(maxsize=2)
def _side_by_side(asked: Asked) -> tuple[SideBySide, ...]:
    return side_by_side(trace_of(asked))


@lru_cache(maxsize=64)
def rows_of(asked: Asked, query: int) -> Rows:
    """One query in all heads: as long as it stays chosen, another head costs nothing."""
    return one_query.rows_of(_side_by_side(asked), query)


@lru_cache(maxsize=8)
def untrained_of(asked: Asked) -> Trace | None:
    """The trace of the same text by the model as it was before training; None if it never was trained."""
    model = model_for(asked.weights).untrained()
    if model is None:
        return None
    return model.trace(asked.text, second=asked.pair or None, special_tokens=asked.special_tokens)


@lru_cache(maxsize=2)
def _untrained_side_by_side(asked: Asked) -> tuple[SideBySide, ...] | None:
    trace = untrained_of(asked)
    return None if trace is None else side_by_side(trace)


@lru_cache(maxsize=64)
def untrained_rows_of(asked: Asked, query: int) -> Rows | None:
    """The same query in the model as it was before training."""
    layers = _untrained_side_by_side(asked)
    return None if layers is None else one_query.rows_of(layers, query)


@lru_cache(maxsize=32)
def map_of(asked: Asked) -> list[list[float]]:
    """Where each head lies on the map of heads."""
    places: list[list[float]] = classical_scaling(head_divergences(trace_of(asked))).tolist()
    return places


@lru_cache(maxsize=200)
def meaning_of(asked: Asked, layer: int, head: int, query: int, at: int, *, specials: bool = True) -> Meaning:
    """One weight, measured in every way."""
    trace = trace_of(asked)
    model = model_for(asked.weights)
    return meaning(model, trace, layer=layer, head=head, query=query, key=at, specials=specials)


@lru_cache(maxsize=200)
def check_of(asked: Asked) -> Check:
    """How far the trace, with all heads on, is from the reference implementation."""
    return check(model_for(asked.weights), trace_of(asked.all_on))


@lru_cache(maxsize=200)
def held_out(weights: Weights, off: frozenset[Head]) -> Mapping[str, float] | None:
    """What a trained model can do on held-out examples, with heads switched off; None of any other model."""
    return model_for(weights).measures([*map(HeadOff, off)])


@lru_cache(maxsize=200)
def unlike_head_of(asked: Asked, layer: int, head: int) -> Head:
    """The head of the same layer to set beside this one, until another is chosen."""
    return most_unlike_head(trace_of(asked), layer, head)


@lru_cache(maxsize=200)
def alike_head_of(asked: Asked, at: Head, query: int, other: Weights) -> Head:
    """The head of another model to set beside this one, until another is chosen: it reads token `query` most alike."""
    beside = trace_of(Asked(asked.text, "", other, special_tokens=asked.special_tokens))
    return most_alike_head(trace_of(asked), at, beside, query=query, by="word")


@lru_cache(maxsize=64)
def guess_of(asked: Asked, at: int) -> tuple[Prediction, ...]:
    """What a trained model says for token `at`, and any masked language model where [MASK] is typed; empty for any
    other model, and where no word stands. (A large model is not run again for each word that is chosen.)"""
    model, token = model_for(asked.weights), trace_of(asked).tokens[at]
    if model.predicts is None or (model.predicts == "masked" and token.special):
        return ()
    if model.task is None and not token.mask:
        return ()
    told = model.probabilities(
        asked.text, at, second=asked.pair or None, off=asked.off, special_tokens=asked.special_tokens
    )
    return predicted(model, told, told, 3)


@lru_cache(maxsize=64)
def effect_of(asked: Asked, at: int) -> Effect:
    """What switching heads off changes, for the word at token `at`."""
    return effect(model_for(asked.weights), trace_of(asked.all_on), trace_of(asked), at=at)
