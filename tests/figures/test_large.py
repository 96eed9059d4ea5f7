"""One head, large: its cells, its words, and a second head beside it."""

from __future__ import annotations

import numpy as np
import pytest

import attnviz
from attnviz import AttnvizError, figures
from tests.support.drawn import cells


def test_the_large_head_shows_its_weights_with_numbers_in_the_cells(bert):
    figure = figures.head(bert, layer=5, head=11, query=8)
    heatmap = figure.data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    numbers = next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "text")
    assert list(numbers.text) == [f"{weight:.2f}" for row in cells(figure).tolist() for weight in row]
    assert figure.layout.xaxis.ticktext[2] == "cat"
    assert figure.layout.yaxis.ticktext[8] == "<b>sat</b>"


def test_numbers_are_left_out_where_they_do_not_fit():
    long = attnviz.trace("word " * 40, "random")
    assert "text" not in [trace.mode for trace in figures.head(long).data if trace.type == "scatter"]


def test_repeated_tokens_keep_their_own_cells():
    trace = attnviz.trace("the the the the", "random")
    figure = figures.head(trace)
    assert cells(figure).shape == (4, 4)
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2, 3]
    assert list(figure.layout.xaxis.ticktext) == ["the₀", "the₁", "the₂", "the₃"]


PIECES = "unaffable cats didn't sit"


@pytest.fixture(scope="module")
def pieces(minilm):
    return minilm.trace(PIECES, second="a dog")


@pytest.mark.parametrize("words", ["words", "joined"])
def test_whole_words_are_drawn_as_words(pieces, words):
    groups = attnviz.analysis.word_groups(pieces, join=words == "joined")
    figure = figures.head(pieces, layer=5, head=11, words=words, query=2)
    weights = pieces.layers[5].head(11).weights
    by_hand = [[sum(float(weights[i, j]) for i in row for j in key) / len(row) for key in groups] for row in groups]
    assert np.allclose(cells(figure), by_hand, atol=1e-6)
    assert len(groups) < len(pieces)
    assert list(figure.layout.xaxis.ticktext)[1:3] == ["<b>unaffable</b>", "cats"]
    assert figure.layout.yaxis.ticktext[1] == "<b>unaffable</b>", "a piece that is chosen marks its word"


def test_the_sides_of_a_pair_are_drawn_alone(pieces):
    shown = figures.head(pieces, layer=5, head=11, sides="AB", specials=False, query=1)
    rows, columns = ([i for i, t in enumerate(pieces.tokens) if t.segment == s and not t.special] for s in (0, 1))
    assert np.array_equal(cells(shown), pieces.layers[5].head(11).weights.numpy()[np.ix_(rows, columns)])
    assert list(shown.layout.xaxis.ticktext) == ["a", "dog"], "the chosen word is in a row, not in a column"


def test_a_second_head_is_drawn_beside_or_taken_away(bert):
    a, b = (bert.layers[layer].head(head).weights.numpy() for layer, head in ((5, 11), (4, 3)))
    both = figures.head(bert, layer=5, head=11, beside=(4, 3), query=8)
    tables = [np.array(one.z) for one in both.data if one.type == "heatmap"]
    assert np.array_equal(tables[0], a)
    assert np.array_equal(tables[1], b)
    minus = figures.head(bert, layer=5, head=11, beside=(4, 3), difference=True)
    assert np.allclose(cells(minus), a - b)
    assert minus.data[0].zmin == -minus.data[0].zmax == pytest.approx(-np.abs(a - b).max())
    assert "head 11 of layer 5 minus head 3 of layer 4" in minus.data[0].hovertemplate
    with pytest.raises(AttnvizError, match="A difference is of two heads"):
        figures.head(bert, difference=True)


def test_where_neither_of_two_heads_may_look_there_is_no_difference():
    causal = attnviz.trace("the cat sat", "random", causal=True)
    shown = cells(figures.head(causal, head=0, beside=(0, 1), difference=True))
    assert np.isnan(shown[0, 1:]).all()
    assert np.isfinite(shown[2]).all()


@pytest.mark.parametrize(
    ("options", "sentence"), [({"words": "letters"}, "not “letters”"), ({"sides": "AC"}, "not “AC”")]
)
def test_a_way_to_show_words_that_is_not_there_is_named(scratch, options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        figures.head(scratch, **options)


def test_the_name_that_the_head_beside_had_still_works_and_says_its_new_one(bert):
    with pytest.warns(DeprecationWarning, match=r"is now figures\.head\(beside=…\)"):
        old = figures.head(bert, layer=5, head=11, second=(4, 3))
    assert old.to_json() == figures.head(bert, layer=5, head=11, beside=(4, 3)).to_json()
