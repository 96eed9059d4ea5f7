"""Whatever the page computes itself is held against the package: weights, merged words, links, divergence.

The page's own modules compute it, under Node, from the very bytes that the page gets.
"""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import attnviz
from attnviz import AttentionTrace, Cut, LayerTrace
from attnviz.analysis import link_tables, links, links_of, merged, ranked, row_divergence, word_groups
from attnviz.analysis.linking import Link
from attnviz.explorer import packed_pictures, packed_trace
from attnviz.models import load_model
from benchmarks.texts import text_of
from tests.tiny import SENTENCE, save_tiny

SCRIPT = Path(__file__).parent / "page_numbers.js"
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

    trace: AttentionTrace
    heads: list[tuple[int, int]]
    query: int
    ways: list[dict[str, Any]] = field(default_factory=lambda: [ALL])
    near: float = FLOAT32

    @property
    def pairs(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        return list(zip(self.heads, [*self.heads[1:], self.heads[0]], strict=True))[:6]

    @property
    def packed(self) -> bytes:
        return packed_trace(self.trace, identity="", first={}, exact=self.near == FLOAT32)

    @property
    def pictures(self) -> bytes:
        return packed_pictures(self.trace, identity="", first={}, heads=self.heads[-2:], query=self.query)


def all_heads(trace: AttentionTrace) -> list[tuple[int, int]]:
    return [(i, head) for i, layer in enumerate(trace.layers) for head in range(layer.heads)]


def by_hand(d: int = 3, d_value: int = 3) -> AttentionTrace:
    """Two layers of four heads on two key-value heads, with a mask and a bias; token 2 may look at nothing."""
    drawn = torch.Generator().manual_seed(3)
    n = 5
    mask = torch.zeros(4, n, n)
    mask[:, 2] = -math.inf  # one may look at nothing
    mask[1, 4, :3] = -math.inf
    mask[3, 0, 1:] = -math.inf
    layers = [
        LayerTrace(
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
    return replace(trace, layers=tuple(layers), output=torch.zeros(n, 2), stages=None, model="by hand")


@pytest.fixture(scope="module")
def cases(minilm: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    def tiny(family: str, text: str = SENTENCE) -> AttentionTrace:
        return load_model(str(save_tiny(tmp_path_factory.mktemp(family), family)), device="cpu").trace(text)

    sharp = load_model("random", causal=True, temperature=0.4, heads=2).trace(SENTENCE)
    cut = minilm.trace(PIECES, cuts=[Cut(key=2), Cut(5, 11, 4, 5)])
    pair = minilm.trace("The unaffable cat sat", second="It didn't purr.")
    long = minilm.trace(text_of(128))
    traces = {
        "random": (attnviz.trace(SENTENCE, "random"), 3, WAYS),
        "causal and sharp": (sharp, 5, WAYS),
        "one token": (attnviz.trace("cat", "random"), 0, WAYS),
        "grammar": (attnviz.trace(SENTENCE, "grammar", device="cpu"), 8, WAYS),
        "induction": (attnviz.trace("cat black tree cat black", "induction", device="cpu"), 4, WAYS),
        "minilm": (minilm.trace(PIECES), 4, WAYS),
        "a pair": (pair, 2, [*WAYS, *SIDES]),
        "cut": (cut, 4, WAYS),
        "llama, grouped heads": (tiny("llama"), 6, WAYS),
        "t5, with a bias": (tiny("t5"), 2, WAYS),
        "by hand": (by_hand(), 2, [ALL]),
        "narrow values": (by_hand(12, 6), 3, [ALL]),
        "wide values": (by_hand(4, 7), 3, [ALL]),
    }
    made = {name: Case(trace, all_heads(trace), query, ways) for name, (trace, query, ways) in traces.items()}
    made["minilm in whole numbers"] = replace(made["minilm"], near=INT16)
    made["llama in whole numbers"] = replace(made["llama, grouped heads"], near=INT16)
    made["by hand in whole numbers"] = replace(made["by hand"], near=INT16)
    made["narrow values in whole numbers"] = replace(made["narrow values"], near=INT16)
    made["128 tokens in whole numbers"] = Case(long, [(0, 2), (5, 11)], 90, [ALL], INT16)
    return made


@pytest.fixture(scope="module")
def told(cases: dict[str, Case], node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page's modules make of every case, in one run of Node."""
    folder = tmp_path_factory.mktemp("page")
    asked = []
    for i, case in enumerate(cases.values()):
        path = folder / f"{i}.bin"
        path.write_bytes(case.packed)
        (folder / f"{i}.bin.pictures").write_bytes(case.pictures)
        groupings = [{"options": way, "cells": cells(case, way)} for way in case.ways]
        asked.append(
            {"trace": str(path), "heads": case.heads, "query": case.query, "pairs": case.pairs, "groupings": groupings}
        )
    (folder / "cases.json").write_text(json.dumps(asked))
    command = [node, str(SCRIPT), str(folder / "cases.json"), str(folder / "told.json")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(zip(cases, json.loads((folder / "told.json").read_text()), strict=True))


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


def cells(case: Case, way: dict[str, Any]) -> list[tuple[int, int]]:
    """Some cells of what is shown, all of which every head may look at."""
    may = torch.cat([allowed_shown(case, way, layer) for layer in case.trace.layers]).all(0).nonzero().tolist()
    return [(row, column) for row, column in may[:: max(1, len(may) // 6)]]


def every(told: dict[str, Any], cases: dict[str, Case]) -> list[tuple[str, Case, Any]]:
    return [(name, case, told[name]) for name, case in cases.items()]


def tensor(numbers: list[Any]) -> Tensor:
    return torch.tensor([math.nan if x is None else float(x) for x in numbers])


def assert_near(seen: Tensor, wanted: Tensor, near: float, what: str) -> None:
    assert seen.shape == wanted.shape, what
    torch.testing.assert_close(seen, wanted, atol=near, rtol=0.0, equal_nan=True, msg=lambda said: f"{what}\n{said}")


def test_the_weights_are_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        n = len(case.trace)
        assert page["tokens"] == n
        for (layer, head), seen in zip(case.heads, page["heads"], strict=True):
            weights = case.trace.layers[layer].weights[head]
            what = f"{name}, layer {layer} head {head}"
            assert_near(tensor(seen["weights"]).reshape(n, n), weights, case.near, what)
            assert_near(tensor(seen["row"]), weights[case.query], case.near, f"{what}, one row")
            assert_near(tensor(seen["steps"]["weights"]), weights[case.query], case.near, f"{what}, the steps")


def test_before_all_vectors_have_come_the_chosen_heads_are_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        for (layer, head), seen in zip(case.heads[-2:], page["early"], strict=True):
            weights = case.trace.layers[layer].weights[head]
            what = f"{name}, layer {layer} head {head}, from the pictures alone"
            assert_near(tensor(seen["weights"]).reshape(weights.shape), weights, FLOAT32, what)
            assert_near(tensor(seen["row"]), weights[case.query], 1e-7, f"{what}, the row that was told")
            assert_near(tensor(seen["other"]), weights[0], FLOAT32, f"{what}, another row")


def test_every_step_of_a_row_is_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        for (layer, head), seen in zip(case.heads, page["heads"], strict=True):
            record = case.trace.layers[layer].head(head)
            for step in ("scores", "masked", "context"):
                wanted = getattr(record, step)[case.query]
                # Scores have no upper bound: as near as their size allows.
                size = max(1.0, float(wanted[wanted.isfinite()].abs().max())) if wanted.isfinite().any() else 1.0
                what = f"{name}, layer {layer} head {head}, {step}"
                assert_near(tensor(seen["steps"][step]), wanted, case.near * size, what)


def test_values_are_the_packages_however_wide_they_are(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        n = len(case.trace)
        for (layer, head), seen in zip(case.heads, page["heads"], strict=True):
            record = case.trace.layers[layer]
            wanted = record.v[record.kv_head(head)]
            size = max(1.0, float(wanted.abs().max()))
            what = f"{name}, layer {layer} head {head}, v"
            assert_near(tensor(seen["v"]).reshape(n, record.d_value), wanted, case.near * size, what)
        for (layer, head), seen in zip(case.heads[-2:], page["early"], strict=True):
            wanted = case.trace.layers[layer].head(head).context[case.query]
            assert_near(
                tensor(seen["context"]), wanted, FLOAT32 * max(1.0, float(wanted.abs().max())), f"{name}, early"
            )


def test_words_are_merged_hidden_and_filtered_as_the_package_does_it(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        for way, seen in zip(case.ways, page["groupings"], strict=True):
            rows, columns = shown(case, way)
            assert (seen["rows"], seen["columns"]) == (rows, columns), (name, way)
            weights = [weights_shown(case, way, layer.weights) for layer in case.trace.layers]
            allowed = [allowed_shown(case, way, layer) for layer in case.trace.layers]
            for (layer, head), numbers, blocked in zip(case.heads, seen["weights"], seen["blocked"], strict=True):
                what = f"{name}, {way}, layer {layer} head {head}"
                wanted, may = weights[layer][head], allowed[layer][head]
                assert_near(tensor(numbers).reshape(wanted.shape), wanted, case.near, what)
                is_blocked = torch.zeros(may.numel()) if blocked is None else tensor(blocked)
                assert torch.equal(is_blocked.reshape(may.shape) == 0, may), what


def test_rows_of_whole_words_still_sum_to_one(told: dict[str, Any]):
    for way, seen in zip(WAYS, told["minilm"]["groupings"], strict=True):
        for weights in seen["weights"]:
            sums = tensor(weights).reshape(len(seen["rows"]), -1).sum(-1)
            assert_near(sums, torch.ones(len(sums)), 1e-5, str(way)) if way["specials"] else None
            assert (sums <= 1 + 1e-5).all()


def test_links_are_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        for way, seen in zip(case.ways, page["groupings"], strict=True):
            weights = [weights_shown(case, way, layer.weights) for layer in case.trace.layers]
            allowed = [allowed_shown(case, way, layer) for layer in case.trace.layers]
            for (row, column), cell in zip(cells(case, way), seen["cells"], strict=True):
                by_layer = [links_of(w, a, row, column) for w, a in zip(weights, allowed, strict=True)]
                known = torch.stack([torch.stack(by_layer[layer])[:, head] for layer, head in case.heads])  # [head, 3]
                page_values = torch.stack([tensor(values) for values in cell["values"]])  # [head, 4]
                what = f"{name}, {way}, cell {row}, {column}"
                assert_near(page_values[:, :3], known, case.near, what)
                standing = [Link(0, 0, *(None if x != x else x for x in row)).stands_out for row in known.tolist()]
                assert_near(page_values[:, 3], torch.tensor(standing), 2 * case.near, what)


def test_links_of_tokens_are_ranked_as_the_package_ranks_them(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        if case.heads != all_heads(case.trace):
            continue
        tables = link_tables(case.trace)
        for (query, key), cell in zip(cells(case, ALL), page["groupings"][0]["cells"], strict=True):
            found = links(case.trace, query, key, tables=tables)
            by_place = {(link.layer, link.head): link for link in found}
            for by, order in (("weight", cell["byWeight"]), ("stands_out", cell["byStanding"])):
                # Heads that are equal but for rounding may stand either way: their numbers are compared.
                seen = [getattr(by_place[layer, head], by) for layer, head in order]
                wanted = [getattr(link, by) for link in ranked(found, by)]
                assert seen == pytest.approx(wanted, abs=2 * case.near), f"{name}, {query} → {key}, {by}"


def test_the_divergence_of_rows_is_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        for (a, b), seen in zip(case.pairs, page["divergences"], strict=True):
            p, q = (case.trace.layers[layer].weights[head] for layer, head in (a, b))
            near = 1e-5 if case.near == FLOAT32 else 2e-3
            assert_near(tensor(seen), row_divergence(p, q), near, f"{name}, {a} and {b}")
