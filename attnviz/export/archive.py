"""The trace as an archive of arrays (NPZ)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from zipfile import ZipFile, ZipInfo

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz._trace import Trace
from attnviz.contents import Pixels, Samples
from attnviz.layer import LayerTrace, to_cpu
from attnviz.tokens import FrameToken, PatchToken, Tokens
from attnviz.version import __version__
from attnviz.wording import in_words

_MEMBERS = ("q", "k", "v", "weights", "mask", "bias", "by_hand")


def npz_bytes(trace: Trace, *, options: Mapping[str, object] | None = None) -> bytes:
    """The trace as a NumPy archive, for `numpy.load(file)`, which needs no pickle to read it.

    In it: q [layer, head, query, d_head]; k [layer, kv_head, key, d_head]; v [layer, kv_head, key, d_value]; weights
    [layer, head, query, key]; mask and bias [layer, head or 1, query, key] if the model has them; by_hand [layer, head,
    query, key] if weights were set by hand, NaN where they were not; all float32. Where layers differ in shape, each is
    an array of its own: q_0, q_1, …. Further scale, temperature and normalizer [layer]; tokens, special, marker, word,
    segment [token] (word is -1 for a special token, marker a special token that was typed and read as one, segment 1 in
    the second sentence of a pair); of a picture pixels [row, column, 3], and box [token, 4], a patch's x, y, width and
    height, -1 of a word; off [n, 2], the (layer, head)s that were switched off; cuts [n, 4], the layer, head,
    query and key of each cut, -1 for all; special_tokens, whether typed special tokens were to be read as such (1, 0;
    -1: by default); text, model, version, and `options`, those of the model, as JSON. So

        softmax((q @ kᵀ · scale + bias + mask) / temperature)

    gives the weights (Vaswani et al. 2017, eq. 1), unless the normalizer is another, or they were set by hand. Of a
    long text the weights themselves are left out: at 4,096 tokens each head's are 64 MB.
    `similarity` is the cosine of a picture and a text, and what it is multiplied by, of a model that compares the two.
    `changes` says in words what was changed in the run. Of a model of several parts, each part's arrays have its name
    before theirs ("cross/q"), and each row of tokens its own
    ("source/tokens"); off and cuts are addresses, such as "cross.3.5", and sentences. The same trace gives the same
    bytes, not compressed: such numbers hardly shrink. A layer's weights are computed when they are written, so that
    beside the archive only one is held.
    """
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, array in _particulars(trace, options or {}).items():
            _write(archive, name, array.shape, [array])
        for part, layers in trace.parts.items():
            _write_part(archive, f"{part}/" if part else "", layers)
    return file.getvalue()


def _write_part(archive: ZipFile, prefix: str, layers: Sequence[LayerTrace]) -> None:
    """The matrices of the layers of a part."""
    for name in _MEMBERS:
        if name in ("mask", "bias", "by_hand") and all(getattr(layer, name) is None for layer in layers):
            continue
        if name == "weights" and any(layer.is_long for layer in layers):
            continue
        shapes = [_shape(layer, name) for layer in layers]
        if len(set(shapes)) == 1:
            _write(archive, prefix + name, (len(shapes), *shapes[0]), (_numbers(layer, name) for layer in layers))
            continue
        for i, layer in enumerate(layers):
            _write(archive, f"{prefix}{name}_{i}", shapes[i], [_numbers(layer, name)])


def _particulars(trace: Trace, options: Mapping[str, object]) -> dict[str, NDArray[np.generic]]:
    """Everything that is not a layer's matrix."""
    return {
        **{
            f"{name}/{what}" if any(trace.parts) else what: values
            for name, row in trace.inputs.items()
            for what, values in _row(row).items()
        },
        **{
            f"{part}/{name}" if part else name: np.array([getattr(layer, name) for layer in layers])
            for part, layers in trace.parts.items()
            for name in ("scale", "temperature", "normalizer")
        },
        "special_tokens": np.array(-1 if trace.special_tokens is None else int(trace.special_tokens)),
        "model": np.array(trace.model),
        "options": np.array(json.dumps(dict(options))),
        "version": np.array(__version__),
        "changes": np.array([in_words(change) for change in trace.changes], dtype=np.str_),
        **_changed(trace),
        **_compared(trace),
    }


def _compared(trace: Trace) -> dict[str, NDArray[np.generic]]:
    """How alike a picture and a text are, of a model that reads both."""
    found = trace.similarity
    return {} if found is None else {"similarity": np.array([found.cosine, found.scale])}


def _row(tokens: Tokens) -> dict[str, NDArray[np.generic]]:
    """A row of tokens."""
    return {
        "text": np.array(tokens.text),
        "tokens": np.array([token.text for token in tokens]),
        "special": np.array([token.special for token in tokens]),
        "marker": np.array([token.marker for token in tokens]),
        "word": np.array([-1 if token.word is None else token.word for token in tokens]),
        "segment": np.array([token.segment for token in tokens]),
        **_seen(tokens),
    }


def _seen(tokens: Tokens) -> dict[str, NDArray[np.generic]]:
    """Of a picture its pixels, and where each token lies on them; of a sound its samples, and when each sounds."""
    if isinstance(tokens.content, Samples):
        times = [(token.start, token.end) if isinstance(token, FrameToken) else (-1.0, -1.0) for token in tokens]
        sound = {"samples": tokens.content.array, "rate": np.array(tokens.content.rate)}
        return {**sound, "seconds": np.array(times)}
    if not isinstance(tokens.content, Pixels):
        return {}
    boxes = [token.box if isinstance(token, PatchToken) else (-1, -1, -1, -1) for token in tokens]
    return {"pixels": tokens.content.array, "box": np.array(boxes, dtype=np.int64)}


def _changed(trace: Trace) -> dict[str, NDArray[np.generic]]:
    """Heads that are off and weights that are unseen: as numbers, of several parts as addresses and sentences."""
    if any(trace.parts):
        return {
            "off": np.array([str(head) for head in sorted(trace.off)], dtype=np.str_),
            "cuts": np.array([in_words(one) for one in trace.cuts], dtype=np.str_),
        }
    places = [[-1 if at is None else at for at in (c.layer, c.head, c.query, c.key)] for c in trace.cuts]
    return {
        "off": np.array([(head.layer, head.head) for head in sorted(trace.off)], dtype=np.int64).reshape(-1, 2),
        "cuts": np.array(places, dtype=np.int64).reshape(-1, 4),
    }


def _shape(layer: LayerTrace, name: str) -> tuple[int, ...]:
    """Of `_numbers`, before they are computed."""
    kept: Tensor | None = None if name == "weights" else getattr(layer, name)
    heads = layer.heads if name in ("weights", "by_hand") else 1
    return (heads, layer.q.shape[1], layer.k.shape[1]) if kept is None else tuple(kept.shape)


def _numbers(layer: LayerTrace, name: str) -> NDArray[np.float32]:
    """One of `_MEMBERS`; a mask, bias or row by hand that is not there is one that changes nothing."""
    values: Tensor | None = getattr(layer, name)
    nothing = torch.nan if name == "by_hand" else 0.0
    return to_cpu(torch.full(_shape(layer, name), nothing) if values is None else values).numpy()


def _write(archive: ZipFile, name: str, shape: tuple[int, ...], parts: Iterable[NDArray[np.generic]]) -> None:
    """One array of an archive, part after part, as `numpy.savez` would write the whole."""
    with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
        for i, part in enumerate(parts):
            if i == 0:
                kind = np.lib.format.dtype_to_descr(part.dtype)
                header = {"descr": kind, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, header)
            member.write(part.tobytes())
