"""What comes next: the words that a causal model finds probable after the text, to be taken, drawn, or written one
after another; and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from attnviz import generation
from attnviz.errors import AttnvizError
from attnviz.generation import LIMIT, Sampling, Step, drawn_from
from attnviz.request import Text
from attnviz.service import cached, loading
from attnviz.ui import words
from attnviz.ui.cards import mounts
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.session import choose, session

KEY = "continuing"
LEAST, MOST = 3, 8  # words that are shown
RARE = 0.001  # how probable a word is that need not be
_END = "the end"  # of a text, in place of a word


def card(read: Reading) -> None:
    """The words that come next, where the model says so."""
    if not is_of(read):
        session().writing = 0
        return
    record = session()
    if read.view.text not in record.way:
        record.way = (read.view.text,)
    try:
        told = _told(read)
    except AttnvizError as error:  # as long as it can read
        record.writing = 0
        words.say(str(error))
        told = {"words": [], "drawn": None}
    told |= {"way": len(record.way), "at": record.way.index(read.view.text), "writing": record.writing > 0}
    told |= {"sampling": vars(generation.read(read.view.sampling))}
    mounts.continuing(told, lambda: _take(read))


def is_of(read: Reading) -> bool:
    """Whether the model says what comes after the text that is read."""
    return loading.model_for(read.weights).continues and isinstance(read.asked.input, Text)


def go_on(read: Reading) -> None:
    """The next word, as long as words are being written. (At the end of a run: what was written is on the page.)"""
    record = session()
    if not record.writing or not is_of(read):
        return
    try:
        found = _step(read)
    except AttnvizError:  # said where the words are
        record.writing = 0
        return
    if found.text is None:
        record.writing = 0
        words.say("The model ends the text here.")
        return
    record.writing -= 1
    record.found = _with(read, found.text, found.place)
    st.rerun()


def _step(read: Reading) -> Step:
    probabilities, place = cached.following_of(read.asked)
    return generation.drawn(
        loading.model_for(read.weights), read.view.text, probabilities, place, generation.read(read.view.sampling)
    )


def _told(read: Reading) -> dict[str, Any]:
    """The most probable words, and those that may be drawn; which one would be."""
    model = loading.model_for(read.weights)
    probabilities, _ = cached.following_of(read.asked)
    left = drawn_from(probabilities, generation.read(read.view.sampling))
    found = _step(read)
    first = probabilities.argsort(descending=True, stable=True)[:MOST].tolist()
    shown = [index for i, index in enumerate(first) if i < LEAST or probabilities[index] >= RARE]
    if found.index not in shown:
        shown.append(found.index)
    return {
        "words": [
            {
                "index": index,
                "word": _END if model.continued(read.view.text, index) is None else model.word(index),
                "probable": round(float(probabilities[index]), 6),
                "left": round(float(left[index]), 6),
            }
            for index in shown
        ],
        "drawn": found.index,
    }


def _take(read: Reading) -> None:
    """What was pressed."""
    told = st.session_state[KEY].get("pressed") if KEY in st.session_state else None
    if not isinstance(told, dict):
        return
    record = session()
    record.writing = 0
    model, text = loading.model_for(read.weights), read.view.text
    match told:
        case {"do": "sample", "sampling": dict(given)}:
            if (sampling := _sampling(given)) is not None:
                choose(sampling=generation.written(sampling))
        case {"do": "go", "at": int(at)} if 0 <= at < len(record.way):
            choose(text=record.way[at], **_looking(read, None))
        case {"do": "write"}:
            record.writing = LIMIT
        case {"do": "take", "index": int(index)} if 0 <= index < len(cached.following_of(read.asked)[0]):
            more = model.continued(text, index)
            if more is None:
                words.say("With this word the model ends the text.")
            else:
                choose(**_with(read, more, cached.following_of(read.asked)[1]))


def _sampling(given: dict[str, Any]) -> Sampling | None:
    """What the page sent, if it is a way to draw words."""
    try:
        return replace(generation.GREEDY, **given)
    except (AttnvizError, TypeError):  # a browser may send anything
        return None


def _with(read: Reading, text: str, place: int) -> dict[str, Any]:
    """The view of the text with a word more, whose row is looked at; the text is remembered on the way."""
    record = session()
    at = record.way.index(read.view.text) if read.view.text in record.way else -1
    record.way = (*record.way[: at + 1], text) if at >= 0 else (read.view.text, text)
    return {"text": text} | _looking(read, place + 1)


def _looking(read: Reading, token: int | None) -> dict[str, Any]:
    """At a token, by the head that is shown; None: wherever the page looks first."""
    record, look = session(), read.look
    record.head_chosen = True
    record.anchor = record.key_anchor = None
    return {"part": look.part, "layer": look.layer, "head": look.head, "query": token, "key": None}
