"""Two heads on one set of rows and columns, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz._index import as_index
from attnviz._trace import Trace
from attnviz.analysis.comparing.sides import By, Side, covers, groups_of, pairs_of, side_of, words_of
from attnviz.analysis.divergence import row_divergence
from attnviz.analysis.merging import merged
from attnviz.errors import AttnvizError
from attnviz.heads import Address
from attnviz.layer import to_cpu
from attnviz.tokens import Token

_ROUNDING = 1e-3  # of a row's sum: the page computes long texts from rounded vectors


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two heads, A and B, on one set of rows and columns: their words, aligned.

    A row or column holds a word of A, of B, or of both (the same one, or one changed into another). Where a side has
    no such word, or its query may not look at that key, its number is NaN: no weight, not a weight of 0.

    Raises:
        AttnvizError: weights of another shape than rows and columns.
    """

    a: tuple[Token | None, ...]  # the words of A, row after row; None: a gap
    b: tuple[Token | None, ...]
    first: Tensor  # A's weights, [row, column]
    second: Tensor  # B's weights, [row, column]
    keys: Side | None = None  # the words of the columns; those of the rows where a text looks at itself

    __repr__ = brief

    def __post_init__(self) -> None:
        n, columns = len(self.a), self.across
        wanted = (n, len(columns))
        if len(self.b) != n or self.first.shape != wanted or self.second.shape != wanted:
            shapes = f"{tuple(self.first.shape)} and {tuple(self.second.shape)}"
            raise AttnvizError(
                f"The weights are {shapes} for {n} and {len(self.b)} rows and {len(columns.a)} columns; they must be "
                "[row, column]."
            )

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.a)

    @cached_property
    def down(self) -> Side:
        """What stands at the rows."""
        return Side(self.a, self.b)

    @cached_property
    def across(self) -> Side:
        """What stands at the columns."""
        return self.keys or self.down

    @cached_property
    def difference(self) -> Tensor:
        """[row, column]: A - B, of shares -1 to 1; NaN where either has no number."""
        return self.first - self.second

    @cached_property
    def divergence(self) -> Tensor:
        """[row]: how unlike the two rows are, in bits, 0 to 1: their Jensen–Shannon divergence over the words of both.

        A word that one side does not have has no weight there, so what the other gives it counts as difference; a
        changed word is one word. NaN where a side has no such row, one that may look at nothing, or one whose weights
        are no shares.
        """
        p, q = self.first.nan_to_num(0.0), self.second.nan_to_num(0.0)  # [row, column]
        bits = row_divergence(p.clamp(min=0), q.clamp(min=0)).clamp(max=1)
        return torch.where(_are_shares(p) & _are_shares(q), bits, torch.nan)

    @cached_property
    def has_choice(self) -> Tensor:
        """[row]: whether the word may look at more than one, on both sides. Where not, the difference is the mask's."""
        return ((~self.first.isnan()).sum(-1) > 1) & ((~self.second.isnan()).sum(-1) > 1)

    @property
    def mean_divergence(self) -> float | None:
        """The mean over the rows that are `compared`, in bits; None if there is none with a divergence."""
        return self.mean_over(self.compared())

    def compared(self, *, specials: bool = True) -> list[int]:
        """The rows to show that both sides have, and look somewhere from, and that have a choice; where none has a
        choice, all of them."""
        looks = [(values.nan_to_num(0.0) != 0).any(-1) for values in (self.first, self.second)]  # [row]
        rows = [i for i in self.rows(specials=specials) if looks[0][i] and looks[1][i]]
        return [i for i in rows if self.has_choice[i]] or rows

    def mean_over(self, rows: Sequence[int]) -> float | None:
        """The mean divergence over the rows among these that have one, in bits; None if there is none."""
        mean = float(self.divergence[list(rows)].nanmean())
        return None if mean != mean else mean

    def token(self, place: int) -> Token:
        """What stands at a row, of A where it has it."""
        return self.down.token(place)

    def index(self, place: int) -> int:
        """Which of A's words (tokens, where nothing was merged) stands at a row; of B's, where A has none."""
        return self.down.index(place)

    def row_of(self, token: Token) -> int | None:
        """The row in which A has this token, or the word that it is a piece of."""
        for row, own in enumerate(self.a):
            if own is not None and covers(own, token):
                return row
        return None

    def check_row(self, row: int) -> None:
        """Raise `AttnvizError` for a row that is not there."""
        if not 0 <= as_index(row, "A row", least=None) < len(self.a):
            raise AttnvizError(f"There is no row {row}: there are rows 0 to {len(self.a) - 1}.")

    def rows(self, *, specials: bool = True) -> list[int]:
        """The rows to show: all, or all that are not special tokens."""
        return self.down.shown(specials=specials)

    def columns(self, *, specials: bool = True) -> list[int]:
        """The columns to show, the same way."""
        return self.across.shown(specials=specials)


