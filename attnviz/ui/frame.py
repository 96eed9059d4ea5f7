"""What stands around every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from attnviz.ui import cached, controls, words
from attnviz.ui.view import View


def begin(page: str, promise: str) -> bool:
    """Styles, the session's state, and in one line what the page shows. Whether the state was taken from the URL."""
    st.html(Path(__file__).parent / "page.css")
    cached.settle_threads()
    linked = controls.start_session(page)
    st.html(f"<p class='brand'><b>attnviz</b> {promise}</p>")
    return linked


def say_link_problems(view: View) -> None:
    """What was wrong in the link."""
    for sentence in controls.link_problems(view):
        words.say(sentence)
