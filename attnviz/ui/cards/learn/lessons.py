"""Lessons: the row to choose one from, the one that is read, and the making of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from attnviz import lessons
from attnviz.errors import AttnvizError
from attnviz.heads import counted
from attnviz.lessons import Lesson, View
from attnviz.models.names import at_step
from attnviz.service import lessons as served
from attnviz.ui import words
from attnviz.ui.cards import mounts
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state.session import choose, session


def row(chosen: str) -> None:
    """All lessons, in the order of the course; the one that is read is marked, and pressed again it is left."""
    offered = {f"{i} {lesson.title}": lesson.name for i, lesson in enumerate(lessons.shipped(), 1)}
    if chosen.startswith(served.OWN):
        offered[served.lesson_of(chosen).title] = chosen
    titles = {name: title for title, name in offered.items()}
    st.session_state.lesson_row = titles.get(chosen)
    with st.container(key="lessons_row"):
        st.pills(
            "Lessons",
            list(offered),
            key="lesson_row",
            label_visibility="collapsed",
            on_change=lambda: choose(lesson=offered.get(st.session_state.lesson_row or "", ""), at=0),
        )


def read(chosen: str) -> None:
    """The lesson that is read, and what can be done with it."""
    mounts.lesson(served.packed_of(chosen))
    lesson = served.lesson_of(chosen)
    with st.container(horizontal=True, key="lesson_tools"):
        st.button("Leave the lesson", on_click=choose, kwargs={"lesson": "", "at": 0}, key="leave_lesson")
        _save(lesson)
        if not lesson.problems:
            st.button("Make one like it", on_click=_begin, args=(lesson,), key="copy_lesson")


def _save(lesson: Lesson) -> None:
    """One file that needs no server."""
    st.download_button(
        "Save as one file",
        data=lambda: served.as_file(lesson),
        file_name=f"{lesson.name or 'lesson'}.html",
        mime="text/html",
        key="save_lesson",
        help="It works from a memory stick: no server, no network. It reads other sentences, too.",
    )


def maker(now: Callable[[], Reading]) -> None:
    """Making a lesson of the views on this page. `now`: what is on it when a button is pressed."""
    lesson = session().own_lesson
    count = 0 if lesson is None else len(lesson.steps)
    made = f" · {counted(count, 'step')}" if count else ""
    with st.expander(f"Make a lesson{made}", key="make_lesson"):
        st.caption(
            "Choose a view above, add it as a step, and write what there is to see. Numbers in your text are measured "
            "on the sentence: write {weight(1.0, sat, cat)} for a weight, for example."
        )
        if lesson is not None:
            _title(lesson)
            for i in range(count):
                _step(lesson, i)
        with st.container(horizontal=True):
            st.button("Add this view as a step", on_click=_add, args=(now,), key="add_step", type="primary")
            if lesson is not None and count:
                st.button("Show it", on_click=_show, key="show_lesson")
                _save(lesson)
                st.button("Begin anew", on_click=_forget, key="forget_lesson")
        if session().lesson_problem:
            words.say(session().lesson_problem, error=True)


def _title(lesson: Lesson) -> None:
    st.text_input("Title", lesson.title, key=_key("lesson_title"), on_change=_retitle)


def _step(lesson: Lesson, i: int) -> None:
    """One step: its title and text, and where it stands."""
    step = lesson.steps[i]
    with st.container(border=True):
        left, right = st.columns([5, 1], vertical_alignment="bottom")
        left.text_input(f"Step {i + 1}", step.title, key=_key("step_title", i), on_change=_rewrite, args=(i,))
        with right.container(horizontal=True):
            last = len(lesson.steps) - 1
            for icon, to, label in (("arrow_upward", i - 1, "Up"), ("arrow_downward", i + 1, "Down")):
                name, disabled = f":material/{icon}:", not 0 <= to <= last
                st.button(
                    name, key=f"{label}_{i}", help=label, disabled=disabled, on_click=_reorder, args=("moved", i, to)
                )
            st.button(
                ":material/delete:",
                key=f"delete_{i}",
                help="Take it away",
                on_click=_reorder,
                args=("without", i),
            )
        label = "What there is to see"
        st.text_area(label, step.text, key=_key("step_text", i), on_change=_rewrite, args=(i,))


def _add(now: Callable[[], Reading]) -> None:
    lesson = session().own_lesson or Lesson("My lesson")
    try:
        read = now()
        view, sentence = _view_of(read), read.view.text
        model = _name_of(read)
        session().own_lesson = lesson.with_step(view, "", sentence=sentence, model=model)
        session().lesson_problem = ""
    except AttnvizError as error:
        session().lesson_problem = str(error)


def _name_of(read: Reading) -> str:
    """The model as a lesson names it."""
    name = at_step(read.weights, None).name
    lessons.model_of(name)
    return name


def _view_of(read: Reading) -> View:
    """What is on the page, as a lesson says it."""
    view = read.view
    return View(
        view.pane,
        view.walk,
        f"{view.layer}.{view.head}",
        _word(read, view.query),
        _word(read, view.key),
        tuple(one for one in view.switched.split("~") if one),
    )


def _word(read: Reading, index: int | None) -> str:
    return "" if index is None else lessons.named(index, read.trace.tokens)


def _key(name: str, i: int = 0) -> str:
    """Of a field. A step that has moved has another one: what its old place held is not written into its neighbour."""
    return f"{name}_{i}_{session().lesson_version}"


def _retitle() -> None:
    _change("renamed", st.session_state[_key("lesson_title")])


def _rewrite(i: int) -> None:
    _change("rewritten", i, text=st.session_state[_key("step_text", i)], title=st.session_state[_key("step_title", i)])


def _reorder(what: str, *places: int) -> None:
    _change(what, *places)
    session().lesson_version += 1


def _change(what: str, *values: Any, **named: Any) -> None:
    """Do one thing with the lesson; what cannot be done is said."""
    lesson = session().own_lesson
    if lesson is None:
        return
    try:
        session().own_lesson = getattr(lesson, what)(*values, **named)
        session().lesson_problem = ""
    except AttnvizError as error:
        session().lesson_problem = str(error)


def _show() -> None:
    lesson = session().own_lesson
    if lesson is None:
        return
    try:
        choose(lesson=served.in_a_link(lesson), at=0)
        session().lesson_problem = ""
    except AttnvizError as error:
        session().lesson_problem = str(error)


def _begin(lesson: Lesson) -> None:
    """A copy, to be changed."""
    _set(lessons.read(lessons.written(lesson)))
    choose(lesson="", at=0)


def _forget() -> None:
    _set(None)


def _set(lesson: Lesson | None) -> None:
    """Another lesson to make."""
    record = session()
    record.own_lesson, record.lesson_problem = lesson, ""
    record.lesson_version += 1
