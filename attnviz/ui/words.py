"""Sentences on the page. What a person typed goes in escaped, and in its own writing direction."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from attnviz.analysis import saying
from attnviz.analysis.effect import Prediction
from attnviz.analysis.rows import RowReading
from attnviz.figures.labels import model_in_words, token_label
from attnviz.models import Check
from attnviz.tokens import clean_text
from attnviz.trace import AttentionTrace

CHECK_FAILED = "<span class='bad'>✗ the check against a reference could not be run; the log says why</span>"


def word(trace: AttentionTrace, index: int) -> str:
    """A token in running text, as HTML: a sign in quotes, a word that comes twice with its index."""
    label = token_label(trace.tokens[index])
    shown = escape(label if any(c.isalnum() for c in label) else f"“{label}”")
    twice = sum(token.text == trace.tokens[index].text for token in trace.tokens) > 1
    return f"<b><bdi>{shown}</bdi></b>" + f"<sub>{index}</sub>" * twice


def row_in_words(trace: AttentionTrace, reading: RowReading) -> list[str]:
    """Where the chosen word looks, and whether that stands out: sentences as HTML (composed by `analysis.saying`)."""
    return [_as_html(trace, sentence) for sentence in saying.row_sentences(reading)]


def _as_html(trace: AttentionTrace, sentence: saying.Sentence) -> str:
    return "".join(word(trace, part.index) if isinstance(part, saying.Word) else part for part in sentence)


def guess_in_words(trace: AttentionTrace, at: int, predictions: Sequence[Prediction], predicts: str | None) -> str:
    """What a model says for a word that is hidden, or after it, as HTML."""
    if not predictions:
        return ""
    told = ", ".join(f"<b>{escape(p.word)}</b> {number(p.after)}" for p in predictions)
    if predicts == "next":
        return f"After {word(trace, at)} it expects {told}."
    if trace.tokens[at].piece == "[MASK]":
        return f"For {word(trace, at)} it says {told}."
    return f"If {word(trace, at)} were hidden, it would say {told}."


number = saying.weight  # a weight with two decimals, or with two digits where these would be lost


def check_in_words(check: Check) -> str:
    """The line that states the check, as HTML."""
    difference = power_of_ten(check.difference)
    if check.agrees:
        return f"<span class='ok'>✓ same weights as {check.reference}, largest difference {difference}</span>"
    return (
        f"<span class='bad'>✗ some weight differs from {check.reference} by {difference}: "
        "do not trust these numbers, and please report it</span>"
    )


def specials_in_words(trace: AttentionTrace, reading: RowReading, *, shown: bool) -> str:
    """How much weight the special tokens hold in this head, as HTML."""
    return _as_html(trace, saying.specials_sentence(reading, shown=shown))


def notices_for(text: str, trace: AttentionTrace) -> list[str]:
    """What one has to know of the model, and what was done to the text before it was read, in plain sentences."""
    notices = model_in_words(trace)
    replaced = sum(a != b for a, b in zip(text, clean_text(text), strict=True))
    if replaced:
        notices.append(
            f"{replaced} character{'s' if replaced > 1 else ''} that cannot be shown (control characters or broken "
            "Unicode) were read as spaces or �; the text that you typed is unchanged."
        )
    if trace.cut is not None:
        before = trace.text[: trace.cut].split()
        last = before[-1][-30:] if before else ""
        notices.append(
            f"The text is longer than can be read at once: only its first {len(trace)} tokens are shown. "
            f"It was cut at character {trace.cut:,} of {len(trace.text):,}, after “{last}”."
        )
    return notices


def power_of_ten(x: float) -> str:
    """3.2e-08 as 3·10⁻⁸.

    >>> power_of_ten(3.2e-08), power_of_ten(0.0)
    ('3·10⁻⁸', '0')
    """
    if x == 0:
        return "0"
    digit, power = f"{x:.0e}".split("e")
    return f"{digit}·10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def say(sentence: str, *, error: bool = False) -> None:
    """A sentence in a box. As HTML, not as Streamlit's Markdown, which would make links, icons and arrows of it."""
    kind, role = ("error", "alert") if error else ("info", "status")
    st.html(f"<p class='notice {kind}' role='{role}'>{escape(sentence)}</p>")
