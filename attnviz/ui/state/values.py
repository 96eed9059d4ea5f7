"""Values in the session that came from a browser: what no widget of these pages gives is not taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import streamlit as st

from attnviz.models.names import FIRST
from attnviz.models.options import ScratchOptions
from attnviz.ui.state.link import is_possible
from attnviz.ui.state.session import session
from attnviz.ui.state.view import View


def is_index(value: object) -> bool:
    """Whether it counts layers, heads, tokens or steps, from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_index_or_none(value: object) -> bool:
    return value is None or is_index(value)


def _of_option(name: str) -> Callable[[object], bool]:
    return lambda value: is_possible(name, value)


_GOOD: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(("text", "pair", "target", "question", "sound", "model", "run"), _is_text),
    **dict.fromkeys(("layer", "head", "step"), _is_index_or_none),
    "specials": lambda value: isinstance(value, bool),
    **{option.name: _of_option(option.name) for option in fields(ScratchOptions)},
}
_DEFAULTS: dict[str, Any] = {**vars(View()), **asdict(ScratchOptions()), "run": FIRST.name}


def settle() -> None:
    """As a run begins: a value that cannot be is the last one again that could."""
    state = st.session_state
    for name, is_good in _GOOD.items():
        if name in state and not is_good(state[name]):
            state[name] = session().kept.get(name, _DEFAULTS[name])
