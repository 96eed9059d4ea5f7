"""The record: by which rule a layer makes weights of its queries and keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from attnviz._brief import brief

_ROUNDING = 1e-5  # of a sum of weights in float32


@dataclass(frozen=True)
class Rule:
    """All that `attention` takes beside q, k and v: softmax((q·kᵀ · scale + bias + mask) / temperature), or another
    `normalizer` in place of the softmax, and rows of weights by hand in place of what it gives."""

    scale: float
    mask: Tensor | None = None  # [head or 1, query, key], 0 or -inf
    bias: Tensor | None = None  # [head or 1, query, key]
    temperature: float = 1.0
    normalizer: str = "softmax"
    by_hand: Tensor | None = None  # [head, query, key], NaN where the normalizer's weights stay

    __repr__ = brief

    def terms(self) -> dict[str, Any]:
        """As `attention` takes them."""
        return dict(vars(self))

    def of(self, head: int | None, rows: slice | list[int] = slice(None)) -> Rule:
        """The same for one head alone (None: all), and of its queries these rows."""
        mask, bias, by_hand = (_of(x, head, rows) for x in (self.mask, self.bias, self.by_hand))
        return replace(self, mask=mask, bias=bias, by_hand=by_hand)

    @property
    def by_head(self) -> Rule:
        """With a mask that has a dimension of heads, where one of [query, key] is the same for all."""
        return self if self.mask is None or self.mask.dim() == 3 else replace(self, mask=self.mask[None])

    @property
    def added(self) -> tuple[str, ...]:
        """What is added to the scaled scores: "bias" where there are numbers, "mask" where there is -inf."""
        kinds = {kind for x in (self.bias, self.mask) for kind in kinds_of(x)}
        return tuple(kind for kind in ("bias", "mask") if kind in kinds)


def is_share(row: Tensor) -> bool:
    """Whether a row of weights is none below 0 and together 1, but for rounding.

    >>> import torch
    >>> is_share(torch.tensor([0.25, 0.75])), is_share(torch.tensor([1.5, -0.5])), is_share(torch.tensor([0.5, 0.0]))
    (True, False, False)
    """
    return bool((row >= 0).all()) and abs(float(row.double().sum()) - 1) <= _ROUNDING


def kinds_of(added: Tensor | None) -> tuple[str, ...]:
    """Of what is added to scores: "bias" if it has numbers, "mask" if it has -inf; by the numbers themselves, since a
    library may hand over a bias as a mask, and a mask within a bias.

    >>> import torch
    >>> kinds_of(torch.tensor([[0.0, -torch.inf]])), kinds_of(torch.tensor([[0.5, -torch.inf]])), kinds_of(None)
    (('mask',), ('bias', 'mask'), ())
    """
    if added is None:
        return ()
    hidden = added.isneginf()
    return ("bias",) * bool((~hidden & (added != 0)).any()) + ("mask",) * bool(hidden.any())


def _of(x: Tensor | None, head: int | None, rows: slice | list[int]) -> Tensor | None:
    """Of [head or 1, query, key] these rows, of one head or of all."""
    if x is None:
        return None
    return x[:, rows] if head is None else x[0 if x.shape[0] == 1 else head, rows]
