"""Train: a small model learns while one watches; then a slider through its training."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz import figures
from attnviz.errors import AttnvizError
from attnviz.request import Text
from attnviz.service import loading, process, runs
from attnviz.service.runs import Run
from attnviz.training.checkpoint import Checkpoint
from attnviz.training.registry import TASKS
from attnviz.ui import controls, words
from attnviz.ui.cards import mounts
from attnviz.ui.cards.changes import switches
from attnviz.ui.cards.inputs import roles
from attnviz.ui.cards.train import form as train_form
from attnviz.ui.cards.train import play
from attnviz.ui.chart import chart
from attnviz.ui.pages import frame
from attnviz.ui.reading import reading
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state import address, allowed
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import View

_PROMISE = "lets you watch attention being learned: one sentence, from random weights to weights that mean something."
_A_LOOK = 0.1  # seconds that one takes the server, roughly


def page() -> None:
    """Draw the page."""
    frame.begin("train", _PROMISE)
    controls.sentence_and_run()
    run = runs.find(st.session_state.run)
    is_going = run is not None and not run.is_over  # asked once: a run may end while the page is drawn
    _show_what_came(run, is_going=is_going)
    view = replace(address.current_view(), model=st.session_state.run)
    train_form.draw(run, is_going=is_going)
    if run is not None and is_going:
        address.write_url(replace(view, step=None, off=frozenset(), changes=()))
        every = _refresh()
        st.fragment(_watch, run_every=every)(view, run, every)
        return
    try:
        checkpoint = loading.checkpoint_of(allowed.weights_of(view.model, Text(view.text)))
    except AttnvizError as error:  # a file that is damaged, foreign or not there
        words.say(str(error), error=True)
        address.write_url(view)
        return
    if checkpoint is None:
        frame.say_link_problems(view)
        _say_missing(view.model, run)
        address.write_url(view)
    else:
        _look_back(view, checkpoint, run)


def _say_missing(name: str, run: Run | None) -> None:
    """There is nothing to draw of this run."""
    if run is None:
        words.say(
            f"{allowed.meant(name).title} has not been trained here yet, or is no longer remembered. Press Train: "
            "the settings are set, and the same settings give the same numbers."
        )
    else:
        words.say(run.problem or "This run was stopped before it began.", error=bool(run.problem))


def _show_what_came(run: Run | None, *, is_going: bool) -> None:
    """Who watched a run is shown its last step when it is over, and goes back to its beginning from there."""
    record = session()
    if run is None:
        return
    if is_going:
        record.watched = run.name
    elif record.watched == run.name:
        record.watched = ""
        choose(step=run.step)


def _refresh() -> float:
    """Seconds between two looks at a run: one, and where many watch so many that the server has time to train."""
    return min(max(1.0, round(2 * _A_LOOK * runs.watchers())), 8.0)


def _watch(view: View, run: Run, every: float) -> None:
    """A run that is going on, drawn anew `every` so many seconds; when it is over, or more watch by now, the whole page
    is."""
    run.look(session().id)
    if run.is_over or not every / 2 <= _refresh() <= every * 2:
        st.rerun(scope="app")
    address.keep()
    # As chosen since; a run that goes on is shown as it is.
    view = replace(address.current_view(), model=view.model, text=view.text, off=frozenset(), changes=())
    train_form.progress(run)
    checkpoint = run.checkpoint()
    if checkpoint is None:
        return
    step = checkpoint.steps[-1]
    read = reading.read(view, step=step)
    if read is not None:
        _cards(read, checkpoint, step, run=run)


def _look_back(view: View, checkpoint: Checkpoint, run: Run | None) -> None:
    """A run that is over, or a shipped one: from its first step on, the slider and Play go through its snapshots."""
    if run is not None:
        train_form.outcome(run)
    step = checkpoint.snapshot(checkpoint.steps[0] if view.step is None else view.step).step
    read = reading.read(view, step=step)
    if read is None:
        address.write_url(view)
        return
    reading.say_notices(read)
    controls.typed_specials(read.trace)
    _cards(read, checkpoint, step)
    address.write_url(replace(reading.own_choices(mounts.chosen(read)), step=_own(checkpoint, step)))


def _own(checkpoint: Checkpoint, step: int) -> int | None:
    """The step as a link has it: the first is nobody's choice."""
    return None if step == checkpoint.steps[0] else step


def _cards(read: Reading, checkpoint: Checkpoint, step: int, *, run: Run | None = None) -> None:
    """How the run went, and its heads at one moment, in the explorer. `run`: it is going on."""
    told = st.container(key="told")
    with told:
        mounts.trace(read)
    status = st.empty()
    roles.say_beyond(read)
    with st.container(key="train_body"):
        left, right = st.columns([1, 3.2], gap="small")
    with left:
        with st.container(border=True, key="curves_card"):
            _curves(checkpoint, step, read, run)
        if run is None:
            st.fragment(key="follow")(_follow)(read, checkpoint, step)
        else:
            mounts.follower(mounts.chosen(read), then=lambda: None)
    with right:
        mounts.explorer()
    with told:
        mounts.vectors(read)
        mounts.notes(read, roles.of(read))
    status.html(reading.status(read))


def _curves(checkpoint: Checkpoint, step: int, read: Reading, run: Run | None) -> None:
    """Where in the training this is, and how it went."""
    task, dark = TASKS[checkpoint.options.task], read.look.dark
    steps = checkpoint.options.steps if run is None else run.options.steps
    st.markdown(f"**Step {step:,}** of {steps:,} · {'move through the training' if run is None else 'now'}")
    if run is None and len(checkpoint.steps) > 1:
        st.session_state.step = step
        st.select_slider(
            "Step of the training",
            checkpoint.steps,
            key="step",
            label_visibility="collapsed",
            format_func=_thousands,
            on_change=play.stop,
        )
        play.draw(checkpoint, step)
    st.html(_legend(task.figures, checkpoint.snapshot(step).measures.figures, dark=dark))
    curves = figures.training_curves(checkpoint.curve, task.figures, step=step, steps=steps, dark=dark)
    chart(curves, "chart_curves", "Loss and measures over the training steps")
    st.caption(task.explained)


def _follow(read: Reading, checkpoint: Checkpoint, step: int) -> None:
    """What follows the explorer. A choice made there runs this part alone."""
    process.settle_threads()  # a thread of its own
    if (session().view.off, session().view.changes) != (read.view.off, read.view.changes):
        st.rerun(scope="app")  # with other heads off it is another trace
    now = mounts.chosen(read)
    mounts.follower(now, then=lambda: None, hears=switches.hears(now))
    switches.draw(now)
    address.write_url(replace(reading.own_choices(now), step=_own(checkpoint, step)), widgets=False)


def _legend(titles: dict[str, str], values: dict[str, float], *, dark: bool) -> str:
    """The measures at this step, each with its line, as HTML."""
    styles = figures.line_styles(titles, dark=dark)
    rows = "".join(
        f"<tr><td><i style='border-top: 3px {kind} {color}'></i></td><td><b>{values[name]:.2f}</b></td>"
        f"<td>{title}</td></tr>"
        for name, title in titles.items()
        for color, kind in [styles[name]]
    )
    return f"<table class='legend'>{rows}</table>"


def _thousands(step: int) -> str:
    return f"{step:,}"
