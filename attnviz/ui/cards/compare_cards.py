"""What Compare draws: both heads, their difference, and in words where they differ; or the one that could be read."""

from __future__ import annotations

from dataclasses import asdict
from html import escape

import streamlit as st

from attnviz import figures
from attnviz.analysis.comparing import Comparison, compare, compares_row, differing_rows
from attnviz.figures.labels import visible
from attnviz.layer import to_cpu
from attnviz.ui import words
from attnviz.ui.cards import differences, roles, switches
from attnviz.ui.cards.token_row import chosen_token, token_row
from attnviz.ui.chart import chart
from attnviz.ui.state import reading
from attnviz.ui.state.compare_view import HEADS, MODELS, SENTENCES, CompareView
from attnviz.ui.state.reading import Reading

_TITLE = 30  # characters of a sentence that stand over its panel
_CHOICE = {  # what the page itself chooses for B
    HEADS: "the head of A’s layer that is most unlike it",
    MODELS: "the head of its model that reads {word} most as A’s does",
}


def both(own: CompareView, a: Reading, b: Reading) -> None:
    """The comparison, in words and drawn."""
    by_word = own.mode == MODELS
    compared = compare(
        a.trace, (a.look.layer, a.look.head), b.trace, (b.look.layer, b.look.head), by="word" if by_word else "token"
    )
    chosen = compared.row_of(a.trace.tokens[a.look.query])
    specials, dark = a.look.specials, a.look.dark
    names = _names(own, a, b)
    figure = figures.comparison(compared, names=names, row=chosen, specials=specials, dark=dark)
    row = to_cpu(a.trace.layers[a.look.layer].row(a.look.query).weights[a.look.head, 0]).tolist()

    token_row(a.trace, row, look=a.look, roles=roles.of(a), on_choose=_choose_token)
    with st.container(border=True, key="compare_card"):
        st.html(_reading(own, a, b, compared, chosen))
        chart(figure, "chart_compare", f"{names[0]}; {names[1]}; their difference, and how unlike each row is")
        has_gaps = None in (*compared.a, *compared.b)
        st.caption(_caption(by_word, len(compared.rows(specials=specials)), has_gaps=has_gaps))
    checked = f"<span>A</span>{reading.status(a)}<span>B</span>{reading.status(b)}"
    st.html(reading.status(a) if own.mode == HEADS else f"<div class='sides'>{checked}</div>")


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
    told = "".join(f"<li>{differences.row_in_words(compared, row)}</li>" for row in rows)
    most = f"<div><h4>The rows that differ most</h4><ol>{told}</ol></div>" if told else ""
    return f"<div class='compared'><p class='reading'>{'<br>'.join(lines)}</p>{most}</div>"


def _goes_by_row(a: Reading, b: Reading) -> bool:
    """Whether B's head was chosen by the row of A's word."""
    at = (a.look.layer, a.look.head)
    return compares_row(a.trace, at, b.trace, query=a.look.query, by="word")


def _names(own: CompareView, a: Reading, b: Reading) -> tuple[str, str]:
    """What stands over A and B: what they do not share."""
    if own.mode == SENTENCES:
        return f"A · {_short(a.view.text)}", f"B · {_short(b.view.text)}"
    heads = [f"layer {read.look.layer}, head {read.look.head}" for read in (a, b)]
    if own.mode == HEADS:
        return f"A · {heads[0]}", f"B · {heads[1]}"
    models = [_short(read.view.model.rstrip("/").rsplit("/", 1)[-1]) for read in (a, b)]
    return f"A · {models[0]}, {heads[0]}", f"B · {models[1]}, {heads[1]}"


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


def alone(read: Reading, side: str) -> None:
    """The side that could be read, alone."""
    with st.container(border=True, key="compare_card"):
        st.markdown(f"**Only {side} can be shown** · layer {read.look.layer}, head {read.look.head}")
        drawn, _ = st.columns([1.3, 1])
        with drawn:
            chart(figures.head(read.trace, **asdict(read.look)), "chart_head", f"Weights of side {side}")
    st.html(reading.status(read))


def _choose_token() -> None:
    """A click in the token row."""
    index = chosen_token()
    if index is not None:
        st.session_state.query, st.session_state.anchor = index, None
