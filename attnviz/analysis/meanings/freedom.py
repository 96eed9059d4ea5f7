"""The part of a row of weights that cannot change anything: what a head hands on would be the same without it.

Brunner et al. 2020, "On Identifiability in Transformers", section 3: a head hands on a·V, which has d_value numbers.
Where a row has more weights than that, other rows give the very same a·V, and no one can tell which it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz._trace import Trace

MOST_SPENT = 128  # keys that lose their weight on the way to the furthest row: on a long text it ends there
_LITTLE = 1e-6  # of a length: a direction that is too short to go along
_NOTHING = 1e-10  # of the longest column: what is left of one that the others make up, in float64


@dataclass(frozen=True, eq=False)
class Freedom:
    """A row of weights, and how it could be another with the same context and the same sum. All in float64, [key]; keys
    that the query may not look at have 0 everywhere.

    With T = [V, 1], a column for each number of the values and one of ones: a + z has the same context and sum where
    z·T = 0, so z is in the left null space of T.
    """

    layer: int
    head: int
    query: int
    row: Tensor  # the weights a
    values: Tensor  # [key, d_value], the values V
    seen: Tensor  # True where the query may look
    effective: Tensor  # what of the row has an effect: its orthogonal projection on the columns of T
    null: Tensor  # the rest, row - effective: it adds nothing to context or sum
    rank: int  # how many columns of T are independent: d_value + 1, or fewer

    __repr__ = brief

    @property
    def free(self) -> int:
        """In how many directions the row may move: keys that are seen, less the rank; 0: it is the only one."""
        return int(self.seen.sum()) - self.rank

    @property
    def share(self) -> float:
        """How much of the row's length changes nothing: ‖null‖ / ‖row‖."""
        length = float(self.row.norm())
        return float(self.null.norm()) / length if length else 0.0

    @cached_property
    def furthest(self) -> Tensor:
        """A row far away with the same context and sum, in which no weight has changed its sign: of shares, none is
        below 0. It has at most as many weights that are not 0 as the rank (Carathéodory's theorem), or `MOST_SPENT`
        fewer than the row.

        It is found step by step, not by trying all: first away from the null part, then on away from the row, each time
        in the null space of the keys that still have weight, and as far as until one of them has none left. Further
        away there may be another.
        """
        moved, support = self.row.clone(), self.seen & (self.row != 0)
        table = _with_ones(self.values)
        for _ in range(MOST_SPENT):
            away = moved - self.row
            wanted = away if bool(away.any()) else -self.row
            step = _left_null(table, wanted, support)[0]
            towards_0 = step * moved < 0
            if step.norm() <= _NOTHING * self.row.norm() or not bool(towards_0.any()):
                break
            steps = torch.where(towards_0, -moved / torch.where(towards_0, step, 1.0), torch.inf)
            spent = int(steps.argmin())
            moved = moved + steps[spent] * step
            moved[spent] = 0.0
            support[spent] = False
        return moved

    def moved(self, step: float = 1.0) -> Tensor:
        """A row with the same context and sum: `step` of the way to `furthest`, 1 all of it; in between, no weight
        changes its sign. The row itself where there is no freedom."""
        return self.row + step * (self.furthest - self.row)

    def apart(self, share: float = 0.5) -> Tensor:
        """A row with the same context and sum, `share` of the row's length away from it, weights below 0 allowed: then
        no softmax gives it, and it does the same all the same. Against the null part, or where the row has none along
        the first other direction there is. The row itself where there is no freedom."""
        if not self.free:
            return self.row.clone()
        size = float(self.row.norm())
        away = -self.null
        for key in self.row.argsort(stable=True):  # the least weights first
            if away.norm() > _LITTLE * size:
                break
            if self.seen[key]:
                away = self.along(torch.eye(len(self.row))[key]) * size
        moved: Tensor = self.row + away * (share * size / float(away.norm()))
        return moved

    def along(self, direction: Tensor) -> Tensor:
        """What of a direction [key] changes nothing: its part in the left null space of T. The row plus any multiple of
        it has the same context and sum, though weights may fall below 0."""
        return _left_null(_with_ones(self.values), direction.double().cpu(), self.seen)[0]


def freedom(trace: Trace, layer: int, head: int, query: int) -> Freedom:
    """How far a row of weights could be another and the head hand on the same.

    There is none where the query may look at no more keys than the rank of [V, 1], which is d_value + 1 or less: then
    `null` is 0 and `free` is 0.

    Raises:
        AttnvizError: no such layer, head or query.
    """
    trace.rows.check(query)
    record = trace.layer(layer, head, trace.part)
    weights = record.head(head, query).weights[0].double().cpu()
    values = record.v[record.kv_head(head)].double().cpu()
    allowed = record.allowed
    seen = allowed[head if len(allowed) > 1 else 0, query].cpu()
    null, rank = _left_null(_with_ones(values), weights, seen)
    return Freedom(layer, head, query, weights, values, seen, weights - null, null, rank)


def _with_ones(values: Tensor) -> Tensor:
    """T = [V, 1], [key, d_value + 1]."""
    return torch.cat([values, values.new_ones(len(values), 1)], dim=1)


def _left_null(table: Tensor, row: Tensor, among: Tensor) -> tuple[Tensor, int]:
    """The part of a row [key] that is orthogonal to all columns of a table [key, column], and how many of these are
    independent; of these keys alone, 0 at the others."""
    basis = independent(table[among])
    own = row[among]
    for _ in range(2):  # the second time takes away what rounding has left
        own = own - basis @ (basis.T @ own)
    null = torch.zeros_like(row)
    null[among] = own
    return null, basis.shape[1]


def independent(columns: Tensor) -> Tensor:
    """[key, column] to [key, rank]: orthonormal columns that span the same, by Gram and Schmidt's method, the longest
    of what is left first, each made orthogonal twice (Björck 1967; Giraud et al. 2005).

    >>> independent(torch.tensor([[2.0, 4.0], [0.0, 0.0], [0.0, 0.0]], dtype=torch.float64))
    tensor([[1.],
            [0.],
            [0.]], dtype=torch.float64)
    """
    rest, found = columns.clone(), columns.new_zeros(columns.shape[0], 0)
    least = _NOTHING * float(columns.norm(dim=0).max()) if columns.numel() else 0.0
    for _ in range(min(columns.shape)):
        lengths = rest.norm(dim=0)
        longest = int(lengths.argmax())
        column = rest[:, longest]
        column = column - found @ (found.T @ column)
        length = float(column.norm())
        if length <= least:
            break
        column = column / length
        found = torch.cat([found, column[:, None]], dim=1)
        rest = rest - column[:, None] * (column @ rest)
    return found
