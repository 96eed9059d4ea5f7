"""How tasks make batches of rows of different lengths, and of a corpus one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from attnviz.training.tasks import NOT_ASKED
from attnviz.training.vocabulary import PAD, START

One = TypeVar("One")


def filled(rows: Sequence[Sequence[int]], with_what: int = PAD) -> Tensor:
    """[row, token]: rows of ids, filled up to the longest.

    >>> filled([[5, 6], [7]], with_what=-1).tolist()
    [[5, 6], [7, -1]]
    """
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[with_what] * (longest - len(row))] for row in rows])


def next_words(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """What is read, [CLS] before each row; and what is asked for there: each next word, and after the last one [CLS],
    which ends it. Both [row, token]."""
    return filled([[START, *row] for row in rows]), filled([[*row, START] for row in rows], NOT_ASKED)


def shuffled(corpus: Sequence[One], at_once: int, seed: int) -> Iterator[list[One]]:
    """Endless: `at_once` of a corpus, and so on through all of it, in another order each time."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(corpus), generator=generator).tolist()
        for first in range(0, len(corpus) - at_once + 1, at_once):
            yield [corpus[row] for row in order[first : first + at_once]]
