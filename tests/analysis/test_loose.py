"""Weights that are no shares (ReLU, a third power, some rows by hand): what is still told of them, and what is not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import attnviz
from attnviz import AttnvizError, Normalized, RowSet, Scaled, Trace, analysis, figures, load_model
from attnviz.analysis import saying
from attnviz.analysis.meanings.norms import norm_weighted, value_norms
from attnviz.analysis.one_query import rows_of, side_by_side
from attnviz.client import html, notes, packed_pictures
from attnviz.client.packing import unpacked
from attnviz.export import csv_text, npz_bytes
from attnviz.training.measures import entropy_share
from tests.support.exported import loaded
from tests.support.exported import rows_of as table_of
from tests.support.tiny import SENTENCE


@pytest.fixture(scope="module")
def loose() -> Trace:
    return load_model("grammar", device="cpu").trace(SENTENCE, changes=[Normalized("polynomial"), Scaled(2.0)])


@pytest.fixture(scope="module")
def by_hand() -> Trace:
    """One row of one head in layer 1 is no share; layer 0 is as it was."""
    n = len(load_model("grammar", device="cpu").trace(SENTENCE))
    row = [1.5, -0.75, *[0.0] * (n - 2)]
    return load_model("grammar", device="cpu").trace(SENTENCE, changes=[RowSet(1, 2, 4, row)])


def told(trace: Trace, **place: Any) -> str:
    sentences = saying.row_sentences(analysis.read_row(trace, **place))
    named = [f"<{token.label}>" for token in trace.tokens]
    return " ".join("".join(named[p.index] if isinstance(p, saying.Word) else p for p in one) for one in sentences)


def test_the_largest_weights_are_told_by_size_and_with_their_sum(by_hand: Trace):
    said = told(by_hand, layer=1, head=2, query=4)
    assert said == (
        "The largest weights of <which>, by size: <[CLS]> 1.50, <The> −0.75. "
        "Weights are no shares in this run: this row sums to 0.75."
    )
    assert "looks at" in told(by_hand, layer=0, head=2, query=4), "another layer is told as ever"
    assert saying.specials_sentence(analysis.read_row(by_hand, layer=1, head=2, query=4), shown=True) == []
    n = len(by_hand)
    zeros = load_model("grammar").trace(SENTENCE, changes=[RowSet(1, 2, 4, [0.0] * n)])
    assert told(zeros, layer=1, head=2, query=4).startswith("All weights of <which> on the words that are shown are 0.")


def test_the_largest_alone_is_a_share_and_told_as_ever():
    hard = load_model("grammar").trace(SENTENCE, changes=[Normalized("hard")])
    assert "looks at" in told(hard, layer=0, head=1, query=4)
    assert all(one.entropy == pytest.approx(0, abs=1e-6) for layer in analysis.head_figures(hard) for one in layer)


def test_there_is_no_entropy_no_distance_and_no_character_but_the_strongest_link(by_hand: Trace, loose: Trace):
    table = analysis.head_figures(by_hand)
    for one in table[1]:
        assert (one.entropy, one.distance, one.shares) == (None, None, False)
        assert " → " in analysis.character(one, by_hand)
    whole = load_model("grammar").trace(SENTENCE)
    for one, before in zip(table[0], analysis.head_figures(whole)[0], strict=True):
        assert one == before
    shares = entropy_share(whole.layers[0].weights, whole.layers[0].allowed.sum(-1))
    assert table[0][0].entropy == pytest.approx(float(shares[0].mean()))
    sent = notes(loose, identity="")
    assert all(head["entropy"] is None for head in sent["parts"][""]["heads"][0])


def test_nothing_is_interesting_stands_out_or_is_rolled_out(by_hand: Trace, loose: Trace):
    for trace in (by_hand, loose):
        assert analysis.interesting(trace) == []
        assert analysis.strongest_link(trace) is None
        with pytest.raises(AttnvizError, match="There is no rollout of this run: it adds up shares"):
            analysis.rollout(trace)
        with pytest.raises(AttnvizError, match="How unlike heads are is told by shares"):
            analysis.head_divergences(trace)
    whole = load_model("grammar").trace(SENTENCE)
    assert analysis.interesting(whole)
    assert analysis.rollout(whole).shape == (2, len(whole), len(whole))


def test_a_meaning_has_no_rollout_and_its_other_numbers_are_finite(loose: Trace):
    found = analysis.meaning(load_model("grammar"), loose, layer=1, head=0, query=4, key=2)
    assert found.rollout is None
    assert not found.shares
    assert all(math.isfinite(x) for x in (found.weight, found.norm, found.norm_share, found.effect, found.token_effect))


def test_a_weight_below_0_hands_on_as_long_a_vector_as_one_above(by_hand: Trace):
    norms = norm_weighted(by_hand, 1)
    assert float(norms[2, 4, 1]) == pytest.approx(0.75 * float(value_norms(by_hand, 1)[2, 1]))
    assert (norms >= 0).all()


def test_one_query_in_all_heads_is_the_one_of_the_layers(by_hand: Trace, loose: Trace):
    for trace in (by_hand, loose):
        for query in (0, 4):
            rows = rows_of(side_by_side(trace), query)
            for (layer, head), row in zip(rows.heads, rows.weights, strict=True):
                torch.testing.assert_close(row, trace.layers[layer].weights[head, query])


def test_rows_that_are_no_shares_are_compared_without_bits(by_hand: Trace):
    whole = load_model("grammar").trace(SENTENCE)
    found = analysis.compare(whole, (1, 2), by_hand, (1, 2))
    bits = found.divergence
    assert bits[4].isnan()
    assert (bits[torch.arange(len(bits)) != 4] < 1e-5).all()
    assert 4 in found.compared()
    assert analysis.largest_difference(found) == (4, 0), "1.5 on [CLS] is furthest from what was there"
    assert found.mean_divergence == pytest.approx(0, abs=1e-5)
    assert all(one.row != 4 for one in analysis.differing_rows(found))


def test_the_most_unlike_head_is_the_one_furthest_away(loose: Trace):
    weights = loose.layers[0].weights
    apart = (weights - weights[1]).abs().sum(-1).mean(-1)
    assert analysis.most_unlike_head(loose, 0, 1) == (0, int(apart.argmax()))
    assert analysis.most_alike_head(loose, (0, 1), loose) == (0, 1)


# Figures


def test_the_figures_of_such_weights_are_centred_on_0(loose: Trace, by_hand: Trace):
    (cells,) = figures.matrix(loose, "weights", layer=0, head=1).select_traces("heatmap")
    most = float(loose.layers[0].weights[1].abs().max())
    assert (cells.zmin, cells.zmax) == pytest.approx((-most, most))
    assert "%{z:.4f}" in cells.hovertemplate
    large = next(figures.head(by_hand, layer=1, head=2).select_traces("heatmap"))
    assert (large.zmin, large.zmax) == (-1.5, 1.5)
    usual = next(figures.head(by_hand, layer=0, head=2).select_traces("heatmap"))
    assert (usual.zmin, usual.zmax) == (0, 1)
    grid = next(figures.head_grid(by_hand, layer=1, query=4).select_traces("heatmap"))
    assert (grid.zmin, grid.zmax) == (-1.5, 1.5)
    assert np.nanmin(grid.z) == pytest.approx(-0.75), "what is below 0 is drawn so"
    overview = figures.overview(by_hand, layer=1, head=2, query=4)
    assert next(overview.select_traces("heatmap")).zmax == 1.5
    hovers = [text for one in overview.select_traces("scatter") for text in one.hovertext or ()]
    assert any("[CLS]: 1.5<br>head 2 of layer 1" in text for text in hovers), "a number, not a share in per cent"


def test_a_comparison_of_such_weights_has_their_scale(by_hand: Trace):
    whole = load_model("grammar").trace(SENTENCE)
    first, second, minus = figures.comparison(analysis.compare(by_hand, (1, 2), whole, (1, 2))).select_traces("heatmap")
    assert (first.zmin, first.zmax, second.zmin, second.zmax) == (-1.5, 1.5, -1.5, 1.5)
    assert (minus.zmin, minus.zmax) == (-3, 3)
    plain = figures.comparison(analysis.compare(whole, (1, 2), whole, (1, 1))).select_traces("heatmap")
    assert [(one.zmin, one.zmax) for one in plain] == [(0, 1), (0, 1), (-1, 1)]


# What is sent and taken along


def test_the_page_is_told_what_makes_the_weights(by_hand: Trace, loose: Trace):
    header, arrays = unpacked(packed_pictures(by_hand, identity="", first={"query": 0}, heads=[(1, 2)], query=4))
    before, after = header["parts"][0]["layers"]
    assert not {"normalizer", "byHand", "loose"} & before.keys()
    assert (after["byHand"], after["loose"]) == ([[2, 4]], True)
    assert arrays["byHand1"][0].tolist()[:3] == [1.5, -0.75, 0.0]
    picture = arrays["thumbnails1"][2]
    assert (picture.max(), picture[4, 0], picture[4, 1]) == (255, 255, round(255 * math.sqrt(0.5)))
    header, _ = unpacked(packed_pictures(loose, identity="", first={"query": 0}, heads=[(0, 0)], query=0))
    assert {layer["normalizer"] for layer in header["parts"][0]["layers"]} == {"polynomial"}


def test_a_page_of_its_own_has_no_map_and_says_what_is_changed(loose: Trace):
    page = html(loose)
    assert "changed: a third power in place of softmax, temperature 2" in page
    assert '"map"' not in page.split('id="notes"')[1].split("</script>")[0]


def test_the_archive_and_the_table_have_the_rows_by_hand(by_hand: Trace, loose: Trace):
    found = loaded(npz_bytes(by_hand))
    assert found["by_hand"].shape == found["weights"].shape
    assert np.isfinite(found["by_hand"]).sum() == len(by_hand)
    np.testing.assert_array_equal(found["by_hand"][1, 2, 4], found["weights"][1, 2, 4])
    assert found["normalizer"].tolist() == ["softmax", "softmax"]
    assert "by_hand" not in loaded(npz_bytes(loose))
    assert loaded(npz_bytes(loose))["normalizer"].tolist() == ["polynomial", "polynomial"]
    assert str(found["changes"][0]) == "in layer 1 head 2, the weights of token 4 set by hand"
    table = table_of("".join(csv_text(by_hand, ["1.2"])))
    assert [float(row["weight"]) for row in table if row["query"] == "4"][:3] == [1.5, -0.75, 0.0]


def test_a_run_without_any_such_change_is_told_as_before():
    trace = attnviz.trace(SENTENCE, "grammar")
    assert trace.shares
    assert all(layer.shares and layer.by_hand is None and layer.normalizer == "softmax" for layer in trace.layers)
