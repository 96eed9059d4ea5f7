"""What Compare draws: both heads, their difference, and in words where they differ; or the one that could be read."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz import figures
from attnviz.analysis.comparing import Comparison, compare, compares_row, differing_rows
from attnviz.changing import in_words
from attnviz.figures.labels import visible
from attnviz.service import cached, process
from attnviz.ui import controls, words
from attnviz.ui.cards import differences, mounts, roles, switches
from attnviz.ui.state import reading, sides
from attnviz.ui.state.compare_view import HEADS, MODELS, SENTENCES, CompareView, params_from_compare
from attnviz.ui.state.reading import Reading
from attnviz.ui.state.session import session

_B = "b"  # the side's channel; A has the page's own
_TITLE = 30  # characters of a sentence that stand over its panel
_CHOICE = {  # what the page itself chooses for B
    HEADS: "the head of A’s layer that is most unlike it",
    MODELS: "the head of its model that reads {word} most as A’s does",
}


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
        mounts.follower(now, then=sides.forget_words, hears=True)
        mounts.follower(b, side=_B, then=lambda: None, hears=True, keep=lambda b, chosen: sides.keep(now, b, chosen))
        mounts.comparison(now, b, names=_names(own, now, b), by=sides.by(own, now.view))
    shown = controls.with_pair(reading.own_choices(now))
    controls.write_url(shown, params_from_compare(own, beside=now.view.text), widgets=False)
    if not sides.can_align(now.trace, b.trace):
        words.say("Here the rows are words of one text and the columns of another, so no difference is drawn.")
        return
    at, beside = (now.look.layer, now.look.head), (b.look.layer, b.look.head)
    compared = compare(now.trace, at, b.trace, beside, by=sides.by(own, now.view))
    with st.container(border=True, key="compare_card"):
        st.html(_reading(own, now, b, compared, compared.row_of(now.trace.tokens[now.look.query])))


def _reading(own: CompareView, a: Reading, b: Reading, compared: Comparison, chosen: int | None) -> str:
    """What there is to say, most of all where they differ; as HTML."""
    specials = a.look.specials
    rows = differing_rows(compared, specials=specials)
    rows = [row for row in rows if row.bits >= differences.WORTH_TELLING]
    lines = [
        differences.all_in_words(compared, specials=specials),
        differences.cell_in_words(compared, specials=specials),
    ]
    if own.mode == SENTENCES and a.view.text == b.view.text:
        lines = ["B says the same as A: change a word in it, and see what that changes."]
    elif own.mode == HEADS and (a.look.layer, a.look.head) == (b.look.layer, b.look.head):
        lines = ["A and B are the same head: choose another one for either."]
    if chosen is not None and chosen not in [row.row for row in rows]:
        lines.append(f"Chosen: {differences.chosen_in_words(compared, chosen)}.")
    if own.layer_b is None and own.head_b is None and own.mode in _CHOICE:
        choice = _CHOICE[own.mode].format(word=words.word(a.trace, a.look.query))
        if own.mode == MODELS and not _goes_by_row(a, b):
            choice = "the head of its model that reads the sentence most as A’s does"
        lines.append(f"<small>B is {choice}, until you choose one.</small>")
    if a.view.off:
        lines.append(f"<small>Switched off, as on Explore: {escape(switches.heads_in_words(a.view.off))}.</small>")
    if a.view.changes:
        of_a = "" if a.view.changes == b.asked.changes else " of A"
        changed = "; ".join(map(in_words, a.view.changes))
        lines.append(f"<small>Changed in the run{of_a}, as on Explore: {escape(changed)}.</small>")
    told = "".join(f"<li>{differences.row_in_words(compared, row)}</li>" for row in rows)
    most = f"<div><h4>The rows that differ most</h4><ol>{told}</ol></div>" if told else ""
    return f"<div class='compared'><p class='reading'>{'<br>'.join(lines)}</p>{most}</div>"


def _goes_by_row(a: Reading, b: Reading) -> bool:
    """Whether B's head was chosen by the row of A's word."""
    at = (a.look.layer, a.look.head)
    return compares_row(a.trace, at, b.trace, query=a.look.query, by="word")


def _names(own: CompareView, a: Reading, b: Reading) -> tuple[str, str]:
    """What stands over A and B: what they do not share. (Layer and head stand over each picture.)"""
    if own.mode == SENTENCES:
        return f"A · {_short(a.view.text)}", f"B · {_short(b.view.text)}"
    if own.mode == HEADS:
        return "A", "B"
    models = [_short(read.view.model.rstrip("/").rsplit("/", 1)[-1]) for read in (a, b)]
    return f"A · {models[0]}", f"B · {models[1]}"


def _short(text: str) -> str:
    text = visible(text.strip())
    return text if len(text) <= _TITLE else f"{text[: _TITLE - 1]}…"


def _caption(by_word: bool, rows: int, *, has_gaps: bool) -> str:
    parts = [
        "Row: the word that looks. Column: the word looked at. A − B on the fixed scale −1 to 1: red where A looks "
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
