"""Two sequences of tokens laid side by side: what stayed, what changed, what only one of them has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnviz.texts import normal_form
from attnviz.tokens import Token

Match = tuple[int | None, int | None]  # index in the first and in the second; None: it has nothing there, a gap


def aligned(first: Sequence[Token], second: Sequence[Token]) -> list[Match]:
    """Pair the tokens (or words) of two sequences, in order, at the least cost.

    The edit distance of Levenshtein 1966 by the table of Wagner & Fischer 1974: alike (whatever the case) costs 0, a
    changed word 1, a word that only one of them has 1. Special tokens stand beside their like or beside a gap. Of
    equally cheap ways, the one that pairs most words with their like is taken, and of these the one that pairs
    the earliest, with what only the first has before what only the second has.

    >>> from attnviz.tokens import TextToken
    >>> def tokens(text): return [TextToken(word, 0, 0, 0) for word in text.split()]
    >>> aligned(tokens("the cat sat"), tokens("the black dog sat"))
    [(0, 0), (1, 1), (None, 2), (2, 3)]
    """
    steps = pair_costs(first, second)  # [i, j]
    gap = max(len(first) + len(second), 1)
    table = _table(steps, gap)
    pairs: list[Match] = []
    i, j = len(first), len(second)
    while i or j:  # from the end: gaps first, so that what is paired is paired early
        if j and table[i, j] == table[i, j - 1] + gap:
            j -= 1
            pairs.append((None, j))
        elif i and table[i, j] == table[i - 1, j] + gap:
            i -= 1
            pairs.append((i, None))
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def pair_costs(first: Sequence[Token], second: Sequence[Token]) -> NDArray[np.int64]:
    """[i, j]: the cost of pairing two tokens, in parts of the cost of a gap: a changed word costs as much as one gap,
    a like one a single part less than nothing (which decides between equally cheap ways), and what must
    not be paired more than two gaps."""
    gap = max(len(first) + len(second), 1)
    names: dict[tuple[str, bool], int] = {}
    codes = [
        np.array([names.setdefault(_name(token), len(names)) for token in side], dtype=np.int64)
        for side in (first, second)
    ]
    special = [np.array([token.special for token in side], dtype=bool) for side in (first, second)]
    alike = codes[0][:, None] == codes[1][None, :]  # [i, j]
    apart = special[0][:, None] | special[1][None, :]  # [i, j]
    return np.where(alike, -1, np.where(apart, 3 * gap, gap))


def _table(steps: NDArray[np.int64], gap: int) -> NDArray[np.int64]:
    """[i, j]: the least cost of pairing the first i tokens with the first j. Row by row: a way may end with any number
    of gaps in the first sequence, which is a running minimum along the row."""
    n, m = steps.shape
    gaps = gap * np.arange(m + 1)
    table = np.empty((n + 1, m + 1), dtype=np.int64)
    table[0] = gaps
    for i in range(n):
        row = table[i] + gap
        row[1:] = np.minimum(row[1:], table[i, :-1] + steps[i])
        table[i + 1] = np.minimum.accumulate(row - gaps) + gaps
    return table


def _name(token: Token) -> tuple[str, bool]:
    """What makes two tokens alike: a special token is never like a word of the same letters."""
    return (token.text if token.special else normal_form(token.text)), token.special
