"""Attention of a long text, some queries at a time: what is made of their weights is kept, the weights are let go.

All weights of 12 heads on 4,096 tokens are 0.8 GB, and some such tensors are in memory at once. The equations are
those of `attention.py`; here they meet a few rows at a time, which have room near the core, and of the keys only
those up to the last at which one of these rows may look: under a causal mask that is half of the work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from attnviz.attention import attend, for_each_head
from attnviz.pooling import PICTURE, block_of, max_pooled
from attnviz.rule import Rule

MANY = 2**24  # weights of one layer, 64 MB: past it they are never in memory all at once


def is_long(heads: int, queries: int, keys: int) -> bool:
    """Whether a layer has so many weights that they are made some rows at a time."""
    return heads * queries * keys > MANY


def attend_by_rows(q: Tensor, k: Tensor, v: Tensor, rule: Rule, *, rows: int) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """`attend`, so many rows at a time: which these are, their weights [head, row, key] and context [head, row,
    d_value]. The keys at the end that none of the rows may look at are left out: their weights would be 0.

    Args:
        q, k, v: [head, query, d_head], [kv_head, key, d_head] and [kv_head, key, d_value].
        rule: whose masks are [head or 1, query, key].

    >>> causal = Rule(1.0, torch.full((1, 2, 2), -torch.inf).triu(1))
    >>> [(at.start, weights.shape[-1]) for at, weights, _ in attend_by_rows(*torch.ones(3, 1, 2, 1), causal, rows=1)]
    [(0, 1), (1, 2)]
    """
    k, v = for_each_head(k, q), for_each_head(v, q)
    for start in range(0, q.shape[1], rows):
        at = slice(start, min(start + rows, q.shape[1]))
        own = rule.of(None, at)
        seen = _seen(own, k.shape[1])
        weights, context = attend(q[:, at], k[:, :seen], v[:, :seen], **_of_keys(own, seen).terms())
        yield at, weights, context


def context_and_picture(q: Tensor, k: Tensor, v: Tensor, rule: Rule) -> tuple[Tensor, Tensor]:
    """The context [head, query, d_value], and the weights made small, [head, at most 40, at most 40], as `max_pooled`
    gives them of all at once."""
    keys = k.shape[1]
    contexts, pictures = [], []
    for _, weights, context in attend_by_rows(q, k, v, rule, rows=block_of(q.shape[1], PICTURE)):
        largest = weights.amax(1, keepdim=True)  # [head, 1, key]: the rows are one cell high
        pictures.append(max_pooled(pad(largest, (0, keys - largest.shape[-1])), PICTURE))
        contexts.append(context)
    return torch.cat(contexts, 1), torch.cat(pictures, 1)


def context_of(q: Tensor, k: Tensor, v: Tensor, rule: Rule) -> Tensor:
    """weights @ v, [head, query, d_value]."""
    if is_long(len(q), q.shape[1], k.shape[1]):
        return context_and_picture(q, k, v, rule)[0]
    return attend(q, k, v, **rule.terms())[1]


def _seen(rule: Rule, keys: int) -> int:
    """How many keys, counted from the first, there are up to the last at which a row may look (1 at least)."""
    if rule.mask is None or rule.by_hand is not None:
        return keys
    open_ = (rule.mask != -torch.inf).flatten(0, 1).any(0).nonzero()  # [key]
    return int(open_[-1]) + 1 if len(open_) else 1


def _of_keys(rule: Rule, seen: int) -> Rule:
    """The same for the first keys alone."""
    mask, bias, by_hand = (None if x is None else x[..., :seen] for x in (rule.mask, rule.bias, rule.by_hand))
    return replace(rule, mask=mask, bias=bias, by_hand=by_hand)
