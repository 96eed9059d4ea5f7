"""How many bytes an answer keeps in memory, so that what is remembered can be bounded by what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_SMALL = 64  # bytes: what a number, a reference or a small object takes, roughly


def bytes_of(value: Any) -> int:
    """The bytes of all arrays, texts and numbers in it; what is held twice is counted once.

    A model counts nothing, nor does a field that says that it is "shared" (its metadata): these are there by
    themselves, whoever refers to them.

    >>> bytes_of(torch.zeros(3, 1000)), bytes_of({"a": b"x" * 5000}) > 5000
    (12000, True)
    """
    seen: set[int] = set()
    rest, total = [value], 0
    while rest:
        one = rest.pop()
        if one is None or isinstance(one, bool | int | float):
            total += _SMALL // 8
            continue
        if isinstance(one, nn.Module | type) or callable(one):
            continue
        held = one.untyped_storage() if isinstance(one, Tensor) else one
        place = held.data_ptr() if isinstance(held, torch.UntypedStorage) else id(held)
        if place in seen:
            continue
        seen.add(place)
        if isinstance(held, torch.UntypedStorage):
            total += held.nbytes()
        elif isinstance(one, np.ndarray):
            total += one.nbytes if one.base is None else _SMALL
            rest.append(one.base)
        elif isinstance(one, bytes | bytearray | memoryview | str):
            total += len(one) + _SMALL
        elif isinstance(one, Mapping):
            total += _SMALL
            rest.extend(one.keys())
            rest.extend(one.values())
        elif isinstance(one, list | tuple | set | frozenset):
            total += _SMALL
            rest.extend(one)
        else:
            total += _SMALL
            shared = {field.name for field in fields(one) if field.metadata.get("shared")} if is_dataclass(one) else ()
            rest.extend(value for name, value in getattr(one, "__dict__", {}).items() if name not in shared)
    return total
