"""Side B of a comparison: what it is when nothing was chosen, and its reading. Side A is what every page reads."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from attnviz._trace import Trace
from attnviz.analysis.comparing import By
from attnviz.errors import AttnvizError
from attnviz.heads import LayerHead
from attnviz.models.options import ScratchOptions
from attnviz.request import Change, Picture, Sound, Text, of_one_text
from attnviz.service import cached, loading, predictions, traces
from attnviz.service.asked import Asked
from attnviz.ui.reading.carrying import shown
from attnviz.ui.reading.look import Look
from attnviz.ui.reading.reading import Reading, waiting
from attnviz.ui.state import allowed, inputs
from attnviz.ui.state.compare_view import HEADS, MODELS, SENTENCES, CompareView, other_model, other_text
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import View

# What B has for itself.
_FURTHER: dict[str, Any] = {"second": None, "over": (), "of": "head", "show": "heatmap", "scale": "fixed"}
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Side:
    """What came of reading side B: its reading, or a sentence that says why there is none."""

    reading: Reading | None
    problem: str = ""


def asked_of_b(view: View, own: CompareView) -> View:
    """What B is to read, with which model and layer and head; these are None where the page has to choose."""
    kind = inputs.kind_of(view.model)
    is_seen = kind is Picture
    if own.mode == SENTENCES and kind is Sound:
        return replace(view, sound=own.text_b or inputs.other_sound(view))
    if own.mode == SENTENCES and is_seen:
        return _asked_otherwise(view, own)
    if own.mode == SENTENCES:
        return replace(view, text=other_text(view.text) if own.text_b is None else own.text_b)
    if own.mode == MODELS:
        other = view.model if is_seen else other_model(view.model)
        model = other if own.model_b is None else own.model_b
        question = view.question if inputs.task_of(model) == inputs.task_of(view.model) else ""
        view = replace(view, model=model, question=question, options=ScratchOptions(), off=frozenset(), changes=())
    return replace(view, layer=own.layer_b, head=own.head_b)


def _asked_otherwise(view: View, own: CompareView) -> View:
    """The same picture with another question; where nothing is asked, another picture."""
    if not inputs.said_of(view, inputs.task_of(view.model)):
        return replace(view, picture=inputs.other_picture(view), moved="")
    return replace(view, question=own.text_b or inputs.other_said(view))


def read_b(view: View, own: CompareView, a: Reading | None) -> Side:
    """Read side B; `a` is the other side, None where that could not be read."""
    asked = asked_of_b(view if a is None else named(a), own)
    try:
        with st.spinner(waiting(asked.model, "Reading B …")):
            return Side(_read(asked, own, a))
    except AttnvizError as error:
        return Side(None, f"B: {error}")
    except Exception:
        log.exception("Reading side B with %r failed", asked.model)
        return Side(None, "B: something went wrong in reading this text; the log has more. Try another text or model.")


def named(a: Reading) -> View:
    """What A shows, by the name of the model that read it."""
    return replace(a.view, model=a.weights.name)


def again(a: Reading, own: CompareView) -> Reading:
    """Side B as it is after a choice on either side; all that takes long is remembered."""
    return _read(asked_of_b(named(a), own), own, a)


def again_alone(b: Reading, own: CompareView) -> Reading:
    """Side B, where it is alone, as it is after a choice."""
    view = replace(b.view, layer=own.layer_b, head=own.head_b) if own.mode != SENTENCES else b.view
    return _reading(view, b.asked, b.whole, None, own)


def _read(asked: View, own: CompareView, a: Reading | None) -> Reading:
    shared = None if a is None or own.mode == MODELS else a.weights
    text = Text(asked.text, asked.special_tokens)
    weights = shared or loading.settled(allowed.weights_of(asked.model, text), asked.options)
    pair = "" if a is None or own.mode != HEADS else a.asked.pair
    model = loading.model_for(weights)
    if model.reads & {Picture, Sound}:
        read = replace(inputs.asked_of(asked, weights, model), off=asked.off)
    else:
        read = Asked(asked.text, pair, weights, off=asked.off, special_tokens=asked.special_tokens)
    if a is not None and own.mode != MODELS:
        target = a.asked.target
        if own.mode == SENTENCES and not asked.target.strip():  # its own, of its own sound or sentence
            if Sound in model.reads:
                target = read.target
            elif model.writes_at_once:
                target = predictions.written_of(asked.text, asked.special_tokens, weights)
        read = replace(read, target=target, changes=_changes_of_b(a.asked.changes, own))
    whole = traces.whole_of(read)
    part = asked.part if asked.part in whole.parts else whole.shape.opening
    return _reading(asked, replace(read, part=part), whole, a, own)


def _changes_of_b(changes: tuple[Change, ...], own: CompareView) -> tuple[Change, ...]:
    """A's changes; of another sentence those that name none of A's tokens."""
    if own.mode != SENTENCES:
        return changes
    return tuple(one for one in changes if not of_one_text(one))


def _reading(asked: View, read: Asked, whole: Trace, a: Reading | None, own: CompareView) -> Reading:
    """The reading of a trace, with a layer and head that it has: the ones asked for, or the nearest; and the words
    that A's are aligned with."""
    trace = whole.only(read.part)
    layer, head = asked.layer, asked.head
    if layer is None or head is None:
        first = _first(read, a, own)
        layer, head = (first[0] if layer is None else layer), (first[1] if head is None else head)
    layer = min(layer, len(trace.layers) - 1)
    head = min(head, trace.layers[layer].heads - 1)
    apart = session().compare_apart.get(read.identity, {})
    query = apart.get("query")
    if query is None:
        query = _aligned(read, a, own, asked.query)
    query = shown(trace.rows, min(query or 0, len(trace.rows) - 1), specials=asked.specials)
    further = {name: apart.get(name, default) for name, default in _FURTHER.items()}
    key = apart["key"] if "key" in apart else _aligned(read, a, own, asked.key)
    settled = replace(asked, part=read.part, layer=layer, head=head, query=query, key=key, **further)
    dark = st.context.theme.type == "dark"
    return Reading(settled, read, whole, Look(read.part, layer, head, query, asked.specials, dark))


