"""Weights that are cut: who may no longer look at whom, in which head of which layer.

A cut is made where a mask is made, before the softmax: the score becomes -inf, the weight 0, and the rest of the row
shares what was there. Geva et al. 2023, "Dissecting Recall of Factual Associations in Auto-Regressive Language Models",
call it attention knockout.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from attnviz.errors import AttnvizError


@dataclass(frozen=True)
class Cut:
    """What is cut; None means every one.

    `Cut(5, 11, 8, 2)` cuts one weight: head 11 of layer 5, from token 8 to token 2. `Cut(key=2)` switches token 2 off:
    nobody may look at it, anywhere.
    """

    layer: int | None = None
    head: int | None = None
    query: int | None = None
    key: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise AttnvizError(f"A cut's {field.name} is a whole number from 0, or None for all, not {value!r}.")


def cut_mask(
    mask: Tensor | None,
    cuts: Collection[Cut],
    *,
    layer: int,
    heads: int,
    tokens: int,
    device: torch.device | None = None,
) -> Tensor | None:
    """A layer's mask with the cuts that concern it: [..., head or 1, query, key], 0 or -inf; as it was if none does.

    Args:
        mask: [query, key], [head or 1, query, key], the same with a batch in front, or None.
        layer: whose mask it is; `heads` and `tokens` are how many it has.
        device: where the new mask is needed; the mask's own if there is one.

    Raises:
        AttnvizError: a head or token that is not there.

    >>> cut_mask(None, [Cut(key=1)], layer=0, heads=2, tokens=2)
    tensor([[[0., -inf],
             [0., -inf]]])
    """
    here = [cut for cut in cuts if cut.layer in (None, layer)]
    if not here:
        return mask
    for cut in here:
        _check("head", cut.head, heads)
        _check("token", cut.query, tokens)
        _check("token", cut.key, tokens)
    old = torch.zeros(1, tokens, tokens, device=device) if mask is None else mask
    # One mask for all heads unless the cuts tell heads apart.
    count = heads if any(cut.head is not None for cut in here) or (old.dim() > 2 and old.shape[-3] > 1) else 1
    new = old.broadcast_to(*old.shape[:-3], count, tokens, tokens).clone()
    for cut in here:
        head, query, key = (slice(None) if i is None else i for i in (cut.head, cut.query, cut.key))
        new[..., head, query, key] = -math.inf
    return new


def check_layers(cuts: Collection[Cut], layers: int) -> None:
    """Raise `AttnvizError` for a cut in a layer that is not there, and for what is no cut."""
    for cut in cuts:
        if not isinstance(cut, Cut):
            raise AttnvizError(f"Weights are cut by attnviz.Cut(layer, head, query, key), not by {cut!r}.")
        _check("layer", cut.layer, layers)


def _check(name: str, index: int | None, count: int) -> None:
    if index is not None and index >= count:
        raise AttnvizError(f"There is no {name} {index} to cut: there are {name}s 0 to {count - 1}.")
