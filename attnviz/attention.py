"""Attention, from scratch: the only place in attnviz where attention is computed.

Scaled dot-product attention is one line in the paper (Vaswani et al. 2017, "Attention Is All You
Need", equation 1):

    Attention(Q, K, V) = softmax(Q Kᵀ / √d_head) V

Here it is five, one function each, so that every intermediate has a name and can be looked at:

    scores  = q @ kᵀ                   # [head, query, key]
    scaled  = scores · scale (+ bias)  # scale is 1/√d_head unless given
    masked  = scaled + mask            # -inf where a query may not look
    weights = softmax(masked)          # each row sums to 1
    context = weights @ v              # [head, query, d_value]

The softmax can be left for another of `NORMALIZERS`, to see what it is there for, and a row of weights can be set by
hand. Nothing here knows about text, models or pictures. Leading axes (a batch) are carried along.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.normalizers import NORMALIZERS, normalized, row_softmax

__all__ = [
    "NORMALIZERS",
    "Attention",
    "MultiHeadAttention",
    "SelfAttention",
    "attend",
    "attention",
    "causal_mask",
    "check_shapes",
    "dot_products",
    "for_each_head",
    "masked_scores",
    "merge_heads",
    "normalized",
    "padding_mask",
    "row_softmax",
    "scaled_scores",
    "split_heads",
    "weighted_values",
    "with_rows_by_hand",
    "without_heads",
]


@dataclass(frozen=True, eq=False)
class Attention:
    """Every intermediate of one call of `attention`, by the name it has in the equations."""

    q: Tensor  # [..., head, query, d_head]
    k: Tensor  # [..., kv_head, key, d_head]
    v: Tensor  # [..., kv_head, key, d_value]
    scores: Tensor  # [..., head, query, key]
    scaled: Tensor  # [..., head, query, key]
    masked: Tensor  # [..., head, query, key]
    weights: Tensor  # [..., head, query, key]
    context: Tensor  # [..., head, query, d_value]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class SelfAttention(Attention):
    """What `MultiHeadAttention` returns: the attention, and what becomes of its context."""

    concatenated: Tensor  # [..., token, head · d_head]
    output: Tensor  # [..., token, d_model]

    __repr__ = brief


def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    normalizer: str = "softmax",
    by_hand: Tensor | None = None,
    drop: Callable[[Tensor], Tensor] | None = None,
) -> Attention:
    """Scaled dot-product attention (Vaswani et al. 2017, eq. 1) with all that it computes.

    Args:
        q: queries, [..., head, query, d_head]; a single head may leave out the head axis.
        k: keys, [..., kv_head, key, d_head]. Fewer key-value heads than heads are grouped-query
            attention (Ainslie et al. 2023): head h reads key-value head h // (heads / kv_heads).
        v: values, [..., kv_head, key, d_value]; d_value is d_head in most models.
        mask: added after scaling, 0 or -inf, broadcast to [..., head, query, key]. A query that
            may look at nothing gets weights and context of zero.
        bias: added to the scaled scores (relative positions: Shaw et al. 2018; T5).
        scale: factor on the scores; 1/√d_head if None, 1.0 for no scaling.
        temperature: the masked scores are divided by it before the softmax; above 1 flattens the
            weights, below 1 sharpens them.
        normalizer: what makes weights of the masked scores, one of `NORMALIZERS`.
        by_hand: weights set by hand, [..., head, query, key]; NaN where the normalizer's stay.
        drop: in training, what zeroes some weights before the values are averaged (dropout; Vaswani
            et al. 2017, section 5.4). The record keeps the weights as they were before.

    Raises:
        AttnvizError: shapes that do not belong together, a temperature that is not positive, no such normalizer.

    Two keys, one of which the query points at; scores 1 and 0, so weights 1/(1+e⁻¹) and the rest:

    >>> q = torch.tensor([[1.0]]); k = torch.tensor([[1.0], [0.0]]); v = torch.tensor([[10.0], [0.0]])
    >>> attention(q, k, v).weights
    tensor([[0.7311, 0.2689]])
    >>> attention(q, k, v).context
    tensor([[7.3106]])
    """
    check_shapes(q, k, v)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = dot_products(q, for_each_head(k, q))
    scaled = scaled_scores(scores, scale, bias)
    masked = masked_scores(scaled, mask)
    weights = normalized(masked, normalizer, temperature, may_be_empty=mask is not None or bias is not None)
    weights = with_rows_by_hand(weights, by_hand)
    context = weighted_values(weights if drop is None else drop(weights), for_each_head(v, q))
    return Attention(q, k, v, scores, scaled, masked, weights, context)


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    normalizer: str = "softmax",
    by_hand: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Weights and context of `attention`, by the same equations, for who needs nothing in between.

    Each [head, query, key] is let go as soon as the next is made: at 512 tokens a model of 12 heads then
    runs a fifth faster.

    Raises:
        AttnvizError: as `attention`'s.
    """
    check_shapes(q, k, v)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    weights = normalized(
        masked_scores(scaled_scores(dot_products(q, for_each_head(k, q)), scale, bias), mask),
        normalizer,
        temperature,
        may_be_empty=mask is not None or bias is not None,
    )
    weights = with_rows_by_hand(weights, by_hand)
    return weights, weighted_values(weights, for_each_head(v, q))