def _aligned(read: Asked, a: Reading | None, own: CompareView, token: int | None) -> int | None:
    """B's token in the row of A's."""
    if a is None or token is None:
        return token if a is None else None
    if not can_align(a.trace, traces.trace_of(read)):
        return token
    rows = cached.aligned_of(a.asked, read, by(own, a.view))
    return next((theirs[0] for ours, theirs in rows if ours and theirs and token in ours), None)


def can_align(a: Trace, b: Trace) -> bool:
    """Whether each is of one row of words: between two rows of words (cross-attention) none are aligned."""
    return a.is_square and b.is_square


def by(own: CompareView, view: View) -> By:
    """Whether tokens are compared, or words: models cut words differently, and where pieces are merged, they are."""
    return "word" if own.mode == MODELS or view.words != "pieces" else "token"


def keep(a: Reading | None, b: Reading, chosen: dict[str, Any]) -> None:
    """A choice made in B: its head is B's own, its words are A's too where A has them."""
    record = session()
    own = record.compare or CompareView()
    is_other = (chosen["layer"], chosen["head"]) != (b.look.layer, b.look.head)
    if own.mode == SENTENCES and is_other:
        choose(layer=chosen["layer"], head=chosen["head"])  # they share theirs
        record.head_chosen = True
    elif is_other:
        record.compare = replace(own, layer_b=chosen["layer"], head_b=chosen["head"])
    choose(**{name: chosen[name] for name in ("specials", "words", "filter")})
    if own.mode != MODELS:
        choose(part=chosen["part"])
    apart = {name: chosen[name] for name in _FURTHER}
    if a is None or not can_align(a.trace, b.trace):
        apart |= {name: chosen[name] for name in ("query", "key")}
    else:
        rows = cached.aligned_of(a.asked, b.asked, by(own, a.view))
        ours = {token: ours[0] for ours, theirs in rows if ours and theirs for token in theirs}
        if chosen["query"] in ours:
            choose(query=ours[chosen["query"]])
            record.anchor = a.trace.rows[ours[chosen["query"]]]
        else:
            apart["query"] = chosen["query"]
        key = ours.get(chosen["key"])
        choose(key=key)
        record.key_anchor = None if key is None else a.trace.columns[key]
    record.compare_apart = {b.asked.identity: apart}


def forget_words() -> None:
    """After a choice in A, B's word is again the one that it is aligned with."""
    for apart in session().compare_apart.values():
        for name in ("query", "key"):
            apart.pop(name, None)


def _first(read: Asked, a: Reading | None, own: CompareView) -> LayerHead:
    """The layer and head that tell most beside A's: of one model the most unlike, of another the most alike."""
    if a is None:
        first = loading.model_for(read.weights).first_look
        return first.layer, first.head
    at = (a.look.layer, a.look.head)
    if own.mode == HEADS:
        return cached.unlike_head_of(read, *at)
    if own.mode == MODELS:
        return cached.alike_head_of(a.asked, at, a.look.query, read.unchanged)
    return at
