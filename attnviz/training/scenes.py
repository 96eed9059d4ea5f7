"""Scenes to be asked about: handwritten digits in colours, each in a cell of a grid, with cuttings of others and noise.

The digits are the 1,797 of 8 × 8 pixels that come with scikit-learn (UCI, "Optical Recognition of Handwritten Digits",
Alpaydın and Kaynak 1998); 397 of them are for tests alone, and so are 12 of the 60 pairs of a colour and a digit.
Four digits stand in a scene, or as many as its `Layout` says, and of the others cuttings, as Mnih et al. 2014 have them
("Recurrent Models of Visual Attention", section 4.1), in any colour: what is red is found among what is red in part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz._brief import brief
from attnviz.networks.picture_transformer import steps_apart

COLOURS = {  # none is dark in any channel: so what a digit looks like in one colour says something of another
    "red": (255, 100, 90),
    "green": (100, 225, 110),
    "blue": (100, 140, 255),
    "yellow": (250, 230, 100),
    "purple": (220, 120, 250),
    "white": (245, 245, 245),
}
DIGITS = tuple("0123456789")
PATCH, ACROSS = 8, 5  # pixels of a cell's side, and cells of a scene's
SIDE = PATCH * ACROSS
NOISE = 0.08
_LEARNED_FROM = 1400  # digits; the rest are for tests
_WITHHELD = torch.tensor([[digit in (3 * c % 10, (3 * c + 5) % 10) for digit in range(10)] for c in range(6)])


@dataclass(frozen=True)
class Layout:
    """What stands in a scene."""

    objects: int = 4  # whole digits
    cuttings: int = 6
    together: bool = False  # whether each object stands beside another, so that all are reached from cell to cell


FOUR = Layout()


@dataclass(frozen=True, eq=False)
class Scenes:
    """Several scenes, as tensors."""

    pictures: Tensor  # [scene, row, column, channel], uint8
    colours: Tensor  # [scene, object], index in COLOURS; no two alike in a scene
    digits: Tensor  # [scene, object]; no two alike
    cells: Tensor  # [scene, object], counted row by row
    cuttings: Tensor  # [scene, cutting], the cells that hold a part of a digit

    __repr__ = brief

    def __len__(self) -> int:
        return len(self.pictures)

    def picture(self, index: int) -> NDArray[np.uint8]:
        """[row, column, channel] of one scene."""
        found: NDArray[np.uint8] = self.pictures[index].numpy()
        return found

    def part(self, rows: Sequence[int]) -> Scenes:
        """Those scenes alone."""
        return Scenes(*(value[list(rows)] for value in vars(self).values()))

    def moved(self, generator: torch.Generator) -> Scenes:
        """The same with every object in another cell, one that held nothing."""
        free = torch.rand(len(self), ACROSS**2, generator=generator)
        free = free.scatter(1, torch.cat([self.cells, self.cuttings], 1), -1.0)
        rows, new = torch.arange(len(self))[:, None], free.topk(self.cells.shape[1]).indices
        cut = in_cells(self.pictures)
        cut[rows, self.cells], cut[rows, new] = cut[rows, new], cut[rows, self.cells]
        return replace(self, pictures=from_cells(cut), cells=new)


def scenes(count: int, seed: int = 0, *, withheld: bool = False, layout: Layout = FOUR) -> Scenes:
    """So many scenes. `withheld`: of digits that no training has, and the first of each in a colour that it never had
    in training."""
    return drawn(count, torch.Generator().manual_seed(seed), withheld=withheld, layout=layout)


def drawn(count: int, generator: torch.Generator, *, withheld: bool = False, layout: Layout = FOUR) -> Scenes:
    """The same, drawn by a generator."""
    ink = torch.tensor(list(COLOURS.values())) / 255
    objects = layout.objects
    colours, digits = _pairs(count, objects, generator, withheld=withheld)
    chance = torch.rand(count, ACROSS**2, generator=generator)
    if layout.together:
        joined = _joined(objects)
        which = torch.randint(len(joined), (count,), generator=generator)
        chance.scatter_add_(1, joined[which], torch.full((count, objects), -1.0))  # these cells first
    order = chance.argsort(1)
    cells, cuttings = order[:, :objects], order[:, objects : objects + layout.cuttings]
    others = objects + torch.arange(layout.cuttings) % (len(DIGITS) - objects)  # of no digit that is an object
    shapes = _shapes(torch.cat([digits[:, :objects], digits[:, others]], 1), generator, withheld=withheld)
    parts = _cut_out(shapes[:, objects:], generator)
    of_parts = torch.randint(len(ink), cuttings.shape, generator=generator)
    inks = ink[torch.cat([colours, of_parts], 1)]  # [scene, object or cutting, channel]
    cut = torch.zeros(count, ACROSS**2, PATCH, PATCH, 3)
    rows = torch.arange(count)[:, None]
    cut[rows, cells] = shapes[:, :objects, ..., None] * inks[:, :objects, None, None]
    cut[rows, cuttings] = parts[..., None] * inks[:, objects:, None, None]
    cut += NOISE * torch.randn(cut.shape, generator=generator)
    pictures = from_cells((cut.clamp(0, 1) * 255).round().to(torch.uint8))
    return Scenes(pictures, colours, digits[:, :objects], cells, cuttings)


def in_cells(pictures: Tensor) -> Tensor:
    """[scene, row, column, channel] to [scene, cell, row, column, channel]; a copy."""
    cut = pictures.reshape(-1, ACROSS, PATCH, ACROSS, PATCH, 3).transpose(2, 3)
    return cut.reshape(-1, ACROSS**2, PATCH, PATCH, 3).clone()


def from_cells(cut: Tensor) -> Tensor:
    """[scene, cell, row, column, channel] to [scene, row, column, channel]."""
    return cut.reshape(-1, ACROSS, ACROSS, PATCH, PATCH, 3).transpose(2, 3).reshape(-1, SIDE, SIDE, 3)


def _cut_out(shapes: Tensor, generator: torch.Generator) -> Tensor:
    """[scene, cutting, row, column]: of each shape a window of half its side, laid anywhere."""
    count, cuttings = shapes.shape[:2]
    half = PATCH // 2
    places = torch.randint(half + 1, (4, count, cuttings), generator=generator)  # where it is cut, and where it is laid
    y, x, down, across = (place[..., None] + torch.arange(half) for place in places)
    scene, cutting = torch.arange(count)[:, None, None, None], torch.arange(cuttings)[:, None, None]
    parts = torch.zeros_like(shapes)
    taken = shapes[scene, cutting, y[..., :, None], x[..., None, :]]
    parts[scene, cutting, down[..., :, None], across[..., None, :]] = taken
    return parts


def _pairs(count: int, objects: int, generator: torch.Generator, *, withheld: bool) -> tuple[Tensor, Tensor]:
    """Colours [scene, object] and all ten digits [scene, digit], whose first are those of the objects. Of their pairs
    none is withheld, or the first alone."""
    found: list[Tensor] = []
    while sum(map(len, found)) < count:
        colours, digits = (torch.rand(8 * count, kinds, generator=generator).argsort(1) for kinds in (len(COLOURS), 10))
        colours = colours[:, :objects]
        is_withheld = _WITHHELD[colours, digits[:, :objects]]
        fits = (is_withheld[:, 0] == withheld) & ~is_withheld[:, 1:].any(1)
        found.append(torch.cat([colours[fits], digits[fits]], dim=1))
    both = torch.cat(found)[:count]
    return both[:, :objects], both[:, objects:]


def _shapes(digits: Tensor, generator: torch.Generator, *, withheld: bool) -> Tensor:
    """[scene, digit, row, column]: of each digit one as somebody wrote it."""
    images, labels = _digits(withheld)
    counts = labels.bincount(minlength=10)  # they are sorted: those of one label stand together
    which = (torch.rand(digits.shape, generator=generator) * counts[digits]).long()
    return images[(counts.cumsum(0) - counts)[digits] + which]


@cache
def _joined(objects: int) -> Tensor:
    """[choice, object]: all choices of so many cells of which each is reached from any other, from cell to cell."""
    is_beside = steps_apart(ACROSS) == 1
    found = {frozenset({cell}) for cell in range(ACROSS**2)}
    for _ in range(objects - 1):
        beside = ((some, is_beside[sorted(some)].any(0).nonzero()[:, 0].tolist()) for some in found)
        found = {some | {cell} for some, cells in beside for cell in cells if cell not in some}
    return torch.tensor(sorted(sorted(some) for some in found))


@cache
def _digits(withheld: bool) -> tuple[Tensor, Tensor]:
    """[digit, row, column] from 0 to 1, and [digit], which one it is: those of tests, or the others; sorted."""
    from sklearn.datasets import load_digits  # takes a second, and only training and trying need it

    found = load_digits()
    drawn = torch.randperm(len(found.target), generator=torch.Generator().manual_seed(0)).numpy()
    some = drawn[_LEARNED_FROM:] if withheld else drawn[:_LEARNED_FROM]
    labels, order = torch.from_numpy(found.target[some]).sort(stable=True)
    return torch.from_numpy(found.images[some])[order].float() / 16, labels
