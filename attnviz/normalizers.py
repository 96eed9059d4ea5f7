"""From scores to weights, row by row: the softmax, and what else has been tried in its place.

Each takes masked scores [..., query, key] and a temperature, and gives weights of the same shape, 0 where a query may
not look (-inf); a row that sees nothing is all zeros.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from attnviz.errors import AttnvizError


def row_softmax(masked: Tensor, temperature: float = 1.0, *, may_be_empty: bool = True) -> Tensor:
    """Weights from masked scores: positive, each row sums to 1; a row of -inf alone gives zeros.

    `may_be_empty=False` says that no row is all -inf and saves looking.

    Raises:
        AttnvizError: a temperature that is not positive.

    >>> row_softmax(torch.tensor([[0.0, 0.0], [0.0, -math.inf], [-math.inf, -math.inf]]))
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000],
            [0.0000, 0.0000]])
    """
    if not temperature > 0:
        raise AttnvizError(f"The softmax temperature must be above 0, not {temperature}.")
    logits = masked if temperature == 1.0 else masked / temperature
    empty = logits.amax(dim=-1, keepdim=True) == -math.inf if may_be_empty else None  # [..., query, 1]
    if empty is None or not empty.any():  # the rule; to fill rows costs more than the softmax
        return torch.softmax(logits, dim=-1)
    # Filling before the softmax, not after it, keeps NaN out of the gradient as well.
    return torch.softmax(logits.masked_fill(empty, 0.0), dim=-1).masked_fill(empty, 0.0)


def row_relu(masked: Tensor, temperature: float = 1.0) -> Tensor:
    """max(0, x) / n, where n is how many keys the query may look at; rows need not sum to 1.

    Source: Wortsman et al. 2023, "Replacing softmax with ReLU in Vision Transformers".

    >>> row_relu(torch.tensor([[3.0, -1.0, -math.inf]]))
    tensor([[1.5000, 0.0000, 0.0000]])
    """
    x, seen, n = _seen(masked, temperature)
    return torch.relu(x).masked_fill(~seen, 0.0) / n


def row_polynomial(masked: Tensor, temperature: float = 1.0) -> Tensor:
    """x³ / √n, where n is how many keys the query may look at; may be negative, and rows need not sum to 1.

    Source: Saratchandran et al. 2024, "Rethinking attention: polynomial alternatives to softmax".

    >>> row_polynomial(torch.tensor([[2.0, -1.0, 0.0, 1.0, -math.inf]]))
    tensor([[ 4.0000, -0.5000,  0.0000,  0.5000,  0.0000]])
    """
    x, seen, n = _seen(masked, temperature)
    return x.masked_fill(~seen, 0.0) ** 3 / n.sqrt()


def row_hard(masked: Tensor, temperature: float = 1.0) -> Tensor:
    """1 at the largest score, at the first of equal ones, and 0 elsewhere: the softmax as the temperature goes to 0.

    >>> row_hard(torch.tensor([[1.0, 2.0, 2.0], [-math.inf, -math.inf, -math.inf]]))
    tensor([[0., 1., 0.],
            [0., 0., 0.]])
    """
    x, seen, _ = _seen(masked, temperature)
    return torch.zeros_like(x).scatter(-1, x.argmax(-1, keepdim=True), 1.0).masked_fill(~seen, 0.0)


NORMALIZERS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "softmax": row_softmax,
    "relu": row_relu,
    "polynomial": row_polynomial,
    "hard": row_hard,
}
SHARING = frozenset({"softmax", "hard"})  # those whose rows are shares: none below 0, together 1


def normalized(
    masked: Tensor, normalizer: str = "softmax", temperature: float = 1.0, *, may_be_empty: bool = True
) -> Tensor:
    """Weights from masked scores, by one of `NORMALIZERS`; 0 where a query may not look. `may_be_empty` as in
    `row_softmax`.

    Raises:
        AttnvizError: no such normalizer, or a temperature that is not positive.
    """
    if normalizer == "softmax":
        return row_softmax(masked, temperature, may_be_empty=may_be_empty)
    check_normalizer(normalizer)
    return NORMALIZERS[normalizer](masked, temperature)


def check_normalizer(normalizer: str) -> None:
    """Raise `AttnvizError` for a normalizer that there is not."""
    if normalizer not in NORMALIZERS:
        raise AttnvizError(f"Weights are made of scores by {', '.join(NORMALIZERS)}, not by {normalizer!r}.")


def _seen(masked: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor]:
    """Scores over the temperature, [..., query, key]; where they are not -inf; and how many that are, at least 1,
    [..., query, 1]."""
    if not temperature > 0:
        raise AttnvizError(f"The softmax temperature must be above 0, not {temperature}.")
    seen = ~masked.isneginf()
    return masked / temperature, seen, seen.sum(-1, keepdim=True).clamp(min=1).to(masked.dtype)
