"""What the explorer is sent, as bytes: a trace, its vectors, and the package's numbers for what is chosen.

What travels was measured at 512 tokens and 72 heads (benchmarks/results.md): all weights would be 75 MB. So first go
small pictures of all heads (each cell the largest weight of its block, one byte) and the package's own numbers of the
head that is looked at: 0.4 MB, from which everything is drawn. Then q, k and v of all heads, 7 MB, from which the page
computes whatever is chosen next: on short texts as float32, on long ones as int16 with one scale a head. What a person
then reads comes a moment later, as the package has it. Of a text of up to 64 tokens all vectors go as float32, from
which the page computes the same weights (to 1e-7), and with the notes what else a choice shows: so it asks nobody.

Of a long text and a model of more heads than `MANY_HEADS` these are too much to wait for (29 MB of SmolLM2's 270 heads
at 512 tokens): then the vectors of a layer travel when it is looked at, and all of them when something asks for all.

A model may have several parts: each has arrays of its own ("cross/q0"; of a part without a name "q0").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import saying
from attnviz.analysis.comparing import By, Of, aligned_tokens, aligned_words
from attnviz.attention import causal_mask
from attnviz.client.packing import Array, as_float32, as_int16, packed, sizes, thumbnails
from attnviz.client.rows import pixels_of, row_of, sound_of
from attnviz.client.schema import SQUARE, WHOLE
from attnviz.contents import Samples
from attnviz.figures._comparison import pair_names
from attnviz.figures.labels import LONGEST, token_label
from attnviz.layer import LayerTrace, to_cpu
from attnviz.pooling import PICTURE, max_pooled

EXACT_BYTES = 2_000_000  # up to so much q, k and v go as float32, past it as int16
EARLY_BYTES = 100_000  # up to so much they come with the pictures: of a small model nothing has to wait for them
MANY_HEADS = 144  # of more the vectors go by layer; MiniLM's 72 are 7 MB at 512 tokens
MOST_BYTES = 16_000_000  # of a short text's vectors and weights; past it (a very large model) it counts as long

Weights = Mapping[str, Sequence[Tensor]]  # each layer's, by part


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
    header, arrays = _pictures(trace)
    scales, vectors = _vectors(trace, exact)
    whole = {"kind": "trace", "id": identity, **header, "scales": scales, "first": dict(first), **more}
    return packed(whole, arrays | vectors)


def packed_pictures(
    trace: Trace,
    *,
    identity: str,
    first: Mapping[str, Any],
    heads: Sequence[tuple[int, int]],
    query: int,
    weights: Weights | None = None,
    **more: Any,
) -> bytes:
    """The same without q, k and v of all heads (`packed_vectors`), unless they are small: what is drawn at first, and
    the package's own numbers of these heads of the part in `first`, as `packed_choice` has them."""
    header, arrays = _pictures(trace, weights)
    part = trace.shape.part(first.get("part", ""))
    chosen = {"part": part, "heads": [list(one) for one in heads], "queries": [query], "first": dict(first)}
    own = _numbers(trace.only(part), heads, [query], None if weights is None else weights[part])
    header["selfContained"] = is_self_contained(trace)
    if goes_by_layer(trace):
        header["byLayer"] = True
    if header["selfContained"] and _vector_bytes(trace) <= EARLY_BYTES:
        header["scales"], early = _vectors(trace, True)
        arrays |= early
    return packed({"kind": "trace", "id": identity, **header, **chosen, **more}, arrays | own)


def packed_vectors(
    trace: Trace, *, identity: str, exact: bool | None = None, only: tuple[str, int] | None = None
) -> bytes:
    """q, k and v of all heads, of the trace whose pictures are there; or `only` those of one layer of a part."""
    scales, arrays = _vectors(trace, is_self_contained(trace) or exact, only)
    return packed({"kind": "vectors", "id": identity, "scales": scales}, arrays)


def packed_notes(told: Mapping[str, Any], untrained: Trace | None = None) -> bytes:
    """What is told of a trace once it is drawn; and all weights of the untrained model, [head, query, key] of each
    layer, to be held against its own."""
    arrays: dict[str, Array] = {}
    for part, layers in {} if untrained is None else untrained.parts.items():
        arrays |= _of_part(part, {f"untrained{i}": as_float32(layer.weights) for i, layer in enumerate(layers)})
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
    numbers = _numbers(trace, heads, queries, weights, vectors=not is_tiled(trace))
    return packed({"kind": "answer", "id": identity, **chosen, **more}, numbers)


def packed_comparison(
    first: Trace,
    second: Trace,
    *,
    identities: tuple[str, str],
    names: tuple[str, str],
    mode: str = "heads",
    follows: bool = False,
    alike: bool = False,
    notes: Sequence[str] = (),
) -> bytes:
    """How the words of two traces are aligned, part by part: from it the page compares any two of their heads itself.

    `identities` are the traces', `names` stand over them. The rest is said by the page: what is compared, whether B's
    head is the page's to choose, whether two sentences are alike, and `notes` on what is changed in the run.
    """
    header = {"kind": "comparison", "ids": identities, "names": names, "mode": mode, "follows": follows}
    pairs = [(part, part if part in second.parts else second.shape.opening) for part in first.parts]
    alignments = [{"parts": pair} | _alignment(first.only(pair[0]), second.only(pair[1]), mode) for pair in pairs]
    return packed(header | {"alike": alike, "notes": list(notes), "alignments": alignments}, {})


