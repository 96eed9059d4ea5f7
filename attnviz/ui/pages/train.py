"""Train: a small model learns while one watches; then a slider through its training."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz import figures
from attnviz.analysis import read_row
from attnviz.errors import AttnvizError
from attnviz.layer import to_cpu
from attnviz.service import loading, runs
from attnviz.service.runs import Run
from attnviz.training.checkpoint import Checkpoint
from attnviz.training.registry import TASKS
from attnviz.ui import controls, words
from attnviz.ui.cards import plotted, roles, switches, train_form
from attnviz.ui.cards.token_row import token_row
from attnviz.ui.pages import frame
from attnviz.ui.state import allowed, reading
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.session import session
from attnviz.ui.state.view import View

_PROMISE = "lets you watch attention being learned: one sentence, from random weights to weights that mean something."
_REFRESH = 1.0  # seconds between two looks at a run


def page() -> None:
    """Draw the page."""
    frame.begin("train", _PROMISE)
    controls.sentence_and_run()
    view = replace(controls.current_view(), model=st.session_state.run)
    run = runs.find(view.model)
    train_form.draw(run)
    if run is not None and not run.is_over:
        controls.write_url(replace(view, step=None, off=frozenset()))
        st.fragment(_watch, run_every=_REFRESH)(view, run)
        return
    try:
        checkpoint = loading.checkpoint_of(allowed.weights_of(view.model))
    except AttnvizError as error:  # a file that is damaged, foreign or not there
        words.say(str(error), error=True)
        controls.write_url(view)
        return
    if checkpoint is None:
        frame.say_link_problems(view)
        _say_missing(view.model, run)
        controls.write_url(view)
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


def _watch(view: View, run: Run) -> None:
    """A run that is going on, drawn anew every second; when it is over, the whole page is."""
    run.look(session().id)
    if run.is_over:
        st.rerun(scope="app")
    controls.keep()
    view = replace(controls.current_view(), model=view.model, text=view.text, off=frozenset())  # as chosen since
    train_form.progress(run)
    checkpoint = run.checkpoint()
    if checkpoint is None:
        return
    step = checkpoint.steps[-1]
    read = reading.read(view, step=step)
    if read is not None:
        _cards(read, checkpoint, step, steps=run.options.steps, live=True)


def _look_back(view: View, checkpoint: Checkpoint, run: Run | None) -> None:
    """A run that is over, or a shipped one: the slider goes through its snapshots."""
    if run is not None:
        train_form.outcome(run)
    step = checkpoint.snapshot(view.step).step
    read = reading.read(view, step=step)
    if read is None:
        controls.write_url(view)
        return
    reading.say_notices(read)
    controls.typed_specials(read.trace)
    _cards(read, checkpoint, step, steps=checkpoint.options.steps, live=False)
    controls.write_url(replace(reading.own_choices(read), step=None if step == checkpoint.steps[-1] else step))


def _cards(read: Reading, checkpoint: Checkpoint, step: int, *, steps: int, live: bool) -> None:
    """The sentence, how the run went, all heads at one moment, one of them large."""
    trace, look = read.trace, read.look
    task = TASKS[checkpoint.options.task]
    curves = figures.training_curves(checkpoint.curve, task.figures, step=step, steps=steps, dark=look.dark)
    all_heads = figures.overview(
        trace,
        layer=look.layer,
        head=look.head,
        query=look.query,
        specials=look.specials,
        dark=look.dark,
        height=min(185 * len(trace.layers), 520) + 30,
    )
    large = plotted.large(trace, look)
    row_reading = read_row(trace, layer=look.layer, head=look.head, query=look.query, specials=look.specials)
    row = to_cpu(trace.layers[look.layer].row(look.query).weights[look.head, 0]).tolist()

    status = st.empty()
    token_row(trace, row, look=look, roles=roles.of(read), on_choose=reading.choose_token)
    roles.say_beyond(read)
    with st.container(key="three"):
        left, middle, right = st.columns([1.05, 1, 1.15], gap="small")
    with left.container(border=True, height="stretch", key="curves_card"):
        snapshot = checkpoint.snapshot(step)
        st.markdown(f"**Step {step:,}** of {steps:,} · {'now' if live else 'move through the training'}")
        if not live and len(checkpoint.steps) > 1:
            st.session_state.step = step
            st.select_slider(
                "Step of the training",
                checkpoint.steps,
                key="step",
                label_visibility="collapsed",
                format_func=_thousands,
            )
        st.html(_legend(task.figures, snapshot.measures.figures, dark=look.dark))
        plotted.chart(curves, "chart_curves", "Loss and measures over the training steps")
        st.caption(task.explained)
    with middle.container(border=True, height="stretch", key="heads_card"):
        plotted.heads(trace, all_heads, on_choose=reading.choose_head)
    with right.container(border=True, height="stretch", key="head_card"):
        switch = (lambda: None) if live else (lambda: switches.buttons(read))
        plotted.large_head(trace, look, large, row_reading, guess=reading.guess(read), switches=switch)
    if read.view.off and not live:
        with st.container(border=True, key="effect_card"):
            switches.effect_card(read)
    status.html(reading.status(read))


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
