"""A large matrix of signed numbers made small enough to be drawn, such that what is strong stays visible."""

from __future__ import annotations

import torch
from torch import Tensor


def strongest_pooled(values: Tensor, down: int, across: int) -> Tensor:
    """[row, column] in blocks of `down` by `across`, each become its number of largest magnitude.

    NaN (no number) remains only where a whole block has none.

    >>> strongest_pooled(torch.tensor([[1.0, -3.0], [2.0, torch.nan]]), 2, 2)
    tensor([[-3.]])
    """
    magnitude = values.abs().nan_to_num(-1.0)[None, None]
    _, where = torch.nn.functional.max_pool2d(magnitude, (down, across), ceil_mode=True, return_indices=True)
    return values.flatten()[where[0, 0]]
