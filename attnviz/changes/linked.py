"""What is changed in a run, as a link writes it: "causal", "window:3", "unseen:5:11:8:2", "decoder/temperature:2",
"relu", "row:5:11:8:0.5__0.5" (weights, nothing for 0), "unplaced", "number:1:w_q:2:3:0.5".
"""

from __future__ import annotations

import re

from attnviz.errors import AttnvizError
from attnviz.normalizers import NORMALIZERS
from attnviz.request import MASKS, Change, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, Unseen
from attnviz.tokens import TOKEN_LIMIT

_BETWEEN, _WEIGHTS = "~", "_"  # stand unescaped in an address
_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]*(e[+-]?[0-9]+)?")
_LONGEST = 24  # characters of a number
_ALL = "_"
_STANDARD = (Masked.width, Masked.step)


def written(changes: tuple[Change, ...]) -> str:
    """As a link has them.

    >>> written((Masked("window", width=3), Unseen(key=2), Scaled(temperature=2.0, root=False, part="decoder")))
    'window:3~unseen:_:_:_:2~decoder/temperature:2~decoder/unscaled'
    >>> written((Normalized("relu"), RowSet(5, 11, 8, (0.5, 0.0, 0.0, -1.25)), NumberSet(1, "w_q", 2, 3, 1e-7)))
    'relu~row:5:11:8:0.5___-1.25~number:1:w_q:2:3:1e-07'
    """
    return _BETWEEN.join(part for change in changes for part in _one(change))


def _one(change: Change) -> list[str]:
    part = f"{change.part}/" if change.part else ""
    if isinstance(change, Masked):
        numbers = {"window": f":{change.width}", "dilated": f":{change.width}:{change.step}"}
        return [f"{part}{change.kind}{numbers.get(change.kind, '')}"]
    if isinstance(change, Scaled):
        own = [f"temperature:{_shortest(change.temperature)}"] * (change.temperature != 1)
        own += ["unscaled"] * (not change.root)
        return [f"{part}{one}" for one in own]
    if isinstance(change, Unseen):
        at = (change.layer, change.head, change.query, change.key)
        return [f"{part}unseen:{':'.join(_ALL if i is None else str(i) for i in at)}"]
    if isinstance(change, Normalized):
        return [f"{part}{change.kind}"]
    if isinstance(change, RowSet):
        weights = _WEIGHTS.join("" if weight == 0 else _shortest(weight) for weight in change.weights)
        return [f"{part}row:{change.layer}:{change.head}:{change.query}:{weights}"]
    if isinstance(change, Unplaced):
        return ["unplaced"]
    if isinstance(change, NumberSet):
        value = _shortest(change.value)
        return [f"number:{change.layer}:{change.matrix}:{change.row}:{change.column}:{value}"]
    return []  # heads that are off have a parameter of their own


def _shortest(number: float) -> str:
    """The shortest that reads back as the same number.

    >>> _shortest(2.0), _shortest(-0.1), _shortest(1 / 3)
    ('2', '-0.1', '0.3333333333333333')
    """
    return repr(number).removesuffix(".0")


def read(text: str) -> tuple[Change, ...] | None:
    """The changes that a link names; None if it cannot be read.

    >>> read("window:3~decoder/unscaled")
    (Masked(kind='window', width=3, step=2, part=''), Scaled(temperature=1.0, root=False, part='decoder'))
    >>> read("row:5:11:8:0.5__0.5")
    (RowSet(layer=5, head=11, query=8, weights=(0.5, 0.0, 0.5), part=''),)
    >>> read("window:0") is None, read("nothing") is None, read("row:0:0:0:nan") is None
    (True, True, True)
    """
    try:
        found = dict.fromkeys(_read(one) for one in text.split(_BETWEEN))
        return tuple(one for one in found if one != Scaled(part=one.part))  # a temperature of 1 changes nothing
    except (ValueError, TypeError, AttnvizError):
        return None


def _read(text: str) -> Change:
    part, _, rest = text.rpartition("/")
    kind, *numbers = rest.split(":")
    if kind in MASKS:
        width, step = [*map(int, numbers), *_STANDARD[len(numbers) :]]
        return Masked(kind, width, step, part)
    if kind == "temperature":
        (number,) = numbers
        return Scaled(float(number), part=part)
    if kind == "unscaled" and not numbers:
        return Scaled(root=False, part=part)
    if kind == "unseen":
        layer, head, query, key = (None if number == _ALL else int(number) for number in numbers)
        return Unseen(layer, head, query, key, part)
    if kind in NORMALIZERS and not numbers:
        return Normalized(kind, part)
    if kind == "row":
        *place, weights = numbers
        layer, head, query = map(int, place)
        told = weights.split(_WEIGHTS)
        if len(told) > TOKEN_LIMIT:
            raise ValueError(f"{len(told)} weights")
        return RowSet(layer, head, query, [_number(weight) for weight in told], part)
    if kind == "unplaced" and not (numbers or part):
        return Unplaced()
    if kind == "number" and not part:
        at, matrix, row, column, value = numbers
        return NumberSet(int(at), matrix, int(row), int(column), _number(value))
    raise ValueError(f"no change: {text}")


def _number(text: str) -> float:
    """A number as it is written in a link; nothing is 0."""
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise ValueError(f"no number: {text}")
    return float(text or 0)
