"""Examples that teach: a menu of them, and what there is to see in the one that is shown."""

from __future__ import annotations

from dataclasses import asdict
from html import escape

import streamlit as st

from attnviz.errors import AttnvizError
from attnviz.examples import EXAMPLES, Example
from attnviz.models.inputs.asking import input_of
from attnviz.models.names import BY_ITSELF, Random
from attnviz.models.names.choosing import can_read, chosen_for
from attnviz.models.options import ScratchOptions
from attnviz.request import Input, Text
from attnviz.service import loading, traces
from attnviz.service.asked import Asked
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state import address, allowed
from attnviz.ui.state.session import choose, session
from attnviz.ui.state.view import DEFAULT_TEXT

_BY_TITLE = {example.title: example for example in EXAMPLES}


def menu() -> None:
    """All of them by title."""
    st.menu_button("Examples", list(_BY_TITLE), key="example", on_click=_take)


def say(read: Reading) -> None:
    """What there is to see, as long as it is the example that is shown."""
    example = _BY_TITLE.get(session().example_taken)
    view = read.view
    is_as_it_was = (view.options, view.off, view.changes) == (ScratchOptions(), frozenset(), ())
    shown = (view.text, view.pair, read.weights.name)
    if example is not None and is_as_it_was and shown == (example.text, example.pair, example.model):
        st.html(f"<p class='example'><b>{escape(example.title)}.</b> {escape(example.see)}</p>")


def _query(example: Example, asked: Input) -> int | None:
    """The word that looks; None where the model cannot be had, which the page says."""
    try:
        weights = loading.settled(allowed.weights_of(example.model, asked), ScratchOptions())
        asking = Asked(example.text, example.pair, weights, target=example.target)
        return example.query.at(traces.whole_of(asking).only(example.where.part).rows)
    except AttnvizError:
        return None


def _take() -> None:
    """Show the one that was chosen."""
    _show(_BY_TITLE[st.session_state.example])


def of_model() -> None:
    """Where another model was chosen for words that nobody typed, which it has not learned: an example of its own."""
    view = address.current_view()
    about = (session().about or ("",))[0]
    is_typed = view.text not in (DEFAULT_TEXT, about, *(example.text for example in EXAMPLES))
    named = allowed.meant(view.model)
    example = next((example for example in EXAMPLES if example.model == named.name), None)
    if is_typed or view.pair or view.target or example is None or can_read(named, Text(view.text)):
        return
    _show(example)
    choose(model=named.name)  # also where the page would choose it by itself
    session().example_model = ""  # so it stays, whatever is typed


def _show(example: Example) -> None:
    """Its words, its model, its head and the word that looks."""
    record = session()
    asked = input_of(example.text, example.pair or None, None, None)
    by_itself = chosen_for(asked).weights.name == example.model  # so that what is typed next is read as well
    if example.model == Random().name:
        for name, value in asdict(ScratchOptions()).items():
            st.session_state[name] = value
    address.forget_words()
    address.another_model()
    model = BY_ITSELF.name if by_itself else example.model
    choose(text=example.text, pair=example.pair, target="", model=model, special_tokens=None)
    choose(part=example.where.part, layer=example.layer, head=example.head, query=_query(example, asked))
    record.pair_shown = bool(example.pair)
    record.head_chosen = True
    record.example_taken, record.example_model = example.title, model
