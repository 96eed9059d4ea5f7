"""Traces of which the page computes, what it is asked of each, and what the package shows of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor

import attnviz
from attnviz import LayerTrace, Normalized, RowSet, Scaled, Trace, Unseen
from attnviz.analysis import merged, word_groups
from attnviz.client import packed_pictures, packed_trace
from attnviz.models import load_model
from attnviz.request import Change
from benchmarks.texts import text_of
from tests.support.tiny import SENTENCE, save_tiny
from tests.support.traces import layer_of, with_layers

PIECES = "unaffable cats didn't sit in the mother-in-law's house"
ALL = {"specials": True, "words": "pieces", "filter": "all"}
WAYS = [
    {**ALL, "specials": shown, "words": words} for shown in (True, False) for words in ("pieces", "words", "joined")
]
SIDES = [{**ALL, "words": words, "filter": side} for words in ("pieces", "joined") for side in ("AA", "AB", "BA", "BB")]
FLOAT32, INT16 = 1e-5, 5e-4  # how near weights are, by how q and k travel


@dataclass(frozen=True)
class Case:
    """A trace, what is asked of it, and how near the page must come."""

    trace: Trace
    heads: list[tuple[int, int]]
    query: int
    ways: list[dict[str, Any]] = field(default_factory=lambda: [ALL])
    near: float = FLOAT32

    @property
    def pairs(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        return list(zip(self.heads, [*self.heads[1:], self.heads[0]], strict=True))[:6]

    @property
    def said(self) -> list[dict[str, Any]]:
        """Rows whose sentences are asked for: the first ones, the chosen and the last, in some heads."""
        if self.near != FLOAT32:
            return []  # the third word and the fourth may change places
        queries = sorted({0, min(1, len(self.trace) - 1), self.query, len(self.trace) - 1})
        words = [i for i, token in enumerate(self.trace.tokens) if not token.special] or [None]
        pinned = [None, words[0], words[-1]]
        return [
            {"layer": layer, "head": head, "query": query, "key": pinned[query % 3], "specials": specials}
            for layer, head in self.heads[:: max(1, len(self.heads) // 12)]
            for query in queries
            for specials in (True, False)
            if specials or not self.trace.tokens[query].special
        ]

    @property
    def packed(self) -> bytes:
        return packed_trace(self.trace, identity="", first={}, exact=self.near == FLOAT32)

    @property
    def pictures(self) -> bytes:
        return packed_pictures(self.trace, identity="", first={}, heads=self.heads[-2:], query=self.query)


def all_heads(trace: Trace) -> list[tuple[int, int]]:
    return [(i, head) for i, layer in enumerate(trace.layers) for head in range(layer.heads)]


def by_hand(d: int = 3, d_value: int = 3) -> Trace:
    """Two layers of four heads on two key-value heads, with a mask and a bias; token 2 may look at nothing."""
    drawn = torch.Generator().manual_seed(3)
    n = 5
    mask = torch.zeros(4, n, n)
    mask[:, 2] = -math.inf  # one may look at nothing
    mask[1, 4, :3] = -math.inf
    mask[3, 0, 1:] = -math.inf
    layers = [
        layer_of(
            torch.randn(4, n, d, generator=drawn) * 2,
            torch.randn(2, n, d, generator=drawn),
            torch.randn(2, n, d_value, generator=drawn),
            scale=0.7,
            mask=mask,
            bias=torch.randn(4 if own else 1, n, n, generator=drawn),
            temperature=temperature,
        )
        for own, temperature in ((True, 0.6), (False, 3.0))
    ]
    trace = attnviz.trace("one two three four five", "random")
    return with_layers(trace, *layers, output=torch.zeros(n, 2))


def all_cases(minilm: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """By name: models of every kind, their changed runs, and traces made by hand."""

    def tiny(family: str, text: str = SENTENCE) -> Trace:
        return load_model(str(save_tiny(tmp_path_factory.mktemp(family), family)), device="cpu").trace(text)

    def sharp_of(*changes: Change) -> Trace:
        return load_model("random", causal=True, temperature=0.4, heads=2).trace(SENTENCE, changes=changes)

    cut = minilm.trace(PIECES, cuts=[Unseen(key=2), Unseen(5, 11, 4, 5)])
    pair = minilm.trace("The unaffable cat sat", second="It didn't purr.")
    long = minilm.trace(text_of(128))
    n = len(cut)
    tilted = [
        RowSet(0, 3, 4, [2.0, -1.5, *[0.1] * (n - 2)]),
        RowSet(5, 11, 4, [1 / n] * n),
        RowSet(5, 11, 0, [0.0] * n),
    ]
    small = load_model("grammar", device="cpu")
    traces = {
        "random": (attnviz.trace(SENTENCE, "random"), 3, WAYS),
        "causal and sharp": (sharp_of(), 5, WAYS),
        "one token": (attnviz.trace("cat", "random"), 0, WAYS),
        "grammar": (attnviz.trace(SENTENCE, "grammar", device="cpu"), 8, WAYS),
        "induction": (attnviz.trace("cat black tree cat black", "induction", device="cpu"), 4, WAYS),
        "minilm": (minilm.trace(PIECES), 4, WAYS),
        "a pair": (pair, 2, [*WAYS, *SIDES]),
        "cut": (cut, 4, WAYS),
        "relu": (small.trace(SENTENCE, changes=[Normalized("relu"), Unseen(key=3)]), 8, WAYS),
        "polynomial": (minilm.trace(PIECES, changes=[Normalized("polynomial"), Scaled(10.0)]), 4, WAYS),
        "causal polynomial": (sharp_of(Normalized("polynomial"), Scaled(8.0)), 5, [ALL]),
        "hard": (small.trace(SENTENCE, changes=[Normalized("hard")]), 8, WAYS),
        "rows by hand": (minilm.trace(PIECES, changes=tilted), 4, WAYS),
        "llama, grouped heads": (tiny("llama"), 6, WAYS),
        "t5, with a bias": (tiny("t5"), 2, WAYS),
        "by hand": (by_hand(), 2, [ALL]),
        "narrow values": (by_hand(12, 6), 3, [ALL]),
        "wide values": (by_hand(4, 7), 3, [ALL]),
    }
    made = {name: Case(trace, all_heads(trace), query, ways) for name, (trace, query, ways) in traces.items()}
    made["minilm in whole numbers"] = replace(made["minilm"], near=INT16)
    made["rows by hand in whole numbers"] = replace(made["rows by hand"], near=INT16)
    made["llama in whole numbers"] = replace(made["llama, grouped heads"], near=INT16)
    made["by hand in whole numbers"] = replace(made["by hand"], near=INT16)
    made["narrow values in whole numbers"] = replace(made["narrow values"], near=INT16)
    made["128 tokens in whole numbers"] = Case(long, [(0, 2), (5, 11)], 90, [ALL], INT16)
    return made


def shown(case: Case, way: dict[str, Any]) -> tuple[list[list[int]], list[list[int]]]:
    """The tokens of each row and of each column."""
    tokens = case.trace.tokens
    pieces = [[i] for i in range(len(tokens))]
    groups = pieces if way["words"] == "pieces" else word_groups(case.trace, join=way["words"] == "joined")
    groups = [group for group in groups if way["specials"] or not tokens[group[0]].special]
    if way["filter"] == "all":
        return groups, groups
    rows, columns = ([g for g in groups if tokens[g[0]].segment == "AB".index(side)] for side in way["filter"])
    return rows, columns


def weights_shown(case: Case, way: dict[str, Any], weights: Tensor) -> Tensor:
    """[..., query, key] to [..., row, column]."""
    rows, columns = shown(case, way)
    of_all = merged(weights, rows + columns)  # [..., rows and columns, rows and columns]
    return of_all[..., : len(rows), len(rows) :]


def allowed_shown(case: Case, way: dict[str, Any], layer: LayerTrace) -> Tensor:
    """[head, row, column]: whether any token of the row may look at any of the column."""
    return weights_shown(case, way, layer.allowed.expand(layer.heads, -1, -1).float()) > 0


def choosing_shown(case: Case, way: dict[str, Any], layer: LayerTrace) -> Tensor:
    """[head, row]: whether the word may look at more than one, shown or not."""
    rows, _ = shown(case, way)
    words = shown(case, {**way, "specials": True, "filter": "all"})[0]
    of_all = merged(layer.allowed.expand(layer.heads, -1, -1).float(), rows + words)
    return (of_all[:, : len(rows), len(rows) :] > 0).sum(-1) > 1


def cells(case: Case, way: dict[str, Any]) -> list[tuple[int, int]]:
    """Some cells of what is shown, all of which every head may look at."""
    may = torch.cat([allowed_shown(case, way, layer) for layer in case.trace.layers]).all(0).nonzero().tolist()
    return [(row, column) for row, column in may[:: max(1, len(may) // 6)]]
