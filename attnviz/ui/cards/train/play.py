"""A training as a film: its snapshots one after another, and when the head that learned something appeared."""

from __future__ import annotations

import streamlit as st

from attnviz.training.checkpoint import Checkpoint
from attnviz.training.registry import TASKS
from attnviz.ui.serving import sessions
from attnviz.ui.state.session import choose, session

BEAT = 0.6  # seconds between two snapshots
APPEARED = 0.5  # what the measure of the best head has to reach


def draw(checkpoint: Checkpoint, step: int) -> None:
    """Play or pause, and at which step the head appears."""
    is_playing = session().playing
    st.button(
        "Pause" if is_playing else "Play",
        icon=":material/pause:" if is_playing else ":material/play_arrow:",
        on_click=stop if is_playing else _start,
        args=() if is_playing else (checkpoint, step),
        type="primary",  # the first thing to do on this page
        key="play",
    )
    st.html(f"<p class='appears'>{appearance(checkpoint)}</p>")
    if is_playing:
        st.fragment(_go_on, run_every=BEAT)(checkpoint, step)


def appearance(checkpoint: Checkpoint) -> str:
    """At which step the head that learned the task appeared, in a sentence."""
    task = TASKS[checkpoint.options.task]
    if task.learned not in task.figures:  # a task whose curves do not tell it
        return ""
    said = task.figures[task.learned].removeprefix("best head: ")
    for moment in checkpoint.curve:
        if moment.figures[task.learned] >= APPEARED:
            return f"At step <b>{moment.step:,}</b> a head has learned it: “{said}” reaches {APPEARED}."
    return f"No head learns it in this run: “{said}” never reaches {APPEARED}."


def stop() -> None:
    """Whoever moves the slider goes on from there."""
    session().playing = False


def _start(checkpoint: Checkpoint, step: int) -> None:
    """From where one is; from the beginning, where one is at the end."""
    session().playing = True
    if step >= checkpoint.steps[-1]:
        choose(step=checkpoint.steps[0])


def _go_on(checkpoint: Checkpoint, step: int) -> None:
    """To the next snapshot, each time that the clock calls."""
    if not sessions.runs_a_part() or not session().playing:
        return
    later = [one for one in checkpoint.steps if one > step]
    session().playing = len(later) > 1
    if later:
        choose(step=later[0])
    st.rerun(scope="app")
