"""A page that was connected anew runs anew, by itself: a session that is new then has all that the page shows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


def ask_again_when_back() -> None:
    """Tell the browser, once on each page, to ask for the page when its connection was lost and is back."""
    with st.container(key="connecting"):
        _component()(key="connection", height="content", on_again_change=lambda: None)


@cache
def _component() -> Any:
    script = Path(__file__).with_name("connecting.js").read_text(encoding="utf-8")
    return st.components.v2.component("attnviz_connection", html="<span></span>", js=script)
