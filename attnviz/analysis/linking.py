"""Which heads link two words? Every head's weight from one to the other, beside what would be there anyway.

A large weight alone says little: a head may look at *cat* from everywhere, or always two words back, or be random.
And where a query may look at one key only, its weight of 1 is the mask's: such a *forced* row is held against nothing,
and nothing is held against it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from attnviz._brief import brief
from attnviz._trace import Trace
from attnviz.analysis._stacked import stacked
from attnviz.analysis.one_query import Rows, rows_of, side_by_side
from attnviz.errors import AttnvizError


@dataclass(frozen=True)
class Link:
    """One head's weight from a query to a key, and three things to hold it against."""

    layer: int
    head: int
    weight: float
    others: float | None  # mean weight on that key from the other queries that may look at it; None: there are none
    position: float | None  # a guess from position alone: its mean weight at that distance, from the other queries
    untrained: float | None = None  # the weight at the same place in the model before training, if that was given
    forced: bool = False  # the query has no choice: it may look at one key at most

    @property
    def stands_out(self) -> float:
        """How far the weight is above both: what the key gets anyway, and what its distance gets anyway. 0 of a forced
        row. (Neither mean has forced rows in it; of weights that are no shares, one below 0 counts as 0.)"""
        if self.forced:
            return 0.0
        return self.weight - max(0.0, self.others or 0.0, self.position or 0.0)


@dataclass(frozen=True, eq=False)
class Sums:
    """Weights added up, and how many there were: a mean from which one's own can be taken out."""

    total: Tensor  # [head, ...]
    count: Tensor  # [head, ...]

    __repr__ = brief

    @property
    def mean(self) -> Tensor:
        """NaN where there were none."""
        return torch.where(self.count > 0, self.total / self.count, torch.nan)

    def without(self, weight: Tensor, counted: Tensor) -> Sums:
        """The same less one weight, where that was counted (True or 1)."""
        return Sums(self.total - weight * counted, self.count - counted.int())


@dataclass(frozen=True, eq=False)
class LinkTables:
    """What the links of any two tokens of a text are held against: made once a text, since it takes all weights."""

    by_key: Sums  # [head of all layers, key]: over all queries that may look at it and at another one
    # [head of all layers, 2 · n - 1], key - query from -(n - 1) to n - 1: over the queries that have such a key and may
    # look at it and at another one; None between two rows of tokens, where there is no distance.
    by_offset: Sums | None

    __repr__ = brief


def link_tables(trace: Trace) -> LinkTables:
    """The tables of a trace."""
    keys, offsets = [], []
    for _, weights, allowed in stacked(trace):
        looks, may = with_choice(weights, allowed)
        keys.append(_by_key(looks, may))
        if trace.has_distance:
            offsets.append(_by_offset(looks, may))
    return LinkTables(_together(keys), _together(offsets) if offsets else None)


def links(
    trace: Trace,
    query: int,
    key: int,
    *,
    untrained: Trace | None = None,
    tables: LinkTables | None = None,
) -> list[Link]:
    """Every head's link from query to key, in the order of the layers.

    `untrained`: the trace of the same text by the model as it was before training (`model.untrained()`). `tables`:
    those of the trace, if they are at hand.

    Raises:
        AttnvizError: no such token, or an untrained trace of another text or model.
    """
    trace.rows.check(query)
    trace.columns.check(key)
    if untrained is not None and _size(trace) != _size(untrained):
        raise AttnvizError("The untrained trace is not of the same text by the same kind of model.")
    before = None if untrained is None else rows_of(side_by_side(untrained), query)
    return links_in(rows_of(side_by_side(trace), query), query, key, tables=tables or link_tables(trace), before=before)


def links_in(rows: Rows, query: int, key: int, *, tables: LinkTables, before: Rows | None = None) -> list[Link]:
    """`links`, from the query's rows in all heads, and in those of the model before training."""
    weight, forced = rows.weights[:, key], rows.allowed.sum(-1) <= 1  # [head of all layers]
    counted = rows.allowed[:, key] & ~forced
    at = key - query + rows.weights.shape[-1] - 1
    others, position = (
        Sums(sums.total[:, place], sums.count[:, place]).without(weight, counted).mean.tolist()
        if sums is not None
        else [math.nan] * len(weight)
        for sums, place in ((tables.by_key, key), (tables.by_offset, at))
    )
    untrained = None if before is None else before.weights[:, key].tolist()
    return [
        Link(i, h, w, _known(others[at]), _known(position[at]), untrained[at] if untrained else None, is_forced)
        for at, ((i, h), w, is_forced) in enumerate(zip(rows.heads, weight.tolist(), forced.tolist(), strict=True))
    ]


