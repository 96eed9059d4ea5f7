"""A trace as bytes for the explorer: a JSON header, then arrays, in one piece.

What travels was measured at 512 tokens and 72 heads (benchmarks/results.md): all weights would be 75 MB; small pictures
of all heads (each cell the largest weight of its block, one byte) and q, k and v, from which the page computes the head
that one looks at, are 7. On short texts q, k and v go as float32, on long ones as int16 with one scale a head; the
numbers that a person reads then come a moment later, as the package has them (`packed_choice`).

    4 bytes   length of the header, little-endian
    header    JSON, UTF-8; "parts" names each array: where it begins, its type and shape
    arrays    each begins at a multiple of 8 after the header's padded end
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.analysis.linking import rows_of
from attnviz.analysis.merging import word_groups
from attnviz.analysis.pooling import max_pooled
from attnviz.attention import Attention, causal_mask
from attnviz.figures.labels import token_label
from attnviz.figures.palette import DARK, LIGHT
from attnviz.trace import AttentionTrace, LayerTrace, to_cpu

THUMBNAIL = 40  # most cells along a side of a head's small picture
WHOLE = 64  # up to so many tokens a choice is answered with all weights of a head, past it with rows
EXACT_BYTES = 2_000_000  # up to so much q, k and v go as float32, past it as int16
_TYPES = {"float32": np.float32, "int16": np.int16, "uint8": np.uint8}

Array = NDArray[Any]


def packed_trace(
    trace: AttentionTrace, *, identity: str, first: Mapping[str, Any], exact: bool | None = None, **more: Any
) -> bytes:
    """Everything of a trace that the explorer draws.

    Args:
        identity: the name under which later answers (`packed_choice`) belong to this trace.
        first: what is chosen at first, as the explorer's state has it ("layer", "head", "query", …).
        exact: q, k and v as float32; by their size if None.
        more: goes into the header as it stands.
    """
    parts: dict[str, Array] = {}
    size = sum(x.numel() * 4 for layer in trace.layers for x in (layer.q, layer.k, layer.v))
    layers = [
        _layer(layer, i, parts, known=trace.layers[:i], exact=size <= EXACT_BYTES if exact is None else exact)
        for i, layer in enumerate(trace.layers)
    ]
    header = {
        "id": identity,
        "model": trace.model,
        "tokens": _tokens(trace),
        "words": {"words": _word_of(trace, join=False), "joined": _word_of(trace, join=True)},
        "layers": layers,
        "off": sorted(trace.off),
        "palettes": {"light": asdict(LIGHT), "dark": asdict(DARK)},
        "first": dict(first),
        **more,
    }
    return packed(header, parts)


def packed_choice(
    trace: AttentionTrace,
    *,
    identity: str,
    heads: Sequence[tuple[int, int]],
    queries: Sequence[int],
    rows: Callable[[int], Sequence[Attention]] | None = None,
    **more: Any,
) -> bytes:
    """The package's own numbers for what is chosen, to be read instead of what the page computes.

    The weights of these heads (on a text of more than 64 tokens, of these queries in them); of the first head q, k and
    v, and the whole way of the first query: scores, masked, weights, context. `rows` gives a query's rows in all layers
    where they are at hand. `more` goes into the header as it stands.
    """
    rows = rows or partial(rows_of, trace)
    parts: dict[str, Array] = {}
    for i, (layer, head) in enumerate(heads):
        if len(trace) <= WHOLE:
            parts[f"weights{i}"] = _float32(trace.layers[layer].head(head).weights)
        else:
            parts[f"rows{i}"] = np.stack([_float32(rows(query)[layer].weights[head, 0]) for query in queries])
    layer, head = heads[0]
    way = rows(queries[0])[layer]
    for name in ("scores", "masked", "weights", "context"):
        parts[name] = _float32(getattr(way, name)[head, 0])
    record = trace.layers[layer]
    kv = record.kv_head(head)
    parts |= {"q": _float32(record.q[head]), "k": _float32(record.k[kv]), "v": _float32(record.v[kv])}
    header = {"id": identity, "heads": [list(one) for one in heads], "queries": list(queries), **more}
    return packed(header, parts)


def packed(header: Mapping[str, Any], parts: Mapping[str, Array]) -> bytes:
    """The header, with the place of each part written into it, and the parts."""
    places, at = {}, 0
    for name, array in parts.items():
        places[name] = {"at": at, "type": array.dtype.name, "shape": list(array.shape)}
        at += -(-array.nbytes // 8) * 8
    told = json.dumps({**header, "parts": places}, ensure_ascii=False, allow_nan=False).encode()
    told += b" " * (-(4 + len(told)) % 8)
    body = b"".join(array.tobytes() + bytes(-array.nbytes % 8) for array in parts.values())
    return len(told).to_bytes(4, "little") + told + body


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """What `packed` made: header and parts.

    >>> unpacked(packed({"a": 1}, {"x": np.array([[1.5, 2]], dtype=np.float32)}))[1]["x"]
    array([[1.5, 2. ]], dtype=float32)
    """
    start = 4 + int.from_bytes(data[:4], "little")
    header = json.loads(data[4:start])
    parts = {}
    for name, place in header.pop("parts").items():
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(data, _TYPES[place["type"]], count, start + place["at"])
        parts[name] = array.reshape(place["shape"])
    return header, parts


def thumbnails(weights: Tensor) -> NDArray[np.uint8]:
    """[head, query, key] to [head, at most 40, at most 40]: the roots of the largest weights of each block, 0 to 255.

    The root spends the 256 steps where most weights are: near 0.
    """
    pooled = to_cpu(max_pooled(weights, THUMBNAIL))
    coded = (pooled.sqrt() * 255).round().clamp(0, 255)
    return coded.to(torch.uint8).numpy()


def _layer(
    layer: LayerTrace, index: int, parts: dict[str, Array], *, known: Sequence[LayerTrace], exact: bool
) -> dict[str, Any]:
    """A layer's entry in the header; its arrays go into `parts`."""
    parts[f"thumbnails{index}"] = thumbnails(layer.weights)
    scales: dict[str, list[float]] = {}
    for name in ("q", "k", "v"):
        values = _float32(getattr(layer, name))
        if exact:
            parts[f"{name}{index}"] = values
        else:
            parts[f"{name}{index}"], scales[name] = _as_int16(values)
    return {
        "heads": layer.heads,
        "kvHeads": layer.k.shape[0],
        "dHead": layer.d_head,
        "scale": layer.scale,
        "temperature": layer.temperature,
        "scales": scales,
        "extra": _extra(layer, index, parts, known),
    }


