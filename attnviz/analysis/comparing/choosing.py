"""Which head to set beside another one."""

from __future__ import annotations

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis.comparing.alignment import Match
from attnviz.analysis.comparing.comparison import spread_out, weights_at
from attnviz.analysis.comparing.sides import By, covers, groups_of, pairs_of, words_of
from attnviz.analysis.divergence import ROWS, mean_over, row_distance, row_divergence
from attnviz.analysis.merging import merged
from attnviz.heads import Address, LayerHead
from attnviz.layer import to_cpu


def most_unlike_head(trace: Trace, layer: int, head: int) -> LayerHead:
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


def most_alike_head(
    first: Trace, at: Address, second: Trace, *, query: int | None = None, by: By = "token"
) -> LayerHead:
    """The (layer, head) of the second trace that reads a text most as a head of the first does.

    What is compared is the row of token `query` of the first trace; without one, where the second has no such word, or
    where that row has no choice (`speaks`), the mean of the rows in common (of more than `ROWS`, of that many evenly
    spaced ones). Rows that have no choice on a side are left out. Weights that are no shares are held against each
    other by `row_distance`.

    Raises:
        AttnvizError: no such head or token, or another value of `by`.
    """
    pairs, rows, _ = _compared_rows(first, at, second, query, by)
    columns = pairs_of(first, second, by)[1]
    own = spread_out(weights_at(first, at, by), [i for i, _ in pairs], [i for i, _ in columns])
    p = own[rows].nan_to_num(0.0)  # [row, column]
    places = [pairs[row][1] for row in rows]
    means, unlike = [], row_divergence if first.shares and second.shares else row_distance
    for i, layer in enumerate(second.layers):
        apart = []
        for some in layer.in_turn():
            weights = to_cpu(some)
            if by == "word":
                weights = merged(weights, *groups_of(second))
            q = torch.zeros(len(weights), len(rows), len(columns))  # [head, row, column]
            q[..., [j is not None for _, j in columns]] = weights[:, places]
            apart.append(unlike(q, p))
        free = _choosing(second, i, by)[:, places]  # [head, row]
        mean = mean_over(torch.cat(apart), free)
        means.append(torch.where(free.any(-1), mean, torch.inf))  # [head]; nothing to compare: the first head
    best = min(range(len(means)), key=lambda i: float(means[i].min()))
    return best, int(means[best].argmin())


def compares_row(first: Trace, at: Address, second: Trace, *, query: int, by: By = "token") -> bool:
    """Whether `most_alike_head` goes by the row of that query: both have it, and it has a choice on both sides.

    Raises:
        AttnvizError: as `most_alike_head`.
    """
    return _compared_rows(first, at, second, query, by)[2]


def _compared_rows(
    first: Trace, at: Address, second: Trace, query: int | None, by: By
) -> tuple[list[Match], list[int], bool]:
    """The aligned words, the rows to go by, and whether these are the query's own."""
    layer, head = first.place(at)
    first.check_query(query)
    words, pairs = words_of(first.rows, by), pairs_of(first, second, by)[0]
    own = _choosing(first, layer, by)[head]  # [row]
    other = torch.stack([_choosing(second, i, by).any(0) for i in range(len(second.layers))]).any(0)  # [row]
    rows = [row for row, (i, j) in enumerate(pairs) if i is not None and j is not None and own[i] and other[j]]
    chosen = [row for row in rows if query is not None and covers(words[pairs[row][0] or 0], first.rows[query])]
    return pairs, chosen or rows[:: max(1, -(-len(rows) // ROWS))], bool(chosen)


def _choosing(trace: Trace, layer: int, by: By) -> Tensor:
    """[head, row]: whether a token or word may look at more than one."""
    record = trace.layers[layer]
    if by == "token":
        return record.has_choice.cpu().expand(record.heads, -1)
    return (merged(record.allowed.cpu().float(), *groups_of(trace)) > 0).sum(-1).expand(record.heads, -1) > 1
