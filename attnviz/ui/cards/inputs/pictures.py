"""What stands in the place of the sentence where a model looks at pictures: a question, and pictures to choose from."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attnviz.models.inputs.image import FORMATS, picture_of
from attnviz.service import pictures
from attnviz.ui import words
from attnviz.ui.cards.inputs.bringing import problem_with
from attnviz.ui.state import inputs
from attnviz.ui.state.session import choose, session, view_now

_WIDTH = 46  # pixels of a small picture
_OWN_HELP = "PNG, JPEG or WebP. It is read by this server's model, and kept no longer than this page is open."
_NO_LINK = "A link cannot carry your picture: whoever opens it sees the first scene instead."


def field(model: str) -> None:
    """What is said beside a picture (a question, or the text that it is compared with), and the pictures."""
    task, record = inputs.task_of(model), session()
    if record.asked_of not in ("", task):
        choose(question="")  # what was asked of who learned another task
    record.asked_of = task
    view = view_now()
    chosen = inputs.offer_of(view, task)
    if said := inputs.said_of(view, task):
        if st.session_state.get("question", "").strip() != said:
            st.session_state.question = said
        with st.container(horizontal=True, gap="small", key="asking"):
            label = "Text" if task == pictures.COMPARED else "Question"
            st.text_input(label, key="question", label_visibility="collapsed", max_chars=200)
            if questions := pictures.questions(chosen.name) if label == "Question" else ():
                st.menu_button("Questions", list(questions), key="ask", on_click=_ask, args=(questions,))
    brought = session().brought if view.picture == inputs.BROUGHT else None
    is_own = brought is not None
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="pictures"):
        for offer in pictures.offers(task):
            is_chosen = not is_own and offer == chosen
            with st.container(key=f"picture_{'chosen_' * is_chosen}{offer.name}", width="content"):
                st.image(pictures.small(offer.name), width=_WIDTH)
                st.button(
                    offer.title, key=f"take_{offer.name}", on_click=_take, args=(offer.name, task), disabled=is_chosen
                )
        with st.popover("Your own", icon=":material/upload:", help="Look at a picture of yours."):
            _own()
        if view.moved:
            st.button("Put back", icon=":material/undo:", key="put_back", on_click=choose, kwargs={"moved": ""})
    if session().picture_problem:
        words.say(session().picture_problem, error=True)
    if brought is not None:
        told = " ".join([*brought.notices, _NO_LINK])
        st.html(f"<p class='unknown'>{escape(told)}</p>")


def _own() -> None:
    """A file that somebody brings."""
    st.file_uploader(
        "A picture",
        type=[*(kind.lower() for kind in FORMATS), "jpg"],
        key="own_picture",  # not picture_…: those are shown as small pictures
        on_change=_bring,
        help=_OWN_HELP,
        label_visibility="collapsed",
    )
    st.caption(_OWN_HELP)


def _take(name: str, task: str) -> None:
    """Another picture: asked what it is asked by itself, or compared with the same text, where somebody typed one."""
    view = view_now()
    is_typed = task == pictures.COMPARED and inputs.said_of(view, task) != pictures.usual(view.picture, task)
    session().picture_problem = ""
    choose(picture=name, moved="", question=view.question if is_typed else "")


def _ask(questions: tuple[str, ...]) -> None:
    if (asked := st.session_state.ask) in questions:
        choose(question=asked)


def _bring() -> None:
    """Read the file; what is wrong with it is said, and the picture that was there stays."""
    record, file = session(), st.session_state.get("own_picture")
    record.picture_problem = ""
    if file is None:  # which also comes before another file that takes its place
        if view_now().picture == inputs.BROUGHT:
            choose(picture="")
        return
    record.picture_problem = problem_with(file, "picture", _look_at)
    if record.picture_problem and record.brought is not None and not view_now().picture:
        choose(picture=inputs.BROUGHT)


def _look_at(file: UploadedFile) -> None:
    session().brought = pictures.kept(picture_of(file, ""))
    choose(picture=inputs.BROUGHT, moved="")
