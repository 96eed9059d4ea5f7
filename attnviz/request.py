"""What is asked of a model: what to read, with which weights, and what to change in the run. Hashable: what is
remembered, linked, exported and shown goes by the same value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from attnviz.changes.kinds import (
    LIFTED,
    MASKS,
    MATRICES,
    WIDE,
    Change,
    HeadOff,
    Masked,
    Normalized,
    NumberSet,
    RowSet,
    Scaled,
    Unplaced,
    Unseen,
    of_one_text,
    settled,
)
from attnviz.contents import Pixels, Samples

__all__ = [
    "LIFTED",
    "MASKS",
    "MATRICES",
    "WIDE",
    "Change",
    "HeadOff",
    "Input",
    "Masked",
    "Named",
    "Normalized",
    "NumberSet",
    "Pair",
    "Picture",
    "Request",
    "RowSet",
    "Scaled",
    "Sound",
    "Text",
    "Translation",
    "Unplaced",
    "Unseen",
    "Weights",
    "of_one_text",
    "settled",
]


@dataclass(frozen=True)
class Text:
    """A text."""

    text: str
    special_tokens: bool | None = None  # whether typed special tokens are read as such; None: as each is by default
    most: int | None = None  # tokens that are read of it, special ones included; None: as many as the model can


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


@dataclass(frozen=True)
class Picture:
    """A picture, and what is asked about it ("which digit is red?") or compared with it ("a photo of a cat")."""

    pixels: Pixels
    question: str
    special_tokens: ClassVar[bool | None] = None  # a question holds none
    notices: tuple[str, ...] = field(default=(), compare=False)  # what was done to it before it was read, in sentences


@dataclass(frozen=True)
class Sound:
    """A sound, and what a model that hears it is to have written of it; None: what it writes by itself."""

    samples: Samples
    said: str | None = None
    special_tokens: ClassVar[bool | None] = None  # what is said holds none
    notices: tuple[str, ...] = field(default=(), compare=False)  # what was done to it before it was heard, in sentences


Input = Text | Pair | Translation | Picture | Sound


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
