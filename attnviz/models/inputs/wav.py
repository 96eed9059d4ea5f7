"""A WAV file as numbers: the chunks of its RIFF container, whole samples of 8 to 32 bits or floats of 32 or 64.

Only what is asked for is read: the header of a file says how long it is. (Python's own `wave` reads no floats.)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_WHOLE, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # the kinds of samples
_UNTOLD = 0xFFFFFFFF  # bytes of samples where nobody knew how many there would be
_LONGEST_HEADER = 64  # chunks before the samples that are looked through


class WavError(ValueError):
    """What is no WAV file, or one whose samples are of another kind; the message says which."""


@dataclass(frozen=True, eq=False)
class Wav:
    """The beginning of a sound, and what the header says of the whole."""

    samples: NDArray[np.float32]  # [sample, channel], of -1 to 1
    rate: int
    length: int  # samples of the whole


def read_wav(file: BinaryIO, seconds: float) -> Wav:
    """The first so many seconds of a file that can be read and searched.

    Raises:
        WavError: as it says.
    """
    if (container := file.read(12))[:4] != b"RIFF" or container[8:] != b"WAVE":
        raise WavError("no WAV")
    kind = channels = rate = block = bits = 0
    for _ in range(_LONGEST_HEADER):
        head = file.read(8)
        if len(head) < 8:
            raise WavError("damaged")
        name, size = struct.unpack("<4sI", head)
        if name == b"fmt ":
            said = file.read(size)
            if len(said) < 16:
                raise WavError("damaged")
            kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", said[:16])
            if kind == _EXTENSIBLE and len(said) >= 26:
                kind = struct.unpack("<H", said[24:26])[0]
            file.seek(size % 2, 1)
        elif name == b"data":
            break
        else:
            file.seek(size + size % 2, 1)
    if name != b"data" or not (channels and rate):
        raise WavError("damaged")
    if (kind, bits) not in {*((_WHOLE, n) for n in (8, 16, 24, 32)), (_FLOAT, 32), (_FLOAT, 64)}:
        raise WavError("of another kind")
    if block != channels * bits // 8:
        raise WavError("damaged")
    asked = (int(seconds * rate) + 1) * block
    raw = file.read(min(size, asked))
    if size == _UNTOLD:  # by who wrote it while it sounded
        size = len(raw)
    if len(raw) < min(size, asked):
        raise WavError("damaged")
    return Wav(_numbers(raw[: len(raw) // block * block], kind, bits).reshape(-1, channels), rate, size // block)


def _numbers(raw: bytes, kind: int, bits: int) -> NDArray[np.float32]:
    if kind == _FLOAT:
        with np.errstate(over="ignore"):  # what is too large is infinite, and refused as that
            floats: NDArray[np.float32] = np.frombuffer(raw, f"<f{bits // 8}").astype(np.float32)
        return floats
    if bits == 8:  # these alone have no sign
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    whole = np.frombuffer(raw, f"<i{bits // 8}").astype(np.float32)
    return whole / np.float32(2.0 ** (bits - 1))
