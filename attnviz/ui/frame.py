"""What stands around every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from attnviz.ui import controls, words
from attnviz.ui.view import View


def begin(page: str, promise: str) -> None:
    """Styles, the session's state, and in one line what the page shows."""
    st.html(Path(__file__).parent / "page.css")
    controls.start_session(page)
    st.html(f"<p class='brand'><b>attnviz</b> {promise}</p>")


def say_link_problems(view: View) -> None:
    """What was wrong in the link."""
    for sentence in controls.link_problems(view):
        words.say(sentence)
