"""Large matrices made small enough to be drawn, such that what is strong stays visible."""

from __future__ import annotations

import torch
from torch import Tensor


def max_pooled(weights: Tensor, size: int) -> Tensor:
    """[..., query, key] to at most [..., size, size], each cell the largest of the block it stands for.

    The largest, not the mean: a sharp head stays visible.

    >>> max_pooled(torch.tensor([[1.0, 0, 0], [0, 2, 0], [0, 0, 3]]), 2)
    tensor([[2., 0.],
            [0., 3.]])
    """
    n, m = weights.shape[-2:]
    if max(n, m) <= size:
        return weights
    block = (-(-n // size), -(-m // size))
    pooled = torch.nn.functional.max_pool2d(weights.reshape(-1, 1, n, m), block, ceil_mode=True)
    return pooled.reshape(*weights.shape[:-2], *pooled.shape[-2:])


def strongest_pooled(values: Tensor, down: int, across: int) -> Tensor:
    """[row, column] in blocks of `down` by `across`, each become its number of largest magnitude.

    NaN (no number) remains only where a whole block has none.

    >>> strongest_pooled(torch.tensor([[1.0, -3.0], [2.0, torch.nan]]), 2, 2)
    tensor([[-3.]])
    """
    magnitude = values.abs().nan_to_num(-1.0)[None, None]
    _, where = torch.nn.functional.max_pool2d(magnitude, (down, across), ceil_mode=True, return_indices=True)
    return values.flatten()[where[0, 0]]
