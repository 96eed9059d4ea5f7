"""Tokens as labels: never markup, never invisible, never too long, whatever was typed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import regex

from attnviz._trace import Trace
from attnviz.heads import TOWERS
from attnviz.tokens import FrameToken, PatchToken, TextToken, Token, Tokens

LONGEST = 14  # characters, as a person counts them
LONGEST_WORD = 16  # the same of pieces merged to a word
_MARKS = 4  # combining marks kept on one character
_SIGNS = {"\n": "↵", "\r": "␍", "\t": "⇥"}  # what breaks a line or leaves a gap, as a sign
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_MARKER = regex.compile(r"<\|(.+)\|>", regex.DOTALL)  # as GPT-2, Llama and Whisper write their special tokens
_LEFT = "\u200e"  # without this mark the index of an Arabic word would stand before it
_known: WeakKeyDictionary[Tokens, tuple[list[str], list[str]]] = WeakKeyDictionary()


def token_label(token: Token, longest: int = LONGEST) -> str:
    """The token as plain text for a person to read.

    A piece that goes on with a word begins with ## (as in BERT's vocabulary); what cannot be seen is
    named by its code point.

    >>> token_label(TextToken("\\u200d", 0, 0, 1)), token_label(TextToken("ing", 0, 0, 3, continues=True))
    ('U+200D', '##ing')
    """
    text = _cut(token.text if token.special else visible(token.text), longest)
    return f"##{text}" if token.continues else text


def word_label(tokens: Tokens, group: Sequence[int]) -> str:
    """The tokens of one word (a group of `analysis.word_groups`) as plain text: what stands there, from the first to
    the last, with what a normaliser takes out, and a character that is cut into bytes once."""
    if len(group) == 1:
        return labels_and_names(tokens)[0][group[0]]
    return _cut(visible(tokens.written(group)), LONGEST_WORD)


def names(tokens: Tokens) -> list[str]:
    """[token]: its label, and where another token has the same one, its index below the line: two commas are ,₃ and ,₇.

    What is said of a token, wherever its place does not show which one is meant, is said under this name.
    """
    return labels_and_names(tokens)[1]


def word_names(tokens: Tokens, groups: Sequence[Sequence[int]], longest: int = LONGEST_WORD) -> list[tuple[str, str]]:
    """[group]: the label of each word, and its name among these words."""
    own = [_cut(word_label(tokens, group), longest) for group in groups]
    return list(zip(own, told_apart(own, [group[0] for group in groups]), strict=True))


def labels_and_names(tokens: Tokens) -> tuple[list[str], list[str]]:
    """Of all tokens; remembered as long as they are."""
    if tokens not in _known:
        own = [token_label(token) for token in tokens]
        of_patches = {i: f"patch {own[i]}" for i in tokens.patches}  # in a sentence "2,4" would be a number
        _known[tokens] = own, [of_patches.get(i, name) for i, name in enumerate(told_apart(own))]
    return _known[tokens]


def described(tokens: Tokens, index: int) -> str:
    """A token's id and where it stands, in words."""
    token = tokens[index]
    if isinstance(token, PatchToken):
        x, y, width, height = token.box
        return f"token {index} · pixels {x} to {x + width} from the left, {y} to {y + height} from the top"
    if isinstance(token, FrameToken):
        return f"token {index} · sounds from {token.start:.2f} to {token.end:.2f} s"
    if not isinstance(token, TextToken):
        return f"token {index}"
    where = f"characters {token.start} to {token.end}, word {token.word}"
    if token.special:
        where = "a mark that the model adds, no word"
    elif token.start == token.end:
        where = f"stands for no character, word {token.word}"
    is_whole = token.piece == token.text == _cut(token.text, LONGEST)  # else it is said what its label is not
    piece = "" if is_whole or not token.piece else f" “{token.piece}”"
    piece += " (a word that the model does not know)" * token.unknown
    piece += " (read as a special token that the model knows)" * token.marker
    return f"token {index} · id {token.id}{piece} · {where}"


