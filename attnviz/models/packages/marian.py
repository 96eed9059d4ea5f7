"""The binary in which Marian, Mozilla's translation engine, keeps a network (version 1): named tensors, some in 8 bits.

    version, count                            two numbers
    name length, type, rank, byte length      four numbers for each tensor
    the names, each ended by a zero byte
    the shapes, four bytes a number
    how many bytes are skipped, and these
    the tensors' bytes

All numbers are little-endian, of eight bytes where nothing else is said. In an 8-bit matrix each byte n stands for
n / m: the multiplier m comes after the last byte, as a float32. A matrix [in, out] lies there as [out, in].

Source: github.com/marian-nmt/marian-dev, src/common/binary.cpp and src/tensors/cpu/integer_common.h.
"""

from __future__ import annotations

import struct
from math import prod

import numpy as np
from numpy.typing import NDArray

FLOAT32 = 0x404
INT8 = 0x4101  # "intgemm8": laid out for integer multiplication, the same on every processor
TABLE = "Wemb"  # the table of words, [word, d_model], which lies there as it is named


def read(content: bytes) -> dict[str, NDArray[np.float32]]:
    """Each tensor of numbers by Marian's name for it, as float32: a matrix as [in, out], and what is one row as [out].

    Raises:
        ValueError: bytes that are no such file, or another version of it.
    """
    try:
        version, count = struct.unpack_from("<QQ", content, 0)
        if version != 1:
            raise ValueError(f"this is version {version} of Marian's binary, or none; version 1 is read")
        return _tensors(content, count)
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"Marian's binary ends early or is damaged: {error}") from error


def _tensors(content: bytes, count: int) -> dict[str, NDArray[np.float32]]:
    at = 16
    heads = [struct.unpack_from("<QQQQ", content, at + 32 * i) for i in range(count)]
    at += 32 * count
    names: list[str] = []
    for length, *_ in heads:
        names.append(content[at : at + length].rstrip(b"\0").decode())
        at += length
    shapes: list[tuple[int, ...]] = []
    for _, _, rank, _ in heads:
        shapes.append(struct.unpack_from(f"<{rank}i", content, at))
        at += 4 * rank
    (skipped,) = struct.unpack_from("<Q", content, at)
    at += 8 + skipped
    found: dict[str, NDArray[np.float32]] = {}
    for name, shape, (_, kind, _, length) in zip(names, shapes, heads, strict=True):
        if at + length > len(content):
            raise ValueError(f"Marian's binary ends within {name}")
        if kind in (FLOAT32, INT8):
            numbers = _numbers(content, at, shape, kind, is_table=name == TABLE)
            found[name] = numbers[0] if shape[0] == 1 else numbers
        at += length
    return found


def _numbers(content: bytes, at: int, shape: tuple[int, ...], kind: int, *, is_table: bool) -> NDArray[np.float32]:
    size = prod(shape)
    if kind == FLOAT32:
        return np.frombuffer(content, "<f4", size, at).reshape(shape).astype(np.float32)
    (multiplier,) = struct.unpack_from("<f", content, at + size)
    stored = np.frombuffer(content, np.int8, size, at)
    whole = stored.reshape(shape) if is_table else stored.reshape(shape[::-1]).T
    return np.ascontiguousarray(whole, np.float32) / np.float32(multiplier)
