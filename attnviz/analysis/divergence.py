"""How unlike two rows of weights, or two heads, are; and a map on which unlike heads lie apart."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from attnviz._index import as_index
from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.layer import to_cpu

ROWS = 64  # of a long text, so many evenly spaced queries speak for all


def row_divergence(p: Tensor, q: Tensor) -> Tensor:
    """[..., key] twice to [...]: the Jensen–Shannon divergence of two rows, in bits: 0 alike, 1 no key in common.

        JSD(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2        (Lin 1991, eq. 4.1)

    >>> row_divergence(torch.tensor([1.0, 0.0]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]))
    tensor([0.0000, 1.0000, 0.3113])
    """
    return _apart(p, q, _entropy(p), _entropy(q))


def row_distance(p: Tensor, q: Tensor) -> Tensor:
    """[..., key] twice to [...]: half the sum of how far the weights of two rows are apart: of shares (their total
    variation distance) 0 alike, 1 no key in common; of other weights, which have no divergence, any number from 0.

    >>> row_distance(torch.tensor([1.0, 0.0]), torch.tensor([[0.5, 0.5], [3.0, -1.0]]))
    tensor([0.5000, 1.5000])
    """
    return (p - q).abs().sum(-1) / 2


def _entropy(p: Tensor) -> Tensor:
    """[..., key] to [...], in nats."""
    entropy: Tensor = torch.special.entr(p).sum(-1)
    return entropy


def _apart(p: Tensor, q: Tensor, entropy_p: Tensor, entropy_q: Tensor) -> Tensor:
    """`row_divergence` of rows whose entropies are known."""
    return ((_entropy((p + q) / 2) - (entropy_p + entropy_q) / 2) / math.log(2)).clamp(min=0)


def head_divergences(trace: Trace, *, rows: int = ROWS) -> Tensor:
    """[head of all layers, head of all layers]: the mean divergence of their rows, heads in the order of the layers.

    After Clark et al. 2019, "What Does BERT Look At?", section 6, with the mean instead of the sum. On a text
    of more than `rows` tokens, that many evenly spaced queries are compared. A query that may look at one key only in
    both heads (`LayerTrace.has_choice`) tells nothing of them and is left out; where no query has a choice, it is 0.

    Raises:
        AttnvizError: weights that are no shares, or `rows` below 1.
    """
    most = as_index(rows, "The number of rows to compare", least=1)
    if not trace.shares:
        raise AttnvizError("How unlike heads are is told by shares, and the weights of this run are none.")
    n = len(trace.rows)
    places = torch.linspace(0, n - 1, min(most, n)).round().long().tolist()
    heads = torch.cat([to_cpu(layer.rows(places).weights) for layer in trace.layers])  # [head, query, key]
    free = torch.cat([layer.has_choice.cpu()[:, places].expand(layer.heads, -1) for layer in trace.layers])
    all_free = bool(free.all())
    entropies = _entropy(heads)  # once a row, not once a pair of rows: that is half of the time
    table = torch.zeros(len(heads), len(heads))
    for i in range(len(heads)):  # each pair once: it is the same both ways
        rest = _apart(heads[i:], heads[i], entropies[i:], entropies[i])  # [head from i on, query]
        table[i, i:] = table[i:, i] = rest.mean(-1) if all_free else mean_over(rest, free[i:] | free[i])
    return table


def mean_over(values: Tensor, counted: Tensor) -> Tensor:
    """[..., row] to [...]: the mean over the rows that are `counted`; 0 where there are none.

    >>> mean_over(torch.tensor([1.0, 2.0, 6.0]), torch.tensor([False, True, True]))
    tensor(4.)
    """
    return (values * counted).sum(-1) / counted.sum(-1).clamp(min=1)


def classical_scaling(divergences: Tensor, dimensions: int = 2) -> Tensor:
    """[point, dimension]: places whose distances are, as nearly as they can be, the roots of the divergences.

    Classical multidimensional scaling (Torgerson 1952): B = -½ J D² J, and the coordinates are its first eigenvectors,
    each times the root of its eigenvalue. The root of the Jensen–Shannon divergence is a metric (Endres & Schindelin
    2003), so the divergences themselves stand for D².

    Raises:
        AttnvizError: no square table.
    """
    if divergences.dim() != 2 or divergences.shape[0] != divergences.shape[1]:
        raise AttnvizError(f"Divergences are {tuple(divergences.shape)}; they must be [point, point].")
    table = divergences.double()
    centred = table - table.mean(0, keepdim=True) - table.mean(1, keepdim=True) + table.mean()
    values, vectors = torch.linalg.eigh(-centred / 2)
    order = values.argsort(descending=True)[:dimensions]
    places: Tensor = vectors[:, order] * values[order].clamp(min=0).sqrt()
    # An eigenvector's sign is arbitrary: the largest coordinate of each is made positive, so that a map does not flip.
    signs: Tensor = torch.gather(places, 0, places.abs().argmax(0, keepdim=True)).sign()
    return (places * torch.where(signs == 0, 1.0, signs)).float()