def _alignment(first: Trace, second: Trace, mode: str) -> dict[str, Any]:
    """The rows in common, and the columns where these are other words: of two models, which cut words differently, by
    words; else by tokens, and merged to words. None of two texts where one does not look at itself: which word of a
    source is which of another's, their words alone do not tell."""
    if first.is_square and second.is_square:
        return _compared(first, second, mode, "rows")
    if (first.rows, first.columns) == (second.rows, second.columns):
        return _compared(first, second, mode, "rows") | {"columns": _compared(first, second, mode, "columns")}
    return {"rows": []}


def _compared(first: Trace, second: Trace, mode: str, of: Of) -> dict[str, Any]:
    if mode == "models":
        return {"rows": _compared_rows(first, second, "word", of)}
    has_pieces = any(len(row.words()) < len(row) for trace in (first, second) for row in (trace.rows, trace.columns))
    merged = {"merged": _compared_rows(first, second, "word", of)} if has_pieces else {}
    return {"rows": _compared_rows(first, second, "token", of)} | merged


def _compared_rows(first: Trace, second: Trace, by: By, of: Of) -> list[dict[str, Any]]:
    side, places = aligned_words(first, second, by=by, of=of), aligned_tokens(first, second, by=by, of=of)
    labels = pair_names(side, range(len(side)), LONGEST)
    rows = []
    for label, place, a, b in zip(labels, places, side.a, side.b, strict=True):
        words = [None if token is None else token_label(token) for token in (a, b)]
        changed = None not in words and len({str(word).casefold() for word in words}) == 2
        rows.append({"label": label, "tokens": place, "words": words, "changed": changed})
    return rows


def is_short(trace: Trace) -> bool:
    """Whether all weights of a head are sent, and not only rows."""
    return max(map(len, trace.inputs.values())) <= WHOLE


def is_self_contained(trace: Trace) -> bool:
    """Whether everything that a choice shows is sent with the text."""
    weights = sum(layer.heads * len(layer.queries) * len(layer.keys) for layer in trace.every_layer)
    return is_short(trace) and _vector_bytes(trace) + 4 * weights <= MOST_BYTES


def is_tiled(trace: Trace) -> bool:
    """Whether a head has so many weights that nothing on the page has them all: it shows rows, and pictures. (Few words
    that look at many moments of a sound have few.)"""
    return any(len(layers[0].queries) * len(layers[0].keys) > SQUARE**2 for layers in trace.parts.values())


def can_be_tiled(trace: Trace) -> bool:
    """Whether nothing of it takes an array of query × key to be said: shares, with no mask but the causal one."""
    layers = list(trace.every_layer)
    masks = {layer.mask.data_ptr(): layer.mask for layer in layers if layer.mask is not None}
    is_plain = all(layer.bias is None and layer.by_hand is None and layer.shares for layer in layers)
    return is_plain and all(map(_is_causal, masks.values()))


def goes_by_layer(trace: Trace) -> bool:
    """Whether the page gets the vectors of a layer when it asks for them."""
    is_large = is_tiled(trace) and _vector_bytes(trace) > MOST_BYTES
    return not is_self_contained(trace) and (is_large or sum(layer.heads for layer in trace.every_layer) > MANY_HEADS)


def _vector_bytes(trace: Trace) -> int:
    """How much q, k and v of all heads are as float32."""
    return sum(4 * x.numel() for layer in trace.every_layer for x in (layer.q, layer.k, layer.v))


def _numbers(
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
        kv = record.kv_head(head)
        for name, values in (("q", record.q[head]), ("k", record.k[kv]), ("v", record.v[kv])) if vectors else ():
            arrays[f"head{i}.{name}"] = as_float32(values)
    if not heads:
        return arrays
    layer, head = heads[0]
    way = trace.layers[layer].head(head, queries[0])
    for name in ("scores", "masked", "weights", "context"):
        arrays[f"way.{name}"] = as_float32(getattr(way, name)[0])
    return arrays


def _pictures(trace: Trace, weights: Weights | None = None) -> tuple[dict[str, Any], dict[str, Array]]:
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
        arrays |= _of_part(part, own)
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


def _vectors(
    trace: Trace, exact: bool | None, only: tuple[str, int] | None = None
) -> tuple[dict[str, list[dict[str, list[float]]]], dict[str, Array]]:
    """q, k and v of each layer (or `only` of one), and where they are whole numbers, what a step is worth in each head;
    by part."""
    if exact is None:
        exact = _vector_bytes(trace) <= EXACT_BYTES
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
        arrays |= _of_part(part, own)
    return scales, arrays


def _of_part(part: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
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
    if layer.bias is None and layer.mask is not None and _is_causal(layer.mask):
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


def _is_causal(mask: Tensor) -> bool:
    """Whether a mask [head or 1, query, key] hides what comes later, and nothing else."""
    heads, queries, keys = mask.shape
    return heads == 1 and queries == keys and torch.equal(to_cpu(mask[0]), causal_mask(keys))


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    return a is b if a is None or b is None else a.data_ptr() == b.data_ptr() and a.shape == b.shape
