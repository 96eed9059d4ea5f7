"""What is asked of a model: what to read, with which weights, and what to change in the run. Hashable: what is
remembered, linked, exported and shown goes by the same value.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Protocol

from attnviz.errors import AttnvizError
from attnviz.heads import Head, Shape, check_part


@dataclass(frozen=True)
class Text:
    """A text."""

    text: str
    special_tokens: bool | None = None  # whether typed special tokens are read as such; None: as each is by default


@dataclass(frozen=True)
class Pair:
    """Two sentences, for a model that reads both at once."""

    first: str
    second: str
    special_tokens: bool | None = None


@dataclass(frozen=True)
class Translation:
    """A source, and the target that an encoder–decoder is to have written of it."""

    source: str
    target: str
    special_tokens: bool | None = None


Input = Text | Pair | Translation


@dataclass(frozen=True)
class HeadOff:
    """A head that hands nothing on: it still looks, but zeros stand for its context before W_O (Michel et al. 2019).

    >>> HeadOff("5.11").head
    Head(layer=5, head=11, part='')
    """

    head: Head

    def __init__(self, head: Head | str | tuple[int, int]) -> None:
        object.__setattr__(self, "head", Head.of(head))

    @property
    def part(self) -> str:
        """The part that the head is in."""
        return self.head.part


@dataclass(frozen=True)
class Unseen:
    """Weights that are taken away before the softmax, so that the rest of the row shares what was there; None means
    every one. Geva et al. 2023, "Dissecting Recall of Factual Associations in Auto-Regressive Language Models", call it
    attention knockout.

    `Unseen(5, 11, 8, 2)` is one weight: head 11 of layer 5, from token 8 to token 2. `Unseen(key=2)` switches token 2
    off: nobody may look at it, anywhere.

    Raises:
        AttnvizError: a number that is none, or a part that no model has.
    """

    layer: int | None = None
    head: int | None = None
    query: int | None = None
    key: int | None = None
    part: str = ""  # need not be said where there is one

    def __post_init__(self) -> None:
        check_part(self.part)
        for field in fields(self)[:4]:
            value = getattr(self, field.name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise AttnvizError(
                    f"The {field.name} of Unseen is a whole number from 0, or None for all, not {value!r}."
                )

    @property
    def is_of_one_text(self) -> bool:
        """Whether it names tokens, which are other words in another text."""
        return (self.query, self.key) != (None, None)


MASKS = ("causal", "window", "dilated")


@dataclass(frozen=True)
class Masked:
    """Where every token may look, beside what the model's own mask allows; only among tokens of one row.

    "causal": itself and those before it. "window": up to `width` tokens away (Beltagy et al. 2020, Longformer).
    "dilated": every `step`th token, up to `width` tokens away (LongNet, Ding et al. 2023, has it in segments).

    Raises:
        AttnvizError: a mask of another name, or a width or step that is no number from 1.
    """

    kind: str
    width: int = 4
    step: int = 2
    part: str = ""  # every part whose rows and columns are the same tokens, if not said

    def __post_init__(self) -> None:
        check_part(self.part)
        if self.kind not in MASKS:
            raise AttnvizError(f"A mask is one of {', '.join(MASKS)}, not {self.kind!r}.")
        for name in ("width", "step"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise AttnvizError(f"A mask's {name} is a whole number from 1, not {value!r}.")
        if self.part == "cross":
            raise AttnvizError("Cross-attention looks from one row of tokens at another: there is no distance in it.")


@dataclass(frozen=True)
class Scaled:
    """Scores on another scale: divided by a temperature before the softmax, or not by √d_head at all.

    Raises:
        AttnvizError: a temperature that is no number above 0.
    """

    temperature: float = 1.0
    root: bool = True  # False: the scores stay as they are, q·k
    part: str = ""  # all parts, if not said

    def __post_init__(self) -> None:
        check_part(self.part)
        if isinstance(self.temperature, bool) or not isinstance(self.temperature, int | float):
            raise AttnvizError(f"The softmax temperature is a number above 0, not {self.temperature!r}.")
        if not 0 < self.temperature < float("inf"):
            raise AttnvizError(f"The softmax temperature must be above 0, not {self.temperature}.")


Change = HeadOff | Unseen | Masked | Scaled


class Weights(Protocol):
    """Which weights: a value that names them."""

    @property
    def name(self) -> str:
        """The name that they are asked for by."""


@dataclass(frozen=True)
class Named:
    """Weights that have a name and no more: a model that was handed over in memory."""

    name: str


@dataclass(frozen=True)
class Request:
    """One run of a model, as it is asked for."""

    input: Input
    weights: Weights
    changes: tuple[Change, ...] = ()


def settled(changes: Collection[Change], shape: Shape) -> tuple[Change, ...]:
    """The changes, in the order given and each once, with the parts of heads named as the model names them.

    Raises:
        AttnvizError: what is no change, or one in a part, layer or head that the model has not.
    """
    found: list[Change] = []
    for change in changes:
        if isinstance(change, HeadOff):
            here: Change = HeadOff(shape.head(change.head))
        elif isinstance(change, Unseen):
            here = _settled_unseen(change, shape)
        elif isinstance(change, Masked | Scaled):
            if change.part:
                shape.part(change.part)
            here = change
        else:
            raise AttnvizError(f"A run is changed by HeadOff, Unseen, Masked or Scaled, not by {change!r}.")
        if here not in found:
            found.append(here)
    return tuple(found)


def _settled_unseen(change: Unseen, shape: Shape) -> Unseen:
    part = shape.part(change.part)
    if change.layer is not None:
        shape.check_layer(change.layer, part)
        if change.head is not None:
            shape.check(change.layer, change.head, part)
    return Unseen(change.layer, change.head, change.query, change.key, part)
