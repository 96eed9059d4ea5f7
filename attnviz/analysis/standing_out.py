"""Where in a text is something to see? The link that stands out most: from what other words give the same word, and
from what is given at the same distance. A page opens on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis._stacked import stacked
from attnviz.analysis.linking import by_offset, links_of, with_choice
from attnviz.analysis.saying import TIMES
from attnviz.heads import Address, LayerHead
from attnviz.layer import to_cpu
from attnviz.tokens import Tokens

WINDOW = 32  # tokens of a long text among which it is looked for: what a page shows first

Found = tuple[LayerHead, int, int]  # the head, the query and the key


def strongest_link(
    trace: Trace, *, query: int | None = None, head: Address | None = None, across: bool = False
) -> Found | None:
    """The link that stands out most among real words; None if none does, and where weights are no shares.

    It has at least `saying.TIMES` the weight that the other words give the same word, and that is given at the same
    distance. Real is a word that the model knows and reads as one token. Where no link between them stands out, words
    that are read in pieces count as well, and where none of these does either, links to special tokens. Of a text of
    more than `WINDOW` tokens it is looked for among those around the first real words, or around `query`.

    Args:
        query: in this token's row alone.
        head: in this head alone, (layer, head) or any other address of it.
        across: from one sentence of a pair to the other.

    Raises:
        AttnvizError: no such token or head.
    """
    trace.check_query(query)
    only = None if head is None else trace.place(head)
    if not trace.shares:
        return None
    if across and len({token.segment for token in trace.rows if not token.special}) < 2:
        return None
    for rows, columns in _among(trace, query):
        for found in _candidates(trace, rows, columns, only, across):
            if stands_out(trace, *found):
                return found
    return None


def real(tokens: Tokens, *, whole: bool) -> list[int]:
    """The tokens that are words which the model knows; `whole`: that are not in pieces."""
    pieces = Counter((token.segment, token.word) for token in tokens if not token.special)
    return [
        i
        for i, token in enumerate(tokens)
        if not (token.special or token.unknown or token.marker)
        and any(c.isalnum() for c in token.label)
        and not (whole and pieces[token.segment, token.word] > 1)
    ]


def _among(trace: Trace, query: int | None) -> Iterator[tuple[list[int], list[int]]]:
    """The queries and keys among which to look, the best kind first."""
    for whole in (True, False):
        rows, columns = (real(side, whole=whole) for side in (trace.rows, trace.columns))
        yield rows if query is None else [query], columns
    specials = [i for i, token in enumerate(trace.columns) if token.special]
    yield rows if query is None else [query], specials


def _candidates(trace: Trace, rows: list[int], columns: list[int], only: LayerHead | None, across: bool) -> list[Found]:
    """Of each head the best of these, the best of all first; measured in the window alone."""
    if not rows or not columns:
        return []
    first = max(0, rows[0] - (WINDOW // 2 if len(rows) == 1 else 1))
    down, over = slice(first, first + WINDOW), slice(first if trace.is_square else 0, first + WINDOW)
    counts = torch.full((len(trace.rows), len(trace.columns)), -torch.inf)
    counts[torch.tensor(rows)[:, None], torch.tensor(columns)] = 0.0
    if trace.is_square:
        counts.fill_diagonal_(-torch.inf)  # a word that looks at itself says nothing of another
    if across:
        sides = [torch.tensor([token.segment for token in side]) for side in (trace.rows, trace.columns)]
        counts[sides[0][:, None] == sides[1]] = -torch.inf
    counts = counts[down, over]
    found: list[tuple[float, Found]] = []
    for heads, weights, allowed in _blocks(trace, down):
        above = _above(*with_choice(weights[..., over], allowed[..., over]), square=trace.has_distance)
        most, places = (above + counts).flatten(1).max(-1)
        for head, much, place in zip(heads, most.tolist(), places.tolist(), strict=True):
            if much > 0 and only in (None, head):
                query, key = divmod(place, counts.shape[1])
                found.append((much, (head, query + down.start, key + over.start)))
    return [one for _, one in sorted(found, key=lambda scored: -scored[0])]


def _blocks(trace: Trace, down: slice) -> Iterator[tuple[list[LayerHead], Tensor, Tensor]]:
    """As `stacked`, of these queries: of a long text only their rows are computed."""
    if len(trace.rows) <= WINDOW:
        for heads, weights, allowed in stacked(trace):
            yield heads, weights[:, down], allowed[:, down]
    else:
        for i, layer in enumerate(trace.layers):
            heads = [(i, head) for head in range(layer.heads)]
            yield heads, to_cpu(layer.rows(down).weights), layer.allowed.cpu()[:, down]


def _above(weights: Tensor, allowed: Tensor, *, square: bool) -> Tensor:
    """[head, query, key]: how far each weight is above the larger of the two means beside it, and above an equal share;
    -1 where it is less than `TIMES` as large as a mean."""
    allowed = allowed.expand(weights.shape)
    beside = _mean_of_others(weights.sum(-2, keepdim=True), allowed.sum(-2, keepdim=True), weights, allowed)
    if square:
        n = weights.shape[-1]
        place = torch.arange(n) - torch.arange(n)[:, None] + n - 1  # [query, key]: where by_offset has their distance
        total, count = by_offset(weights)[:, place], by_offset(allowed.float()).round()[:, place]
        beside = torch.maximum(beside, _mean_of_others(total, count, weights, allowed))
    equal = 1 / allowed.sum(-1, keepdim=True).clamp(min=1)  # in a long row a large weight says more
    return torch.where(allowed & (weights >= TIMES * beside), weights - torch.maximum(beside, equal), -1.0)


def _mean_of_others(total: Tensor, count: Tensor, weights: Tensor, allowed: Tensor) -> Tensor:
    """The mean without one's own weight; 0 where there are no others."""
    return (total - weights) / (count - allowed.to(count.dtype)).clamp(min=1)


def stands_out(trace: Trace, head: LayerHead, query: int, key: int, *, place: bool = True) -> bool:
    """Whether a weight is at least `saying.TIMES` what the other words give the same word, and (`place`) what is given
    at the same distance; not where the query has no choice."""
    layer = trace.layers[head[0]]
    weights, allowed = to_cpu(layer.weights_of(head[1]))[None], layer.allowed.cpu()
    own = allowed[head[1] if len(allowed) > 1 else 0][None]
    if int(own[0, query].sum()) <= 1:
        return False
    weight, others, position = (float(x) for x in links_of(weights, own, query, key, square=trace.has_distance))
    return not (
        weight < TIMES * others or (place and weight < TIMES * position)
    )  # NaN, where there are no others, is not less
