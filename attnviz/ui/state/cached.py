"""What the pages remember between runs: models, traces, checks. Keyed by text and names, never by arrays.

Models and traces are Streamlit's to remember: two that ask for one at once wait for one computing. What is derived from
them is in Python's own caches: Streamlit's would hash the whole text at every look, half a millisecond each.
"""

from __future__ import annotations

import copy
import logging
import threading
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any, cast

import streamlit as st
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import LinkTables, Meaning, classical_scaling, head_divergences, link_tables, meaning, one_query
from attnviz.analysis.comparing import By, aligned_tokens, most_alike_head, most_unlike_head
from attnviz.analysis.effect import Effect, Prediction, effect, predicted
from attnviz.analysis.one_query import Rows, SideBySide, side_by_side
from attnviz.client import is_short, notes, packed_comparison, packed_pictures, packed_vectors
from attnviz.heads import Head as Address
from attnviz.models import Check, Model, ModelError, check, load_model
from attnviz.models.base import input_of
from attnviz.models.catalog import stamp_of
from attnviz.models.names import expanded, is_checkpoint, tidied
from attnviz.models.scratch import ScratchModel, ScratchOptions
from attnviz.models.trained import TrainedModel
from attnviz.request import Change, HeadOff, Input, Request
from attnviz.service import process
from attnviz.training.checkpoint import Checkpoint, load, shipped
from attnviz.training.loop import TASKS
from attnviz.transformer import Head
from attnviz.ui.state import allowed, runs
from attnviz.ui.state.choice import heads_of
from attnviz.ui.state.view import carried_query

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelKey:
    """Which weights: a name, the random model's options, and of a trained model the step (None: the last)."""

    name: str
    options: ScratchOptions = field(default_factory=ScratchOptions)
    step: int | None = None
    stamp: str = ""  # of a file or a folder: what was written again under the same name is another model


def checkpoint_of(name: str) -> Checkpoint | None:
    """The training run behind a model's name: shipped, in a file, or trained on this server; None if there is none.

    Raises:
        CheckpointError: the file is damaged, foreign or not there.
        ModelError: a visitor may not ask for it.
    """
    if name in TASKS:
        return shipped(name)
    place = tidied(allowed.place_of(name))
    if is_checkpoint(place):
        with allowed.in_its_name(name, place):
            return _file(place, stamp_of(place))
    run = runs.find(name)
    return None if run is None else run.checkpoint()


@lru_cache(maxsize=4)
def _file(name: str, stamp: str) -> Checkpoint:
    """A checkpoint's file; with another stamp it is another one."""
    return load(expanded(name))


def settled_key(key: ModelKey) -> ModelKey:
    """The key of the weights that are meant now: a run moves on under its name, and a file may change."""
    key = replace(key, stamp=stamp_of(tidied(allowed.place_of(key.name))))
    checkpoint = checkpoint_of(key.name)
    return replace(key, step=None if checkpoint is None else checkpoint.snapshot(key.step).step)


def model_for(key: ModelKey) -> Model:
    """The model. Raises `AttnvizError` with a sentence for the page."""
    if runs.options_of(key.name) is not None:
        return _run_model(key)
    options: dict[str, Any] = {}
    if key.name == ScratchModel.name:
        options = asdict(key.options)
    elif key.step is not None:
        options = {"step": key.step}
    place = allowed.place_of(key.name)
    with allowed.in_its_name(key.name, place):
        model = load_model(place, stamp=key.stamp or None, **options)
    process.settle_memory(key.name)
    return model if place == key.name else _named(model, key.name)


@lru_cache(maxsize=3)
def _named(model: Model, name: str) -> Model:
    """The same model under the name that the page has for it: what it says of itself, and what its traces say."""
    named: Any = copy.copy(model)
    named.name = name
    if getattr(model, "_untrained", None) is model:
        named._untrained = named  # it stands at its beginning, under either name
    return cast(Model, named)


