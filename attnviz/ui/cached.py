"""What the pages remember between runs: models, traces, checks. Keyed by text and names, never by arrays."""

from __future__ import annotations

import gc
import logging
import threading
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from attnviz.analysis.comparing import most_alike_head, most_unlike_head
from attnviz.analysis.effect import Effect, Prediction, effect, predicted
from attnviz.models import Check, Model, ModelError, check, load_model
from attnviz.models.base import NONE_OFF
from attnviz.models.catalog import CHECKPOINT, file_stamp
from attnviz.models.scratch import ScratchModel, ScratchOptions
from attnviz.models.trained import TrainedModel
from attnviz.trace import AttentionTrace
from attnviz.training.checkpoint import Checkpoint, load, shipped
from attnviz.training.loop import TASKS
from attnviz.transformer import Head
from attnviz.ui import runs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelKey:
    """Which weights: a name, the random model's options, and of a trained model the step (None: the last)."""

    name: str
    options: ScratchOptions = field(default_factory=ScratchOptions)
    step: int | None = None
    stamp: float = 0.0  # of a checkpoint's file: another file under the same name is another model


def checkpoint_of(name: str) -> Checkpoint | None:
    """The training run behind a model's name: shipped, in a file, or trained on this server; None if there is none.

    Raises:
        CheckpointError: the file is damaged, foreign or not there.
    """
    if name in TASKS:
        return shipped(name)
    if name.endswith(CHECKPOINT):
        return _file(name, file_stamp(name))
    run = runs.find(name)
    return None if run is None else run.checkpoint()


@lru_cache(maxsize=4)
def _file(name: str, stamp: float) -> Checkpoint:
    """A checkpoint's file; with another stamp it is another one."""
    return load(Path(name).expanduser())


def settled_key(key: ModelKey) -> ModelKey:
    """The key of the weights that are meant now: a run moves on under its name, and a file may change."""
    checkpoint = checkpoint_of(key.name)
    if checkpoint is None:
        return replace(key, step=None)
    stamp = file_stamp(key.name) if key.name.endswith(CHECKPOINT) else 0.0
    return replace(key, step=checkpoint.snapshot(key.step).step, stamp=stamp)


def model_for(key: ModelKey) -> Model:
    """The model. Raises `AttnvizError` with a sentence for the page."""
    if runs.options_of(key.name) is not None:
        return _run_model(key)
    options: dict[str, Any] = {}
    if key.name == ScratchModel.name:
        options = asdict(key.options)
    elif key.step is not None:
        options = {"step": key.step}
    model = load_model(key.name, **options)
    settle_memory(key.name)
    return model


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


@st.cache_resource(max_entries=16, show_spinner=False)
def trace_of(text: str, key: ModelKey, off: frozenset[Head]) -> AttentionTrace:
    """The trace of a text with heads switched off; frozen, so that all sessions may read the same one."""
    return model_for(key).trace(text, off=off)


@st.cache_resource(max_entries=200, show_spinner=False)
def check_of(text: str, key: ModelKey) -> Check:
    """How far the trace, with all heads on, is from the reference implementation."""
    return check(model_for(key), trace_of(text, key, NONE_OFF))


@st.cache_resource(max_entries=200, show_spinner=False)
def held_out(key: ModelKey, off: frozenset[Head]) -> dict[str, float]:
    """What a trained model can do on held-out examples, with heads switched off; empty for any other model."""
    model = model_for(key)
    return model.measure(off).figures if isinstance(model, TrainedModel) else {}


@st.cache_resource(max_entries=200, show_spinner=False)
def unlike_head_of(text: str, key: ModelKey, off: frozenset[Head], layer: int, head: int) -> Head:
    """The head of the same layer to set beside this one, until another is chosen."""
    return most_unlike_head(trace_of(text, key, off), layer, head)


@st.cache_resource(max_entries=200, show_spinner=False)
def alike_head_of(text: str, key: ModelKey, off: frozenset[Head], at: Head, query: int, other: ModelKey) -> Head:
    """The head of another model to set beside this one, until another is chosen: it reads token `query` most alike."""
    return most_alike_head(trace_of(text, key, off), at, trace_of(text, other, NONE_OFF), query=query, by="word")


@st.cache_resource(max_entries=64, show_spinner=False)
def guess_of(text: str, key: ModelKey, off: frozenset[Head], at: int) -> tuple[Prediction, ...]:
    """What a trained model says for token `at`; empty for any other model, and where no word stands."""
    model = model_for(key)
    if not isinstance(model, TrainedModel) or (model.predicts == "masked" and at == 0):
        return ()
    told = model.probabilities(text, at, off=off)
    return predicted(model, told, told, 3)


@st.cache_resource(max_entries=64, show_spinner=False)
def effect_of(text: str, key: ModelKey, off: frozenset[Head], at: int) -> Effect:
    """What switching heads off changes, for the word at token `at`."""
    return effect(model_for(key), trace_of(text, key, NONE_OFF), trace_of(text, key, off), at=at)


@st.cache_resource(show_spinner=False)
def settle_memory(model: str) -> None:
    """Once after each model's load, take what is now in memory out of garbage collection's sight.

    Streamlit collects after each run of the script; with torch and transformers imported, looking through
    their objects alone would cost over 100 ms a click.
    """
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def preload_pretrained() -> None:
    """Once for the process: load the bundled BERT in the background, so that choosing it is instant."""

    def load() -> None:
        try:
            model_for(ModelKey("minilm"))
        except Exception:  # whoever chooses the model gets the sentence; here nobody is waiting
            log.warning("The bundled model could not be loaded ahead", exc_info=True)

    threading.Thread(target=load, name="preload", daemon=True).start()
