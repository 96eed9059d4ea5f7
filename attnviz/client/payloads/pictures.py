"""What is drawn of a trace at first: its tokens, what is said of its layers, and small pictures of all heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import saying
from attnviz.client.packing import Array, as_float32, sizes, thumbnails
from attnviz.client.payloads.extent import is_causal
from attnviz.client.rows import pixels_of, row_of, sound_of
from attnviz.contents import Samples
from attnviz.layer import LayerTrace, to_cpu
from attnviz.pooling import PICTURE, max_pooled

WeightsByPart = Mapping[str, Sequence[Tensor]]  # each layer's, by part


def pictures_of(trace: Trace, weights: WeightsByPart | None = None) -> tuple[dict[str, Any], dict[str, Array]]:
    """What is said of the tokens and the layers, and small pictures of all heads."""
    arrays: dict[str, Array] = pixels_of(trace.inputs)
    rows = {name: row_of(tokens) for name, tokens in trace.inputs.items()}
    for name, tokens in trace.inputs.items():
        if isinstance(tokens.content, Samples) and trace.heard is not None:
            rows[name]["sound"], own = sound_of(tokens, trace.heard)
            arrays |= own
    parts: list[dict[str, Any]] = []
    for part, layers in trace.parts.items():
        said, own = _layers(layers, None if weights is None else weights[part])
        queries, keys = layers[0].queries.name, layers[0].keys.name
        parts.append({"name": part, "queries": queries, "keys": keys, "layers": said})
        arrays |= of_part(part, own)
    header = {
        "model": trace.model,
        "rows": rows,
        "parts": parts,
        "off": [str(head) for head in sorted(trace.off)],
        "sentences": saying.for_page(),
    }
    if trace.similarity is not None:
        header["similarity"] = asdict(trace.similarity) | {"logit": trace.similarity.logit}
    return header, arrays


def _layers(
    layers: Sequence[LayerTrace], weights: Sequence[Tensor] | None
) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """What is said of the layers of a part, and small pictures of its heads."""
    arrays: dict[str, Array] = {}
    said: list[dict[str, Any]] = []
    for i, layer in enumerate(layers):
        own = None if weights is None else weights[i]
        if not layer.shares:
            picture = max_pooled(sizes(layer.weights if own is None else own), PICTURE)
        else:
            picture = layer.picture() if own is None else max_pooled(own, PICTURE)
        arrays[f"thumbnails{i}"] = thumbnails(picture)
        said.append(
            {
                "heads": layer.heads,
                "kvHeads": layer.k.shape[0],
                "dHead": layer.d_head,
                "dValue": layer.d_value,
                "scale": layer.scale,
                "temperature": layer.temperature,
                "projection": None if layer.projection is None else asdict(layer.projection),
                **_extra(layer, said, layers[:i], arrays),
                **_otherwise(layer, f"byHand{i}", arrays),
            }
        )
    return said, arrays


def of_part(part: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Arrays under the names that they have in a trace of several parts."""
    return {f"{part}/{name}" if part else name: array for name, array in arrays.items()}


def _extra(
    layer: LayerTrace, said: Sequence[Mapping[str, Any]], known: Sequence[LayerTrace], arrays: dict[str, Array]
) -> dict[str, Any]:
    """What is added to the scaled scores, and of which kinds it is (`Rule.added`): as "extra" nothing, "causal", or the
    name of an array [head or 1, query, key].

    Layers that share one mask and bias share one array.
    """
    if layer.mask is None and layer.bias is None:
        return {"extra": None, "added": []}
    for other, one in zip(known, said, strict=True):
        if _same(other.mask, layer.mask) and _same(other.bias, layer.bias):
            return {name: one[name] for name in ("extra", "added")}
    added = list(layer.rule.added)
    if not added:  # zeros alone
        return {"extra": None, "added": []}
    if layer.bias is None and layer.mask is not None and is_causal(layer.mask):
        return {"extra": "causal", "added": added}
    name = f"extra{len(known)}"
    both = [to_cpu(x) for x in (layer.mask, layer.bias) if x is not None]
    arrays[name] = as_float32(both[0] if len(both) == 1 else both[0] + both[1])
    return {"extra": name, "added": added}


def _otherwise(layer: LayerTrace, name: str, arrays: dict[str, Array]) -> dict[str, Any]:
    """What makes its weights, where that is not the softmax alone: the normalizer, the rows that are set by hand (of
    which `name` is the array, [row, key]), and whether weights are shares."""
    said: dict[str, Any] = {} if layer.normalizer == "softmax" else {"normalizer": layer.normalizer}
    if rows := layer.rows_by_hand():
        said["byHand"] = [[head, query] for head, query, _ in rows]
        arrays[name] = as_float32(torch.stack([row for _, _, row in rows]))
    return said if layer.shares else said | {"loose": True}


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    return a is b if a is None or b is None else a.data_ptr() == b.data_ptr() and a.shape == b.shape
