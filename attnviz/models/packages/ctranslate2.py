"""A model file of CTranslate2 as numbers by name: its binary of version 6, read front to back.

    header:   version (uint32), name of the kind (string), its revision (uint32), number of variables (uint32)
    variable: name (string), rank (uint8), shape (uint32 each), type (uint8), bytes (uint32), the numbers
    string:   length (uint16), so many bytes, the last of which is 0

Numbers are little-endian. What stands after the variables, other names for some of them, is not read.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

VERSION = 6
_TYPES = ("<f4", "|i1", "<i2", "<i4", "<f2")  # by their number


def variables(path: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Each variable's name and numbers.

    Raises:
        ValueError: a file of another version or type, or one that ends too soon.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        (version,) = _numbers(file, "<I")
        if version != VERSION:
            raise ValueError(f"a CTranslate2 file of version {version}, not {VERSION}")
        _string(file)
        _, count = _numbers(file, "<II")
        for _ in range(count):
            name = _string(file)
            (rank,) = _numbers(file, "<B")
            shape = _numbers(file, f"<{rank}I")
            kind, size = _numbers(file, "<BI")
            if kind >= len(_TYPES):
                raise ValueError(f"“{name}” has numbers of the unknown type {kind}")
            found = np.frombuffer(_bytes(file, size), _TYPES[kind])
            if len(found) != math.prod(shape):
                raise ValueError(f"“{name}” has {len(found)} numbers for the shape {shape}")
            yield name, found.reshape(shape)


def _string(file: BinaryIO) -> str:
    (length,) = _numbers(file, "<H")
    return _bytes(file, length).rstrip(b"\0").decode()


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, _bytes(file, struct.calcsize(form)))


def _bytes(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise ValueError("the file ends too soon")
    return found
