"""Arrays and what is said of them as bytes, in one piece.

4 bytes   length of the header, little-endian
header    JSON, UTF-8; "arrays" names each: where it begins, its type and shape
arrays    each begins at a multiple of 8 after the header's padded end
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.layer import to_cpu

_TYPES = {"float32": np.float32, "int16": np.int16, "uint8": np.uint8}

Array = NDArray[Any]


def packed(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """The header, with the place of each array written into it, and the arrays."""
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = {"at": at, "type": array.dtype.name, "shape": list(array.shape)}
        at += -(-array.nbytes // 8) * 8
    told = json.dumps({**header, "arrays": places}, ensure_ascii=False, allow_nan=False).encode()
    told += b" " * (-(4 + len(told)) % 8)
    body = b"".join(piece for array in arrays.values() for piece in (array.data, bytes(-array.nbytes % 8)))
    return len(told).to_bytes(4, "little") + told + body


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """What `packed` made: header and arrays.

    >>> unpacked(packed({"a": 1}, {"x": np.array([[1.5, 2]], dtype=np.float32)}))[1]["x"]
    array([[1.5, 2. ]], dtype=float32)
    """
    start = 4 + int.from_bytes(data[:4], "little")
    header = json.loads(data[4:start])
    arrays = {}
    for name, place in header.pop("arrays").items():
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(data, _TYPES[place["type"]], count, start + place["at"])
        arrays[name] = array.reshape(place["shape"])
    return header, arrays


def thumbnails(pictures: Tensor) -> NDArray[np.uint8]:
    """Small pictures of heads (`LayerTrace.picture`) as whole numbers: the roots of their weights, 0 to 255.

    The root spends the 256 steps where most weights are: near 0.
    """
    coded = (to_cpu(pictures).sqrt() * 255).round().clamp(0, 255)
    return coded.to(torch.uint8).numpy()


def sizes(weights: Tensor) -> Tensor:
    """[head, query, key] of weights that are no shares: how far each is from 0, as a share of the head's largest.

    >>> sizes(torch.tensor([[[-4.0, 1.0], [0.0, 2.0]]]))
    tensor([[[1.0000, 0.2500],
             [0.0000, 0.5000]]])
    """
    size = weights.abs()
    return size / size.amax((1, 2), keepdim=True).clamp(min=torch.finfo(size.dtype).tiny)


def as_int16(values: Array) -> tuple[Array, list[float]]:
    """[head, token, d_head or d_value] as whole numbers, and for each head what one step is worth."""
    largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    step = np.maximum(largest / 32767, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(values / step).astype(np.int16), [float(s) for s in step[:, 0, 0]]


def as_float32(x: Tensor) -> Array:
    """A tensor of any device as an array in one piece of memory."""
    return np.ascontiguousarray(to_cpu(x).numpy())
