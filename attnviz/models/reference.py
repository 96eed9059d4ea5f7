"""Attention weights of the from-scratch transformer by code that is not ours: what its check compares with."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention

from attnviz.models.errors import ModelError
from attnviz.request import Change, Normalized, RowSet


def torch_weights(
    x: Tensor,
    matrices: Mapping[str, Tensor],
    *,
    heads: int,
    mask: Tensor | None,
    scale: float,
    angles: Tensor | None,
    memory: Tensor | None = None,
) -> Tensor:
    """[head, query, key] from x [token, d_model], with W_Q and W_K by name, through torch's own attention
    (`scaled_dot_product_attention`). `memory`: [key, d_model], what is looked at, where it is not x itself.

    torch gives no weights back, only their product with the values: with the identity as values, the weights.
    Rotary positions are complex numbers here: each pair (a, b) is a + bi, and turning it is a product with
    e^(i·angle) (Su et al. 2021, eq. 13). `angles` is [token, d_head / 2], None without rotary positions.
    """
    seen = x if memory is None else memory
    q, k = (
        linear(vectors, matrices[name].T).view(len(vectors), heads, -1).transpose(0, 1)
        for vectors, name in ((x, "w_q"), (seen, "w_k"))
    )
    if angles is not None:
        turn = torch.polar(torch.ones_like(angles), angles)  # [token, d_head / 2]
        q, k = (torch.cat([t.real, t.imag], dim=-1) for t in (_as_complex(q) * turn, _as_complex(k) * turn))
    keys = torch.eye(len(seen), device=x.device).expand(heads, -1, -1)
    return scaled_dot_product_attention(q[None], k[None], keys[None], attn_mask=mask, scale=scale)[0]


def _as_complex(x: Tensor) -> Tensor:
    return torch.complex(*x.chunk(2, dim=-1))


def check_torch_knows(changes: Collection[Change]) -> None:
    """Raise `ModelError` for a run whose weights torch's attention does not compute."""
    if any(isinstance(change, Normalized | RowSet) for change in changes):
        raise ModelError(
            "torch's attention knows the softmax alone, and no row by hand: check a trace of a run "
            "without these changes."
        )
