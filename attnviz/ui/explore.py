"""Explore: one sentence, one model, all its heads, and the way one of them computes."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz.ui import cached, controls, details, frame, mounts, reading, roles
from attnviz.ui.reading import Reading

_PROMISE = "shows what attention computes: every number on this page is the one the model used."


def page() -> None:
    """Draw the page."""
    frame.begin("explore", _PROMISE)
    controls.sentence_and_model()
    second = st.container(key="second")
    view = replace(controls.current_view(), step=None)
    read = reading.read(view)
    if read is None:
        frame.say_link_problems(view)
        with second:
            controls.second_sentence(takes_pairs=True)  # perhaps it is what cannot be read
        controls.choices(takes_pairs=False)
        controls.write_url(view)
        return
    with second:
        controls.second_sentence(takes_pairs=cached.model_for(read.key).takes_pairs)
    reading.say_notices(read)
    _explore(read)
    cached.preload_pretrained()


def _explore(read: Reading) -> None:
    """Everything below the sentence. The trace goes to the browser first; while that draws it, the rest is computed."""
    with st.container(horizontal=True, vertical_alignment="center", key="line"):
        status = st.empty()
        tools = st.container(width="content")
    beyond = st.empty()
    mounts.explorer(read)
    _follow(read)
    with tools:
        controls.choices(takes_pairs=cached.model_for(read.key).takes_pairs, offers=lambda: roles.offers(read))
    if said := roles.beyond_it(read):
        beyond.html(said)
    mounts.notes(read, roles.of(read.view.text))
    status.html(reading.status(read))
    cached.settle_memory(f"{read.view.model} was drawn")


@st.fragment
def _follow(read: Reading) -> None:
    """What follows the explorer. A choice made there runs this part alone."""
    if st.session_state.off != read.view.off:
        st.rerun(scope="app")  # with other heads off it is another trace
    now = mounts.chosen(read)
    mounts.follower(now)
    details.draw(now)
    controls.write_url(reading.own_choices(now), widgets=False)
