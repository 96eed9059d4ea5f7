"""The figure of two heads side by side: what it plans to show, and that gaps are never zeros."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import attnviz
from attnviz import figures
from attnviz.analysis import Comparison, compare
from attnviz.figures._comparison import pair_names, plan_comparison
from attnviz.figures.palette import DARK, LIGHT
from attnviz.tokens import TextToken
from tests.support.tiny import SENTENCE

LONGER = "The dog, which was very black, sat on the mat"
HEAD = (1, 0)


@pytest.fixture(scope="module")
def pair() -> Comparison:
    return compare(attnviz.trace(SENTENCE, "grammar"), HEAD, attnviz.trace(LONGER, "grammar"), HEAD)


def heatmaps(figure) -> list:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_a_changed_word_has_two_names_and_a_gap_a_dash(pair):
    assert plan_comparison(pair).names[1:9] == ["The", "cat / dog", ",₃", "which", "was", "– / very", "black", ",₇"]


def test_the_panels_show_the_comparison_s_numbers_on_fixed_scales(pair):
    a, b, difference = heatmaps(figures.comparison(pair))
    for panel, table in ((a, pair.first), (b, pair.second), (difference, pair.difference)):
        assert np.array_equal(np.array(panel.z), table.numpy(), equal_nan=True)
    assert (a.zmin, a.zmax) == (b.zmin, b.zmax) == (0, 1)
    assert (difference.zmin, difference.zmax) == (-1, 1)
    assert difference.colorscale[2] == (0.5, LIGHT.signed[2][1]), "no difference is the colour of no weight"


def test_gaps_are_grey_in_every_panel_and_have_no_number_and_no_bar(pair):
    figure = figures.comparison(pair)
    gap = 6
    a, _, difference = heatmaps(figure)
    assert np.isnan(np.array(a.z)[gap]).all()
    assert np.isnan(np.array(difference.z)[:, gap]).all()
    grounds = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [shape.fillcolor for shape in grounds] == [LIGHT.blocked] * 3
    assert all(not panel.hoverongaps for panel in heatmaps(figure))
    bars = next(trace for trace in figure.data if trace.type == "bar")
    assert bars.text[gap] == "–"
    assert bars.x[gap] == 0
    assert bars.text[2] == f"{float(pair.divergence[2]):.2f}"


def test_few_traces_draw_all_of_it(pair):
    assert [trace.type for trace in figures.comparison(pair, row=3).data] == ["heatmap"] * 3 + ["bar", "scatter"]


def test_every_panel_names_its_columns_and_pointing_names_the_cell(pair):
    figure = figures.comparison(pair)
    n = len(pair)
    assert list(figure.layout.xaxis.ticktext) == plan_comparison(pair).names * 3
    assert [len(panel.z) for panel in heatmaps(figure)] == [n] * 3
    for panel, places in zip(heatmaps(figure), np.split(np.array(figure.layout.xaxis.tickvals), 3), strict=True):
        assert np.allclose(panel.x0 + panel.dx * np.arange(n), places)
        assert "%{y} → %{x}" in panel.hovertemplate


def test_the_chosen_row_is_bold_and_framed(pair):
    figure = figures.comparison(pair, row=9, dark=True)
    assert figure.layout.yaxis.ticktext[9] == "<b>sat</b>"
    assert figure.data[-1].line.color == DARK.accent
    assert {8.5, 9.5} == {y for y in figure.data[-1].y if y is not None}


def test_hidden_special_tokens_are_left_out_and_numbers_stay(pair):
    plan = plan_comparison(pair, row=0, specials=False)
    assert plan.names[0] == "The"
    assert plan.chosen is None
    assert np.array_equal(plan.matrices[0], pair.first[1:, 1:].numpy(), equal_nan=True)


def test_a_long_text_is_drawn_in_blocks_of_its_largest_numbers():
    first, second = attnviz.trace("a cat sat " * 70, "random"), attnviz.trace("a dog sat " * 70, "random")
    pair = compare(first, (0, 0), second, (0, 0))
    plan = plan_comparison(pair, row=5)
    assert plan.block == 2
    assert plan.names[:3] == ["a₀ +1", "sat₂ +1", "cat / dog₄ +1"]
    assert plan.chosen == 2
    assert plan.matrices[0].shape == (105, 105)
    assert plan.matrices[0][0, 0] == pair.first[:2, :2].max()
    block = pair.difference[:2, 2:4]
    assert plan.matrices[2][0, 1] == block.flatten()[block.abs().argmax()]
    assert plan.bits[0] == pair.divergence[:2].max()
    figure = figures.comparison(pair)
    written = list(figure.layout.xaxis2.ticktext)
    assert written == written[: len(written) // 3] * 3, "the same names over every panel"
    assert len(written) < 3 * 105 == len(figure.layout.xaxis.ticktext)


def test_what_was_typed_is_never_markup_and_never_a_template(pair):
    odd = tuple(TextToken(text, 0, 0, 0) for text in ("<b>", "$x$"))
    weights = torch.full((2, 2), 0.5)
    figure = figures.comparison(Comparison(odd, (odd[0], None), weights, weights), names=("<i>A", "%{x} 100%"))
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;", "&#36;x&#36; / –"]
    assert [note.text for note in figure.layout.annotations[:2]] == ["<b>&lt;i&gt;A</b>", "<b>%{x} 100%</b>"]
    assert "%{x} 100" not in figure.data[1].hovertemplate


def test_equal_words_in_other_case_have_one_name():
    weights = torch.ones(1, 1)
    pair = Comparison((TextToken("The", 0, 0, 3),), (TextToken("the", 0, 0, 3),), weights, weights)
    assert pair_names(pair, [0]) == ["The"]


def test_nothing_left_to_show_is_still_a_figure():
    special = (TextToken("[CLS]", 0, 0, 0, special=True),)
    pair = Comparison(special, special, torch.ones(1, 1), torch.ones(1, 1))
    figure = figures.comparison(pair, specials=False, row=0)
    assert json.loads(figure.to_json())["layout"]["height"] > 0
