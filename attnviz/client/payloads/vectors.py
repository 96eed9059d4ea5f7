"""The vectors of a trace, and the package's own numbers for what is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.client.packing import Array, as_float32, as_int16
from attnviz.client.payloads.extent import EXACT_BYTES, is_short, is_tiled, vector_bytes
from attnviz.client.payloads.pictures import of_part
from attnviz.layer import LayerTrace


def vectors_of(
    trace: Trace, exact: bool | None, only: tuple[str, int] | None = None
) -> tuple[dict[str, list[dict[str, list[float]]]], dict[str, Array]]:
    """q, k and v of each layer (or `only` of one), and where they are whole numbers, what a step is worth in each head;
    by part."""
    if exact is None:
        exact = vector_bytes(trace) <= EXACT_BYTES
    arrays: dict[str, Array] = {}
    scales: dict[str, list[dict[str, list[float]]]] = {}
    for part, layers in trace.parts.items():
        scales[part] = [{} for _ in layers]
        own: dict[str, Array] = {}
        for i, layer in enumerate(layers):
            if only not in (None, (part, i)):
                continue
            for name in ("q", "k", "v"):
                values = as_float32(getattr(layer, name))
                if exact:
                    own[f"{name}{i}"] = values
                else:
                    own[f"{name}{i}"], scales[part][i][name] = as_int16(values)
        arrays |= of_part(part, own)
    return scales, arrays


def numbers_of(
    trace: Trace,
    heads: Sequence[tuple[int, int]],
    queries: Sequence[int],
    weights: Sequence[Tensor] | None,
    *,
    vectors: bool = True,
) -> dict[str, Array]:
    """The arrays of `packed_choice`; with q, k and v, where `vectors` are asked for."""
    arrays: dict[str, Array] = {}
    for i, (layer, head) in enumerate(heads):
        record = trace.layers[layer]
        if is_short(trace):
            whole = record.head(head).weights if weights is None else weights[layer][head]
            arrays[f"head{i}.weights"] = as_float32(whole)
        else:
            rows = [record.head(head, query).weights for query in queries]
            arrays[f"head{i}.rows"] = as_float32(torch.cat(rows))
        if vectors:
            is_exact = not is_tiled(trace) or vector_bytes(trace) <= EXACT_BYTES  # as those of all heads go
            arrays |= _vectors_of_head(record, head, f"head{i}", exact=is_exact)
    if not heads:
        return arrays
    layer, head = heads[0]
    way = trace.layers[layer].head(head, queries[0])
    for name in ("scores", "masked", "weights", "context"):
        arrays[f"way.{name}"] = as_float32(getattr(way, name)[0])
    return arrays


def _vectors_of_head(layer: LayerTrace, head: int, name: str, *, exact: bool) -> dict[str, Array]:
    """q, k and v of a head: as float32, or as whole numbers, and in "steps" what one of each is worth."""
    kv = layer.kv_head(head)
    whole = {"q": layer.q[head], "k": layer.k[kv], "v": layer.v[kv]}
    if exact:
        return {f"{name}.{one}": as_float32(values) for one, values in whole.items()}
    rounded = {one: as_int16(as_float32(values[None])) for one, values in whole.items()}
    steps = as_float32(torch.tensor([step for _, (step,) in rounded.values()]))
    return {f"{name}.{one}": values[0] for one, (values, _) in rounded.items()} | {f"{name}.steps": steps}
