"""The part of Train that starts, stops and keeps a run."""

from __future__ import annotations

import streamlit as st

from attnviz.errors import AttnvizError
from attnviz.models import names
from attnviz.service import runs
from attnviz.service.runs import Run
from attnviz.training.loop import TrainingOptions
from attnviz.training.registry import TASKS
from attnviz.ui import words
from attnviz.ui.cards.inputs import sounds
from attnviz.ui.state import address, allowed
from attnviz.ui.state.address import FORM
from attnviz.ui.state.session import session

_DEFAULT = TrainingOptions(seed=1)
_FIELDS = ("task", "seed", "layers", "heads", "d_model", "steps")


def start_form() -> None:
    """Fill the form by the run that is shown, once for each: with its settings; by a shipped one, with its task."""
    state, record = st.session_state, session()
    for name in _FIELDS:
        state.setdefault(FORM + name, getattr(_DEFAULT, name))
    if record.filled_for == state.run:
        return
    record.filled_for, shown = state.run, allowed.meant(state.run)
    if isinstance(shown, names.Run):
        for name in _FIELDS:
            state[FORM + name] = getattr(shown.options, name)
        record.form_task = shown.options.task
    elif isinstance(shown, names.Shipped):
        state[f"{FORM}task"] = shown.task
        _follow_recipe()


def draw(run: Run | None, *, is_going: bool) -> None:
    """Task, settings, and Train or Stop. `is_going`: whether the run that is shown goes on."""
    start_form()
    active = runs.find(session().own_run)
    active = active if active is not None and not active.is_over else None
    options, problem = _options()
    with st.container(horizontal=True, vertical_alignment="bottom", key="train_form"):
        st.segmented_control(
            "Train one yourself",
            list(TASKS),
            key=f"{FORM}task",
            format_func=_short,
            required=True,
            on_change=_follow_recipe,
            help=" ".join(f"{_short(name)}: {task.in_short}" for name, task in TASKS.items()),
        )
        with st.popover("Settings", icon=":material/tune:"):
            _settings()
        if run is not None and is_going:
            st.button(
                "Stop",
                icon=":material/stop:",
                on_click=run.leave,
                args=(session().id,),
                key="stop",
                help="What there is stays. If others are watching the same run, it goes on for them.",
            )
        elif active is not None:
            st.button("Train", disabled=True, key="train", help="One of yours is training already.")
            st.button("Watch the one that is training", on_click=address.choose_run, args=(active.name,), key="watch")
        else:
            st.button(
                "Train",
                icon=":material/model_training:",
                disabled=options is None,
                on_click=_start,
                key="train",
            )
        if options is not None and active is None:
            st.html(f"<p class='unknown'>{_in_words(options)}</p>")
    problem, session().form_problem = session().form_problem or problem, ""
    if problem:
        words.say(problem, error=True)


def _short(name: str) -> str:
    """A task's title without its question."""
    return TASKS[name].title.partition(":")[0]


def _follow_recipe() -> None:
    """Another task is learned with settings of its own; what a person has set stays."""
    state, record = st.session_state, session()
    if state[f"{FORM}task"] not in TASKS:  # a browser may send anything
        return
    before, record.form_task = TrainingOptions.of(record.form_task, seed=_DEFAULT.seed), state[f"{FORM}task"]
    usual = TrainingOptions.of(record.form_task, seed=_DEFAULT.seed)
    for name in _FIELDS:
        if state[FORM + name] == getattr(before, name):
            state[FORM + name] = getattr(usual, name)


def progress(run: Run) -> None:
    """How far a run is, and how long it still takes, with as many beside it as there are."""
    others = runs.going_on() - 1
    beside = f" {others} other{'s' * (others > 1)} train{'s' * (others == 1)} here too, in turns." if others > 0 else ""
    if not run.step:
        st.progress(
            0.0, f"{'Waiting for its turn' if run.state == 'waiting' else 'Writing what to learn from'} …{beside}"
        )
        return
    steps, seconds = run.options.steps, runs.left(run)
    left = f" · about {_duration(seconds)} left" if seconds else ""
    st.progress(run.step / steps, f"Step {run.step:,} of {steps:,}{left}.{beside}")


def _duration(seconds: float) -> str:
    """A time, as a person says it.

    >>> _duration(12.3), _duration(89), _duration(400)
    ('12 s', '89 s', '7 minutes')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def outcome(run: Run) -> None:
    """How a run ended, and what can be done with it."""
    if run.checkpoint() is None:
        return
    if run.problem:
        words.say(run.problem, error=True)
    with st.container(horizontal=True, vertical_alignment="center", key="outcome"):
        ended = "Trained" if run.state == "done" else "Stopped"
        st.html(f"<p class='unknown'>{ended} after {run.step:,} steps, {run.seconds:.0f} s.</p>")
        st.download_button(
            "Keep the file",
            run.file(),  # made before the click: one made after it is lost when the page is drawn in between
            file_name=names.Run(run.options).place,
            icon=":material/download:",
            key="keep",
            help="A checkpoint with all snapshots. Its path, typed into Explore's model field, opens it again.",
        )


def _options() -> tuple[TrainingOptions | None, str]:
    """What is set; or why it cannot be trained."""
    try:
        return TrainingOptions.of(**{name: st.session_state[FORM + name] for name in _FIELDS}), ""
    except AttnvizError as error:
        return None, f"This cannot be trained: {error}"


def _settings() -> None:
    limits = TrainingOptions.LIMITS
    for name, label, help_text in (
        ("seed", "Seed", "Another seed, other first weights and other sentences."),
        ("layers", "Layers", "The shipped models have 1 or 2."),
        ("heads", "Heads", "They share the width: d_head = d_model ÷ heads."),
        ("d_model", "Width (d_model)", "How many numbers stand for a word."),
        ("steps", "Steps", "So many batches of 32 or 64 texts."),
    ):
        least, most = (int(x) for x in limits[name])
        st.number_input(label, least, most, step=1, key=FORM + name, help=f"{help_text} {least} to {most:,}.")


def _in_words(options: TrainingOptions) -> str:
    return (
        f"seed {options.seed}, {options.layers} layer{'s' * (options.layers > 1)} × {options.heads} "
        f"head{'s' * (options.heads > 1)}, width {options.d_model}, {options.steps:,} steps"
    )


def _start() -> None:
    """Train what is set now (not what was set when the button was drawn)."""
    record = session()
    options, _ = _options()
    if options is None:
        return
    try:
        run = runs.start(options)
    except AttnvizError as error:
        record.form_problem = str(error)
        return
    run.look(record.id)
    record.own_run = record.filled_for = record.watched = run.name
    address.choose_run(run.name)
    sounds.make_room()
    record.known_runs = list(dict.fromkeys([*record.known_runs, run.name]))
