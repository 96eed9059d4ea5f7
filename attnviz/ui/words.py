"""Sentences on the page. What a person typed goes in escaped, and in its own writing direction."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from attnviz._trace import Trace
from attnviz.analysis import saying
from attnviz.client import is_tiled
from attnviz.figures.labels import model_in_words, names, token_label, visible
from attnviz.heads import counted
from attnviz.models import Check
from attnviz.models.names import Packaged, Weights
from attnviz.models.names.choosing import Choice, in_short
from attnviz.models.packages.registry import PACKAGED
from attnviz.request import Change, Picture
from attnviz.texts import clean_text, unread
from attnviz.tokens import TOKEN_LIMIT, TextToken, Tokens
from attnviz.wording import in_words

_LONG = (
    f"A text of more than {TOKEN_LIMIT} tokens is shown by rows, and by a picture of each head. Lines, means, the "
    "ranking of links and what each head is like take all weights of all heads: they are there on shorter texts."
)
UNCHECKED = "not checked at this length: the reference gives all weights of all heads at once"
CHECK_FAILED = "<span class='bad'>✗ the check against a reference could not be run; the log says why</span>"
_SPELLED = "is read as plain text, not as a special token"


def word(trace: Trace, index: int) -> str:
    """A token in running text, as HTML: a sign in quotes, a word that comes twice with its index."""
    return word_of(trace.rows, index)


def word_of(tokens: Tokens, index: int) -> str:
    """The same of one of these tokens."""
    label, name = token_label(tokens[index]), names(tokens)[index]
    return in_text(label, index if name != label else None)


def in_text(label: str, index: int | None) -> str:
    """A token's label in running text, as HTML: a sign in quotes; with an index below the line, where it needs one."""
    shown = escape(label if any(c.isalnum() for c in label) else f"“{label}”")
    return f"<b><bdi>{shown}</bdi></b>" + ("" if index is None else f"<sub>{index}</sub>")


def asked_in_words(trace: Trace, at: int, predicts: str | None) -> str:
    """What a model's predictions at a word are about, as HTML: the head of a table."""
    if predicts == "next" and trace.rows.name == "written":
        return f"At the place of {word(trace, at)}, the model would write"
    if predicts == "next":
        return f"After {word(trace, at)}, the model expects"
    if trace.rows[at].mask:
        return f"For {word(trace, at)}, the model guesses"
    return f"If {word(trace, at)} were hidden, the model would guess"


def change_in_words(change: Change, whole: Trace) -> str:
    """What is changed in a run, with the words of its part."""
    part = whole.only(change.part) if change.part in whole.parts else None
    if part is None:
        return in_words(change)
    rows, columns = ([saying.in_quotes(name) for name in names(side)] for side in (part.rows, part.columns))
    return in_words(change, (rows, columns))


