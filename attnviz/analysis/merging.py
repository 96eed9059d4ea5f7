"""Pieces of words merged to words, in weights."""

from __future__ import annotations

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.errors import AttnvizError

WORDS = ("pieces", "words", "joined")  # tokens as they are, merged to words, and these over apostrophes and hyphens
SIDES = ("all", "AA", "AB", "BA", "BB")  # of a pair of sentences


def word_groups(trace: Trace, *, join: bool = True) -> list[list[int]]:
    """The tokens of each word, as `Tokens.words` says, of a trace of one row of tokens."""
    return trace.tokens.words(join=join)


def shown_groups(
    trace: Trace, *, specials: bool = True, words: str = "pieces", sides: str = "all"
) -> tuple[list[list[int]], list[list[int]]]:
    """The tokens of each row and of each column that is shown.

    Args:
        words: "pieces": each token; "words": a word's pieces together; "joined": also over apostrophes and hyphens.
        sides: of a pair of sentences "all", or from one to the other: "AA", "AB", "BA", "BB".

    Raises:
        AttnvizError: another value of `words` or `sides`.
    """
    if words not in WORDS:
        raise AttnvizError(f"Words are shown as {', '.join(WORDS)}, not “{words}”.")
    if sides not in SIDES:
        raise AttnvizError(f"The sides of a pair are {', '.join(SIDES)}, not “{sides}”.")
    groups = [[i] for i in range(len(trace))] if words == "pieces" else word_groups(trace, join=words == "joined")
    shown = [group for group in groups if specials or not trace.tokens[group[0]].special]
    if sides == "all":
        return shown, shown
    rows, columns = ([g for g in shown if trace.tokens[g[0]].segment == "AB".index(side)] for side in sides)
    return rows, columns


def merged(weights: Tensor, groups: list[list[int]], columns: list[list[int]] | None = None) -> Tensor:
    """[..., query, key] of tokens to the same of words: weights *to* a word are summed over its pieces, weights *from*
    it averaged, so that rows still sum to 1 (Clark et al. 2019, section 4.1). Rows are `groups`, columns as well unless
    others are given.

    >>> merged(torch.tensor([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]]), [[0], [1, 2]])
    tensor([[0.2000, 0.8000],
            [0.2000, 0.8000]])
    """
    rows = _members(groups, weights)
    return (rows / rows.sum(-1, keepdim=True)) @ weights @ (rows if columns is None else _members(columns, weights)).T


def _members(groups: list[list[int]], like: Tensor) -> Tensor:
    """[group, token]: 1 where the token is of the group."""
    member = torch.zeros(len(groups), like.shape[-1], dtype=like.dtype, device=like.device)
    for row, group in enumerate(groups):
        member[row, group] = 1.0
    return member
