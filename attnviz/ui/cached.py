"""What the pages remember between runs: models, traces, checks. Keyed by text and names, never by arrays."""

from __future__ import annotations

import gc
import logging
import threading
from dataclasses import asdict

import streamlit as st

from attnviz.models import Check, Model, check, load_model
from attnviz.models.scratch import ScratchModel, ScratchOptions
from attnviz.trace import AttentionTrace

log = logging.getLogger(__name__)


def model_for(name: str, options: ScratchOptions) -> Model:
    """The model (the catalog keeps it). Raises `AttnvizError` with a sentence for the page."""
    model = load_model(name, **asdict(options) if name == ScratchModel.name else {})
    settle_memory(name)
    return model


@st.cache_resource(max_entries=16, show_spinner=False)
def trace_of(text: str, name: str, options: ScratchOptions) -> AttentionTrace:
    """The trace of a text; frozen, so that all sessions may read the same one."""
    return model_for(name, options).trace(text)


@st.cache_resource(max_entries=200, show_spinner=False)
def check_of(text: str, name: str, options: ScratchOptions) -> Check:
    """How far the trace is from the reference implementation."""
    return check(model_for(name, options), trace_of(text, name, options))


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
            model_for("minilm", ScratchOptions())
        except Exception:  # whoever chooses the model gets the sentence; here nobody is waiting
            log.warning("The bundled model could not be loaded ahead", exc_info=True)

    threading.Thread(target=load, name="preload", daemon=True).start()
