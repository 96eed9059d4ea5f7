"""What tokens are cut from where that is no text: a picture and a sound, each as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnviz.errors import AttnvizError


@dataclass(frozen=True)
class Pixels:
    """A picture as a value: two are equal, and have one hash, if their pixels are.

    >>> Pixels.of(np.zeros((2, 3, 3), np.uint8))
    <Pixels: 3 × 2>

    Raises:
        AttnvizError: another number of bytes than of pixels.
    """

    rows: int
    columns: int
    data: bytes  # red, green and blue of each pixel, row by row from the top

    def __post_init__(self) -> None:
        if len(self.data) != 3 * self.rows * self.columns:
            raise AttnvizError(f"{len(self.data)} bytes for {self.columns} × {self.rows} pixels of 3 colours")

    def __repr__(self) -> str:
        return f"<Pixels: {self.columns} × {self.rows}>"

    @classmethod
    def of(cls, array: NDArray[np.uint8]) -> Pixels:
        """Of an array [row, column, channel] of 0 to 255."""
        return cls(array.shape[0], array.shape[1], np.ascontiguousarray(array, np.uint8).tobytes())

    @property
    def array(self) -> NDArray[np.uint8]:
        """[row, column, channel]; not to be written to."""
        return np.frombuffer(self.data, np.uint8).reshape(self.rows, self.columns, 3)


@dataclass(frozen=True)
class Samples:
    """A sound as a value: two are equal, and have one hash, if their samples are.

    >>> Samples.of(np.zeros(4000), 8000)
    <Samples: 0.50 s at 8,000 a second>

    Raises:
        AttnvizError: no whole number of samples, none, or no rate.
    """

    rate: int  # samples a second
    data: bytes  # float32, of -1 to 1

    def __post_init__(self) -> None:
        if not self.data or len(self.data) % 4 or self.rate < 1:
            raise AttnvizError(f"{len(self.data)} bytes at a rate of {self.rate} are no samples of 4 bytes")

    def __repr__(self) -> str:
        return f"<Samples: {self.seconds:.2f} s at {self.rate:,} a second>"

    def __len__(self) -> int:
        return len(self.data) // 4

    @classmethod
    def of(cls, array: NDArray[np.floating[Any]], rate: int) -> Samples:
        """Of an array [sample] of -1 to 1."""
        return cls(rate, np.ascontiguousarray(array, "<f4").tobytes())

    @property
    def array(self) -> NDArray[np.float32]:
        """[sample]; not to be written to."""
        return np.frombuffer(self.data, "<f4")

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self) / self.rate
