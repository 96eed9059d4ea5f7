"""One query in all heads of all layers: what a choice of a word asks for, without the n² numbers of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz._trace import Trace
from attnviz.attention import (
    dot_products,
    for_each_head,
    masked_scores,
    normalized,
    scaled_scores,
    with_rows_by_hand,
)
from attnviz.heads import LayerHead
from attnviz.layer import LayerTrace, to_cpu


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Layers of one kind, with all their keys in one piece: to be computed as if they were one layer.

    A choice computes little, and each step of it costs a fixed time: six layers at once take a sixth of the steps.
    """

    layers: tuple[LayerTrace, ...]
    keys: Tensor  # [head of all these layers, key, d_head]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Rows:
    """One query in all heads of all layers, on the CPU."""

    heads: tuple[LayerHead, ...]  # layer and head of each row
    weights: Tensor  # [head of all layers, key]
    allowed: Tensor  # [head of all layers, key]: whether the query may look there

    __repr__ = brief

    def of(self, layer: int, head: int) -> Tensor:
        """The query's weights in one head, [key]."""
        return self.weights[self.heads.index((layer, head))]


def side_by_side(trace: Trace) -> tuple[SideBySide, ...]:
    """The layers of a trace, those that follow one another and are alike together."""
    alike = (tuple(group) for _, group in groupby(trace.layers, key=_kind))
    return tuple(SideBySide(layers, torch.cat([for_each_head(one.k, one.q) for one in layers])) for layers in alike)


def rows_of(layers: Sequence[SideBySide], query: int) -> Rows:
    """One query in all heads of all layers."""
    masked = [_masked(group, query) for group in layers]
    weights = [_weights(x, group, query) for x, group in zip(masked, layers, strict=True)]
    row, logits = (torch.cat([to_cpu(x[:, 0]) for x in step]) for step in (weights, masked))
    every = enumerate(layer for group in layers for layer in group.layers)
    heads = tuple((i, head) for i, layer in every for head in range(layer.heads))
    return Rows(heads, row, ~logits.isneginf())


def _kind(layer: LayerTrace) -> tuple[object, ...]:
    """What layers must share to stand side by side."""
    return layer.heads, layer.d_head, layer.scale, layer.temperature, layer.normalizer, layer.q.device


def _masked(group: SideBySide, query: int) -> Tensor:
    """Masked scores of one query, [head of these layers, 1, key]."""
    at = slice(query, query + 1)
    queries = torch.cat([layer.q[:, at] for layer in group.layers])
    bias, mask = (_added(group, [getattr(layer, name) for layer in group.layers], at) for name in ("bias", "mask"))
    return masked_scores(scaled_scores(dot_products(queries, group.keys), group.layers[0].scale, bias), mask)


def _weights(masked: Tensor, group: SideBySide, query: int) -> Tensor:
    """Weights of one query, [head of these layers, 1, key], from its masked scores."""
    first = group.layers[0]
    weights = normalized(masked, first.normalizer, first.temperature)
    if all(layer.by_hand is None for layer in group.layers):
        return weights
    by_hand = [layer.by_hand for layer in group.layers]
    shape, nothing = (first.heads, 1, masked.shape[-1]), masked.new_full((), torch.nan)
    at = slice(query, query + 1)
    return with_rows_by_hand(weights, torch.cat([(nothing if x is None else x[:, at]).expand(shape) for x in by_hand]))


def _added(group: SideBySide, added: Sequence[Tensor | None], at: slice) -> Tensor | None:
    """What is added to each layer's scores, [head or 1, query, key], of one query and side by side."""
    if all(x is None for x in added):
        return None
    shape = (group.layers[0].heads, 1, group.keys.shape[1])
    nothing = group.keys.new_zeros(())
    return torch.cat([(nothing if x is None else x[:, at]).expand(shape) for x in added])
