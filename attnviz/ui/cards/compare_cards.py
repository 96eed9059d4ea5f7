"""What Compare draws: both heads and their difference, in pictures and in words; or the one that could be read."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz import figures
from attnviz.figures.labels import visible
from attnviz.models.names import at_step, offered
from attnviz.service import cached, process
from attnviz.ui import words
from attnviz.ui.cards import mounts
from attnviz.ui.cards.changes import switches
from attnviz.ui.cards.inputs import roles
from attnviz.ui.reading import reading, sides
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state import address, inputs
from attnviz.ui.state.compare_view import HEADS, MODELS, SENTENCES, CompareView, params_from_compare
from attnviz.ui.state.session import session

_B = "b"  # the side's channel; A has the page's own
_TITLE = 30  # characters of a sentence that stand over its panel


def both(own: CompareView, a: Reading, b: Reading, told: DeltaGenerator) -> None:
    """The comparison, in words and drawn."""
    with told:
        mounts.trace(a)
        mounts.trace(b, side=_B)
    _follow(a)
    mounts.comparer()
    rows = cached.aligned_of(a.asked, b.asked, sides.by(own, a.view)) if sides.can_align(a.trace, b.trace) else []
    st.caption(_caption(own.mode == MODELS, len(rows), has_gaps=any(None in row for row in rows)))
    with told:
        for read, side in ((a, ""), (b, _B)):
            mounts.vectors(read, side=side)
            mounts.notes(read, roles.of(read), side=side, has_links=False)
    checked = f"<span>A</span>{reading.status(a)}<span>B</span>{reading.status(b)}"
    st.html(reading.status(a) if own.mode == HEADS else f"<div class='sides'>{checked}</div>")


@st.fragment(key="follow")
def _follow(a: Reading) -> None:
    """What follows the two explorers: a choice made in one runs this part alone."""
    process.settle_threads()  # a thread of its own
    if (session().view.off, session().view.changes) != (a.view.off, a.view.changes):
        st.rerun(scope="app")
    own = session().compare or CompareView()
    now = mounts.chosen(a)
    b = sides.again(now, own)
    with st.container(key="followers"):
        mounts.follower(now, then=_forget_words)
        mounts.follower(b, side=_B, then=lambda: None, keep=lambda _, chosen: _keep(a, chosen))
        mounts.comparison(_told(own, now, b))
    shown = address.with_pair(reading.own_choices(now))
    address.write_url(shown, params_from_compare(own, beside=now.view.text), widgets=False)


def _keep(a: Reading, chosen: dict[str, Any]) -> None:
    """A choice made in B, beside what is chosen in A by now. If A's was the later, its words are B's."""
    own, now = session().compare or CompareView(), mounts.taken_first(a)
    b = sides.again(now, own)
    if mounts.is_later("", _B):
        chosen = chosen | {"query": b.look.query, "key": b.view.key}
    sides.keep(now, b, chosen)


def _forget_words() -> None:
    """After a choice in A, B's word is again the one that it is aligned with."""
    if not mounts.is_later(_B, ""):
        sides.forget_words()


def _told(own: CompareView, a: Reading, b: Reading) -> bytes:
    """What the page says of the comparison by itself, whatever is chosen."""
    return cached.comparison_of(
        a.asked.whole,
        b.asked.whole,
        names=_names(own, a, b),
        mode=own.mode,
        follows=own.mode != SENTENCES and own.head_b is None,
        alike=own.mode == SENTENCES and a.asked.input == b.asked.input,
        notes=_notes(a, b),
    )


def _notes(a: Reading, b: Reading) -> tuple[str, ...]:
    """What is changed in the run, in plain sentences."""
    of_a = "" if a.view.changes == b.asked.changes else " of A"
    changed = "; ".join(words.change_in_words(one, a.whole) for one in a.view.changes)
    return (
        *([f"Switched off, as on Explore: {switches.heads_in_words(a.view.off)}."] if a.view.off else []),
        *([f"Changed in the run{of_a}, as on Explore: {changed}."] if changed else []),
    )


def _names(own: CompareView, a: Reading, b: Reading) -> tuple[str, str]:
    """What stands over A and B: what they do not share. (Layer and head stand over each picture.)"""
    if own.mode == SENTENCES:
        return f"A · {_short(_read(a))}", f"B · {_short(_read(b))}"
    if own.mode == HEADS:
        return "A", "B"
    return f"A · {_called(a)}", f"B · {_called(b)}"


def _read(read: Reading) -> str:
    """What was read, on a line: of a picture what is asked about it, or which one it is."""
    if read.asked.samples is not None:
        return read.asked.target
    return read.typed or inputs.title_of(read.view)


def _called(read: Reading) -> str:
    """The model that read it: one that is offered as there, any other by the last part of its name."""
    weights = at_step(read.weights, None)
    if weights in offered():
        return weights.title.rpartition(" · ")[2]
    return _short(weights.name.rstrip("/").rpartition("/")[2])


def _short(text: str) -> str:
    text = visible(text.strip())
    return text if len(text) <= _TITLE else f"{text[: _TITLE - 1]}…"


def _caption(by_word: bool, rows: int, *, has_gaps: bool) -> str:
    parts = [
        "Row: what looks. Column: what is looked at. A − B on the fixed scale −1 to 1: red where A looks "
        "more, blue where B does. Unlike: the Jensen–Shannon divergence of the two rows, 0 to 1 bit."
    ]
    if has_gaps:
        parts.append(
            "Grey: a side has no such word (or may not look there). What the other side gives it counts as difference; "
            "a changed word, written A / B, counts as one word."
        )
    if by_word:
        parts.append("Models cut words differently, so pieces are joined: weights to a word summed, from it averaged.")
    if rows > figures.COMPARISON_CELLS:
        parts.append("On a text this long, a cell is the strongest number of a block of words.")
    return " ".join(parts)


def alone(read: Reading, side: str, told: DeltaGenerator) -> None:
    """The side that could be read, alone."""
    channel = "" if side == "A" else _B
    with told:
        mounts.trace(read, side=channel)
    st.markdown(f"**Only {side} can be shown** · layer {read.look.layer}, head {read.look.head}")
    with st.container(key="compare_alone"):
        mounts.explorer(side=channel)
    _follow_alone(read, channel)
    with told:
        mounts.vectors(read, side=channel)
        mounts.notes(read, roles.of(read), side=channel, has_links=not channel)
    st.html(reading.status(read))


@st.fragment(key="follow")
def _follow_alone(read: Reading, channel: str) -> None:
    """What follows the one explorer. (Of B alone, nothing is kept but its head.)"""
    process.settle_threads()
    own = session().compare or CompareView()
    keep = None if not channel else lambda b, chosen: sides.keep(None, b, chosen)
    now = sides.again_alone(read, own) if channel else mounts.chosen(read)
    mounts.follower(now, side=channel, then=lambda: None, keep=keep)
