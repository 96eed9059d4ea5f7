"""A trace packed for the page: all of it in one piece, or what is drawn first and what comes after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from attnviz._trace import Trace
from attnviz.client.packing import Array, as_float32, packed
from attnviz.client.payloads.extent import EARLY_BYTES, goes_by_layer, is_self_contained, is_tiled, vector_bytes
from attnviz.client.payloads.pictures import WeightsByPart, of_part, pictures_of
from attnviz.client.payloads.vectors import numbers_of, vectors_of


def packed_trace(
    trace: Trace, *, identity: str, first: Mapping[str, Any], exact: bool | None = None, **more: Any
) -> bytes:
    """All of a trace that the explorer draws, in one piece.

    Args:
        identity: the name under which what comes later belongs to this trace.
        first: what is chosen at first, as the explorer's state has it ("part", "layer", "head", "query", …).
        exact: q, k and v as float32; by their size if None.
        more: goes into the header as it stands.
    """
    header, arrays = pictures_of(trace)
    scales, vectors = vectors_of(trace, exact)
    whole = {"kind": "trace", "id": identity, **header, "scales": scales, "first": dict(first), **more}
    return packed(whole, arrays | vectors)


def packed_pictures(
    trace: Trace,
    *,
    identity: str,
    first: Mapping[str, Any],
    heads: Sequence[tuple[int, int]],
    query: int,
    weights: WeightsByPart | None = None,
    **more: Any,
) -> bytes:
    """The same without q, k and v of all heads (`packed_vectors`), unless they are small: what is drawn at first, and
    the package's own numbers of these heads of the part in `first`, as `packed_choice` has them."""
    header, arrays = pictures_of(trace, weights)
    part = trace.shape.part(first.get("part", ""))
    chosen = {"part": part, "heads": [list(one) for one in heads], "queries": [query], "first": dict(first)}
    own = numbers_of(trace.only(part), heads, [query], None if weights is None else weights[part])
    header["selfContained"] = is_self_contained(trace)
    if goes_by_layer(trace):
        header["byLayer"] = True
    if header["selfContained"] and vector_bytes(trace) <= EARLY_BYTES:
        header["scales"], early = vectors_of(trace, True)
        arrays |= early
    return packed({"kind": "trace", "id": identity, **header, **chosen, **more}, arrays | own)


def packed_vectors(
    trace: Trace, *, identity: str, exact: bool | None = None, only: tuple[str, int] | None = None
) -> bytes:
    """q, k and v of all heads, of the trace whose pictures are there; or `only` those of one layer of a part."""
    scales, arrays = vectors_of(trace, is_self_contained(trace) or exact, only)
    return packed({"kind": "vectors", "id": identity, "scales": scales}, arrays)


def packed_notes(told: Mapping[str, Any], untrained: Trace | None = None) -> bytes:
    """What is told of a trace once it is drawn; and all weights of the untrained model, [head, query, key] of each
    layer, to be held against its own."""
    arrays: dict[str, Array] = {}
    for part, layers in {} if untrained is None else untrained.parts.items():
        arrays |= of_part(part, {f"untrained{i}": as_float32(layer.weights) for i, layer in enumerate(layers)})
    return packed({"kind": "notes", **told}, arrays)


def packed_choice(
    trace: Trace,
    *,
    identity: str,
    heads: Sequence[tuple[int, int]],
    queries: Sequence[int],
    weights: Sequence[Tensor] | None = None,
    **more: Any,
) -> bytes:
    """The package's own numbers for what is chosen, to be read instead of what the page computes; of one part.

    Of each of these heads q, k and v (not of a text that `is_tiled`) and the weights (on a text of more than 64 tokens,
    of these queries); of the first head and query the whole way: scores, masked, weights, context. (Of no heads
    nothing: a trace that is self-contained needs no numbers.) `weights` are each layer's, where they are at hand.
    `more` goes into the header as it stands.
    """
    chosen = {"part": trace.part, "heads": [list(one) for one in heads], "queries": list(queries)}
    # Of a long text the vectors are many, and the page has had them by layer.
    numbers = numbers_of(trace, heads, queries, weights, vectors=not is_tiled(trace))
    return packed({"kind": "answer", "id": identity, **chosen, **more}, numbers)