def in_label(text: str) -> str:
    """Text as a button is to show it: Streamlit reads labels as Markdown.

    >>> in_label("nobody looks at “*”")
    'nobody looks at “\\\\*”'
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!:$~|])", r"\\\1", text)


def choice_in_words(choice: Choice) -> str:
    """Which model the page has chosen, and why, as HTML."""
    why = re.sub("“(.+?)”", r"“<bdi>\1</bdi>”", escape(choice.why))  # a word may be written from right to left
    what = ", an English model" * isinstance(choice.weights, Packaged)
    return f"Read by <b>{in_short(choice.weights)}</b>{what}, {why}"


def origin_in_words(weights: Weights) -> list[str]:
    """Whose weights a Python package brings and under which licence, as HTML: in short, and in full for who points at
    it or comes by with the Tab key."""
    if not isinstance(weights, Packaged):
        return []
    model = PACKAGED[weights.model]
    short = f"{escape(model.short)}, {escape(model.licences)}"
    return [f"<span class='origin' tabindex='0'><span>{short}</span><span> {escape(model.origin)}</span></span>"]


def unknown_in_words(trace: Trace, known: int | None = None, *, any_model: bool = False) -> str:
    """The words that a model reads as [UNK], as HTML; nothing where it knows all. `known`: how many it knows;
    `any_model`: no other could read them."""
    found = [token for row in trace.inputs.values() for token in row if token.unknown and isinstance(token, TextToken)]
    unknown = list(dict.fromkeys(token.text for token in found))
    if not unknown:
        return ""
    piece = escape(found[0].piece)
    told = ", ".join(in_text(visible(text)[:30], None) for text in unknown[:6])
    more = f" and {len(unknown) - 6} more" if len(unknown) > 6 else ""
    if known is not None:
        return f"This model knows {known} words, and not {told}{more}: it reads {piece} there."
    alike = ", one and the same for all of them" if len(unknown) > 1 else ""
    if any_model:
        return f"No trained model here knows {told}{more}: {piece} stands there{alike}."
    return f"This model has no token for {told}{more}: it reads {piece} there{alike}."


def typed_specials(trace: Trace) -> list[str]:
    """The special tokens that stand in the text, read as such or as plain text; none of a text beside a picture, of
    which that cannot be chosen."""
    if isinstance(trace.request.input, Picture):
        return []
    return list(
        dict.fromkeys([*(token.text for row in trace.inputs.values() for token in row if token.marker), *trace.spelled])
    )


number = saying.weight  # a weight with two decimals, or with two digits where these would be lost


def check_in_words(check: Check, more: str = "") -> str:
    """What states the check, as HTML: a small sign, of which one learns all by pointing at it or with the Tab key;
    `more` stands there as well. What is wrong is said aloud."""
    difference = power_of_ten(check.difference)
    if check.agrees:
        found = f"the same weights, largest difference {difference}"
        told = f"Computed a second time, by {check.reference}: {found}. {more}".strip()
        return f"<span class='checked' tabindex='0'><span class='ok'>✓ checked</span><span> {told}</span></span>"
    return (
        f"<span class='bad'>✗ some weight differs from {check.reference} by {difference}: "
        "do not trust these numbers, and please report it</span>"
    )


def notices_for(text: str, trace: Trace, *, takes_target: bool = False, limit: int = TOKEN_LIMIT) -> list[str]:
    """What one has to know of the model, and what was done to the text before it was read, in plain sentences.
    `takes_target`: whether the model writes of a source, so that there is more to be seen with a target;
    `limit`: how many tokens it could read."""
    notices = model_in_words(trace)
    if takes_target and list(trace.parts) == ["encoder"]:
        notices[0] = "Its encoder is shown. Type a target, or let the model write one, to see its decoder as well."
    replaced = sum(a != b for a, b in zip(text, clean_text(text), strict=True))
    if replaced:
        notices.append(
            f"{replaced} character{'s' if replaced > 1 else ''} that cannot be shown (control characters or broken "
            "Unicode) were read as spaces or �; the text that you typed is unchanged."
        )
    if trace.spelled:
        some = ", ".join(trace.spelled[:6]) + (f" and {len(trace.spelled) - 6} more" if len(trace.spelled) > 6 else "")
        read = "are read as plain text, not as special tokens" if len(trace.spelled) > 1 else _SPELLED
        notices.append(f"In this text {some} {read}.")
    for row in trace.inputs.values():
        notices += _left_out(row, limit)
    return notices + [_LONG] * is_tiled(trace)


def _left_out(row: Tokens, limit: int) -> list[str]:
    """What of a text was not read, in plain sentences; `limit`: how many tokens the model could read."""
    if row.cut is None:
        lost = unread(row.text, row.of_text) if row.is_text else ""
        shown = f"{lost[:30]}{'…' * (len(lost) > 30)}"
        what = f"The model’s tokenizer has no token for “{shown}”, and leaves it out: the model does not read it."
        return [what] if lost else []
    before = row.text[: row.cut].split()
    last = before[-1][-30:] if before else ""
    more = f" In a notebook the same model reads up to {limit:,} tokens of it."
    return [
        f"The {row.name} is longer than can be read at once: only its first {len(row):,} tokens are shown. "
        f"It was cut at character {row.cut:,} of {len(row.text):,}, after “{last}”."
        + more
        * (limit > len(row) == TOKEN_LIMIT)
    ]


def counts_in_words(trace: Trace) -> str:
    """How many tokens were read."""
    # What is written are the target's words, and as many; of a decoder without self-attention they stand there alone.
    read = {"target" if name == "written" else name: len(row) for name, row in trace.inputs.items()}
    return " and ".join(
        counted(count, "token") + (f" of the {name}" if len(read) > 1 else "") for name, count in read.items()
    )


def power_of_ten(x: float) -> str:
    """3.2e-08 as 3·10⁻⁸.

    >>> power_of_ten(3.2e-08), power_of_ten(0.0)
    ('3·10⁻⁸', '0')
    """
    if x == 0:
        return "0"
    digit, power = f"{x:.0e}".split("e")
    return f"{digit}·10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def say(*sentences: str, error: bool = False) -> None:
    """Sentences in a box, a line each; none without any. As HTML, not as Streamlit's Markdown, which would make links,
    icons and arrows of them."""
    kind, role = ("error", "alert") if error else ("info", "status")
    if sentences:
        st.html(f"<p class='notice {kind}' role='{role}'>{'<br>'.join(map(escape, sentences))}</p>")
