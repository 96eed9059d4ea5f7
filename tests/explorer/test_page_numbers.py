"""Whatever the page computes itself is held against the package: weights, merged words, links, divergence.

The page's own modules compute it, under Node, from the very bytes that the page gets.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from attnviz import LayerTrace
from attnviz.analysis import (
    compare,
    link_tables,
    links,
    links_of,
    merged,
    ranked,
    read_row,
    row_divergence,
    saying,
    strongest_link,
)
from attnviz.analysis.linking import Link
from attnviz.analysis.standing_out import WINDOW
from attnviz.client import WHOLE
from tests.explorer.node import told_by
from tests.explorer.numbers_cases import (
    ALL,
    FLOAT32,
    WAYS,
    Case,
    all_cases,
    all_heads,
    allowed_shown,
    cells,
    choosing_shown,
    shown,
    weights_shown,
)
from tests.explorer.numbers_said import assert_same, in_quotes, in_words

SCRIPT = Path(__file__).parent / "page_numbers.js"
ROUNDOFF = 2.0**-24  # of one operation in float32, relative


@pytest.fixture(scope="module")
def cases(minilm: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    return all_cases(minilm, tmp_path_factory)


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
            {
                "trace": str(path),
                "heads": case.heads,
                "query": case.query,
                "pairs": case.pairs,
                "groupings": groupings,
                "said": case.said,
            }
        )
    return dict(zip(cases, told_by(node, SCRIPT, folder, asked), strict=True))


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
            told_row = case.trace.layers[layer].head(head, None if len(case.trace) <= WHOLE else case.query).weights
            told_row = told_row[case.query] if len(case.trace) <= WHOLE else told_row[0]
            assert torch.equal(tensor(seen["row"]), told_row), (
                f"{what}, the row that was told is the package's, bit by bit"
            )
            near = min(FLOAT32, rounding(case.trace.layers[layer], head, case.query))
            assert_near(tensor(seen["row"]), weights[case.query], near, f"{what}, the row, computed among all heads")
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
            of_heads = zip(case.heads, seen["weights"], seen["blocked"], seen["forced"], strict=True)
            for (layer, head), numbers, blocked, forced in of_heads:
                what = f"{name}, {way}, layer {layer} head {head}"
                wanted, may = weights[layer][head], allowed[layer][head]
                assert_near(tensor(numbers).reshape(wanted.shape), wanted, case.near, what)
                choosing = choosing_shown(case, way, case.trace.layers[layer])[head]
                is_forced = torch.zeros(len(rows)) if forced is None else tensor(forced)
                assert torch.equal(is_forced == 0, choosing), what
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
            choosing = [choosing_shown(case, way, layer) for layer in case.trace.layers]
            forced = ~torch.stack([choosing[layer][head] for layer, head in case.heads])  # [head, row]
            for (row, column), cell in zip(cells(case, way), seen["cells"], strict=True):
                by_layer = [
                    links_of(w, a, row, column, has_choice=c)
                    for w, a, c in zip(weights, allowed, choosing, strict=True)
                ]
                known = torch.stack([torch.stack(by_layer[layer])[:, head] for layer, head in case.heads])  # [head, 3]
                page_values = torch.stack([tensor(values) for values in cell["values"]])  # [head, 4]
                what = f"{name}, {way}, cell {row}, {column}"
                assert_near(page_values[:, :3], known, case.near, what)
                standing = [
                    Link(0, 0, *(None if x != x else x for x in one), forced=is_forced).stands_out
                    for one, is_forced in zip(known.tolist(), forced[:, row].tolist(), strict=True)
                ]
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


def test_where_a_word_stands_out_most_is_where_the_package_finds_it(told: dict[str, Any], cases: dict[str, Case]):
    seen = 0
    for name, case, page in every(told, cases):
        if case.near != FLOAT32 or len(case.trace) > WINDOW:
            continue  # of a long text the package looks at a part
        found, own = strongest_link(case.trace, query=case.query), page["outstanding"]
        if found is None or case.trace.columns[found[2]].special:
            assert own is None, name
            continue
        seen += 1
        (layer, head), _, key = found
        assert (own["layer"], own["head"], own["column"]) == (layer, head, key), name
        assert own["weight"] == pytest.approx(float(case.trace.layers[layer].weights[head, case.query, key]), abs=1e-6)
    assert seen >= 3


def test_the_divergence_of_rows_is_the_one_of_compare_whatever_is_hidden(told: dict[str, Any], cases: dict[str, Case]):
    for name, case, page in every(told, cases):
        heads = {at: case.trace.layers[at[0]].head(at[1]).weights for pair in case.pairs for at in pair}
        of_compare = [compare(case.trace, a, case.trace, b).divergence for a, b in case.pairs]
        for way, seen in zip(case.ways, page["groupings"], strict=True):
            rows, _ = shown(case, way)
            words = shown(case, {**way, "specials": True, "filter": "all"})[0]
            grouped = {at: merged(weights, rows + words)[: len(rows), len(rows) :] for at, weights in heads.items()}
            for (a, b), bits, compared in zip(case.pairs, seen["divergences"], of_compare, strict=True):
                near = 1e-5 if case.near == FLOAT32 else 2e-3
                what = f"{name}, {way}, {a} and {b}"
                if way["words"] == "pieces":
                    assert_near(tensor(bits), compared[[row[0] for row in rows]], near, what)
                elif bits:
                    are_shares = [(p >= 0).all(-1) & ((p.sum(-1) - 1).abs() < 1e-3) for p in (grouped[a], grouped[b])]
                    wanted = row_divergence(grouped[a].clamp(min=0), grouped[b].clamp(min=0))
                    assert_near(tensor(bits), wanted.where(are_shares[0] & are_shares[1], torch.nan), near, what)


def test_the_page_says_of_a_row_what_the_package_says(told: dict[str, Any], cases: dict[str, Case]):
    kinds = set()
    for name, case, page in every(told, cases):
        for asked, (row, specials) in zip(case.said, page["said"], strict=True):
            place = {key: asked[key] for key in ("layer", "head", "query")}
            reading = read_row(case.trace, **place, key=asked["key"], specials=asked["specials"])
            sentences = [in_words(case.trace, sentence) for sentence in saying.row_sentences(reading)]
            judged = [reading.pinned] if reading.pinned else reading.strongest[:1]
            kind = "loose" if not reading.shares else "forced" if reading.choices == 1 else ""
            kinds |= {kind or saying.verdict(one) for one in judged}
            assert_same(row, " ".join(sentences), f"{name}, {asked}")
            wanted = in_words(case.trace, saying.specials_sentence(reading, shown=asked["specials"]), named=in_quotes)
            assert_same(specials, wanted, f"{name}, {asked}, special tokens")
    most = {"loose", "forced", "common", "distance", "special", "out_both", "out_place", "alone"}
    assert kinds == most or "out" in kinds


def rounding(layer: LayerTrace, head: int, query: int) -> float:
    """How far a row's weights may lie apart where its sums are taken in another order: by one thread or two, of one
    head or of all at once.

    A sum of d products is off by at most d roundings of the sum of their sizes (Higham 2002, section 3.1). Scale and
    temperature make a logit of it; a logit that is off by δ makes a weight w off by at most 2 δ w (1 - w) ≤ δ / 2. That
    holds on both sides, and the softmax itself adds a few roundings.
    """
    if layer.normalizer != "softmax":
        return FLOAT32
    record, kv = layer, layer.kv_head(head)
    size = float((record.q[head, query].abs() @ record.k[kv].abs().T).max())
    logit = record.d_head * ROUNDOFF * size * abs(record.scale) / record.temperature
    bias = 0.0 if record.bias is None else float(record.bias[record.bias.isfinite()].abs().max()) * ROUNDOFF
    return 2 * (logit + bias / record.temperature) / 2 + 8 * ROUNDOFF
