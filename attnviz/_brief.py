"""Short representations: what a notebook or a traceback writes of a record that holds many numbers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

_LONGEST = 60  # characters of a value that is written out


def brief(record: Any) -> str:
    """A dataclass by its name and fields, arrays by their shapes; to be its `__repr__`.

    >>> from dataclasses import make_dataclass
    >>> import torch
    >>> brief(make_dataclass("Made", ["q", "scale", "layers"])(torch.zeros(2, 3), 0.5, (1, 2)))
    '<Made: q [2, 3], scale 0.5, layers (1, 2)>'
    """
    told = ", ".join(f"{field.name} {_brief(getattr(record, field.name))}" for field in fields(record))
    return f"<{type(record).__name__}: {told}>"


def _brief(value: object) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return str(list(shape))
    if isinstance(value, tuple | list) and any(hasattr(one, "shape") for one in value):
        return f"({', '.join(map(_brief, value))})" if len(value) <= 3 else f"({_brief(value[0])} × {len(value)})"
    told = repr(value)
    if len(told) <= _LONGEST:
        return told
    return f"{told[: _LONGEST - 1]}…" if isinstance(value, str) else f"({type(value).__name__} of {_size(value)})"


def _size(value: object) -> str:
    return str(len(value)) if hasattr(value, "__len__") else "many"
