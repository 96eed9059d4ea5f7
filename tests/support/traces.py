"""Traces made by hand: the one place in the tests that knows how the record is put together."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from attnviz import LayerTrace, Request, Rule, TextToken, Tokens, Trace
from attnviz.attention import causal_mask
from attnviz.layer import Projection
from attnviz.request import Change, Named, Text, Translation


def tokens_of(
    labels: Sequence[str], *, special: Collection[int] = (), continues: Collection[int] = (), name: str = "text"
) -> Tokens:
    """Tokens with these labels, in a text of them with a space between; a special one covers no character, and one
    that continues has no space before it."""
    content, items = "", []
    for i, label in enumerate(labels):
        content += " " * bool(content and i not in special and i not in continues)
        start = len(content)
        content += label * (i not in special)
        items.append(TextToken(label, i, start, len(content), special=i in special, word=i, continues=i in continues))
    return Tokens(name, tuple(items), content)


def layer_of(
    q: Tensor,
    k: Tensor,
    v: Tensor | None = None,
    *,
    scale: float = 1.0,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    temperature: float = 1.0,
    queries: Tokens | None = None,
    keys: Tokens | None = None,
    layer: int = 0,
    part: str = "",
    w_o: Tensor | None = None,
    projection: Projection | None = None,
) -> LayerTrace:
    """A layer with these vectors, [head, token, d_head]; v is k unless given, and the tokens are a, b, c …"""
    queries = queries or tokens_of(letters(q.shape[1]))
    keys = keys or (queries if k.shape[1] == q.shape[1] else tokens_of(letters(k.shape[1]), name="source"))
    rule = Rule(scale, mask, bias, temperature)
    v = k if v is None else v
    return LayerTrace(q, k, v, rule, queries, keys, layer, part, w_o=w_o, projection=projection)


def letters(n: int) -> list[str]:
    return [chr(ord("a") + i % 26) for i in range(n)]


def layer_with(weights: Tensor | list[list[list[float]]], *, masked: bool = False, **options: Any) -> LayerTrace:
    """A layer whose weights are these, [head, query, key]; `masked`: where one is 0, the query may not look."""
    w = torch.as_tensor(weights, dtype=torch.float32)
    heads, n, m = w.shape
    mask = torch.where(w > 0, 0.0, -math.inf) if masked else None
    scores = w.clamp(min=1e-30).log()
    k = scores.transpose(-1, -2)  # with the identity for q, the scores are these
    v = torch.eye(m).expand(heads, m, m)
    return layer_of(torch.eye(n).expand(heads, n, n), k, v, mask=mask, **options)


def with_rule(layer: LayerTrace, **terms: Any) -> LayerTrace:
    """The layer with another mask, bias, scale or temperature."""
    return replace(layer, rule=replace(layer.rule, **terms))


def trace_of(
    *layers: LayerTrace, tokens: Tokens | None = None, output: Tensor | None = None, model: str = "made"
) -> Trace:
    """A trace of one part with these layers, all of which read these tokens (those of the first unless given)."""
    queries = tokens or layers[0].queries
    keys = tokens or layers[0].keys
    part = layers[0].part
    bound = tuple(replace(one, layer=i, part=part, queries=queries, keys=keys) for i, one in enumerate(layers))
    output = torch.zeros(len(queries), 2) if output is None else output
    return Trace(Request(Text(queries.content), Named(model)), {part: bound}, {queries.name: output})


def translation_of(
    source: Sequence[str],
    target: Sequence[str],
    *,
    heads: int = 2,
    d: int = 4,
    changes: Collection[Change] = (),
) -> Trace:
    """A trace of an encoder, a causal decoder and cross-attention, a layer each; the vectors are drawn with seed 0."""
    rows = {"source": tokens_of(source, name="source"), "target": tokens_of(target, name="target")}
    generator = torch.Generator().manual_seed(0)
    parts: dict[str, tuple[LayerTrace, ...]] = {}
    for part, looks, seen in (
        ("encoder", *["source"] * 2),
        ("decoder", *["target"] * 2),
        ("cross", "target", "source"),
    ):
        queries, keys = rows[looks], rows[seen]
        q, k, v = (torch.randn(heads, len(row), d, generator=generator) for row in (queries, keys, keys))
        mask = causal_mask(len(queries))[None] if part == "decoder" else None
        rule = Rule(d**-0.5, mask)
        parts[part] = (LayerTrace(q, k, v, rule, queries, keys, 0, part),)
    asked = Translation(rows["source"].content, rows["target"].content)
    outputs = {name: torch.zeros(len(row), 2) for name, row in rows.items()}
    return Trace(Request(asked, Named("a translator"), tuple(changes)), parts, outputs)


def with_layers(base: Trace, *layers: LayerTrace, output: Tensor | None = None) -> Trace:
    """The trace with these layers instead of its own, on its tokens."""
    bound = tuple(
        replace(one, layer=i, part=base.part, queries=base.rows, keys=base.columns) for i, one in enumerate(layers)
    )
    outputs = base.outputs if output is None else {base.rows.name: output}
    return replace(base, parts={base.part: bound}, outputs=outputs, stages=None)


def as_encoder(base: Trace) -> Trace:
    """The same trace as one of the encoder of a model that has a decoder too."""
    layers = tuple(replace(layer, part="encoder") for layer in base.layers)
    return replace(base, parts={"encoder": layers})
