"""The field of a text: read with Enter, as high as its lines, of which Shift and Enter begins another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


def text_field(label: str, *, key: str, placeholder: str, on_change: Callable[[], None] | None = None) -> None:
    """A field whose value is in the session under `key`, which field.js knows."""
    shown: Any = "collapsed" if key == "text" else "visible"  # the page's own sentence needs no name over it
    st.text_area(
        label,
        key=key,
        placeholder=placeholder,
        height="content",
        on_change=on_change or "rerun",
        label_visibility=shown,
    )


def read_with_enter() -> None:
    """Tell the browser, once on each page, that Enter reads."""
    _enter()(key="field", height="content")


@cache
def _enter() -> Any:
    script = Path(__file__).with_name("field.js").read_text(encoding="utf-8")
    return st.components.v2.component("attnviz_field", html="<span></span>", js=script)
