"""What may be changed in a run of a model: values, each of which says one thing. `applying.py` applies them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from typing import ClassVar, get_args

from attnviz._index import as_index
from attnviz.errors import AttnvizError
from attnviz.heads import Address, Head, Shape, check_part
from attnviz.normalizers import check_normalizer


@dataclass(frozen=True)
class HeadOff:
    """A head that hands nothing on: it still looks, but zeros stand for its context before W_O (Michel et al. 2019).

    >>> HeadOff("5.11").head
    Head(layer=5, head=11, part='')
    """

    head: Head

    def __init__(self, head: Address) -> None:
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
            if value is not None:
                object.__setattr__(self, field.name, as_index(value, f"The {field.name} of Unseen (None: every one)"))

    @property
    def is_of_one_text(self) -> bool:
        """Whether it names tokens, which are other words in another text."""
        return (self.query, self.key) != (None, None)


LIFTED = "bidirectional"  # the kind of mask that opens, where the others close
WIDE = ("window", "dilated")  # those that have a width
MASKS = (LIFTED, "causal", *WIDE)


@dataclass(frozen=True)
class Masked:
    """Where every token may look, beside what the model's own mask allows; only among tokens of one row.

    "bidirectional": also at what comes later; a causal mask of the model's own is lifted. "causal": itself and those
    before it. "window": up to `width` tokens away (Beltagy et al. 2020, Longformer).
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
            object.__setattr__(self, name, as_index(getattr(self, name), f"A mask's {name}", least=1))
        if self.kind not in WIDE:  # what a mask has not tells no two of a kind apart
            object.__setattr__(self, "width", type(self).width)
        if self.kind != "dilated":
            object.__setattr__(self, "step", type(self).step)
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
        object.__setattr__(self, "temperature", _finite(self.temperature, "The softmax temperature"))
        if self.temperature <= 0:
            raise AttnvizError(f"The softmax temperature must be above 0, not {self.temperature}.")
        if not isinstance(self.root, bool):
            raise AttnvizError(f"Whether scores are divided by √d_head is True or False, not {self.root!r}.")


@dataclass(frozen=True)
class Normalized:
    """Weights that are made of the masked scores by something else than the softmax (`attnviz.normalizers`).

    "relu": max(0, score) / keys (Wortsman et al. 2023). "polynomial": score³ / √keys (Saratchandran et al. 2024).
    "hard": 1 for the largest score, 0 for the rest. "softmax": as the model has it. Of several in one part the last
    holds.

    Raises:
        AttnvizError: a normalizer that there is not.
    """

    kind: str
    part: str = ""  # all parts, if not said

    def __post_init__(self) -> None:
        check_part(self.part)
        check_normalizer(self.kind)


@dataclass(frozen=True)
class RowSet:
    """A row of weights set by hand, in place of what the softmax gives: a weight for each key. They need not be
    positive nor sum to 1. A key that the model does not let the query look at keeps the weight 0, and one that another
    change hides has it. Of several for one row the last holds.

    >>> RowSet(5, 11, 8, [0.5, 0.5]).weights
    (0.5, 0.5)

    Raises:
        AttnvizError: a place or weight that is no number.
    """

    layer: int
    head: int
    query: int
    weights: tuple[float, ...]
    part: str = ""  # need not be said where there is one

    is_of_one_text: ClassVar[bool] = True  # it names a token, which is another word in another text

    def __init__(self, layer: int, head: int, query: int, weights: Iterable[float], part: str = "") -> None:
        check_part(part)
        place = {"layer": layer, "head": head, "query": query}
        place = {name: as_index(value, f"The {name} of RowSet") for name, value in place.items()}
        if isinstance(weights, str) or not isinstance(weights, Iterable):
            raise AttnvizError(f"The weights of RowSet are numbers, one for each key, not {weights!r}.")
        told = tuple(_finite(weight, "A weight of RowSet") for weight in weights)
        if not told:
            raise AttnvizError("RowSet has no weights: give one for each key.")
        for name, one in (*place.items(), ("weights", told), ("part", part)):
            object.__setattr__(self, name, one)


@dataclass(frozen=True)
class Unplaced:
    """Positions left out: neither added to the vectors nor turned by. The model then does not know where a word stands
    (Vaswani et al. 2017, section 3.5, on why they are there). In from-scratch models, whose positions stand apart."""

    part: ClassVar[str] = ""


MATRICES = ("w_q", "w_k", "w_v", "w_o")


@dataclass(frozen=True)
class NumberSet:
    """One number of a layer's W_Q, W_K, W_V or W_O set by hand, in from-scratch models. Rows are what goes in, columns
    what comes out; head h has columns h · d_head on of the first three, and those rows of W_O.

    Raises:
        AttnvizError: another matrix, a place or value that is no number.
    """

    layer: int
    matrix: str  # one of `MATRICES`
    row: int
    column: int
    value: float

    part: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if self.matrix not in MATRICES:
            raise AttnvizError(f"A number is set in one of {', '.join(MATRICES)}, not in {self.matrix!r}.")
        for name in ("layer", "row", "column"):
            object.__setattr__(self, name, as_index(getattr(self, name), f"The {name} of NumberSet"))
        object.__setattr__(self, "value", _finite(self.value, "The value of NumberSet"))


Change = HeadOff | Unseen | Masked | Scaled | Normalized | RowSet | Unplaced | NumberSet


def of_one_text(change: Change) -> bool:
    """Whether a change names tokens, which are other words in another text."""
    return isinstance(change, Unseen | RowSet) and change.is_of_one_text


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
        elif isinstance(change, RowSet):
            shape.check(change.layer, change.head, change.part)
            here = replace(change, part=shape.part(change.part))
        elif isinstance(change, Masked | Scaled | Normalized):
            if change.part:
                shape.part(change.part)
            here = change
        elif isinstance(change, NumberSet):
            shape.check_layer(change.layer)
            here = change
        elif isinstance(change, Unplaced):
            here = change
        else:
            *some, last = (kind.__name__ for kind in get_args(Change))
            raise AttnvizError(f"A run is changed by {', '.join(some)} or {last}, not by {change!r}.")
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


_LARGEST = 3.4e38  # of float32, in which models compute


def _finite(value: object, what: str) -> float:
    """The number; also of NumPy's, and of a tensor of one."""
    try:
        found = math.nan if isinstance(value, bool | str) else float(value)  # type: ignore[arg-type]  # it is tried
    except (TypeError, ValueError, OverflowError, RuntimeError):
        found = math.nan
    if not abs(found) <= _LARGEST:
        raise AttnvizError(f"{what} is a finite number, not {value!r}.")
    return found + 0.0  # −0 is 0
