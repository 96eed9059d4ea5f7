"""Compare: two heads of one sentence, two sentences, or two models; both, their difference, and where they differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz._trace import Trace
from attnviz.request import Picture, Sound
from attnviz.service import loading, pictures
from attnviz.ui import controls, words
from attnviz.ui.cards import compare_cards, mounts
from attnviz.ui.cards.inputs import roles
from attnviz.ui.field import text_field
from attnviz.ui.pages import frame
from attnviz.ui.reading import reading
from attnviz.ui.reading.reading import Reading
from attnviz.ui.reading.sides import asked_of_b, named, read_b
from attnviz.ui.state import address, inputs
from attnviz.ui.state.compare_view import (
    HEADS,
    MODELS,
    MODES,
    SENTENCES,
    CompareView,
    compare_from_params,
    params_from_compare,
)
from attnviz.ui.state.session import session
from attnviz.ui.state.view import View

_PROMISE = "sets two heads side by side (of one sentence, of two, or of two models) and says where they differ."


def page() -> None:
    """Draw the page."""
    linked = frame.begin("compare", _PROMISE)
    if linked or session().compare is None:
        _take_link(linked)
    told = st.container(key="told")
    view = replace(address.current_view(), step=None)  # before a field says what is read where nothing is chosen
    controls.sentence_and_model()
    own = session().compare or CompareView()
    if own.mode != HEADS:
        view = replace(view, pair="")  # what is compared is one sentence on each side
    a = reading.read(view, beside=asked_of_b(view, own).text if own.mode == SENTENCES else "")
    side = read_b(view, own, a) if a is not None or own.mode != HEADS else None
    b = None if side is None else side.reading
    own = _settled(own, b)
    words.say(*session().compare_wrong)
    if a is None:
        frame.say_link_problems(view)
    else:
        reading.say_notices(a)
    _choices(view if a is None else named(a), own, *(read.trace for read in (a, b) if read is not None))
    if side is not None and side.problem and (a is not None or own.mode == MODELS):
        words.say(side.problem, error=True)
    _say_beyond(own, a, b)
    if b is not None and own.mode != HEADS:
        said = [] if a is None else words.notices_for(a.view.text, a.whole)
        of_b = words.notices_for(b.view.text, b.whole)
        words.say(*(f"B: {sentence}" for sentence in of_b if own.mode == SENTENCES or sentence not in said))
    if a is not None and b is not None:
        compare_cards.both(own, a, b, told)
    elif (only := a or b) is not None:
        compare_cards.alone(only, "A" if only is a else "B", told)
    shown = address.with_pair(view if a is None else reading.own_choices(mounts.chosen(a)))
    address.write_url(shown, params_from_compare(own, beside=view.text))
    loading.preload()


def _say_beyond(own: CompareView, a: Reading | None, b: Reading | None) -> None:
    """What a side has not learned to read; two that read the same say it once."""
    if a is not None and own.mode == HEADS:
        roles.say_beyond(a)
        return
    for side, read in (("A", a), ("B", b)):
        if read is not None:
            roles.say_beyond(read, side=f"{side}: ", others=own.mode == MODELS or side == "A")


def _take_link(linked: bool) -> None:
    """What the link says, on the first run of this page and when the browser went back or forward."""
    record = session()
    record.compare, record.compare_wrong = compare_from_params(st.query_params.to_dict() if linked else {})
    record.compare_linked = record.compare


def _settled(own: CompareView, b: Reading | None) -> CompareView:
    """With the layer and head that B has, where some were chosen; what a link asked in vain is said until something
    else is chosen."""
    record = session()
    if own != record.compare_linked:
        record.compare_wrong = []
    if b is None or own.mode == SENTENCES:
        return own
    layer, head = b.look.layer, b.look.head
    is_chosen = (own.layer_b, own.head_b) != (None, None)  # a link may name one of the two
    settled = replace(own, layer_b=layer, head_b=head) if is_chosen else own
    if settled != own and own == record.compare_linked:
        asked = " and ".join(
            f"{name} {number}"
            for name, number, seen in (("layer", own.layer_b, layer), ("head", own.head_b, head))
            if number not in (None, seen)
        )
        if asked:
            record.compare_wrong = [
                *record.compare_wrong,
                f"The link asks for {asked} of B, which this model does not have: layer {layer}, head {head} is shown.",
            ]
        record.compare_linked = settled
    record.compare = settled
    return settled


def _choices(view: View, own: CompareView, *traces: Trace) -> None:
    """What is compared, and of B what A does not share with it."""
    with _line("compare_choices"):
        st.session_state.compare_mode = own.mode
        st.segmented_control(
            "Compare",
            list(MODES),
            key="compare_mode",
            format_func=lambda mode: _inputs_of(view) if mode == SENTENCES else MODES[mode],
            required=True,
            on_change=_take_mode,
        )
        if own.mode != HEADS:
            _other(own, asked_of_b(view, own))
        controls.typed_specials(*traces)


def _inputs_of(view: View) -> str:
    """What is compared of two inputs: what is shown beside B stands in A's place too."""
    kind = inputs.kind_of(view.model)
    if kind is Picture and (task := inputs.task_of(view.model)) and inputs.said_of(view, task):
        return "Two texts" if task == pictures.COMPARED else "Two questions"
    return {Picture: "Two pictures", Sound: "Two sounds"}.get(kind, MODES[SENTENCES])


def _line(key: str) -> DeltaGenerator:
    """Controls side by side, as many as fit."""
    return st.container(horizontal=True, vertical_alignment="bottom", key=key)


def _other(own: CompareView, asked: View) -> None:
    """B's sentence, question or sound, or its model."""
    if own.mode == MODELS:
        st.session_state.compare_model = asked.model
        controls.model_box("Model B", "compare_model", on_change=_take_model)
        return
    kind, task = inputs.kind_of(asked.model), inputs.task_of(asked.model)
    said = inputs.said_of(asked, task) if kind is Picture else asked.sound if kind is Sound else asked.text
    if kind is Picture and not said:
        return  # B is another picture
    st.session_state.compare_text = said
    name = {Picture: "Text" if task == pictures.COMPARED else "Question", Sound: "Sound"}.get(kind, "Sentence")
    text_field(
        f"{name} B",
        key="compare_text",
        placeholder=f"Type {'what is to be said' if kind is Sound else f'a {name.lower()}'} and press Enter",
        on_change=_take_text,
    )


def _take_mode() -> None:
    """Another question: B's head is then the page's to choose again. What was typed stays."""
    _choose(mode=st.session_state.compare_mode, layer_b=None, head_b=None)


def _take_text() -> None:
    typed = st.session_state.compare_text
    _choose(text_b=typed if typed.strip() else None)


def _take_model() -> None:
    model = controls.completed(st.session_state.compare_model)
    _choose(model_b=model, layer_b=None, head_b=None)


def _choose(**values: Any) -> None:
    """What is chosen on this page."""
    session().compare = replace(session().compare or CompareView(), **values)
