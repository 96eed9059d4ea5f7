"""Pieces of words merged to words, in weights."""

from __future__ import annotations

import unicodedata

import torch
from torch import Tensor

from attnviz.trace import AttentionTrace

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


def merged(weights: Tensor, groups: list[list[int]]) -> Tensor:
    """[..., query, key] of tokens to the same of words: weights *to* a word are summed over its pieces, weights *from*
    it averaged, so that rows still sum to 1 (Clark et al. 2019, section 4.1).

    >>> merged(torch.tensor([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]]), [[0], [1, 2]])
    tensor([[0.2000, 0.8000],
            [0.2000, 0.8000]])
    """
    member = torch.zeros(len(groups), weights.shape[-1], dtype=weights.dtype, device=weights.device)
    for row, group in enumerate(groups):
        member[row, group] = 1.0
    return (member / member.sum(-1, keepdim=True)) @ weights @ member.T


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
