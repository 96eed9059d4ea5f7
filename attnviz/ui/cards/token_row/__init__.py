"""The sentence as a row of tokens, coloured by how much the chosen one looks at each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from attnviz._trace import Trace
from attnviz.figures.labels import described, isolated, names, runs_from_right, token_label
from attnviz.figures.palette import palette, weight_color
from attnviz.ui.state.look import Look
from attnviz.ui.state.values import is_index

KEY = "token_row"
_HERE = Path(__file__).parent


@cache
def _component() -> Any:
    return st.components.v2.component(
        "attnviz_token_row",
        html='<div class="tokens" role="group" aria-label="Tokens: choose the word that looks"></div>',
        css=(_HERE / "token_row.css").read_text(encoding="utf-8"),
        js=(_HERE / "token_row.js").read_text(encoding="utf-8"),
    )


def token_row(
    trace: Trace,
    weights: list[float],
    *,
    look: Look,
    roles: Mapping[int, str],
    on_choose: Callable[[], None],
) -> None:
    """Draw the row. `weights` are the chosen token's, one a token; `roles` names words by their index; `chosen_token`
    has what a click chose."""
    tokens = []
    for index, (token, weight) in enumerate(zip(trace.tokens, weights, strict=True)):
        background, color = weight_color(weight, look.dark)
        tokens.append(
            {
                "text": token_label(token, longest=40),
                "title": describe(trace, index, weight, look.query),
                "special": token.special,
                "continues": token.continues,
                "hidden": token.special and not look.specials,
                "unknown": token.unknown,
                "role": roles.get(token.word, "") if token.word is not None else "",
                "background": background,
                "color": color,
            }
        )
    data = {"tokens": tokens, "query": look.query, "accent": palette(look.dark).accent}
    data |= {"fromRight": runs_from_right(trace.text)}
    _component()(key=KEY, data=data, height="content", on_chosen_change=on_choose)


def chosen_token() -> int | None:
    """The index that was just chosen in the row."""
    chosen = st.session_state[KEY].get("chosen")
    return int(chosen) if is_index(chosen) else None


def describe(trace: Trace, index: int, weight: float, query: int) -> str:
    """What pointing at a token says: where it stands, its id, and the weight on it."""
    own, looking = (isolated(names(trace.tokens)[at]) for at in (index, query))
    return f"{own} · {described(trace.tokens, index)} · {looking} → {own}: {weight:.3f}"
