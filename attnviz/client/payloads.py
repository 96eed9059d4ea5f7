"""What the explorer is told, as bytes: a trace, its vectors, and the package's numbers for what is chosen.

What travels was measured at 512 tokens and 72 heads (benchmarks/results.md): all weights would be 75 MB. So first go
small pictures of all heads (each cell the largest weight of its block, one byte) and the package's own numbers of the
head that is looked at: 0.4 MB, from which everything is drawn. Then q, k and v of all heads, 7 MB, from which the page
computes whatever is chosen next: on short texts as float32, on long ones as int16 with one scale a head. What a person
then reads comes a moment later, as the package has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import saying
from attnviz.analysis.comparing import By, aligned_tokens, compare
from attnviz.analysis.merging import word_groups
from attnviz.attention import causal_mask
from attnviz.client.packing import Array, as_float32, as_int16, packed, thumbnails
from attnviz.client.schema import WHOLE
from attnviz.figures.comparison import pair_names
from attnviz.figures.labels import LONGEST, described, labels_and_names, runs_from_right, word_names
from attnviz.layer import LayerTrace, to_cpu
from attnviz.transformer import Head

EXACT_BYTES = 2_000_000  # up to so much q, k and v go as float32, past it as int16


def packed_trace(
    trace: Trace, *, identity: str, first: Mapping[str, Any], exact: bool | None = None, **more: Any
) -> bytes:
    """All of a trace that the explorer draws, in one piece.

    Args:
        identity: the name under which what comes later belongs to this trace.
        first: what is chosen at first, as the explorer's state has it ("layer", "head", "query", …).
        exact: q, k and v as float32; by their size if None.
        more: goes into the header as it stands.
    """
    header, parts = _pictures(trace)
    scales, vectors = _vectors(trace, exact)
    told = {"kind": "trace", "id": identity, **header, "scales": scales, "first": dict(first), **more}
    return packed(told, parts | vectors)


def packed_pictures(
    trace: Trace,
    *,
    identity: str,
    first: Mapping[str, Any],
    heads: Sequence[Head],
    query: int,
    weights: Sequence[Tensor] | None = None,
    **more: Any,
) -> bytes:
    """The same without q, k and v of all heads (`packed_vectors`): what is drawn at first, and the package's own
    numbers of these heads, as `packed_choice` has them."""
    header, parts = _pictures(trace, weights)
    chosen = {"heads": [list(one) for one in heads], "queries": [query], "first": dict(first)}
    own = _numbers(trace, heads, [query], weights)
    return packed({"kind": "trace", "id": identity, **header, **chosen, **more}, parts | own)


def packed_vectors(trace: Trace, *, identity: str, exact: bool | None = None) -> bytes:
    """q, k and v of all heads, of the trace whose pictures are there."""
    scales, parts = _vectors(trace, exact)
    return packed({"kind": "vectors", "id": identity, "scales": scales}, parts)


def packed_choice(
    trace: Trace,
    *,
    identity: str,
    heads: Sequence[Head],
    queries: Sequence[int],
    weights: Sequence[Tensor] | None = None,
    **more: Any,
) -> bytes:
    """The package's own numbers for what is chosen, to be read instead of what the page computes.

    Of each of these heads q, k and v and the weights (on a text of more than 64 tokens, of these queries); of the first
    head and query the whole way: scores, masked, weights, context. `weights` are each layer's, where they are at hand.
    `more` goes into the header as it stands.
    """
    chosen = {"heads": [list(one) for one in heads], "queries": list(queries)}
    return packed({"kind": "answer", "id": identity, **chosen, **more}, _numbers(trace, heads, queries, weights))


def packed_comparison(
    first: Trace,
    second: Trace,
    *,
    identities: tuple[str, str],
    names: tuple[str, str],
    by: By = "token",
    places: Sequence[tuple[list[int] | None, list[int] | None]] | None = None,
) -> bytes:
    """How the words of two traces are aligned, from which the page compares any two of their heads itself.

    `identities` are the traces', `names` stand over them; `places` is the alignment where it is at hand.
    """
    places = aligned_tokens(first, second, by=by) if places is None else places
    words = compare(first, (0, 0), second, (0, 0), by=by)  # any heads: their words alone are read
    labels = pair_names(words, range(len(words)), LONGEST)
    rows = [{"label": label, "tokens": place} for label, place in zip(labels, places, strict=True)]
    return packed({"kind": "comparison", "ids": identities, "names": names, "rows": rows}, {})


def _numbers(
    trace: Trace,
    heads: Sequence[Head],
    queries: Sequence[int],
    weights: Sequence[Tensor] | None,
) -> dict[str, Array]:
    """The parts of `packed_choice`."""
    parts: dict[str, Array] = {}
    for i, (layer, head) in enumerate(heads):
        record = trace.layers[layer]
        if len(trace) <= WHOLE:
            whole = record.head(head).weights if weights is None else weights[layer][head]
            parts[f"head{i}.weights"] = as_float32(whole)
        else:
            rows = [record.head(head, query).weights for query in queries]
            parts[f"head{i}.rows"] = as_float32(torch.cat(rows))
        kv = record.kv_head(head)
        for name, vectors in (("q", record.q[head]), ("k", record.k[kv]), ("v", record.v[kv])):
            parts[f"head{i}.{name}"] = as_float32(vectors)
    layer, head = heads[0]
    way = trace.layers[layer].head(head, queries[0])
    for name in ("scores", "masked", "weights", "context"):
        parts[f"way.{name}"] = as_float32(getattr(way, name)[0])
    return parts


def _pictures(trace: Trace, weights: Sequence[Tensor] | None = None) -> tuple[dict[str, Any], dict[str, Array]]:
    """What is said of the tokens and the layers, and small pictures of all heads."""
    parts: dict[str, Array] = {}
    layers: list[dict[str, Any]] = []
    for i, layer in enumerate(trace.layers):
        parts[f"thumbnails{i}"] = thumbnails(layer.weights if weights is None else weights[i])
        layers.append(
            {
                "heads": layer.heads,
                "kvHeads": layer.k.shape[0],
                "dHead": layer.d_head,
                "dValue": layer.d_value,
                "scale": layer.scale,
                "temperature": layer.temperature,
                "projection": None if layer.projection is None else asdict(layer.projection),
                **_extra(layer, layers, trace.layers[:i], parts),
            }
        )
    groups = {"words": word_groups(trace, join=False), "joined": word_groups(trace, join=True)}
    header = {
        "model": trace.model,
        "tokens": _tokens(trace),
        "words": {name: _word_of(one) for name, one in groups.items()},
        "merged": {name: _merged(trace, one) for name, one in groups.items()},
        "fromRight": runs_from_right(trace.text),
        "layers": layers,
        "off": [[head.layer, head.head] for head in sorted(trace.off)],
        "sentences": saying.for_page(),
    }
    return header, parts


def _vectors(trace: Trace, exact: bool | None) -> tuple[list[dict[str, list[float]]], dict[str, Array]]:
    """q, k and v of each layer, and where they are whole numbers, what a step is worth in each head."""
    if exact is None:
        exact = sum(x.numel() * 4 for layer in trace.layers for x in (layer.q, layer.k, layer.v)) <= EXACT_BYTES
    parts: dict[str, Array] = {}
    scales: list[dict[str, list[float]]] = []
    for i, layer in enumerate(trace.layers):
        scales.append({})
        for name in ("q", "k", "v"):
            values = as_float32(getattr(layer, name))
            if exact:
                parts[f"{name}{i}"] = values
            else:
                parts[f"{name}{i}"], scales[i][name] = as_int16(values)
    return scales, parts


def _extra(
    layer: LayerTrace, told: Sequence[Mapping[str, Any]], known: Sequence[LayerTrace], parts: dict[str, Array]
) -> dict[str, Any]:
    """What is added to the scaled scores, and of which kinds it is (`LayerTrace.added`): as "extra" nothing, "causal",
    or the name of a part [head or 1, query, key].

    Layers that share one mask and bias share one part.
    """
    if layer.mask is None and layer.bias is None:
        return {"extra": None, "added": []}
    for other, said in zip(known, told, strict=True):
        if _same(other.mask, layer.mask) and _same(other.bias, layer.bias):
            return {name: said[name] for name in ("extra", "added")}
    added = list(layer.rule.added)
    if not added:  # zeros alone
        return {"extra": None, "added": []}
    if layer.bias is None and layer.mask is not None and layer.mask.shape[0] == 1:
        n = layer.mask.shape[-1]
        if torch.equal(to_cpu(layer.mask[0]), causal_mask(n)):
            return {"extra": "causal", "added": added}
    name = f"extra{len(known)}"
    parts[name] = as_float32(sum(to_cpu(x) for x in (layer.mask, layer.bias) if x is not None))  # type: ignore[arg-type]
    return {"extra": name, "added": added}


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    return a is b if a is None or b is None else a.data_ptr() == b.data_ptr() and a.shape == b.shape


def _tokens(trace: Trace) -> list[dict[str, Any]]:
    """Each token as the page writes and describes it."""
    return [
        {
            "label": label,
            "name": name,
            "title": described(trace.tokens, i),
            "special": token.special,
            "continues": token.continues,
            "unknown": token.unknown,
            "word": token.word,
            "segment": token.segment,
        }
        for i, (token, label, name) in enumerate(zip(trace.tokens, *labels_and_names(trace.tokens), strict=True))
    ]


def _merged(trace: Trace, groups: list[list[int]]) -> dict[int, tuple[str, str]]:
    """Of the words that are more than a token, by their first one: label and name."""
    if len(groups) == len(trace):
        return {}
    told = word_names(trace.tokens, groups)
    return {group[0]: said for group, said in zip(groups, told, strict=True) if len(group) > 1}


def _word_of(groups: list[list[int]]) -> list[int]:
    """[token]: the index of the word it belongs to, special tokens counted as words."""
    return [index for index, group in enumerate(groups) for _ in group]
