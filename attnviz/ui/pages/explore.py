"""Explore: one sentence, one model, all its heads, and the way one of them computes."""

from __future__ import annotations

import time
from dataclasses import replace
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz.client import goes_by_layer
from attnviz.models.names import BY_ITSELF
from attnviz.request import Pair, Text, Translation
from attnviz.service import cached, loading, process
from attnviz.ui import controls
from attnviz.ui.cards import continuing, mounts
from attnviz.ui.cards.below import details
from attnviz.ui.cards.changes import switches
from attnviz.ui.cards.inputs import examples, roles, target
from attnviz.ui.pages import frame
from attnviz.ui.reading import reading
from attnviz.ui.reading.reading import Reading
from attnviz.ui.serving import sessions
from attnviz.ui.state import address, allowed, inputs
from attnviz.ui.state.session import choose, session, take_found
from attnviz.ui.state.view import View

_PROMISE = "shows what attention computes: every number on this page is the one the model used."

# Seconds in which a browser on this computer has it to itself: on two cores, going on at once made it draw a third
# later. Who is elsewhere waits for nothing.
DRAWING = 0.05
_SHORT = 60  # characters of a sentence that is named


def page() -> None:
    """Draw the page. A text that is read at once goes to the browser before the page around it is drawn."""
    frame.start("explore")
    take_found()
    view = replace(address.current_view(), step=None)
    read = reading.ahead(view)
    told = st.container(key="told")
    if read is not None:
        _tell(read, told)
    frame.head(_PROMISE)
    controls.sentence_and_model(chosen=examples.of_model)
    second = st.container(key="second")
    if read is None:
        read = reading.read(view)
        if read is not None:
            _tell(read, told)
    problem = read is None
    if read is None:
        frame.say_link_problems(view)
        read = reading.standing(view)
    if read is None:
        with second:
            controls.second_sentence(takes_pairs=True)  # perhaps it is what cannot be read
        controls.choices(takes_pairs=False, offers=examples.menu)
        address.write_url(view)
        return
    if problem:
        choose(present=0)  # what is wrong is to be read
        _tell(read, told)
        _say_standing(read, view)
    with second:
        controls.second_sentence(takes_pairs=_takes_pairs(read))
        target.field(read)
        coming = st.container(key="coming") if not problem and continuing.is_of(read) else None
    continuing.settle(read)
    if not problem:
        reading.say_notices(read, has_target=True)
    _explore(read, told, view if problem else None)
    loading.preload()
    if coming is not None:
        with coming:
            continuing.card(read)


def _say_standing(read: Reading, asked: View) -> None:
    """What is on the page instead of what cannot be read, the way back to it, and a model that can read what was
    typed."""
    is_text = inputs.kind_of(asked.model) is Text
    is_same = is_text and read.view.text == asked.text and isinstance(read.asked.input, Text | Pair | Translation)
    what = "the same sentence, read by another model." if is_same else _named(read)
    with st.container(horizontal=True, vertical_alignment="center", key="standing"):
        st.html(f"<p class='unknown'>Below stands {what}</p>", width="content")
        if not is_same:
            st.button("Back to it", on_click=_back, args=(read.view,), key="back")
        if is_text and asked.text.strip() and asked.model != BY_ITSELF.name:
            st.button("Let the page choose a model", on_click=choose, kwargs={"model": BY_ITSELF.name}, key="choose")


def _named(read: Reading) -> str:
    """What was read, as HTML: the words of it, or that it is a picture or a sound."""
    if read.asked.samples is not None:
        return "another sound."
    return f"<b><bdi>{escape(_short(read.asked.text))}</bdi></b>" if read.asked.text.strip() else "another picture."


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _back(view: View) -> None:
    names = ("text", "pair", "target", "model", "picture", "moved", "question", "sound")
    choose(**{name: getattr(view, name) for name in names})


def _takes_pairs(read: Reading) -> bool:
    """Whether a second sentence can be read; a target is of one text."""
    return loading.model_for(read.weights).takes_pairs and not read.asked.target


def _tell(read: Reading, told: DeltaGenerator) -> None:
    """The trace, to the browser; once that has drawn it, what it is told next is computed."""
    with told:
        mounts.trace(read)
    if session().drawn != read.asked and allowed.is_here():
        time.sleep(DRAWING)
    session().drawn = read.asked
    if continuing.is_in_passing(read):
        return
    with process.AFTERWARDS.turn():
        if not goes_by_layer(read.whole):
            cached.vectors_of(read.asked)
        cached.notes_of(read.asked.whole, tuple(roles.of(read).items()))


def _explore(read: Reading, told: DeltaGenerator, asked: View | None) -> None:
    """Everything below the sentence. What takes long comes last. `asked`: what cannot be read, though it was asked
    for."""
    with st.container(horizontal=True, vertical_alignment="center", key="line"):
        status = st.empty()
        roles.other_reader(read)
        tools = st.container(width="content")
    examples.say(read)
    beyond = st.empty()
    mounts.explorer()
    _follow(read, asked)
    _details(read)
    if not continuing.is_in_passing(read):
        with told:
            mounts.vectors(read)
    with tools:
        controls.choices(takes_pairs=_takes_pairs(read), offers=lambda: _offers(read), trace=read.whole)
    if roles.beyond_it(read):
        with beyond.container():
            roles.say_beyond(read)
    if continuing.is_in_passing(read):
        status.html("<p class='status'>Words are being written; the check follows once they rest.</p>")
    else:
        with told:
            mounts.notes(read, roles.of(read))
        status.html(reading.status(read))
    process.settle_memory(f"{read.view.model} was drawn")


def _offers(read: Reading) -> None:
    """What there is to read."""
    roles.offers(read)
    examples.menu()


@st.fragment(key="follow")
def _follow(read: Reading, asked: View | None) -> None:
    """What follows the explorer. A choice made there runs this part alone, unless something is unfolded below."""
    process.settle_threads()  # a thread of its own
    chosen, was = session().view, read.view
    is_other = (chosen.off, chosen.changes, chosen.moved) != (was.off, was.changes, was.moved)
    if is_other and asked is None:  # what stands while something else cannot be read stays as it is
        st.rerun(scope="app")  # with other heads off, or something else changed or moved, it is another trace
    now = mounts.chosen(read)
    mounts.follower(now, then=_follow_further, hears=details.is_any_open() or switches.hears(now))
    switches.draw(now)
    # Of a field that was emptied there is nothing to link to.
    link = asked if asked is not None and asked.text.strip() else reading.own_choices(now)
    if not session().writing:  # a text that grows is one step in the browser's history
        address.write_url(link, widgets=False)


@st.fragment(key="details")
def _details(read: Reading) -> None:
    """What is asked of the server: folded, it costs a choice nothing."""
    process.settle_threads()
    details.draw(mounts.chosen(read), on_change=_run_both)


def _follow_further() -> None:
    """After a choice: what is unfolded follows it as well. (Where all is run, it does so by itself; to ask for a part
    would undo that.)"""
    if details.is_any_open():
        _run_both()


def _run_both() -> None:
    """What is unfolded or folded changes what the browser is to tell."""
    if sessions.runs_a_part():
        st.rerun(scope=["follow", "details"])
