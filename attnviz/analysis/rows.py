"""What the weights of one head say about one word, and how much of it that word can claim."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz.trace import AttentionTrace, to_cpu


@dataclass(frozen=True)
class Look:
    """One query's weight on one key, beside what that key gets from everybody."""

    key: int  # index of the token looked at
    weight: float  # of the chosen query
    others: float | None  # mean over all other queries that may look at it; None if there is none


@dataclass(frozen=True)
class RowReading:
    """One row of a head, read."""

    query: int
    strongest: tuple[Look, ...]  # largest weight first
    on_special: float  # of this query, on special tokens, 0 to 1
    on_special_mean: float  # over all queries
    choices: int  # how many keys this query may look at
    has_specials: bool  # the trace has special tokens at all


def read_row(trace: AttentionTrace, *, layer: int, head: int, query: int, count: int = 3) -> RowReading:
    """The strongest keys of a query, with the mean weight on each from all other queries.

    A head in which every word looks at *cat* says little about the word that one has chosen: the mean
    says so.
    """
    record = trace.layer(layer, head).head(head)
    weights = to_cpu(record.weights)  # [query, key]
    allowed = ~torch.isneginf(to_cpu(record.masked))  # [query, key]
    row = weights[query]
    sums, counts = weights.sum(0) - row, allowed.sum(0) - allowed[query].int()  # of the others, [key]
    order = row.argsort(descending=True)[:count].tolist()
    special = special_share(weights, trace)  # [query]
    return RowReading(
        query,
        tuple(
            Look(key, float(row[key]), float(sums[key] / counts[key]) if counts[key] else None)
            for key in order
            if row[key] > 0
        ),
        float(special[query]),
        float(special.mean()),
        int(allowed[query].sum()),
        any(token.special for token in trace.tokens),
    )


def strongest_other(trace: AttentionTrace, *, layer: int, head: int, query: int) -> int:
    """The token that a query looks at most, itself and special tokens left out; itself if there is no other."""
    return strongest_in(trace, to_cpu(trace.layer(layer, head).row(query).weights[head, 0]), query)


def strongest_in(trace: AttentionTrace, weights: Tensor, query: int) -> int:
    """`strongest_other`, from the query's weights [key] in that head."""
    row = weights.tolist()
    others = [i for i, token in enumerate(trace.tokens) if i != query and not token.special]
    return max(others, key=row.__getitem__, default=query)


def special_share(weights: Tensor, trace: AttentionTrace) -> Tensor:
    """How much of each query's weight goes to special tokens: [..., query, key] to [..., query]."""
    special = torch.tensor([token.special for token in trace.tokens], device=weights.device)
    return weights[..., special].sum(-1)


def shown_tokens(trace: AttentionTrace, *, specials: bool) -> list[int]:
    """The indices of the tokens to show: all, or all that are not special."""
    return [i for i, token in enumerate(trace.tokens) if specials or not token.special]
