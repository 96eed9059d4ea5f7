"""The characters of a text that a piece of it stands for, whoever cut it."""

from __future__ import annotations

import unicodedata

_SPACE_SIGNS = "▁Ġ"  # that stand for the space before a word in sentencepiece's and in byte-level vocabularies


def with_marks(text: str, end: int, until: int) -> int:
    """Where a letter ends with the marks on it that a normaliser took out: they are a part of what was typed."""
    while end < until and unicodedata.category(text[end])[0] == "M":
        end += 1
    return end


def covered(text: str, start: int, end: int, piece: str, *, marker: bool) -> tuple[int, int]:
    """The characters that a piece stands for, of those that the tokenizer names.

    Some count the space before a word in; a line break or a tab is left out only where the piece has a sign for
    space in its stead. The sign alone, put before a word that has no space before it, covers none.

    >>> covered("a cat", 1, 5, "Ġcat", marker=False), covered("今", 0, 1, "▁", marker=False)
    ((2, 5), (0, 0))
    """
    seen = text[start:end]
    if piece and not piece.strip(_SPACE_SIGNS) and seen.strip().strip(_SPACE_SIGNS):
        return start, start
    inner = seen.strip() if marker or piece.startswith("▁") else seen.strip(" ")
    if not inner:
        return start, end
    start += seen.index(inner)
    return start, start + len(inner)
