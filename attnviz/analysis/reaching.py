"""How far apart two words can be and still see each other, layer after layer, found from the masks themselves.

In one layer a word sees those that its mask lets it look at; in the next it sees, through each of these, what they saw.
So what is seen after some layers is a power of the mask, as a matrix of true and false.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz.analysis.costs import Pattern
from attnviz.changes.applying import allowed_mask
from attnviz.errors import AttnvizError


@dataclass(frozen=True)
class Reach:
    """Which words see each other after some layers."""

    layers: int
    distance: int  # in words, of the two farthest apart of which one sees the other
    share: float  # of all pairs, each word with itself counted in, how many see each other


def looks(n: int, pattern: Pattern) -> Tensor:
    """[query, key] of booleans: which words look at which in one layer; all of them where there is no mask.

    >>> from attnviz.request import Masked
    >>> looks(3, Masked("window", width=1)).int()
    tensor([[1, 1, 0],
            [1, 1, 1],
            [0, 1, 1]], dtype=torch.int32)
    """
    return torch.ones(n, n, dtype=torch.bool) if pattern is None else allowed_mask(pattern, n) == 0


def recurrent_looks(n: int) -> Tensor:
    """[query, key] of booleans: what a recurrent network hands on in one step, from each word to the next.

    >>> recurrent_looks(3).int()
    tensor([[1, 0, 0],
            [1, 1, 0],
            [0, 1, 1]], dtype=torch.int32)
    """
    places = torch.arange(n)
    away = places[:, None] - places
    return (away == 0) | (away == 1)


def reach(n: int, layers: int, pattern: Pattern) -> list[Reach]:
    """How far words see each other after 1, 2, … layers, among n.

    With a window it is width · layers. With a dilated one it is as much, in whole steps; but a word never sees those
    between its steps, however many layers there are.

    Raises:
        AttnvizError: no words, or no layers.

    >>> from attnviz.request import Masked
    >>> [one.distance for one in reach(100, 3, Masked("window", width=4))]
    [4, 8, 12]
    >>> [(one.distance, one.share) for one in reach(100, 3, Masked("dilated", width=50, step=2))]
    [(50, 0.38), (98, 0.5), (98, 0.5)]
    """
    if n < 1 or layers < 1:
        raise AttnvizError(f"Words reach each other from 1 word and 1 layer on, not with {n} and {layers}.")
    look = looks(n, pattern)
    seen, found = look, []
    for layer in range(1, layers + 1):
        if layer > 1 and not seen.all():
            seen = seen.float() @ look.float() > 0  # [query, key]
        query, key = seen.nonzero().T
        found.append(Reach(layer, int((query - key).abs().max()), int(seen.sum()) / seen.numel()))
    return found


def path_length(look: Tensor, start: int, end: int) -> int | None:
    """Through how many layers (or steps) what stands at `start` comes to `end`; None if it never does.

    Between the first word and the last this is the maximum path length of Vaswani et al. 2017, table 1: 1 for full
    attention, n ÷ width for a window, n for a recurrent network.

    Args:
        look: [query, key] of booleans, of each layer.

    Raises:
        AttnvizError: a word that is not there.

    >>> from attnviz.request import Masked
    >>> path_length(looks(10, None), 0, 9), path_length(looks(10, Masked("window", width=4)), 0, 9)
    (1, 3)
    >>> path_length(recurrent_looks(10), 0, 9), path_length(recurrent_looks(10), 9, 0)  # it hears nothing of what comes
    (9, None)
    """
    n = len(look)
    for place in (start, end):
        if not 0 <= place < n:
            raise AttnvizError(f"There is no word {place}: there are words 0 to {n - 1}.")
    seen = torch.zeros(n, dtype=torch.bool)
    seen[start] = True
    new, layers = seen.clone(), 0
    while not seen[end]:
        new = look[:, new].any(dim=1) & ~seen  # [query]: who hears of it in this layer
        if not new.any():
            return None
        seen |= new
        layers += 1
    return layers
