"""Explore: one sentence, one model, all its heads, and the way one of them computes."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz.analysis import read_row
from attnviz.trace import to_cpu
from attnviz.ui import cached, cards, controls, frame, reading, roles, switches
from attnviz.ui.reading import Reading
from attnviz.ui.steps import from_scores_to_context, projections
from attnviz.ui.token_row import token_row

_PROMISE = "shows what attention computes: every number on this page is the one the model used."


def page() -> None:
    """Draw the page."""
    frame.begin("explore", _PROMISE)
    controls.sentence_and_model()
    view = replace(controls.current_view(), step=None)
    read = reading.read(view)
    if read is None:
        frame.say_link_problems(view)
        controls.choices(0, 0, specials=False)
        controls.write_url(view)
        return
    reading.say_notices(read)
    _explore(read)
    controls.write_url(reading.own_choices(read))
    cached.preload_pretrained()


def _explore(read: Reading) -> None:
    """Everything below the sentence. What is computed comes before what is drawn: parts that reach the
    browser together are laid out once, parts that trickle in many times."""
    view, trace, look = read.view, read.trace, read.look
    everything = view.all_layers and len(trace.layers) > 1
    charts = cards.draw(trace, look, everything=everything)
    row_reading = read_row(trace, layer=look.layer, head=look.head, query=look.query)
    row = to_cpu(trace.layers[look.layer].row(look.query).weights[look.head, 0]).tolist()

    status = st.empty()
    named = roles.of(view.text)
    token_row(trace, row, look=look, roles=named, on_choose=reading.choose_token)
    if beyond := roles.beyond_it(read):
        st.html(beyond)
    controls.choices(
        len(trace.layers),
        trace.layers[look.layer].heads,
        specials=row_reading.has_specials,
        offers=lambda: roles.offers(read),
    )
    with st.container(key="three"):
        heads, large, vectors = st.columns([1, 1.2, 1.05], gap="small")
    with heads.container(border=True, height="stretch", key="heads_card"):
        if len(trace.layers) > 1:
            controls.heads_shown()
        cards.heads(trace, look, charts.heads, everything=everything, on_choose=reading.choose_head)
    with large.container(border=True, height="stretch", key="head_card"):
        cards.large_head(
            trace, look, charts.head, row_reading, guess=reading.guess(read), switches=lambda: switches.buttons(read)
        )
    with vectors.container(border=True, height="stretch", key="vectors_card"):
        projection = cached.model_for(read.key).projection
        cards.vectors(projections(trace, look.layer, projection, dark=look.dark), charts.vectors)
    if view.off:
        with st.container(border=True, key="effect_card"):
            switches.effect_card(read)
    with st.container(border=True, key="steps_card"):
        cards.steps(look, from_scores_to_context(trace, look.layer, dark=look.dark), charts.steps, len(trace))
    status.html(reading.status(read))