def dot_products(q: Tensor, k: Tensor) -> Tensor:
    """How well each query matches each key: q·k. [..., query, d] and [..., key, d] to [..., query, key]."""
    return q @ k.transpose(-2, -1)


def scaled_scores(scores: Tensor, scale: float, bias: Tensor | None = None) -> Tensor:
    """Scores times scale, plus bias. With 1/√d_head their spread no longer grows with d_head.

    Source: Vaswani et al. 2017, section 3.2.1.
    """
    scaled = scores * scale
    return scaled if bias is None else scaled + bias


def masked_scores(scaled: Tensor, mask: Tensor | None) -> Tensor:
    """Scaled scores with -inf where a query may not look (the mask is 0 or -inf)."""
    return scaled if mask is None else scaled + mask


def with_rows_by_hand(weights: Tensor, by_hand: Tensor | None) -> Tensor:
    """The weights, with those of `by_hand` where it is a number (not NaN).

    >>> with_rows_by_hand(torch.tensor([[0.5, 0.5], [0.5, 0.5]]), torch.tensor([[math.nan, math.nan], [0.9, 0.1]]))
    tensor([[0.5000, 0.5000],
            [0.9000, 0.1000]])
    """
    return weights if by_hand is None else torch.where(by_hand.isnan(), weights, by_hand.to(weights.dtype))


def weighted_values(weights: Tensor, v: Tensor) -> Tensor:
    """The mean of the values, weighted: [..., query, key] and [..., key, d] to [..., query, d]."""
    return weights @ v


def causal_mask(n: int, *, device: torch.device | None = None) -> Tensor:
    """[query, key]: 0 up to the query's own place, -inf after it.

    >>> causal_mask(3)
    tensor([[0., -inf, -inf],
            [0., 0., -inf],
            [0., 0., 0.]])
    """
    return torch.full((n, n), -math.inf, device=device).triu(diagonal=1)


