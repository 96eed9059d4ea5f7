"""Attention of which only a part is computed: each query meets the keys near it, and the rest is never made.

A mask computes all n² scores and throws most of them away. Here tokens are laid out in blocks first, so that time and
memory grow with n · width. What is done with a block are the five equations of `attention.py`: this module only says
which queries meet which keys, and puts the results back in their order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.attention import (
    check_shapes,
    dot_products,
    for_each_head,
    masked_scores,
    row_softmax,
    scaled_scores,
    weighted_values,
)
from attnviz.errors import AttnvizError


@dataclass(frozen=True, eq=False)
class Layout:
    """Which token stands where in the blocks. Places below 0, or from n on, are filling: no token stands there.

    A class holds every step-th token: these meet. A block of queries meets three blocks of keys: the one before it,
    its own, and the one after it.
    """

    queries: Tensor  # [class, block, query], the place of each in the text
    keys: Tensor  # [class, block, key]: three times as many
    allowed: Tensor  # [class, block, query, key] of booleans: whether that query may look at that key

    __repr__ = brief

    def mask(self, dtype: torch.dtype) -> Tensor:
        """0 where a query may look and -inf elsewhere. Filling looks at itself, so that no row is empty."""
        itself = self.queries[..., :, None] == self.keys[..., None, :]
        hidden = ~(self.allowed | itself)
        return torch.zeros(hidden.shape, dtype=dtype, device=hidden.device).masked_fill_(hidden, -math.inf)


@dataclass(frozen=True, eq=False)
class BlockAttention:
    """What attention by blocks leaves behind. Of the weights there is only what was computed."""

    weights: Tensor  # [..., head, class, block, query, key]; each row sums to 1, that of filling too
    context: Tensor  # [..., head, query, d_value]
    layout: Layout

    __repr__ = brief

    def dense(self) -> Tensor:
        """The weights as [..., head, query, key], with a zero for each that was not computed: n² numbers again."""
        n, allowed = self.context.shape[-2], self.layout.allowed
        queries = self.layout.queries[..., :, None].expand(allowed.shape)
        keys = self.layout.keys[..., None, :].expand(allowed.shape)
        dense = self.weights.new_zeros(*self.weights.shape[:-4], n, n)
        dense[..., queries[allowed], keys[allowed]] = self.weights[..., allowed]
        return dense


def windowed_attention(q: Tensor, k: Tensor, v: Tensor, *, width: int, scale: float | None = None) -> BlockAttention:
    """Each query looks at the keys up to `width` tokens away, before and after it.

    The same numbers as `attention` with the mask `Masked("window", width)`, but computed by blocks: `width` queries at
    a time meet the 3 · `width` keys around them, so 3 · n · width scores are made instead of n².

    Args:
        q, k, v: as of `attention`, of one and the same row of tokens.
        width: how far a query looks, in tokens.
        scale: factor on the scores; 1/√d_head if None.

    Raises:
        AttnvizError: shapes that do not belong together, no tokens, or a width that is no whole number from 1.

    Source: Beltagy et al. 2020, "Longformer: The Long-Document Transformer", section 3.1 (sliding window). Their w is
    both sides together.

    Three tokens with equal keys: the first sees two of them, the second all three.

    >>> windowed_attention(torch.zeros(3, 1), torch.zeros(3, 1), torch.tensor([[0.0], [6.0], [9.0]]), width=1).context
    tensor([[3.0000],
            [5.0000],
            [7.5000]])
    """
    return dilated_attention(q, k, v, width=width, step=1, scale=scale)


def dilated_attention(
    q: Tensor, k: Tensor, v: Tensor, *, width: int, step: int, scale: float | None = None
) -> BlockAttention:
    """Each query looks at every `step`-th token from its own place on, up to `width` tokens away.

    The same numbers as `attention` with the mask `Masked("dilated", width, step)`. Tokens meet only those whose place
    leaves the same rest when divided by `step`; so each such class is a windowed attention among itself, of
    `width // step` neighbours to each side.

    Every token gets a context, from its own class; classes never meet, however many layers there are. LongNet (Ding et
    al. 2023, "LongNet: Scaling Transformers to 1,000,000,000 Tokens", section "Dilated Attention") does it otherwise:
    it cuts the text into segments and computes full attention among every r-th token of a segment. A token that is not
    chosen gets nothing there (its rows are zero), so LongNet mixes several segment lengths and steps, and shifts the
    choice from head to head, until each token is chosen somewhere.

    Args:
        q, k, v: as of `attention`, of one and the same row of tokens.
        width: how far a query looks, in tokens.
        step: the distance of two tokens that it looks at.
        scale: factor on the scores; 1/√d_head if None.

    Raises:
        AttnvizError: shapes that do not belong together, no tokens, or a width or step that is no whole number from 1.

    Source: Beltagy et al. 2020, section 3.1 (dilated sliding window).

    Four tokens with equal keys: the first and the third meet, and the second and the fourth.

    >>> v = torch.tensor([[0.0], [1.0], [4.0], [9.0]])
    >>> dilated_attention(torch.zeros(4, 1), torch.zeros(4, 1), v, width=2, step=2).context
    tensor([[2.],
            [5.],
            [2.],
            [5.]])
    """
    check_shapes(q, k, v)
    n = q.shape[-2]
    if n != k.shape[-2] or n < 1:
        raise AttnvizError(f"{n} queries, {k.shape[-2]} keys: a window is among the tokens of one row, at least one.")
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    placed = layout(n, width=width, step=step, device=q.device)
    queries = _laid_out(q, placed.queries)  # [..., head, class, block, query, d_head]
    keys = _laid_out(for_each_head(k, q), placed.keys)  # [..., head, class, block, key, d_head]
    values = _laid_out(for_each_head(v, q), placed.keys)  # [..., head, class, block, key, d_value]
    scaled = scaled_scores(dot_products(queries, keys), scale)  # [..., head, class, block, query, key]
    weights = row_softmax(masked_scores(scaled, placed.mask(q.dtype)), may_be_empty=False)
    return BlockAttention(weights, _in_order(weighted_values(weights, values), placed.queries, n), placed)


def block_shape(n: int, *, width: int, step: int = 1) -> tuple[int, int, int]:
    """How many classes, how many blocks in each, how many queries in a block.

    Raises:
        AttnvizError: a width or step that is no whole number from 1.

    >>> block_shape(10, width=4), block_shape(10, width=4, step=2), block_shape(3, width=100)
    ((1, 3, 4), (2, 3, 2), (1, 1, 3))
    """
    for name, value in (("width", width), ("step", step)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise AttnvizError(f"The {name} of a window is a whole number from 1, not {value!r}.")
    classes = max(1, min(step, n))  # with more, no two tokens meet, as with n
    members = -(-n // classes)  # of the largest class
    neighbours = width // step  # that a query sees to each side
    size = max(1, min(neighbours, members))  # a block is never longer than its class
    return classes, -(-members // size), size


def layout(n: int, *, width: int, step: int = 1, device: torch.device | None = None) -> Layout:
    """The blocks in which n tokens meet those up to `width` away, in steps of `step`.

    Raises:
        AttnvizError: a width or step that is no whole number from 1.

    Three tokens, each of which sees its neighbours: three blocks of one query and three keys.

    >>> layout(3, width=1).keys
    tensor([[[-1,  0,  1],
             [ 0,  1,  2],
             [ 1,  2,  3]]])
    """
    classes, blocks, size = block_shape(n, width=width, step=step)
    starts = torch.arange(blocks, device=device)[:, None] * size  # [block, 1], in a class
    first = torch.arange(classes, device=device)[:, None, None]  # [class, 1, 1]: the first token of each class
    queries = first + classes * (starts + torch.arange(size, device=device))  # [class, block, query]
    keys = first + classes * (starts + torch.arange(-size, 2 * size, device=device))  # [class, block, key]
    within = torch.arange(size, device=device)[:, None] - torch.arange(-size, 2 * size, device=device)  # [query, key]
    near = classes * within.abs() <= min(width, n)  # the same in every block
    is_token = (queries < n)[..., :, None] & ((keys >= 0) & (keys < n))[..., None, :]
    return Layout(queries, keys, is_token & near)


def _laid_out(x: Tensor, places: Tensor) -> Tensor:
    """[..., token, d] to [..., class, block, place, d]. Filling repeats some token: the mask hides it."""
    taken = x.index_select(-2, places.clamp(0, x.shape[-2] - 1).flatten())
    return taken.reshape(*x.shape[:-2], *places.shape, x.shape[-1])


def _in_order(context: Tensor, queries: Tensor, n: int) -> Tensor:
    """[..., class, block, query, d] to [..., token, d], as the text has them."""
    order = queries.flatten().argsort()[:n]  # each place comes once; the filling comes last
    return context.flatten(-4, -2).index_select(-2, order)