def told_apart(labels: Sequence[str], places: Sequence[int] | None = None) -> list[str]:
    """Labels that come more than once, with their places (their index, if not given) below the line.

    >>> told_apart(["the", ",", "cat", ","])
    ['the', ',₁', 'cat', ',₃']
    """
    count = Counter(labels)
    return [
        f"{label}{_LEFT * runs_from_right(label)}{str(place).translate(_SUBSCRIPT)}" if count[label] > 1 else label
        for label, place in zip(labels, range(len(labels)) if places is None else places, strict=True)
    ]


def runs_from_right(text: str) -> bool:
    """Whether a text runs from right to left, as its first letter does (Unicode's bidirectional algorithm, rule P2).

    >>> runs_from_right("1 قط and a cat"), runs_from_right("a קט")
    (True, False)
    """
    kinds = (unicodedata.bidirectional(c) for c in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def isolated(name: str) -> str:
    """A name that stays in its place beside an arrow or a number, though it is written from right to left."""
    return f"\u2068{name}\u2069" if runs_from_right(name) else name


def _cut(text: str, longest: int) -> str:
    """The text in so many characters. A marker such as <|notimestamps|> that is longer goes without its bars, and what
    is cut of it is cut within its brackets: it stays a marker."""
    characters = regex.findall(r"\X", text)
    if len(characters) <= longest:
        return text
    if marker := _MARKER.fullmatch(text):
        return f"<{_cut(marker[1], longest - 2)}>"
    return "".join(characters[: longest - 1]) + "…"


def visible(text: str) -> str:
    """The text with nothing that hides: space as ␣, a line break as ↵, a tab as ⇥, controls of writing direction
    dropped, Zalgo trimmed; a mark without its letter stands on ◌."""
    drawn = []
    marks = 0
    for c in text:
        if c in _SIGNS:
            drawn.append(_SIGNS[c])
            continue
        kind = unicodedata.category(c)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        directs = unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        if marks <= _MARKS and not directs and kind not in ("Cc", "Cs"):
            drawn.append(c)
    shown = "".join(drawn)
    if not shown or all(unicodedata.category(c) in ("Cf", "Mn", "Me", "Zs", "Zl", "Zp") for c in shown):
        return " ".join(f"U+{ord(c):04X}" for c in text[:2]) if text.strip() or not text else "␣" * len(text)
    return f"◌{shown}" if unicodedata.category(shown[0])[0] == "M" else shown


def escaped(text: str) -> str:
    """Text for Plotly, whose labels are a small HTML and whose dollars are TeX."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")


def labels(tokens: Tokens, shown: list[int], longest: int = LONGEST) -> list[str]:
    """A name for each shown token, ready for Plotly: what stands at the axes is what pointing at a cell says."""
    own = names(tokens) if longest == LONGEST else told_apart([token_label(token, longest) for token in tokens])
    return [escaped(own[i]) for i in shown]


def head_in_words(trace: Trace, layer: int, head: int) -> str:
    """A head's place in words: "head 11 of layer 5", and of which part, where the model has several."""
    return f"head {head} of layer {layer}{of_part(trace.part)}"


def of_part(part: str) -> str:
    """Whose a layer is, where a model has several parts.

    >>> [of_part(part) for part in ("", "encoder", "cross", "text")]
    ['', ' of the encoder', ' of the cross-attention', ' of the text tower']
    """
    names = {"cross": "cross-attention", **{tower: f"{tower} tower" for tower in TOWERS}}
    return f" of the {names.get(part, part)}" if part else ""


def part_in_words(trace: Trace) -> str:
    """Which part of a model is shown, as a sentence; nothing where it is all of it."""
    if not trace.part:
        return ""
    if trace.part in TOWERS:
        other = "picture" if trace.part == "text" else "text"
        return f"This model has a tower for a picture and one for a text. No {other} is read here: one tower is shown."
    return (
        f"This model has an encoder and a decoder. Its {trace.part} alone is shown: it reads the text, and nothing of "
        "what the decoder does is in these numbers."
    )


def model_in_words(trace: Trace) -> list[str]:
    """What one has to know of the model to read its numbers rightly, in sentences."""
    return [*([part_in_words(trace)] if len(trace.parts) == 1 and trace.part else []), *trace.notices]


def pixels(text: str, size: int = 12) -> float:
    """About how wide a label is drawn, in pixels."""
    wide = sum(1.0 if unicodedata.east_asian_width(c) in "WF" or c in "mwMW—…" else 0.6 for c in text)
    return wide * size
