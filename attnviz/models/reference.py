"""Attention weights of the from-scratch transformer by code that is not ours: what its check compares with."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention

from attnviz.attention import MultiHeadAttention


def torch_weights(
    x: Tensor, module: MultiHeadAttention, *, mask: Tensor | None, scale: float, angles: Tensor | None
) -> Tensor:
    """[head, query, key] from x [token, d_model], through torch's `scaled_dot_product_attention`.

    torch gives no weights back, only their product with the values: with the identity as values, the weights.
    Rotary positions are complex numbers here: each pair (a, b) is a + bi, and turning it is a product with
    e^(i·angle) (Su et al. 2021, eq. 13). `angles` is [token, d_head / 2], None without rotary positions.
    """
    q, k = (linear(x, w.T).view(len(x), module.heads, -1).transpose(0, 1) for w in (module.w_q, module.w_k))
    if angles is not None:
        turn = torch.polar(torch.ones_like(angles), angles)  # [token, d_head / 2]
        q, k = (torch.cat([t.real, t.imag], dim=-1) for t in (_as_complex(q) * turn, _as_complex(k) * turn))
    keys = torch.eye(len(x), device=x.device).expand(module.heads, -1, -1)
    return scaled_dot_product_attention(q[None], k[None], keys[None], attn_mask=mask, scale=scale)[0]


def _as_complex(x: Tensor) -> Tensor:
    return torch.complex(*x.chunk(2, dim=-1))
