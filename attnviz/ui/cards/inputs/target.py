"""The target of an encoder–decoder: typed, or written by the model while one watches."""

from __future__ import annotations

import logging
from html import escape

import streamlit as st

from attnviz.errors import AttnvizError
from attnviz.request import Translation
from attnviz.service import loading
from attnviz.ui import words
from attnviz.ui.field import text_field
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state.session import choose, session

log = logging.getLogger(__name__)
_MOST = 60  # tokens that are written at a time
_TO_TYPE = "What the decoder is to have written: type it, or let it write"
_AT_ONCE = "The model writes it; type another one to see how it reads that"
_HELP = (
    "The model writes what it finds most probable, token after token (greedily), until it ends. What stands in the "
    "field is where it begins."
)


def field(read: Reading) -> None:
    """The field, where the model writes of a source, and a button that has the model write."""
    if Translation not in loading.model_for(read.weights).reads:
        return
    if session().target_wanted:
        session().target_wanted = False
        _write(read)
    at_once = loading.model_for(read.weights).writes_at_once
    with st.container(horizontal=True, vertical_alignment="bottom", key="target_line"):
        text_field("Target", key="target", placeholder=_AT_ONCE if at_once else _TO_TYPE)
        if not at_once or read.view.target.strip():
            st.button("Let it write", icon=":material/edit:", key="write_target", on_click=_want, help=_HELP)
        if read.view.target.strip():
            st.button("No target", icon=":material/close:", key="no_target", on_click=_clear)


def _want() -> None:
    session().target_wanted = True


def _clear() -> None:
    choose(target="")


def _write(read: Reading) -> None:
    """Show the target as it grows; then the page is drawn with it."""
    place, written = st.empty(), read.asked.target
    model = loading.model_for(read.weights)
    try:
        steps = model.generate(read.view.text, target=written, changes=read.asked.all_changes, limit=_MOST)
        for written in steps:
            place.html(f"<p class='reading growing'>It writes: <bdi>{escape(written)}</bdi> …</p>")
    except AttnvizError as error:
        words.say(str(error), error=True)
        return
    except Exception:
        log.exception("Generating with %r failed", read.view.model)
        words.say("Something went wrong in writing a target; the log has more. Type one instead.", error=True)
        return
    if written == read.asked.target:
        words.say("The model ends here: it writes nothing more.")
        return
    session().found = {"target": written}
    st.rerun()