def _extra(layer: LayerTrace, index: int, parts: dict[str, Array], known: Sequence[LayerTrace]) -> str | None:
    """What is added to the scaled scores: nothing, "causal", or the name of a part [head or 1, query, key].

    Layers that share one mask and bias share one part.
    """
    if layer.mask is None and layer.bias is None:
        return None
    if layer.bias is None and layer.mask is not None and layer.mask.shape[0] == 1:
        n = layer.mask.shape[-1]
        if torch.equal(to_cpu(layer.mask[0]), causal_mask(n)):
            return "causal"
    for i, other in enumerate(known):
        if _same(other.mask, layer.mask) and _same(other.bias, layer.bias):
            return f"extra{i}"
    added = sum(to_cpu(x) for x in (layer.mask, layer.bias) if x is not None)
    parts[f"extra{index}"] = _float32(added)  # type: ignore[arg-type]  # at least one is there
    return f"extra{index}"


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    return a is b if a is None or b is None else a.data_ptr() == b.data_ptr() and a.shape == b.shape


def _as_int16(values: Array) -> tuple[Array, list[float]]:
    """[head, token, d_head] as whole numbers, and for each head what one step is worth."""
    largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    step = np.maximum(largest / 32767, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(values / step).astype(np.int16), [float(s) for s in step[:, 0, 0]]


def _float32(x: Tensor) -> Array:
    return np.ascontiguousarray(to_cpu(x).numpy())


def _tokens(trace: AttentionTrace) -> list[dict[str, Any]]:
    """Each token as the page writes and describes it."""
    return [
        {
            "label": token_label(token),
            "title": _described(trace, i),
            "special": token.special,
            "continues": token.continues,
            "unknown": token.unknown,
            "word": token.word,
            "segment": token.segment,
        }
        for i, token in enumerate(trace.tokens)
    ]


def _described(trace: AttentionTrace, index: int) -> str:
    """A token's id and where it stands."""
    token = trace.tokens[index]
    where = "added by the model" if token.special else f"characters {token.start} to {token.end}, word {token.word}"
    piece = f" “{token.piece}”" if token.piece and token.piece != token.text else ""
    piece += " (a word that the model does not know)" * token.unknown
    return f"token {index} · id {token.id}{piece} · {where}"


def _word_of(trace: AttentionTrace, *, join: bool) -> list[int]:
    """[token]: the index of the word it belongs to, special tokens counted as words."""
    groups = word_groups(trace, join=join)
    return [index for index, group in enumerate(groups) for _ in group]
