"""Tokens as labels: never markup, never invisible, never too long, whatever was typed."""

from __future__ import annotations

import unicodedata

import regex

from attnviz.trace import AttentionTrace, Token

LONGEST = 14  # characters, as a person counts them
_MARKS = 4  # combining marks kept on one character


def token_label(token: Token, longest: int = LONGEST) -> str:
    """The token as plain text for a person to read.

    A piece that goes on with a word begins with ## (as in BERT's vocabulary); what cannot be seen is
    named by its code point.

    >>> token_label(Token("\\u200d", 0, 0, 1)), token_label(Token("ing", 0, 0, 3, continues=True))
    ('U+200D', '##ing')
    """
    text = token.text if token.special else visible(token.text)
    characters = regex.findall(r"\X", text)
    if len(characters) > longest:
        text = "".join(characters[: longest - 1]) + "…"
    return f"##{text}" if token.continues else text


def visible(text: str) -> str:
    """The text with nothing that hides: space as ␣, controls of writing direction dropped, Zalgo trimmed."""
    drawn = []
    marks = 0
    for c in text:
        kind = unicodedata.category(c)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        directs = unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        if marks <= _MARKS and not directs and kind not in ("Cc", "Cs"):
            drawn.append(c)
    shown = "".join(drawn)
    if not shown or all(unicodedata.category(c) in ("Cf", "Mn", "Me", "Zs", "Zl", "Zp") for c in shown):
        return " ".join(f"U+{ord(c):04X}" for c in text[:2]) if text.strip() or not text else "␣"
    return shown


def escaped(text: str) -> str:
    """Text for Plotly, whose labels are a small HTML and whose dollars are TeX."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")


def labels(trace: AttentionTrace, shown: list[int], longest: int = LONGEST) -> list[str]:
    """A label for each shown token, ready for Plotly."""
    return [escaped(token_label(trace.tokens[i], longest)) for i in shown]


def part_in_words(trace: AttentionTrace) -> str:
    """Which part of a model is shown, as a sentence; nothing where it is all of it."""
    if not trace.part:
        return ""
    return (
        f"This model has an encoder and a decoder. Its {trace.part} alone is shown: it reads the text, and nothing of "
        "what the decoder does is in these numbers."
    )


def model_in_words(trace: AttentionTrace) -> list[str]:
    """What one has to know of the model to read its numbers rightly, in sentences."""
    return [*([part_in_words(trace)] if trace.part else []), *trace.notices]


def pixels(text: str, size: int = 12) -> float:
    """About how wide a label is drawn, in pixels."""
    wide = sum(1.0 if unicodedata.east_asian_width(c) in "WF" or c in "mwMW—…" else 0.6 for c in text)
    return wide * size
