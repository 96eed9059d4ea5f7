"""Two heads side by side, whatever they read: the same sentence or two, one model or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz._trace import Trace
from attnviz.analysis.alignment import Match, aligned
from attnviz.analysis.divergence import ROWS, mean_over, row_distance, row_divergence
from attnviz.analysis.merging import merged
from attnviz.errors import AttnvizError
from attnviz.layer import to_cpu
from attnviz.tokens import TextToken, Token, Tokens

By = Literal["token", "word"]
Of = Literal["rows", "columns"]
Place = tuple[int, int]  # layer, head
_ROUNDING = 1e-3  # of a row's sum: the page computes long texts from rounded vectors


@dataclass(frozen=True)
class Side:
    """The words of A and of B, aligned: what stands along one side of a comparison."""

    a: tuple[Token | None, ...]  # the words of A; None: a gap
    b: tuple[Token | None, ...]

    def __len__(self) -> int:
        return len(self.a)

    def token(self, place: int) -> Token:
        """What stands at a place, of A where it has it."""
        found = self.a[place] or self.b[place]
        assert found is not None  # no place is empty
        return found

    def index(self, place: int) -> int:
        """Which of A's words (tokens, where nothing was merged) stands at a place; of B's, where A has none."""
        own = self.b if self.a[place] is None else self.a
        return sum(token is not None for token in own[:place])

    def shown(self, *, specials: bool = True) -> list[int]:
        """The places to show: all, or all that are not special tokens."""
        return [i for i in range(len(self)) if specials or not self.token(i).special]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two heads, A and B, on one set of rows and columns: their words, aligned.

    A row or column holds a word of A, of B, or of both (the same one, or one changed into another). Where a side has
    no such word, or its query may not look at that key, its number is NaN: no weight, not a weight of 0.
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
            if own is not None and _covers(own, token):
                return row
        return None

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


def compare(first: Trace, at: Place, second: Trace, beside: Place, *, by: By = "token") -> Comparison:
    """Compare two heads, each a (layer, head) of a trace: of one text or two, of one model or two.

    `by="word"` merges pieces of words first, for models that cut words differently.

    Raises:
        AttnvizError: no such layer or head.
    """
    rows, columns = _pairs(first, second, by)
    down = _side(rows, _words(first.rows, by), _words(second.rows, by))
    across = None if columns is rows else _side(columns, _words(first.columns, by), _words(second.columns, by))
    return Comparison(
        down.a,
        down.b,
        _spread(_weights(first, at, by), [i for i, _ in rows], [i for i, _ in columns]),
        _spread(_weights(second, beside, by), [j for _, j in rows], [j for _, j in columns]),
        across,
    )


def _side(pairs: list[Match], words: list[Token], others: list[Token]) -> Side:
    return Side(
        tuple(None if i is None else words[i] for i, _ in pairs),
        tuple(None if j is None else others[j] for _, j in pairs),
    )


def aligned_tokens(
    first: Trace, second: Trace, *, by: By = "token", of: Of = "rows"
) -> list[tuple[list[int] | None, list[int] | None]]:
    """Row after row of a comparison (or column after column), whatever its heads: the tokens of each side that stand
    there; None for a gap."""
    tokens = [side.rows if of == "rows" else side.columns for side in (first, second)]
    groups, others = (row.words() if by == "word" else [[i] for i in range(len(row))] for row in tokens)
    pairs = _pairs(first, second, by)[of == "columns"]
    return [(None if i is None else groups[i], None if j is None else others[j]) for i, j in pairs]


def aligned_words(first: Trace, second: Trace, *, by: By = "token", of: Of = "rows") -> Side:
    """The words of these rows (or columns), of both sides."""
    words, others = (_words(side.rows if of == "rows" else side.columns, by) for side in (first, second))
    return _side(_pairs(first, second, by)[of == "columns"], words, others)


def _pairs(first: Trace, second: Trace, by: By) -> tuple[list[Match], list[Match]]:
    """The aligned words of the rows and of the columns: the very same where both texts look at themselves."""
    rows = aligned(_words(first.rows, by), _words(second.rows, by))
    if first.is_square and second.is_square:
        return rows, rows
    return rows, aligned(_words(first.columns, by), _words(second.columns, by))


def differing_rows(comparison: Comparison, *, count: int = 3, specials: bool = True) -> list[RowDifference]:
    """The rows that differ most, the most unlike first; without those that do not differ, or have no choice."""
    bits = comparison.divergence
    rows = [i for i in comparison.compared(specials=specials) if bits[i] > 1e-6]
    rows.sort(key=lambda i: (-float(bits[i]), i))
    return [row_difference(comparison, i) for i in rows[:count]]


def row_difference(comparison: Comparison, row: int) -> RowDifference:
    """One row that both have, and where each side looks most in it."""
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


def most_unlike_head(trace: Trace, layer: int, head: int) -> Place:
    """The head of the same layer whose rows differ most from this one's, on average; of a layer with one head,
    that head of the layer after it, and of a model with one head, itself. Rows that have no choice in either head
    are left out. Weights that are no shares are held against each other by `row_distance`."""
    record = trace.layer(layer, head)
    if record.heads == 1:
        other = (layer + 1) % len(trace.layers)
        return other, min(head, trace.layers[other].heads - 1)
    free = record.has_choice.cpu().expand(record.heads, -1)  # [head, query]
    unlike = row_divergence if record.shares else row_distance
    own = to_cpu(record.weights_of(head))  # [query, key]
    apart = torch.cat([unlike(to_cpu(weights), own) for weights in record.in_turn()])  # [head, query]
    return layer, int(mean_over(apart, free | free[head]).argmax())


def most_alike_head(first: Trace, at: Place, second: Trace, *, query: int | None = None, by: By = "token") -> Place:
    """The (layer, head) of the second trace that reads a text most as a head of the first does.

    What is compared is the row of token `query` of the first trace; without one, where the second has no such word, or
    where that row has no choice (`speaks`), the mean of the rows in common (of more than `ROWS`, of that many evenly
    spaced ones). Rows that have no choice on a side are left out. Weights that are no shares are held against each
    other by `row_distance`.
    """
    pairs, rows, _ = _compared_rows(first, at, second, query, by)
    columns = _pairs(first, second, by)[1]
    own = _spread(_weights(first, at, by), [i for i, _ in pairs], [i for i, _ in columns])
    p = own[rows].nan_to_num(0.0)  # [row, column]
    places = [pairs[row][1] for row in rows]
    means, unlike = [], row_divergence if first.shares and second.shares else row_distance
    for i, layer in enumerate(second.layers):
        apart = []
        for some in layer.in_turn():
            weights = to_cpu(some)
            if by == "word":
                weights = merged(weights, *_groups(second))
            q = torch.zeros(len(weights), len(rows), len(columns))  # [head, row, column]
            q[..., [j is not None for _, j in columns]] = weights[:, places]
            apart.append(unlike(q, p))
        free = _choosing(second, i, by)[:, places]  # [head, row]
        mean = mean_over(torch.cat(apart), free)
        means.append(torch.where(free.any(-1), mean, torch.inf))  # [head]; nothing to compare: the first head
    best = min(range(len(means)), key=lambda i: float(means[i].min()))
    return best, int(means[best].argmin())


def compares_row(first: Trace, at: Place, second: Trace, *, query: int, by: By = "token") -> bool:
    """Whether `most_alike_head` goes by the row of that query: both have it, and it has a choice on both sides."""
    return _compared_rows(first, at, second, query, by)[2]


def _compared_rows(
    first: Trace, at: Place, second: Trace, query: int | None, by: By
) -> tuple[list[Match], list[int], bool]:
    """The aligned words, the rows to go by, and whether these are the query's own."""
    words, pairs = _words(first.rows, by), _pairs(first, second, by)[0]
    own = _choosing(first, at[0], by)[at[1]]  # [row]
    other = torch.stack([_choosing(second, i, by).any(0) for i in range(len(second.layers))]).any(0)  # [row]
    rows = [row for row, (i, j) in enumerate(pairs) if i is not None and j is not None and own[i] and other[j]]
    chosen = [row for row in rows if query is not None and _covers(words[pairs[row][0] or 0], first.rows[query])]
    return pairs, chosen or rows[:: max(1, -(-len(rows) // ROWS))], bool(chosen)


def _choosing(trace: Trace, layer: int, by: By) -> Tensor:
    """[head, row]: whether a token or word may look at more than one."""
    record = trace.layers[layer]
    if by == "token":
        return record.has_choice.cpu().expand(record.heads, -1)
    return (merged(record.allowed.cpu().float(), *_groups(trace)) > 0).sum(-1).expand(record.heads, -1) > 1


def whole_words(trace: Trace) -> list[Token]:
    """The words of the text: pieces joined, each word one token from its first piece to its last."""
    return _words(trace.tokens, "word")


def _covers(word: Token, token: Token) -> bool:
    """Whether a token is this word, or a piece of it."""
    if not isinstance(word, TextToken) or not isinstance(token, TextToken):
        return word is token
    return word is token or (not word.special and not token.special and word.start <= token.start < word.end)


def _words(tokens: Tokens, by: By) -> list[Token]:
    """What is aligned."""
    if by == "token":
        return list(tokens)
    words: list[Token] = []
    for group in tokens.words():
        first, last = tokens[group[0]], tokens[group[-1]]
        if len(group) > 1 and isinstance(first, TextToken) and isinstance(last, TextToken):
            words.append(TextToken(tokens.written(group), first.id, first.start, last.end, word=first.word))
        else:
            words.append(first)
    return words


def _groups(trace: Trace) -> tuple[list[list[int]], list[list[int]]]:
    """The tokens of each word of the rows, and of the columns."""
    rows = trace.rows.words()
    return rows, rows if trace.is_square else trace.columns.words()


def _weights(trace: Trace, at: Place, by: By) -> Tensor:
    """[query, key] of tokens or words; NaN where a query may not look."""
    layer, head = at
    record = trace.layer(layer, head).head(head)
    weights, allowed = to_cpu(record.weights), ~to_cpu(record.masked).isneginf()
    if by == "word":
        groups = _groups(trace)
        weights, allowed = merged(weights, *groups), merged(allowed.float(), *groups) > 0
    return weights.masked_fill(~allowed, torch.nan)


def _are_shares(rows: Tensor) -> Tensor:
    """[row, column] to [row]: whether weights are none below 0 and together 1."""
    return (rows >= 0).all(-1) & ((rows.sum(-1) - 1).abs() <= _ROUNDING)


def _spread(weights: Tensor, rows: list[int | None], columns: list[int | None]) -> Tensor:
    """[query, key] to [row, column]: each number at its aligned place, NaN in the gaps."""
    down, across = (torch.tensor([i for i, at in enumerate(side) if at is not None]) for side in (rows, columns))
    spread = torch.full((len(rows), len(columns)), torch.nan)
    spread[down[:, None], across[None, :]] = weights  # places are in order, so `weights` are those cells
    return spread