@dataclass(frozen=True)
class RowDifference:
    """A row, and where each side looks most in it."""

    row: int
    a: tuple[int, float]  # column, weight
    b: tuple[int, float]
    bits: float


def compare(first: Trace, at: Address, second: Trace, beside: Address, *, by: By = "token") -> Comparison:
    """Compare two heads, each a (layer, head) of a trace, or another address of it: of one text or two, of one model or
    two.

    `by="word"` merges pieces of words first, for models that cut words differently.

    Raises:
        AttnvizError: no such layer or head, or another value of `by`.
    """
    rows, columns = pairs_of(first, second, by)
    down = side_of(rows, words_of(first.rows, by), words_of(second.rows, by))
    across = None if columns is rows else side_of(columns, words_of(first.columns, by), words_of(second.columns, by))
    return Comparison(
        down.a,
        down.b,
        spread_out(weights_at(first, at, by), [i for i, _ in rows], [i for i, _ in columns]),
        spread_out(weights_at(second, beside, by), [j for _, j in rows], [j for _, j in columns]),
        across,
    )


def differing_rows(comparison: Comparison, *, count: int = 3, specials: bool = True) -> list[RowDifference]:
    """The rows that differ most, the most unlike first; without those that do not differ, or have no choice."""
    bits = comparison.divergence
    rows = [i for i in comparison.compared(specials=specials) if bits[i] > 1e-6]
    rows.sort(key=lambda i: (-float(bits[i]), i))
    return [row_difference(comparison, i) for i in rows[:count]]


def row_difference(comparison: Comparison, row: int) -> RowDifference:
    """One row that both have, and where each side looks most in it.

    Raises:
        AttnvizError: no such row.
    """
    comparison.check_row(row)
    looks = []
    for weights in (comparison.first[row].nan_to_num(0.0), comparison.second[row].nan_to_num(0.0)):  # [column]
        column = int(weights.argmax())
        looks.append((column, float(weights[column])))
    return RowDifference(row, looks[0], looks[1], float(comparison.divergence[row]))


def largest_difference(comparison: Comparison, *, specials: bool = True) -> tuple[int, int] | None:
    """The (row, column) in which A and B differ most, of the rows that are compared; None if they have no two words in
    common, or are alike."""
    rows, columns = comparison.compared(specials=specials), comparison.columns(specials=specials)
    sizes = comparison.difference[rows][:, columns].abs().nan_to_num(0.0)
    if not rows or sizes.max() == 0:
        return None
    row, column = divmod(int(sizes.argmax()), len(columns))
    return rows[row], columns[column]


def weights_at(trace: Trace, at: Address, by: By) -> Tensor:
    """[query, key] of tokens or words; NaN where a query may not look."""
    layer, head = trace.place(at)
    record = trace.layers[layer].head(head)
    weights, allowed = to_cpu(record.weights), ~to_cpu(record.masked).isneginf()
    if by == "word":
        groups = groups_of(trace)
        weights, allowed = merged(weights, *groups), merged(allowed.float(), *groups) > 0
    return weights.masked_fill(~allowed, torch.nan)


def _are_shares(rows: Tensor) -> Tensor:
    """[row, column] to [row]: whether weights are none below 0 and together 1."""
    return (rows >= 0).all(-1) & ((rows.sum(-1) - 1).abs() <= _ROUNDING)


def spread_out(weights: Tensor, rows: list[int | None], columns: list[int | None]) -> Tensor:
    """[query, key] to [row, column]: each number at its aligned place, NaN in the gaps."""
    down, across = (torch.tensor([i for i, at in enumerate(side) if at is not None]) for side in (rows, columns))
    spread = torch.full((len(rows), len(columns)), torch.nan)
    spread[down[:, None], across[None, :]] = weights  # places are in order, so `weights` are those cells
    return spread
