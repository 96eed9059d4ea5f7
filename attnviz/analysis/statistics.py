"""What each head does on a text, in a few numbers, and from these its character in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis._stacked import stacked
from attnviz.analysis.linking import with_choice
from attnviz.heads import LayerHead
from attnviz.training.measures import entropy_share

# From which mean weight a head is called by what it looks at, and from which share of the largest entropy "spread out".
LOOKS_AT, BROAD = 0.5, 0.85
_OF_SHARES = ("entropy", "distance")  # what only shares have


@dataclass(frozen=True)
class HeadFigures:
    """One head on one text. Weights are means over the queries that have a choice, 0 to 1: where a query may look at
    one key only, its weight is the mask's. Where no query has a choice (`choosing` is 0), over all queries. Of weights
    that are no shares (`LayerTrace.shares`) there is no entropy and no mean distance; they may be any number."""

    layer: int
    head: int
    entropy: float | None  # of a row, as a share of the largest possible one: 0 one word, 1 all alike
    distance: float | None  # mean distance from query to key, in tokens; None between two rows of tokens, as the next
    previous: float | None  # weight on the token before
    following: float | None  # weight on the token after
    itself: float | None
    first: float  # weight on the first token
    special: tuple[tuple[str, float], ...]  # weight on each kind of special token, largest first
    link: tuple[int, int, float]  # query, key, weight: what stands out most from what its key gets on average
    link_choices: int  # how many keys the link's query may look at
    choosing: int  # how many queries have a choice
    shares: bool = True  # whether its weights are shares


def head_figures(trace: Trace) -> list[list[HeadFigures]]:
    """[layer][head]: the figures of every head.

    Entropy and the weights on previous, next, same and special tokens are those of Clark et al. 2019, "What Does BERT
    Look At?", section 3; mean distance is that of Vig & Belinkov 2019, "Analyzing the Structure of Attention in a
    Transformer Language Model", section 4.3; the first token as a resting place: Xiao et al. 2024, "Efficient
    Streaming Language Models with Attention Sinks".
    """
    table: list[list[HeadFigures]] = [[] for _ in trace.layers]
    for heads, weights, allowed in stacked(trace):
        for figures in _of_heads(trace, heads, weights, allowed):
            table[figures.layer].append(figures)
    return table


def _of_heads(trace: Trace, heads: Sequence[LayerHead], weights: Tensor, allowed: Tensor) -> list[HeadFigures]:
    """The figures of these heads, from their weights [head, query, key] and where they may look [head or 1, …]."""
    keys = allowed.sum(-1)  # [head or 1, query]
    choosing = (keys > 1).expand(len(weights), -1)  # [head, query]
    counted = None  # all queries: the common case, and the fast one
    if not bool(choosing.all()):
        counted = torch.where(choosing.any(-1, keepdim=True), choosing, True).to(weights.dtype)  # [head, query]
    kinds = list(dict.fromkeys(token.label for token in trace.columns if token.special))
    of_kind = {kind: torch.tensor([t.special and t.label == kind for t in trace.columns]) for kind in kinds}
    on_kind = {kind: _mean(weights[..., these].sum(-1), counted).tolist() for kind, these in of_kind.items()}
    figures: dict[str, Tensor | None] = {
        "entropy": _mean(entropy_share(weights, keys), counted),
        "first": _mean(weights[..., 0], counted),
        **_by_distance(weights, counted, trace),
    }
    told: dict[str, list[Any]] = {
        name: [None] * len(heads) if values is None else values.tolist() for name, values in figures.items()
    }
    shares = [layer.shares for layer in trace.layers]
    for name in _OF_SHARES:
        told[name] = [value if shares[layer] else None for value, (layer, _) in zip(told[name], heads, strict=True)]
    links = _standing_out(weights, allowed, trace)
    choices, of_query = choosing.sum(-1).tolist(), keys.expand(len(weights), -1).tolist()
    return [
        HeadFigures(
            layer,
            head,
            **{name: values[at] for name, values in told.items()},
            special=tuple(sorted(((kind, on[at]) for kind, on in on_kind.items()), key=lambda item: -item[1])),
            link=links[at],
            link_choices=of_query[at][links[at][0]],
            choosing=choices[at],
            shares=shares[layer],
        )
        for at, (layer, head) in enumerate(heads)
    ]


def _by_distance(weights: Tensor, counted: Tensor | None, trace: Trace) -> dict[str, Tensor | None]:
    """What goes by how far query and key are apart, each [head]: nothing, where they are of two rows of tokens."""
    if not trace.has_distance:
        return dict.fromkeys(("distance", "previous", "following", "itself"))
    return {
        "distance": mean_distance(weights, counted),
        "previous": _near(weights, counted, -1),
        "following": _near(weights, counted, 1),
        "itself": _near(weights, counted, 0),
    }


def mean_distance(weights: Tensor, counted: Tensor | None = None) -> Tensor:
    """[..., query, key] to [...]: how far it looks, in tokens, mean over the queries, or over those with a 1 in
    `counted` [..., query].

    >>> mean_distance(torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    tensor(0.2500)
    >>> mean_distance(torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.tensor([0.0, 1.0]))
    tensor(0.5000)
    """
    n = weights.shape[-1]
    places = torch.arange(n, dtype=weights.dtype)
    apart = (places[:, None] - places).abs()  # [query, key]
    if counted is None:
        return weights.flatten(-2) @ apart.flatten() / n
    return _mean((weights * apart).sum(-1), counted)


def character(
    figures: HeadFigures, trace: Trace, *, names: Sequence[str] | None = None, keys: Sequence[str] | None = None
) -> str:
    """What the head does, in words: the first that holds of "no choice" (every query may look at one key only), a
    special token, the previous, the next, the same or the first token (each from a mean weight of `LOOKS_AT`); "spread
    out" (an entropy from `BROAD`, and no link from `LOOKS_AT` and from twice an equal share); or its strongest link,
    which is all that is said of weights that are no shares.
    `names` are the tokens as they are to be written, `keys` those of the columns, where they are others."""
    if not figures.choosing:
        return "no choice"
    if figures.shares and figures.special and figures.special[0][1] >= LOOKS_AT:
        return figures.special[0][0]
    named = {
        "previous token": figures.previous,
        "next token": figures.following,
        "itself": figures.itself,
        "first token": figures.first,
    }
    known = {name: weight for name, weight in named.items() if weight is not None}
    best = max(known, key=lambda name: known[name])
    if figures.shares and known[best] >= LOOKS_AT:
        return best
    query, key, weight = figures.link
    if figures.entropy is not None and figures.entropy >= BROAD and weight < max(LOOKS_AT, 2 / figures.link_choices):
        return "spread out"
    names = [token.label for token in trace.rows] if names is None else names
    keys = keys or (names if trace.is_square else [token.label for token in trace.columns])
    return f"{names[query]} → {keys[key]}"


def _mean(values: Tensor, counted: Tensor | None) -> Tensor:
    """[..., query] to [...]: the mean over the queries, or those with a 1 in `counted`; 0 where there are none."""
    if counted is None and values.shape[-1]:
        return values.mean(-1)
    counted = torch.ones_like(values) if counted is None else counted
    return (values * counted).sum(-1) / counted.sum(-1).clamp(min=1)


def _near(weights: Tensor, counted: Tensor | None, offset: int) -> Tensor:
    """[head]: the mean weight at that distance from the query, over the queries that count and have such a key."""
    diagonal, n = weights.diagonal(offset=offset, dim1=-2, dim2=-1), weights.shape[-1]
    return _mean(diagonal, None if counted is None else counted[:, max(-offset, 0) : n - max(offset, 0)])


def _standing_out(weights: Tensor, allowed: Tensor, trace: Trace) -> list[tuple[int, int, float]]:
    """For each head the query and key whose weight is furthest above the key's mean over the queries that may look at
    it and have a choice; special tokens do not count, unless there are no others. A query without a choice stands out
    nowhere."""
    looks, may = with_choice(weights, allowed)
    above = looks - looks.sum(-2, keepdim=True) / may.sum(-2, keepdim=True).clamp(min=1)  # [head, query, key]
    if may is not allowed:
        above.masked_fill_(~may, -1.0)
    rows, columns = (torch.tensor([token.special for token in side]) for side in (trace.rows, trace.columns))
    if not (rows.all() or columns.all()):
        above[:, rows] = -torch.inf
        above[:, :, columns] = -torch.inf
    n = above.shape[-1]
    best = above.flatten(1).argmax(-1).tolist()
    found = weights.flatten(1)[torch.arange(len(best)), best].tolist()
    return [(at // n, at % n, weight) for at, weight in zip(best, found, strict=True)]
