"""Where a word stands, as numbers: added to its vector (sinusoidal) or turned into its query and key (rotary)."""

from __future__ import annotations

import torch
from torch import Tensor

ROTARY_BASE = 1000.0  # wavelengths 2π to about 1000·2π: sentences are short here, the papers' 10000 is for long texts
GRID_BASE = 100.0  # of rows and columns, which are few


def sinusoidal_positions(n: int, d_model: int) -> Tensor:
    """[token, d_model]: sines and cosines of wavelengths 2π to 10000·2π (Vaswani et al. 2017, section 3.5).

        PE(pos, 2i) = sin(pos / 10000^(2i/d_model))    PE(pos, 2i+1) = cos(the same)

    >>> sinusoidal_positions(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    place = torch.arange(n, dtype=torch.float64)[:, None]
    rate = 10000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angles = place * rate  # [token, ⌈d_model / 2⌉]
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)  # sin, cos, sin, cos, …
    return waves[:, :d_model].float()


def rotary_angles(n: int, d_head: int, *, base: float = ROTARY_BASE) -> Tensor:
    """[token, d_head / 2]: by how much each pair of numbers is turned at each place, in radians.

        angle(pos, i) = pos · base^(-2i/d_head)      (Su et al. 2021, "RoFormer", section 3.2.2)

    >>> rotary_angles(3, 4, base=100.0)
    tensor([[0.0000, 0.0000],
            [1.0000, 0.1000],
            [2.0000, 0.2000]])
    """
    rate = base ** (-torch.arange(0, d_head, 2, dtype=torch.float64) / d_head)
    return (torch.arange(n, dtype=torch.float64)[:, None] * rate).float()


def grid_angles(rows: int, columns: int, d_head: int, *, base: float = GRID_BASE) -> Tensor:
    """[row · column, d_head / 2]: the same on a grid, read row by row. The first half of the pairs is turned by the
    row, the second half by the column (Heo et al. 2024, "Rotary Position Embedding for Vision Transformer").

    >>> grid_angles(2, 2, 8, base=100.0)
    tensor([[0.0000, 0.0000, 0.0000, 0.0000],
            [0.0000, 0.0000, 1.0000, 0.1000],
            [1.0000, 0.1000, 0.0000, 0.0000],
            [1.0000, 0.1000, 1.0000, 0.1000]])
    """
    down, across = (rotary_angles(n, d_head // 2, base=base) for n in (rows, columns))
    return torch.cat([down.repeat_interleave(columns, 0), across.repeat(rows, 1)], dim=-1)


def rotated(x: Tensor, angles: Tensor) -> Tensor:
    """Queries or keys [..., token, d_head], each pair (x_i, x_{i + d_head/2}) turned by its angle.

    The dot product of a query and a key so turned depends on their distance only, not on where they stand
    (Su et al. 2021, eq. 16). `angles` is [token, d_head / 2].

    >>> rotated(torch.tensor([[1.0, 0.0]]), torch.tensor([[torch.pi / 2]])).abs().round()
    tensor([[0., 1.]])
    """
    first, second = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