def _size(trace: Trace) -> list[tuple[int, int, int]]:
    return [(len(trace.rows), len(trace.columns), layer.heads) for layer in trace.layers]


def links_of(
    weights: Tensor,
    allowed: Tensor,
    query: int,
    key: int,
    *,
    has_choice: Tensor | None = None,
    square: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:
    """For weights [head, query, key], of tokens or merged to words: the weight from query to key, its mean from the
    other queries that may look at the key, and its mean at the same distance from the others; each [head], NaN where
    there are no others. Between two rows of tokens (not `square`) there is no distance: the last is NaN.

    `allowed` [head or 1, query, key] is True where a query may look. `has_choice` [head or 1, query] is True where it
    may look at more than one key; by `allowed` if None, which must then have all keys.

    >>> weights = torch.tensor([[[0.9, 0.1, 0.0], [0.5, 0.2, 0.3], [0.4, 0.6, 0.0]]])
    >>> links_of(weights, torch.ones(1, 3, 3, dtype=torch.bool), query=1, key=0)
    (tensor([0.5000]), tensor([0.6500]), tensor([0.6000]))
    """
    weight = weights[:, query, key]
    weights, allowed = with_choice(weights, allowed, has_choice)
    allowed = allowed.expand(weights.shape)
    counted = allowed[:, query, key]
    column = Sums(weights[:, :, key].sum(-1), allowed[:, :, key].sum(-1))
    if not square:
        return weight, column.without(weight, counted).mean, torch.full_like(weight, torch.nan)
    diagonals = (x.diagonal(offset=key - query, dim1=-2, dim2=-1) for x in (weights, allowed))
    distance = Sums(*(diagonal.sum(-1) for diagonal in diagonals))
    return weight, column.without(weight, counted).mean, distance.without(weight, counted).mean


def with_choice(weights: Tensor, allowed: Tensor, has_choice: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Weights [head, query, key] and where a query may look [head or 1, query, key], without the rows of queries that
    have no choice: 0 and False there. `has_choice` as for `links_of`."""
    free = allowed.sum(-1) > 1 if has_choice is None else has_choice  # [head or 1, query]
    if bool(free.all()):
        return weights, allowed
    return weights * free[..., None], allowed & free[..., None]


def ranked(found: Iterable[Link], by: str = "weight") -> list[Link]:
    """Links, the largest first: by "weight", or by how far it "stands_out".

    Raises:
        AttnvizError: any other order.
    """
    if by not in ("weight", "stands_out"):
        raise AttnvizError(f"Links are ranked by weight or stands_out, not by {by!r}.")
    return sorted(found, key=lambda link: -float(getattr(link, by)))


def _by_key(weights: Tensor, allowed: Tensor) -> Sums:
    return Sums(weights.sum(-2), allowed.sum(-2).expand(len(weights), -1))


def _by_offset(weights: Tensor, allowed: Tensor) -> Sums:
    return Sums(by_offset(weights), by_offset(allowed.float()).round().int().expand(len(weights), -1))


def by_offset(x: Tensor) -> Tensor:
    """[..., n, n] to [..., 2 · n - 1]: the sum of each diagonal, that of offset d at d + n - 1.

    In rows of 2n numbers read as rows of 2n + 1, each starts one place further to the left, and diagonals are columns.

    >>> by_offset(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([3., 5., 2.])
    """
    n = x.shape[-1]
    padded = pad(x, (n - 1, 1, 0, 1)).flatten(-2)  # [..., (n + 1) · 2n]
    skewed = padded[..., : n * (2 * n + 1)].reshape(*x.shape[:-2], n, 2 * n + 1)
    return skewed[..., : 2 * n - 1].sum(-2)


def _together(sums: Sequence[Sums]) -> Sums:
    return Sums(torch.cat([s.total for s in sums]), torch.cat([s.count for s in sums]))


def _known(x: float) -> float | None:
    return None if x != x else x  # NaN is what is not equal to itself
