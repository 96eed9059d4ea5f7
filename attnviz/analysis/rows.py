"""What the weights of one head say about one word, and how much of it that word can claim."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis.linking import links_of
from attnviz.layer import to_cpu
from attnviz.tokens import FrameToken, Tokens


@dataclass(frozen=True)
class KeyReading:
    """One query's weight on one key, beside what would be there anyway, as `analysis.linking.Link` has it."""

    key: int  # index of the token looked at
    weight: float  # of the chosen query
    others: float | None  # mean over all other queries that may look at it and have a choice; None if there is none
    position: float | None = None  # mean at the same distance, from the same queries; None if there is none
    special: bool = False  # the key is no word


@dataclass(frozen=True)
class RowReading:
    """One row of a head, read."""

    query: int
    strongest: tuple[KeyReading, ...]  # largest weight first
    on_special: float  # of this query, on special tokens, 0 to 1
    on_special_mean: float  # over all queries that have a choice (over all where none has)
    choices: int  # how many keys this query may look at
    has_specials: bool  # the trace has special tokens at all
    has_forced: bool = False  # some query of the head has no choice
    pinned: KeyReading | None = None  # the key that was asked about, where the query may look at it
    shares: bool = True  # whether the weights of the head are shares (`LayerTrace.shares`)
    total: float = 1.0  # what the row sums to
    kind: str = ""  # of what is looked at: "seen", a picture; "heard", a sound; "": words


def read_row(
    trace: Trace,
    *,
    layer: int,
    head: int,
    query: int,
    key: int | None = None,
    count: int = 3,
    specials: bool = True,
) -> RowReading:
    """The strongest keys of a query, with the mean weight on each from all other queries, and at its distance.

    A head in which every word looks at *cat*, or every word one back, says little about the word that one has chosen:
    the means say so. Queries that may look at one key only are not among the others. `specials`: whether special tokens
    count among queries and keys. Of a query without a choice, the one key that it may look at. `key`: one that is read
    as well, however little weight it has. Where weights are no shares, the strongest are those furthest from 0.
    """
    trace.rows.check(query)
    trace.check_key(key)
    shares = trace.layer(layer, head).shares
    record = trace.layers[layer].head(head)
    weights = to_cpu(record.weights)  # [query, key]
    allowed = ~torch.isneginf(to_cpu(record.masked))  # [query, key]
    has_choice = allowed.sum(-1) > 1  # [query]
    special = _on_special(weights, trace.columns)  # [query]
    return RowReading(
        query,
        _strongest(trace, weights, allowed, query, count, specials=specials, by_size=not shares),
        float(special[query]),
        float((special[has_choice] if bool(has_choice.any()) else special).mean()),
        int(allowed[query].sum()),
        any(token.special for token in trace.columns),
        not bool(has_choice.all()),
        _pinned(trace, weights, allowed, query, key, specials=specials),
        shares,
        float(weights[query].double().sum()),
        "seen" if trace.columns.patches else "heard" if isinstance(trace.columns[0], FrameToken) else "",
    )


def _pinned(
    trace: Trace, weights: Tensor, allowed: Tensor, query: int, key: int | None, *, specials: bool
) -> KeyReading | None:
    """The key that is asked about; None where the query may not look at it, or where it is not shown."""
    if key is None or not allowed[query, key]:
        return None
    shown = shown_on_both(trace, query, specials=specials)
    return look(trace, weights, allowed, query, key, shown) if key in shown[1] else None


def _strongest(
    trace: Trace, weights: Tensor, allowed: Tensor, query: int, count: int, *, specials: bool, by_size: bool
) -> tuple[KeyReading, ...]:
    """Where a query looks most, of what is shown; `by_size`: a weight below 0 counts as one above."""
    row = weights[query]
    if not allowed[query].sum() > 1:
        return tuple(KeyReading(key, float(row[key]), None) for key in allowed[query].nonzero().flatten().tolist())
    shown = shown_on_both(trace, query, specials=specials)
    strength = row.abs() if by_size else row
    best = strength[shown[1]].argsort(descending=True, stable=True)[:count].tolist()
    looks = (look(trace, weights, allowed, query, shown[1][column], shown) for column in best)
    return tuple(one for one in looks if strength[one.key] > 0)


def shown_on_both(trace: Trace, query: int, key: int | None = None, *, specials: bool) -> tuple[list[int], list[int]]:
    """The rows and columns that a weight is held against: those that are shown, or all where its own are not."""
    rows, columns = (side.shown(specials=specials) for side in (trace.rows, trace.columns))
    if query not in rows or (key is not None and key not in columns):
        return trace.rows.shown(specials=True), trace.columns.shown(specials=True)
    return rows, columns


def look(
    trace: Trace, weights: Tensor, allowed: Tensor, query: int, key: int, shown: tuple[list[int], list[int]]
) -> KeyReading:
    """One weight of a head ([query, key], as `allowed`), beside what the other tokens that are shown give."""
    rows, columns = (torch.tensor(side) for side in shown)
    cells = (rows[:, None], columns)
    has_choice = allowed.sum(-1) > 1
    seen, may = weights[cells][None], allowed[cells][None]  # [1, row, column]
    at = (shown[0].index(query), shown[1].index(key))
    found = links_of(seen, may, *at, has_choice=has_choice[None, rows], square=trace.has_distance)
    weight, *means = (float(x) for x in found)
    others, position = (None if x != x else x for x in means)  # NaN: none
    return KeyReading(key, weight, others, position, trace.columns[key].special)


def strongest_other(trace: Trace, *, layer: int, head: int, query: int) -> int:
    """The token that a query looks at most, itself and special tokens left out; itself if it looks at no other (of
    another row of tokens, the one with the largest weight)."""
    trace.rows.check(query)
    return strongest_in(trace, to_cpu(trace.layer(layer, head).row(query).weights[head, 0]), query)


def strongest_in(trace: Trace, weights: Tensor, query: int) -> int:
    """`strongest_other`, from the query's weights [key] in that head."""
    row = weights.tolist()
    itself = query if trace.is_square else None
    others = [i for i, token in enumerate(trace.columns) if i != itself and not token.special and row[i] > 0]
    return max(
        others, key=row.__getitem__, default=query if itself is not None else max(range(len(row)), key=row.__getitem__)
    )


def special_share(weights: Tensor, trace: Trace) -> Tensor:
    """How much of each query's weight goes to special tokens: [..., query, key] to [..., query]."""
    return _on_special(weights, trace.columns)


def _on_special(weights: Tensor, keys: Tokens) -> Tensor:
    special = torch.tensor([token.special for token in keys], device=weights.device)
    return weights[..., special].sum(-1)


def shown_tokens(trace: Trace, *, specials: bool) -> list[int]:
    """The indices of the tokens to show: all, or all that are not special."""
    return trace.tokens.shown(specials=specials)
