"""The from-scratch transformer around attention: so far embeddings and positions.

Attention's own equations are in `attnviz/attention.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor


def random_embeddings(ids: Sequence[int], d_model: int, *, seed: int) -> Tensor:
    """[token, d_model]: standard normal vectors, each fixed by the seed and the token's id alone.

    A word has the same vector wherever it stands and whatever stands around it.
    """
    vectors = {i: torch.randn(d_model, generator=torch.Generator().manual_seed(_mixed(seed, i))) for i in set(ids)}
    return torch.stack([vectors[i] for i in ids])


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


def _mixed(seed: int, token_id: int) -> int:
    """One 63-bit seed from two numbers, such that neighbouring seeds share no vectors."""
    digest = hashlib.blake2b(f"{seed}:{token_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
