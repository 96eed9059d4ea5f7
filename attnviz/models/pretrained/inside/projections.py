"""How a layer of a pretrained model makes its queries, keys and values of X, found in a run: X, and the matrices.

Names in code do not tell it surely (one layer may make all three, in any order): the numbers of a run do. So what is
given here was seen to make the very vectors that were compared, and all else is not known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from attnviz.models.parameters import LayerParameters
from attnviz.models.pretrained.inside.probe import Seen, matrix_of
from attnviz.models.pretrained.inside.recording import Call

CLOSE = 1e-5  # how near X·W + b comes to the vectors that were compared, of the largest of them (or of 1)

Made = tuple[Tensor, Tensor, Tensor | None]  # X [token, d_model], W [d_model, vector · d], b [vector · d]


def made_of(call: Call, seen: Seen, time: int) -> tuple[Tensor, LayerParameters] | None:
    """X, [token, d_model], and W_Q, W_K, W_V with their biases; None where the vectors that were compared are not
    X·W + b. `time`: how often its module was called before, in a model whose layers share one."""
    found = {name: _made_of(getattr(call, name), call.module, seen, time) for name in ("q", "k", "v")}
    q, k, v = found.values()
    if q is None or k is None or v is None or not (torch.equal(q[0], k[0]) and torch.equal(q[0], v[0])):
        return None
    matrices: dict[str, Any] = {f"w_{name}": one[1] for name, one in found.items() if one is not None}
    biases: dict[str, Any] = {f"b_{name}": one[2] for name, one in found.items() if one is not None}
    return q[0], replace(LayerParameters(), **matrices, **biases)


def _made_of(vectors: Tensor, attention: nn.Module, seen: Seen, time: int) -> Made | None:
    """What makes these vectors, [head, token, d]: the columns of a linear layer, in the order of the heads."""
    heads, tokens, d = vectors.shape
    for linear in attention.modules():
        matrix, bias = matrix_of(linear), getattr(linear, "bias", None)
        if matrix is None or time >= len(seen.made[linear]) or matrix.shape[1] % d:
            continue
        x, made = seen.given[linear][time][0], seen.made[linear][time][0]  # of a batch of one
        if x.shape != (tokens, matrix.shape[0]):
            continue
        blocks = made.reshape(tokens, -1, d)  # [token, vector, d]
        nearest = torch.cdist(vectors[:, 0], blocks[0]).argmin(-1)  # [head]: the vector that is the first token's
        columns = (nearest[:, None] * d + torch.arange(d, device=nearest.device)).flatten()  # [head · d]
        own = None if bias is None else bias[columns]
        product = x @ matrix[:, columns] + (0.0 if own is None else own)
        wanted = vectors.transpose(0, 1).reshape(tokens, heads * d)
        if bool((product - wanted).abs().max() <= CLOSE * wanted.abs().max().clamp(min=1.0)):
            return x, matrix[:, columns], own
    return None
