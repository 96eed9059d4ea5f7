"""What comes next: the words that a causal model finds probable after the text, to be taken, drawn, or written one
after another; and the way back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st

from attnviz import generation
from attnviz.errors import AttnvizError
from attnviz.generation import LIMIT, Sampling, Step
from attnviz.request import Text
from attnviz.service import loading, predictions, traces
from attnviz.service.asked import Asked
from attnviz.ui.cards import mounts
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state.session import choose, session, view_now
from attnviz.ui.state.view import View

KEY = "continuing"
LEAST, MOST = 3, 8  # words that are shown
RARE = 0.001  # how probable a word is that need not be
_END = "the end"  # of a text, in place of a word
_ENDED = "The model ends the text here."


def settle(read: Reading) -> None:
    """Whether words go on being written: not where something else was chosen than to write, or the text is as long as
    the model can read."""
    record = session()
    if record.writing and record.writing_on != read.asked:
        record.writing = 0
    if record.writing:
        try:
            predictions.following_of(read.asked)
        except AttnvizError:  # said where the words are
            record.writing = 0


def card(read: Reading) -> None:
    """The words that come next. (They take another run of the model, so what stands below is drawn first.)"""
    record = session()
    if read.view.text not in record.way:
        record.way, record.written_said = (read.view.text,), ""
    told: dict[str, Any] = {"words": [], "drawn": None, "said": record.written_said}
    try:
        told |= _told(read)
    except AttnvizError as error:  # as long as it can read
        record.writing = 0
        told["said"] = str(error)
    following = _ahead(read)
    told |= {
        "of": read.asked.identity,
        "next": None if following is None else following[0].identity,
        "text": read.view.text,
        "way": len(record.way),
        "at": record.way.index(read.view.text),
    }
    told |= {"writing": record.writing > 0, "sampling": vars(generation.read(read.view.sampling))}
    mounts.continuing(told, lambda: _take(read))
    if following is not None:
        with suppress(AttnvizError):
            mounts.ahead(*following)


def _ahead(read: Reading) -> tuple[Asked, View] | None:
    """What a press on “Next word” will ask for, and how it will be looked at. It is read while this word is looked at,
    so that the press shows it at once: where that is one step of a model that reads on, and not the whole text
    again, and where neither of the two is so long that it puts the other out of memory."""
    with suppress(AttnvizError):
        if traces.reads_ahead(read.asked.whole) and (found := _step(read)).text is not None:
            asked = replace(read.asked, text=found.text)
            last = len(traces.trace_of(asked).rows) - 1  # a word more may be cut otherwise, into as many tokens
            view = replace(read.view, text=found.text, **_looked_at(read, min(found.place + 1, last)))
            return asked, view
    return None


def is_of(read: Reading) -> bool:
    """Whether the model says what comes after the text that is read."""
    return loading.model_for(read.weights).continues and isinstance(read.asked.input, Text)


def is_in_passing(read: Reading) -> bool:
    """Whether the text stands for a moment only: the next word is on its way. What belongs to a text that rests (the
    other heads' vectors, notes on the heads, the check) is computed and sent once it does."""
    record = session()
    return record.writing > 0 and record.writing_on == read.asked


def _step(read: Reading) -> Step:
    probabilities, place = predictions.following_of(read.asked)
    sampling = generation.read(read.view.sampling)
    return generation.drawn(loading.model_for(read.weights), read.view.text, probabilities, place, sampling)


def _told(read: Reading) -> dict[str, Any]:
    """The most probable words, and the one that would be drawn."""
    model, text = loading.model_for(read.weights), read.view.text
    found = _step(read)
    first = found.probabilities.argsort(descending=True, stable=True)[: 2 * MOST].tolist()
    shown = [index for index in first if model.ends(index) or model.continued(text, index) is not None][:MOST]
    shown = [index for i, index in enumerate(shown) if i < LEAST or found.probabilities[index] >= RARE]
    if found.index not in shown:
        shown.append(found.index)
    return {
        "words": [
            {
                "index": index,
                "word": _END if model.ends(index) else model.word(index),
                "ends": model.ends(index),
                "probable": round(float(found.probabilities[index]), 6),
                "left": round(float(found.drawn_from[index]), 6),
            }
            for index in shown
        ],
        "drawn": found.index,
    }


def _take(read: Reading) -> None:
    """What was pressed; of another text than the one that is read now, only that nothing more is to be written."""
    told = st.session_state[KEY].get("pressed") if KEY in st.session_state else None
    if not isinstance(told, dict):
        return
    record, was_writing = session(), session().writing > 0
    if told.get("do") == "on":
        is_of_it = told.get("of") == read.asked.identity and view_now().text == read.view.text
        if was_writing and is_of_it and record.writing_on == read.asked:
            _write_on(read)
        return
    record.writing, record.written_said, record.found = 0, "", {}
    if told.get("do") == "stop":
        if was_writing and view_now().text in record.way:  # what is on the screen is what was written
            record.way = record.way[: record.way.index(view_now().text) + 1]
            choose(**_looking(read, None))
        return
    if told.get("of") != read.asked.identity or view_now().text != read.view.text:
        return
    model, text = loading.model_for(read.weights), read.view.text
    match told:
        case {"do": "sample", "sampling": dict(given)}:
            if (sampling := _sampling(given)) is not None:
                choose(sampling=generation.written(sampling))
        case {"do": "go", "at": int(at)} if 0 <= at < len(record.way):
            choose(text=record.way[at], **_looking(read, None))
        case {"do": "write"}:
            record.writing, record.writing_on = LIMIT, read.asked
        case {"do": "next"}:
            found = _step(read)
            _add(read, found.text, found.place)
        case {"do": "take", "index": int(index)} if 0 <= index < len(predictions.following_of(read.asked)[0]):
            _add(read, model.continued(text, index), predictions.following_of(read.asked)[1])


def _write_on(read: Reading) -> None:
    """The next word, once the page has shown the one before."""
    record = session()
    try:
        found = _step(read)
    except AttnvizError:  # nothing that could be written: said where the words are
        record.writing = 0
        return
    if found.text is None:
        record.writing, record.written_said = 0, _ENDED
        return
    record.writing -= 1
    record.written_said = "" if record.writing else f"{LIMIT} words are written; more by another press."
    _add(read, found.text, found.place)
    record.writing_on = replace(read.asked, text=found.text)


def _sampling(given: dict[str, Any]) -> Sampling | None:
    """What the page sent, if it is a way to draw words."""
    try:
        return replace(generation.GREEDY, **given)
    except (AttnvizError, TypeError):  # a browser may send anything
        return None


def _add(read: Reading, text: str | None, place: int) -> None:
    if text is None:
        session().written_said = _ENDED
    else:
        choose(**_with(read, text, place))


def _with(read: Reading, text: str, place: int) -> dict[str, Any]:
    """The view of the text with a word more, whose row is looked at; the text is remembered on the way."""
    record = session()
    at = record.way.index(read.view.text) if read.view.text in record.way else -1
    record.way = (*record.way[: at + 1], text) if at >= 0 else (read.view.text, text)
    return {"text": text} | _looking(read, place + 1)


def _looking(read: Reading, token: int | None) -> dict[str, Any]:
    """At a token, by the head that is shown; None: at the last word."""
    record = session()
    record.head_chosen = True
    record.anchor = record.key_anchor = None
    return _looked_at(read, token)


def _looked_at(read: Reading, token: int | None) -> dict[str, Any]:
    """By the head that was chosen last, which may be told in the same message."""
    look = mounts.taken_first(read).look
    return {"part": look.part, "layer": look.layer, "head": look.head, "query": token, "key": None}
