"""Where attention happens: the address of a head, the same in Python, links, the page and files.

"5.11" is head 11 of layer 5 of a model with one part; "cross.3.5" is head 5 of layer 3 of the cross-attention of a
model with three, "image.3.5" one of the tower that reads the picture, in a model of two towers. Layers and heads count
from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attnviz._index import as_index
from attnviz.errors import AttnvizError

TRANSLATING = ("encoder", "decoder", "cross")  # the parts of a model that writes of a source
TOWERS = ("image", "text")  # those of a model that reads a picture and a text, each for itself
PARTS = (*TRANSLATING, *TOWERS)  # of all models that have several; the order in which they are shown
LayerHead = tuple[int, int]  # (layer, head), where it is known which part is meant
_ADDRESS = re.compile(rf"(?:({'|'.join(PARTS)})\.)?([0-9]{{1,3}})\.([0-9]{{1,3}})")


@dataclass(frozen=True)
class Head:
    """One head. `part` is "" where it need not be said: in a model with one part.

    >>> str(Head(5, 11)), str(Head(3, 5, "cross")), sorted([Head(0, 1, "cross"), Head(0, 1, "encoder")])[0].part
    ('5.11', 'cross.3.5', 'encoder')

    Raises:
        AttnvizError: a part that no model has, a layer or head that is no number from 0.
    """

    layer: int
    head: int
    part: str = ""

    def __post_init__(self) -> None:
        check_part(self.part)
        for name in ("layer", "head"):
            object.__setattr__(self, name, as_index(getattr(self, name), f"A head's {name}"))

    def __str__(self) -> str:
        return ".".join(filter(None, (self.part, str(self.layer), str(self.head))))

    def __lt__(self, other: Head) -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[int, int, int]:
        return (PARTS.index(self.part) if self.part else -1, self.layer, self.head)

    @classmethod
    def of(cls, address: Head | str | Sequence[int]) -> Head:
        """The head of an address: "5.11", "cross.3.5", (5, 11), or a head itself.

        Raises:
            AttnvizError: what is no address.
        """
        if isinstance(address, Head):
            return address
        if isinstance(address, str):
            found = _ADDRESS.fullmatch(address.strip())
            if found:
                return cls(int(found[2]), int(found[3]), found[1] or "")
        elif isinstance(address, tuple | list) and len(address) == 2:
            return cls(*address)
        raise AttnvizError(f"A head is named by layer and head, such as “5.11” or “cross.3.5”, not by {address!r}.")


Address = Head | LayerHead | str  # what a caller may name a head by


def check_part(part: str) -> None:
    """Raise `AttnvizError` for a part that no model has."""
    if part != "" and part not in PARTS:
        raise AttnvizError(f"The parts of a model are {', '.join(PARTS)}; there is no “{part}”.")


@dataclass(frozen=True)
class Shape:
    """Which heads a model has: of each part how many heads each layer has, and the model's name, to say so."""

    name: str
    parts: Mapping[str, tuple[int, ...]]  # "" alone in a model with one part that needs no name

    @property
    def counts(self) -> str:
        """How many layers and heads there are, in words.

        >>> Shape("made", {"": (4, 4)}).counts, Shape("made", {"encoder": (1,), "cross": (2, 4, 2)}).counts
        ('2 layers × 4 heads', 'encoder 1 layer × 1 head, cross 3 layers × 2 to 4 heads')
        """
        told = []
        for part, layers in self.parts.items():
            least, most = min(layers, default=0), max(layers, default=0)
            heads = counted(most, "head") if least == most else f"{least} to {counted(most, 'head')}"
            told.append(f"{part} {counted(len(layers), 'layer')} × {heads}".strip())
        return ", ".join(told)

    @property
    def opening(self) -> str:
        """The part to show first: what a target sees of its source, where there is one."""
        return "cross" if "cross" in self.parts else next(iter(self.parts))

    def part(self, part: str = "") -> str:
        """The part that is meant: the only one where none is named.

        Raises:
            AttnvizError: a part that the model has not, or none named where there are several.
        """
        if part in self.parts:
            return part
        if len(self.parts) == 1 and not part:
            return next(iter(self.parts))
        if not part:
            named = ", ".join(self.parts)
            raise AttnvizError(f"{self.name} has several parts ({named}). Say which, such as “{self.opening}.0.1”.")
        has = f"its parts are {', '.join(self.parts)}" if all(self.parts) else "it has one part, which needs no name"
        has = f"here it has one part, {next(iter(self.parts))}" if len(self.parts) == 1 and all(self.parts) else has
        raise AttnvizError(f"There is no part “{part}” in {self.name}: {has}.")

    def check_layer(self, layer: int, part: str = "") -> None:
        """Raise `AttnvizError` for a layer that is not there."""
        layers = len(self.parts[self.part(part)])
        if not 0 <= as_index(layer, "A layer", least=None) < layers:
            where = f"{self.part(part)} of {self.name}" if self.part(part) else self.name
            raise AttnvizError(f"There is no layer {layer}: {where} has layers 0 to {layers - 1}.")

    def check(self, layer: int, head: int, part: str = "") -> None:
        """Raise `AttnvizError` for a head that is not there."""
        self.check_layer(layer, part)
        heads = self.parts[self.part(part)][layer]
        if not 0 <= as_index(head, "A head", least=None) < heads:
            raise AttnvizError(f"There is no head {head}: layer {layer} of {self.name} has heads 0 to {heads - 1}.")

    def head(self, head: Head) -> Head:
        """The same head with the name of its part, after a check that it is there."""
        self.check(head.layer, head.head, head.part)
        return Head(head.layer, head.head, self.part(head.part))

    def heads(self) -> Iterable[Head]:
        """All heads, part by part."""
        for part, layers in self.parts.items():
            for layer, heads in enumerate(layers):
                yield from (Head(layer, head, part) for head in range(heads))


def counted(n: int, what: str) -> str:
    """A number and its noun.

    >>> counted(1, "layer"), counted(12, "head"), counted(1276, "token")
    ('1 layer', '12 heads', '1,276 tokens')
    """
    return f"{n:,} {what}{'s' * (n != 1)}"