@st.cache_resource(max_entries=16, show_spinner=False)
def _run_model(key: ModelKey) -> Model:
    """A run at exactly that step: what is cached under its key must not be another's."""
    run = runs.find(key.name)
    checkpoint = None if run is None or key.step is None else run.moment(key.step)
    if checkpoint is None:
        waits = run is not None and not run.snapshots
        raise ModelError(
            f"“{key.name}” has not begun to train yet: wait a moment, or choose another model."
            if waits
            else f"“{key.name}” is not trained here, or no longer remembered. Train it on the Train page: the same "
            "settings give the same model."
        )
    return TrainedModel(checkpoint, name=key.name, step=key.step)


@dataclass(frozen=True)
class Asked:
    """What is read by which weights: the name under which everything that is derived from a trace is remembered."""

    text: str
    pair: str  # the second sentence; "" if there is none
    key: ModelKey
    target: str = ""  # of an encoder–decoder; "" if there is none
    off: frozenset[Address] = frozenset()
    changes: tuple[Change, ...] = ()
    special_tokens: bool | None = None  # whether typed special tokens are read as such; None: by default
    part: str = ""  # of a model of several: the one that what is derived is of

    @property
    def unchanged(self) -> Asked:
        """The same with all heads on, and nothing else changed."""
        return replace(self, off=frozenset(), changes=())

    @property
    def input(self) -> Input:
        """What is read."""
        return input_of(self.text, self.pair or None, self.target or None, self.special_tokens)

    @property
    def all_changes(self) -> tuple[Change, ...]:
        """Heads off, and what else is changed."""
        return (*map(HeadOff, sorted(self.off)), *self.changes)

    @cached_property
    def identity(self) -> str:
        """A short name for it, the same on every run and for every part: that of its words and heads, a dash, and which
        weights."""
        words = (self.text, self.pair, self.target, replace(self.key, step=None), self.special_tokens)
        return "-".join(_digest(part) for part in (words, (self.key.step, sorted(self.off), self.changes)))

    def has_words_of(self, identity: object) -> bool:
        """Whether another has the same tokens and heads: another step of one training, or with other heads off."""
        return isinstance(identity, str) and identity.partition("-")[0] == self.identity.partition("-")[0]


def _digest(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=8).hexdigest()


def trace_of(asked: Asked) -> Trace:
    """The trace of what is asked, of its part (the only one, where none is named)."""
    return whole_of(replace(asked, part="")).only(asked.part)


@st.cache_resource(max_entries=16, show_spinner=False)
def whole_of(asked: Asked) -> Trace:
    """The trace of all parts; frozen, so that all sessions may read the same one."""
    model = model_for(asked.key)
    return model.trace(Request(asked.input, model.weights, asked.all_changes))


@lru_cache(maxsize=8)
def pictures_of(asked: Asked, first: tuple[tuple[str, Any], ...]) -> bytes:
    """What the explorer draws a trace from; `first` is what is chosen when it is first drawn."""
    chosen = dict(first)
    return packed_pictures(
        whole_of(replace(asked, part="")),
        identity=asked.identity,
        first=chosen,
        heads=heads_of(chosen),
        query=chosen["query"],
        weights=weights_of(asked),
    )


@lru_cache(maxsize=8)
def vectors_of(asked: Asked) -> bytes:
    """What the explorer computes every other head of a trace from."""
    return packed_vectors(whole_of(replace(asked, part="")), identity=asked.identity)


@lru_cache(maxsize=16)
def aligned_of(a: Asked, b: Asked, by: By) -> list[tuple[list[int] | None, list[int] | None]]:
    """Which tokens of two texts stand in one row of their comparison."""
    return aligned_tokens(trace_of(a), trace_of(b), by=by)


@lru_cache(maxsize=8)
def aligned_bytes(a: Asked, b: Asked, names: tuple[str, str], by: By) -> bytes:
    """The same, as the page is told it."""
    first, second = trace_of(a), trace_of(b)
    places = aligned_of(a, b, by) if first.is_square and second.is_square else None
    return packed_comparison(first, second, identities=(a.identity, b.identity), names=names, by=by, places=places)


