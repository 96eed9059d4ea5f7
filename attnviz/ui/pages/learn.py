"""Learn: the way from words to a prediction, a step at a time, with the model running in the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from attnviz.service import loading, process
from attnviz.ui import controls
from attnviz.ui.cards import costs, lessons, mounts
from attnviz.ui.pages import frame
from attnviz.ui.state import reading
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.session import session
from attnviz.ui.state.view import View

_PROMISE = "takes one sentence from words to a prediction, a step at a time: every number is the model's own."


def page() -> None:
    """Draw the page."""
    frame.begin("learn", _PROMISE)
    asked = session().view.lesson
    lessons.row(asked)
    if asked:
        frame.say_link_problems(session().view)
        lessons.read(asked)
        controls.write_url(View(lesson=asked, at=session().view.at, present=session().view.present))
        return
    controls.sentence_and_model()
    # What is changed in the run is switched in the page itself, so the trace is of the model as it is.
    free: dict[str, Any] = {"part": "", "off": frozenset(), "changes": (), "second": None, "over": ()}
    view = replace(controls.current_view(), step=None, pair="", target="", **free)
    told = st.container(key="told")
    read = reading.read(view)
    if read is None:
        frame.say_link_problems(view)
        read = reading.standing(view)
        if read is None:
            controls.write_url(view)
            return
    else:
        reading.say_notices(read)
    with told:
        mounts.trace(read)
        mounts.model(read)
    mounts.learner()
    _follow(read)
    with told:
        mounts.vectors(read)
        mounts.notes(read, {}, has_links=False)
    costs.draw()
    lessons.maker(lambda: mounts.taken_first(read))
    st.html(reading.status(read))
    loading.preload()
    process.settle_memory(f"{read.view.model} was learned from")


@st.fragment(key="follow")
def _follow(read: Reading) -> None:
    """What is chosen in the page. A choice runs this part alone; of a pretrained model, another layer's matrices are
    fetched by running all."""
    process.settle_threads()  # a thread of its own
    now = mounts.chosen(read)
    if now.look.layer != read.look.layer and mounts.is_of_one_layer(read):
        st.rerun(scope="app")
    mounts.follower(now, then=lambda: None, hears=mounts.is_of_one_layer(read))
    controls.write_url(replace(reading.own_choices(now), **_kept()), widgets=False)


def _kept() -> dict[str, Any]:
    """What other pages have chosen, and this one leaves alone."""
    view = session().view
    return {name: getattr(view, name) for name in ("pair", "target", "off", "changes")}
