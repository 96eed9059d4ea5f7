"""Pieces of words merged to words, in weights."""

from __future__ import annotations

import unicodedata

import torch
from torch import Tensor

from attnviz.errors import AttnvizError
from attnviz.trace import AttentionTrace

WORDS = ("pieces", "words", "joined")  # tokens as they are, merged to words, and these over apostrophes and hyphens
SIDES = ("all", "AA", "AB", "BA", "BB")  # of a pair of sentences
_JOINERS = "'’-‐‑"  # apostrophes and hyphens


def word_groups(trace: AttentionTrace, *, join: bool = True) -> list[list[int]]:
    """The tokens of each word, in the order of the text; a special token is alone.

    `join`: apostrophes and hyphens between letters, without a space, join their neighbours (didn't, mother-in-law).
    """
    groups: list[list[int]] = []
    for i, token in enumerate(trace.tokens):
        goes_on = token.continues or (join and bool(groups) and _joins(trace, groups[-1][-1], i))
        if goes_on and groups:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def shown_groups(
    trace: AttentionTrace, *, specials: bool = True, words: str = "pieces", sides: str = "all"
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


def _joins(trace: AttentionTrace, before: int, after: int) -> bool:
    """Whether the second of two neighbouring tokens belongs to the word of the first: no space between, one of them an
    apostrophe or hyphen, and letters on its other side."""
    first, second = trace.tokens[before], trace.tokens[after]
    if first.special or second.special or first.end != second.start:
        return False
    if second.text in _JOINERS:
        following = trace.text[second.end : second.end + 1]
        return _is_letter(first.text[-1:]) and _is_letter(following)
    if first.text in _JOINERS:
        leading = trace.text[first.start - 1 : first.start] if first.start else ""
        return _is_letter(leading) and _is_letter(second.text[:1])
    return False


def _is_letter(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LN"
