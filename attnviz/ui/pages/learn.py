"""Learn: the way from words to a prediction, a step at a time, with the model running in the page."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz.service import loading, process
from attnviz.ui import controls
from attnviz.ui.cards import mounts
from attnviz.ui.cards.learn import costs, lessons
from attnviz.ui.pages import frame
from attnviz.ui.reading import reading
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state import address
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import View

_OF_OTHERS = ("pair", "target", "off", "changes")  # what other pages have chosen: it waits until one is back there
_PROMISE = "takes one sentence from words to a prediction, a step at a time: every number is the model's own."


def page() -> None:
    """Draw the page."""
    frame.begin("learn", _PROMISE)
    asked = session().view.lesson
    lessons.row(asked)
    if asked:
        frame.say_link_problems(session().view)
        # First the address: the lesson opens at the step that stands there.
        address.write_url(View(lesson=asked, at=session().view.at, present=session().view.present))
        lessons.read(asked)
        return
    controls.sentence_and_model()
    # What is changed in the run is switched in the page itself, so the trace is of the model as it is.
    kept = {name: getattr(session().view, name) for name in _OF_OTHERS}
    view = replace(address.current_view(), step=None, pair="", target="", part="", off=frozenset(), changes=())
    told = st.container(key="told")
    read = reading.read(view)
    choose(**kept)
    if read is None:
        frame.say_link_problems(view)
        read = reading.standing(view)
        if read is None:
            address.write_url(view)
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
    link = replace(reading.own_choices(now), **{name: getattr(session().view, name) for name in _OF_OTHERS})
    address.write_url(link, widgets=False)
