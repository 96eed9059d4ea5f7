"""Large matrices made small enough to be drawn, such that what is strong stays visible."""

from __future__ import annotations

import torch
from torch import Tensor

PICTURE = 40  # most cells along a side of a head's small picture


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
    return _largest(_largest(weights, block_of(n, size), -2), block_of(m, size), -1)


def block_of(n: int, size: int) -> int:
    """How many of n rows one of at most `size` cells stands for.

    >>> block_of(81, 40), block_of(40, 40)
    (3, 1)
    """
    return -(-n // size)


def _largest(x: Tensor, block: int, dim: int) -> Tensor:
    """The largest of every `block` numbers along a dimension counted from the end, the last block perhaps shorter.
    (Down first, whole rows at a time: torch's max_pool2d takes three times as long on a core.)"""
    whole = x.shape[dim] // block * block
    blocks: Tensor = x.narrow(dim, 0, whole).unflatten(dim, (-1, block))  # type: ignore[no-untyped-call]
    found = blocks.amax(dim)
    if whole == x.shape[dim]:
        return found
    return torch.cat([found, x.narrow(dim, whole, x.shape[dim] - whole).amax(dim, keepdim=True)], dim)


def strongest_pooled(values: Tensor, down: int, across: int) -> Tensor:
    """[row, column] in blocks of `down` by `across`, each become its number of largest magnitude.

    NaN (no number) remains only where a whole block has none.

    >>> strongest_pooled(torch.tensor([[1.0, -3.0], [2.0, torch.nan]]), 2, 2)
    tensor([[-3.]])
    """
    magnitude = values.abs().nan_to_num(-1.0)[None, None]
    _, where = torch.nn.functional.max_pool2d(magnitude, (down, across), ceil_mode=True, return_indices=True)
    return values.flatten()[where[0, 0]]
