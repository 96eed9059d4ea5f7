"""Attention rollout: where what is in a word's vector came from, through all layers."""

from __future__ import annotations

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.attention import without_heads
from attnviz.errors import AttnvizError
from attnviz.layer import LayerTrace, to_cpu


def has_rollout(trace: Trace) -> bool:
    """Whether there is a rollout: all that a word's vector gets through attention comes from the one row of tokens that
    is read, and weights are shares."""
    return trace.part not in ("decoder", "cross") and trace.shares


def rollout(trace: Trace, *, through: int | None = None) -> Tensor:
    """[layer, query, key]: after each layer (up to `through`, all if None), the share of each word in each other's
    vector.

        A = ½ · (mean of the heads' weights) + ½ · I;    R_layer = A_layer · R_(layer - 1)

    Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3: the half of the identity stands
    for the residual connection, and what values and feed-forward do to the vectors is left out. Rows sum to 1. The
    weights of a head that is switched off count as none.

    Raises:
        AttnvizError: a decoder that also looks at a source, or its cross-attention: what is in a word's vector came
            from two rows of tokens, and this is a sum over one. Or weights that are no shares: of what they are shares
            of, this is a sum. Or no such layer.
    """
    if not trace.shares:
        raise AttnvizError("There is no rollout of this run: it adds up shares, and its weights are none.")
    if not has_rollout(trace):
        raise AttnvizError("There is no rollout of a decoder that also looks at a source: it adds up one row of words.")
    if through is not None:
        trace.shape.check_layer(through, trace.part)
    n = len(trace)
    rolled = torch.eye(n)
    steps = []
    for i, layer in enumerate(trace.layers[: None if through is None else through + 1]):
        mean = _mean_weights(layer, trace.heads_off(i))  # [query, key]
        mixed = mean + torch.eye(n)
        rolled = mixed / mixed.sum(-1, keepdim=True) @ rolled  # a row without any weight stays itself
        steps.append(rolled)
    return torch.stack(steps)


def _mean_weights(layer: LayerTrace, off: set[int]) -> Tensor:
    """[query, key]: the mean of the heads' weights, none of those that are off."""
    if not layer.is_long:
        return without_heads(to_cpu(layer.weights), off).mean(0)
    total = torch.zeros(layer.q.shape[1], layer.k.shape[1])
    for head in set(range(layer.heads)) - off:
        total += to_cpu(layer.weights_of(head))
    return total / layer.heads
