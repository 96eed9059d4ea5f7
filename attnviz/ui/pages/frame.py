"""What stands around every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from attnviz.service import process
from attnviz.ui import words
from attnviz.ui.state import address
from attnviz.ui.state.session import session
from attnviz.ui.state.view import View


def begin(page: str, promise: str) -> bool:
    """The session's state and the page's head. Whether the state was taken from the URL."""
    linked = start(page)
    head(promise)
    return linked


def start(page: str) -> bool:
    """The session's state; nothing is drawn yet. Whether it was taken from the URL."""
    process.settle_threads()
    if page != "explore":
        session().writing = 0  # nobody watches
    st.set_page_config(page_title=f"{page.capitalize()} · attnviz")
    return address.start_session(page)


def head(promise: str) -> None:
    """Styles, and in one line what the page shows."""
    st.html(Path(__file__).parent / "page.css")
    st.html(f"<h1 class='brand'><b>attnviz</b> <span>{promise}</span></h1>")


def say_link_problems(view: View) -> None:
    """What was wrong in the link."""
    words.say(*address.link_problems(view))
