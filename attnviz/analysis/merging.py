"""Pieces of words merged to words, in weights."""

from __future__ import annotations

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.tokens import Tokens

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
    rows = _shown(trace.rows, words, specials=specials)
    columns = rows if trace.is_square else _shown(trace.columns, words, specials=specials)
    if sides == "all":
        return rows, columns
    first, second = ([g for g in rows if trace.tokens[g[0]].segment == "AB".index(side)] for side in sides)
    return first, second


def _shown(tokens: Tokens, words: str, *, specials: bool) -> list[list[int]]:
    groups = [[i] for i in range(len(tokens))] if words == "pieces" else tokens.words(join=words == "joined")
    return [group for group in groups if specials or not tokens[group[0]].special]


def merged(weights: Tensor, groups: list[list[int]], columns: list[list[int]] | None = None) -> Tensor:
    """[..., query, key] of tokens to the same of words: weights *to* a word are summed over its pieces, weights *from*
    it averaged, so that rows still sum to 1 (Clark et al. 2019, section 4.1). Rows are `groups`, columns as well unless
    others are given.

    >>> merged(torch.tensor([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]]), [[0], [1, 2]])
    tensor([[0.2000, 0.8000],
            [0.2000, 0.8000]])
    """
    rows = _members(groups, weights, weights.shape[-2])
    across = rows if columns is None else _members(columns, weights, weights.shape[-1])
    return (rows / rows.sum(-1, keepdim=True)) @ weights @ across.T


def _members(groups: list[list[int]], like: Tensor, tokens: int) -> Tensor:
    """[group, token]: 1 where the token is of the group."""
    member = torch.zeros(len(groups), tokens, dtype=like.dtype, device=like.device)
    for row, group in enumerate(groups):
        member[row, group] = 1.0
    return member