@lru_cache(maxsize=32)
def notes_of(asked: Asked) -> dict[str, Any]:
    """Figures and character of every head."""
    return notes(whole_of(replace(asked, part="")), identity=asked.identity)


@lru_cache(maxsize=32)
def own_query_of(asked: Asked) -> int:
    """The word that is chosen as long as nobody chooses one."""
    return carried_query(trace_of(asked), None, None)


@lru_cache(maxsize=16)
def link_tables_of(asked: Asked) -> LinkTables:
    """What the links of any two words are held against."""
    return link_tables(trace_of(asked))


@lru_cache(maxsize=4)
def weights_of(asked: Asked) -> dict[str, tuple[Tensor, ...]] | None:
    """All weights of a short text, by part and layer (at 64 tokens and 72 heads 1.2 MB); None of a long one."""
    trace = whole_of(replace(asked, part=""))
    if not is_short(trace):
        return None
    return {part: tuple(layer.weights for layer in layers) for part, layers in trace.parts.items()}


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
    model = model_for(asked.key).untrained()
    if model is None:
        return None
    return model.trace(Request(asked.input, model.weights)).only(asked.part)


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
    model = model_for(asked.key)
    return meaning(model, trace, layer=layer, head=head, query=query, key=at, specials=specials)


@lru_cache(maxsize=200)
def check_of(asked: Asked) -> Check:
    """How far the trace, with nothing changed, is from the reference implementation, in all its parts."""
    return check(model_for(asked.key), whole_of(replace(asked.unchanged, part="")))


@lru_cache(maxsize=200)
def held_out(key: ModelKey, off: frozenset[Address]) -> dict[str, float]:
    """What a trained model can do on held-out examples, with heads switched off; empty for any other model."""
    model = model_for(key)
    return model.measure({(head.layer, head.head) for head in off}).figures if isinstance(model, TrainedModel) else {}


@lru_cache(maxsize=200)
def unlike_head_of(asked: Asked, layer: int, head: int) -> Head:
    """The head of the same layer to set beside this one, until another is chosen."""
    return most_unlike_head(trace_of(asked), layer, head)


@lru_cache(maxsize=200)
def alike_head_of(asked: Asked, at: Head, query: int, other: ModelKey) -> Head:
    """The head of another model to set beside this one, until another is chosen: it reads token `query` most alike."""
    beside = trace_of(Asked(asked.text, "", other, special_tokens=asked.special_tokens))
    return most_alike_head(trace_of(asked), at, beside, query=query, by="word")


@lru_cache(maxsize=64)
def guess_of(asked: Asked, at: int) -> tuple[Prediction, ...]:
    """What a trained model says for token `at`, and any masked language model where [MASK] is typed; empty for any
    other model, and where no word stands. (A large model is not run again for each word that is chosen.)"""
    model, rows = model_for(asked.key), trace_of(asked).rows
    predicts, token = model.predicting(asked.input), rows[at]
    if predicts is None or (predicts == "masked" and token.special) or rows.name == "source":
        return ()
    if not (isinstance(model, TrainedModel) or token.mask or rows.name == "target"):
        return ()
    told = model.probabilities(Request(asked.input, model.weights, asked.all_changes), at)
    return predicted(model, told, told, 3)


@lru_cache(maxsize=64)
def effect_of(asked: Asked, at: int) -> Effect:
    """What is changed in the run does, for the word at token `at`."""
    return effect(model_for(asked.key), trace_of(asked.unchanged), trace_of(asked), at=at)


@st.cache_resource(show_spinner=False)
def preload_pretrained() -> None:
    """Once for the process: load the bundled BERT in the background, so that choosing it is instant."""

    def load() -> None:
        try:
            model_for(ModelKey("minilm"))
        except Exception:  # whoever chooses the model gets the sentence; here nobody is waiting
            log.warning("The bundled model could not be loaded ahead", exc_info=True)

    threading.Thread(target=load, name="preload", daemon=True).start()
