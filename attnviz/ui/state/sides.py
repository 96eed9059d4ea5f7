"""Side B of a comparison: what it is when nothing was chosen, and its reading. Side A is what every page reads."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import streamlit as st

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.models.options import ScratchOptions
from attnviz.service import cached, loading
from attnviz.service.cached import Asked
from attnviz.ui.state import allowed
from attnviz.ui.state.compare_view import HEADS, MODELS, SENTENCES, CompareView, other_model, other_text
from attnviz.ui.state.look import Look
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.view import View, shown

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Side:
    """What came of reading side B: its reading, or a sentence that says why there is none."""

    reading: Reading | None
    problem: str = ""


def asked_of_b(view: View, own: CompareView) -> View:
    """What B is to read, with which model and layer and head; these are None where the page has to choose."""
    if own.mode == SENTENCES:
        return replace(view, text=other_text(view.text) if own.text_b is None else own.text_b)
    if own.mode == MODELS:
        model = other_model(view.model) if own.model_b is None else own.model_b
        view = replace(view, model=model, options=ScratchOptions(), off=frozenset(), changes=())
    return replace(view, layer=own.layer_b, head=own.head_b)


def read_b(view: View, own: CompareView, a: Reading | None) -> Side:
    """Read side B; `a` is the other side, None where that could not be read."""
    asked = asked_of_b(view if a is None else a.view, own)
    try:
        with st.spinner("Reading B …"):
            shared = None if a is None or own.mode == MODELS else a.weights
            weights = shared or loading.settled(allowed.weights_of(asked.model), asked.options)
            pair = "" if a is None or own.mode != HEADS else a.asked.pair
            read = Asked(asked.text, pair, weights, off=asked.off, special_tokens=asked.special_tokens)
            if a is not None and own.mode != MODELS:
                read = replace(read, target=a.asked.target, changes=a.asked.changes)
            whole = cached.whole_of(read)
            part = asked.part if asked.part in whole.parts else whole.shape.opening
            return Side(_reading(asked, replace(read, part=part), whole, a, own))
    except AttnvizError as error:
        return Side(None, f"B: {error}")
    except Exception:
        log.exception("Reading side B with %r failed", asked.model)
        return Side(None, "B: something went wrong in reading this text; the log has more. Try another text or model.")


def _reading(asked: View, read: Asked, whole: Trace, a: Reading | None, own: CompareView) -> Reading:
    """The reading of a trace, with a layer and head that it has: the ones asked for, or the nearest."""
    trace = whole.only(read.part)
    layer, head = asked.layer, asked.head
    if layer is None or head is None:
        first = _first(read, a, own)
        layer, head = (first[0] if layer is None else layer), (first[1] if head is None else head)
    layer = min(layer, len(trace.layers) - 1)
    head = min(head, trace.layers[layer].heads - 1)
    query = shown(trace.rows, min(asked.query or 0, len(trace.rows) - 1), specials=asked.specials)
    settled = replace(asked, part=read.part, layer=layer, head=head, query=query)
    dark = st.context.theme.type == "dark"
    return Reading(settled, read, whole, Look(read.part, layer, head, query, asked.specials, dark))


def _first(read: Asked, a: Reading | None, own: CompareView) -> tuple[int, int]:
    """The layer and head that tell most beside A's: of one model the most unlike, of another the most alike."""
    if a is None:
        first = loading.model_for(read.weights).first_look
        return first.layer, first.head
    at = (a.look.layer, a.look.head)
    if own.mode == HEADS:
        return cached.unlike_head_of(read, *at)
    if own.mode == MODELS:
        return cached.alike_head_of(a.asked, at, a.look.query, read.weights)
    return at