def padding_mask(is_token: Tensor) -> Tensor:
    """[..., key] of booleans, True for a real token, to a mask [..., 1, 1, key] of 0 and -inf."""
    mask = torch.zeros(is_token.shape, device=is_token.device).masked_fill(~is_token, -math.inf)
    return mask[..., None, None, :]


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[..., token, head · d_head] to [..., head, token, d_head]."""
    return x.reshape(*x.shape[:-1], heads, -1).transpose(-3, -2)


def merge_heads(x: Tensor) -> Tensor:
    """[..., head, token, d_head] to [..., token, head · d_head]: the heads side by side."""
    return x.transpose(-3, -2).flatten(-2)


def without_heads(context: Tensor, off: Collection[int]) -> Tensor:
    """[..., head, token, d_head] with zeros for the heads that are switched off (Michel et al. 2019, section 2.3).

    Raises:
        AttnvizError: a head that is not there.
    """
    if not off:
        return context
    heads = context.shape[-3]
    for head in off:
        if not 0 <= head < heads:
            raise AttnvizError(f"There is no head {head} to switch off: there are heads 0 to {heads - 1}.")
    gate = torch.ones(heads, 1, 1, dtype=context.dtype, device=context.device)
    gate[list(off)] = 0.0
    return context * gate


class MultiHeadAttention(nn.Module):
    """Multi-head attention (Vaswani et al. 2017, section 3.2.2), with nothing hidden.

        Q = X·W_Q   K = X·W_K   V = X·W_V      head h takes columns h·d_head to (h+1)·d_head
        output = concat(head_0, …, head_{h-1})·W_O

    Cross-attention is the same with K and V made of other vectors, the memory: K = M·W_K, V = M·W_V.

    Weights are drawn from a normal distribution, by default of standard deviation 1/√d_model, so that
    queries and keys keep the spread of x. No biases.
    """

    def __init__(
        self,
        d_model: int,
        heads: int,
        *,
        kv_heads: int | None = None,
        spread: float | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        """`kv_heads` (a divisor of `heads`) makes it grouped-query attention; `spread` is the standard deviation
        of the weights, 1/√d_model if None.

        Raises:
            AttnvizError: heads that do not divide d_model, key-value heads that do not divide heads.
        """
        super().__init__()
        kv_heads = heads if kv_heads is None else kv_heads
        if min(d_model, heads, kv_heads) < 1:
            raise AttnvizError(f"d_model ({d_model}) and heads ({heads}, {kv_heads}) must be at least 1.")
        if d_model % heads:
            raise AttnvizError(f"{heads} heads do not divide d_model {d_model}: choose heads that do.")
        if heads % kv_heads:
            raise AttnvizError(f"{kv_heads} key-value heads do not divide {heads} heads: choose a divisor.")
        self.d_model, self.heads, self.kv_heads = d_model, heads, kv_heads
        self.d_head = d_model // heads

        def drawn(columns: int) -> nn.Parameter:
            deviation = 1 / math.sqrt(d_model) if spread is None else spread
            return nn.Parameter(torch.randn(d_model, columns, generator=generator) * deviation)

        self.w_q = drawn(heads * self.d_head)  # [d_model, head · d_head]
        self.w_k = drawn(kv_heads * self.d_head)  # [d_model, kv_head · d_head]
        self.w_v = drawn(kv_heads * self.d_head)  # [d_model, kv_head · d_head]
        self.w_o = drawn(d_model)  # [head · d_head, d_model]

    def forward(
        self,
        x: Tensor,
        *,
        memory: Tensor | None = None,
        rotate: Callable[[Tensor], Tensor] | None = None,
        off: Collection[int] = (),
        instead: Mapping[str, Tensor] = MappingProxyType({}),
        **terms: Any,
    ) -> SelfAttention:
        """x [..., token, d_model] to a record of every intermediate.

        Args:
            memory: [..., key, d_model], what is looked at where it is not x itself: the source, in cross-attention.
            rotate: what turns queries and keys by their place (rotary positions).
            off: heads whose context is replaced by zeros before W_O: they still look, but hand nothing on.
            instead: matrices ("w_q", "w_k", "w_v", "w_o") to be taken in this run instead of the module's own.

        The other options are `attention`'s: mask, scale and so on.
        """
        w_q, w_k, w_v, w_o = (instead.get(name, own) for name, own in self.matrices().items())
        seen = x if memory is None else memory
        q = split_heads(x @ w_q, self.heads)  # [..., head, query, d_head]
        k = split_heads(seen @ w_k, self.kv_heads)  # [..., kv_head, key, d_head]
        v = split_heads(seen @ w_v, self.kv_heads)  # [..., kv_head, key, d_head]
        if rotate is not None:
            q, k = rotate(q), rotate(k)
        a = attention(q, k, v, **terms)
        concatenated = merge_heads(without_heads(a.context, off))  # [..., token, head · d_head]
        return SelfAttention(**vars(a), concatenated=concatenated, output=concatenated @ w_o)

    def matrices(self) -> dict[str, Tensor]:
        """W_Q, W_K, W_V and W_O, by name."""
        return {"w_q": self.w_q, "w_k": self.w_k, "w_v": self.w_v, "w_o": self.w_o}


def for_each_head(kv: Tensor, q: Tensor) -> Tensor:
    """Keys or values with one head for each head of q (repeated where they are shared)."""
    if q.dim() < 3 or kv.shape[-3] == q.shape[-3]:
        return kv
    return kv.repeat_interleave(q.shape[-3] // kv.shape[-3], dim=-3)


def check_shapes(q: Tensor, k: Tensor, v: Tensor) -> None:
    """Raise `AttnvizError` unless q, k and v can be attended with (as `attention` says)."""
    if q.dim() < 2 or not q.dim() == k.dim() == v.dim():
        raise AttnvizError(f"q, k and v have {q.dim()}, {k.dim()} and {v.dim()} axes; they need the same, 2 or more.")
    if q.shape[-1] != k.shape[-1]:
        raise AttnvizError(f"Queries have {q.shape[-1]} dimensions and keys {k.shape[-1]}; they must be the same.")
    if k.shape[:-1] != v.shape[:-1]:
        raise AttnvizError(f"Keys are {tuple(k.shape[:-1])} and values {tuple(v.shape[:-1])}; one value for each key.")
    if q.dim() > 2 and (k.shape[-3] < 1 or q.shape[-3] % k.shape[-3]):
        raise AttnvizError(f"{k.shape[-3]} key-value heads do not divide {q.shape[-3]} heads.")
