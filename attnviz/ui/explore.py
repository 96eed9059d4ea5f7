"""Explore: one sentence, one model, all its heads, and the way one of them computes."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz.analysis import read_row
from attnviz.errors import AttnvizError
from attnviz.trace import AttentionTrace, to_cpu
from attnviz.ui import cached, cards, controls, words
from attnviz.ui.cards import Look
from attnviz.ui.steps import counted, from_scores_to_context, projections
from attnviz.ui.token_row import chosen_token, token_row
from attnviz.ui.view import View, carried_query, fits_in_link, shown_query

log = logging.getLogger(__name__)
_PROMISE = "shows what attention computes: every number on this page is the one the model used."


def page() -> None:
    """Draw the page."""
    st.html(Path(__file__).parent / "page.css")
    controls.start_session()
    st.html(f"<p class='brand'><b>attnviz</b> {_PROMISE}</p>")
    controls.sentence_and_model()
    view = controls.current_view()
    trace = _read(view)
    if trace is None:
        for sentence in controls.link_problems(view):
            words.say(sentence)
        controls.choices(0, 0, specials=False)
        controls.write_url(view)
        return
    view = _settled(view, trace)
    for sentence in [*controls.link_problems(view), *words.notices_for(view.text, trace)]:
        words.say(sentence)
    _explore(view, trace)
    # The word that the page chooses by itself need not stand in the link.
    controls.write_url(replace(view, query=None) if view.query == carried_query(trace, None, None) else view)
    cached.preload_pretrained()


def _read(view: View) -> AttentionTrace | None:
    """The trace; or, on the page, a sentence that says what is wrong."""
    try:
        with st.spinner("Reading …"):
            return cached.trace_of(view.text, view.model, view.options)
    except AttnvizError as error:
        words.say(str(error), error=True)
    except Exception:
        log.exception("Reading a text with %s failed", view.model)
        words.say("Something went wrong in reading this text; the log has more. Try another text or model.", error=True)
    return None


def _settled(view: View, trace: AttentionTrace) -> View:
    """The view with layer, head and word that this trace has: the same ones if it can be, else the nearest."""
    state = st.session_state
    layer = min(view.layer, len(trace.layers) - 1)
    head = min(view.head, trace.layers[layer].heads - 1)
    if (layer, head) != (view.layer, view.head) and view == state.linked:
        state.wrong = [
            *state.wrong,
            f"The link's layer {view.layer}, head {view.head} is not in this model; "
            f"layer {layer}, head {head} is shown.",
        ]
    query = shown_query(trace, carried_query(trace, view.query, state.anchor), specials=view.specials)
    if view == state.linked and view.query is not None and view.query != query:
        state.wrong = [*state.wrong, f"The link's token {view.query} is not in this text; token {query} is marked."]
    settled = replace(view, layer=layer, head=head, query=query)
    if view == state.linked:
        state.linked = settled
    state.layer, state.head, state.query, state.anchor = layer, head, query, trace.tokens[query]
    return settled


def _explore(view: View, trace: AttentionTrace) -> None:
    """Everything below the sentence. What is computed comes before what is drawn: parts that reach the
    browser together are laid out once, parts that trickle in many times."""
    assert view.query is not None  # `_settled` chose one; this tells the type checker
    look = Look(view.layer, view.head, view.query, view.specials, st.context.theme.type == "dark")
    everything = view.all_layers and len(trace.layers) > 1
    charts = cards.draw(trace, look, everything=everything)
    reading = read_row(trace, layer=view.layer, head=view.head, query=view.query)
    row = to_cpu(trace.layers[view.layer].row(view.query).weights[view.head, 0]).tolist()

    status = st.empty()
    token_row(trace, row, query=view.query, specials=view.specials, dark=look.dark, on_choose=_choose_token)
    controls.choices(len(trace.layers), trace.layers[view.layer].heads, specials=reading.has_specials)
    with st.container(key="three"):
        heads, large, vectors = st.columns([1, 1.2, 1.05], gap="small")
    with heads.container(border=True, height="stretch", key="heads_card"):
        if len(trace.layers) > 1:
            controls.heads_shown()
        cards.heads(trace, look, charts, everything=everything, on_choose=_choose_head)
    with large.container(border=True, height="stretch", key="head_card"):
        cards.large_head(trace, look, charts, reading)
    with vectors.container(border=True, height="stretch", key="vectors_card"):
        projection = cached.model_for(view.model, view.options).projection
        cards.vectors(projections(trace, view.layer, projection, dark=look.dark), charts)
    with st.container(border=True, key="steps_card"):
        cards.steps(look, from_scores_to_context(trace, view.layer, dark=look.dark), charts)
    _status(status, view, trace, dark=look.dark)


def _status(place: DeltaGenerator, view: View, trace: AttentionTrace, *, dark: bool) -> None:
    """The line of truth. It comes last, since the check runs the reference implementation as well."""
    try:
        checked = words.check_in_words(cached.check_of(view.text, view.model, view.options))
    except Exception:
        log.exception("Checking %s failed", view.model)
        checked = words.CHECK_FAILED
    layers, heads = len(trace.layers), trace.layers[view.layer].heads
    facts = [
        counted(len(trace), "token"),
        checked,
        f"{counted(layers, 'layer')} × {counted(heads, 'head')} recorded, on {trace.device}",
    ]
    if not fits_in_link(view.text):
        facts.append("this text is too long for the link")
    place.html(f"<p class='status{' dark' * dark}'>{' · '.join(facts)}</p>")


def _choose_head(chart: str) -> None:
    """A click on a tile. Clicking the same tile again takes the selection back, and still means that tile."""
    points = st.session_state[chart].selection.points
    if points:
        st.session_state[f"{chart}_last"] = points[0]["customdata"]
    if f"{chart}_last" in st.session_state:
        st.session_state.layer, st.session_state.head = st.session_state[f"{chart}_last"]


def _choose_token() -> None:
    index = chosen_token()
    if index is not None:
        st.session_state.query, st.session_state.anchor = index, None
