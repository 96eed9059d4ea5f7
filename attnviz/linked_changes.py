"""What is changed in a run, as a link writes it: "causal", "window:3", "unseen:5:11:8:2", "decoder/temperature:2"."""

from __future__ import annotations

from attnviz.errors import AttnvizError
from attnviz.request import MASKS, Change, Masked, Scaled, Unseen

_BETWEEN = "~"  # stands unescaped in an address
_ALL = "_"
_STANDARD = (Masked.width, Masked.step)


def written(changes: tuple[Change, ...]) -> str:
    """As a link has them.

    >>> written((Masked("window", width=3), Unseen(key=2), Scaled(temperature=2.0, root=False, part="decoder")))
    'window:3~unseen:_:_:_:2~decoder/temperature:2~decoder/unscaled'
    """
    return _BETWEEN.join(part for change in changes for part in _one(change))


def _one(change: Change) -> list[str]:
    part = f"{change.part}/" if change.part else ""
    if isinstance(change, Masked):
        numbers = {"causal": "", "window": f":{change.width}", "dilated": f":{change.width}:{change.step}"}
        return [f"{part}{change.kind}{numbers[change.kind]}"]
    if isinstance(change, Scaled):
        own = [f"temperature:{change.temperature:g}"] * (change.temperature != 1) + ["unscaled"] * (not change.root)
        return [f"{part}{one}" for one in own]
    if isinstance(change, Unseen):
        at = (change.layer, change.head, change.query, change.key)
        return [f"{part}unseen:{':'.join(_ALL if i is None else str(i) for i in at)}"]
    return []  # heads that are off have a parameter of their own


def read(text: str) -> tuple[Change, ...] | None:
    """The changes that a link names; None if it cannot be read.

    >>> read("window:3~decoder/unscaled")
    (Masked(kind='window', width=3, step=2, part=''), Scaled(temperature=1.0, root=False, part='decoder'))
    >>> read("window:0") is None, read("nothing") is None
    (True, True)
    """
    try:
        return tuple(dict.fromkeys(_read(one) for one in text.split(_BETWEEN)))
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
    raise ValueError(f"no change: {text}")
