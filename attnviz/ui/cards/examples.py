"""Examples that teach: a menu of them, and what there is to see in the one that is shown."""

from __future__ import annotations

from dataclasses import asdict
from html import escape

import streamlit as st

from attnviz.examples import EXAMPLES, Example
from attnviz.models.options import ScratchOptions
from attnviz.request import Text
from attnviz.service import cached, loading
from attnviz.service.cached import Asked
from attnviz.ui import controls
from attnviz.ui.state import allowed
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.session import choose, session

_BY_TITLE = {example.title: example for example in EXAMPLES}


def menu() -> None:
    """All of them by title."""
    st.menu_button("Examples", list(_BY_TITLE), key="example", on_click=_take)


def say(read: Reading) -> None:
    """What there is to see, as long as it is the example that is shown."""
    example = _BY_TITLE.get(session().example_taken)
    if example is not None and (read.view.text, read.view.pair, read.view.model) == _named(example):
        st.html(f"<p class='example'><b>{escape(example.title)}.</b> {escape(example.see)}</p>")


def _named(example: Example) -> tuple[str, str, str]:
    return example.text, example.pair, example.model


def _take() -> None:
    """Show it: its words, its model, its head and the word that looks."""
    example, record = _BY_TITLE[st.session_state.example], session()
    options = ScratchOptions()
    for name, value in asdict(options).items():
        st.session_state[name] = value
    weights = loading.settled(allowed.weights_of(example.model, Text(example.text)), options)
    tokens = cached.whole_of(Asked(example.text, example.pair, weights)).rows
    controls.forget_words()
    controls.another_model()
    choose(text=example.text, pair=example.pair, target="", model=example.model, special_tokens=None)
    choose(part="", layer=example.layer, head=example.head, query=example.query.at(tokens))
    record.pair_shown = bool(example.pair)
    record.head_chosen = True
    record.example_taken = example.title
