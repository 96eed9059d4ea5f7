"""Figures of a target that looks at a source: every one is drawn, with each side's own words and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError, figures
from attnviz.analysis import compare
from attnviz.figures._comparison import plan_comparison
from tests.analysis.test_crossed import CAT, DOG, LENGTHS, drawn


def heatmaps(figure) -> list:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_a_comparison_has_the_words_of_the_rows_and_of_the_columns():
    found = compare(CAT, (0, 0), DOG, (0, 0))
    plan = plan_comparison(found, row=1)
    assert plan.names == ["a", "cat / dog"]
    assert plan.columns == ["le", "chat / chien", "– / noir", "dort"]
    figure = figures.comparison(found, row=1)
    assert list(figure.layout.xaxis.ticktext) == plan.columns * 3
    for panel, table in zip(heatmaps(figure), (found.first, found.second, found.difference), strict=True):
        assert np.array_equal(np.array(panel.z), table.numpy(), equal_nan=True)


def test_a_long_source_is_drawn_in_blocks_of_columns_alone():
    found = compare(drawn((3, 300), 1), (0, 0), drawn((3, 300), 2), (0, 0))
    plan = plan_comparison(found)
    assert (len(plan.names), len(plan.columns)) == (3, 100)
    assert plan.matrices[0].shape == (3, 100)
    assert float(plan.matrices[0][0, 1]) == float(found.first[0, 3:6].nan_to_num(0).max())


def test_one_head_has_the_target_at_its_rows_and_the_source_at_its_columns():
    figure = figures.head(CAT, layer=0, head=0, query=1)
    assert np.array(heatmaps(figure)[0].z).shape == (2, 3)
    assert list(figure.layout.yaxis.ticktext)[-1].endswith("cat</b>") or "cat" in str(figure.layout.yaxis.ticktext)
    assert "dort" in str(figure.layout.xaxis.ticktext)


@settings(deadline=None, max_examples=5)
@given(LENGTHS, st.integers(0, 2**20), st.booleans())
def test_every_figure_is_drawn_of_rows_and_columns_of_different_lengths(sizes, seed, specials):
    trace = drawn(sizes, seed)
    rows, columns = sizes[0], sizes[1] - (not specials)
    shown = {"specials": specials}
    for name, (down, across) in figures.MATRICES.items():
        z = np.array(heatmaps(figures.matrix(trace, name, layer=1, head=2, query=rows - 1, **shown))[0].z)
        assert z.shape[0] == (rows if down == "query" else columns), name
        if across == "key":
            assert z.shape[1] == columns, name
    one = np.array(heatmaps(figures.head(trace, layer=1, head=2, query=rows - 1, **shown))[0].z)
    assert one.shape == (rows, columns)
    np.testing.assert_array_equal(
        np.nan_to_num(one.astype(float)),
        trace.layers[1].head(2).weights.numpy()[:, sizes[1] - columns :].astype(float),
    )
    figures.head(trace, layer=0, head=0, beside=(1, 1), difference=True, **shown)
    figures.head(trace, layer=0, head=0, beside=(1, 1), **shown)
    figures.head_grid(trace, layer=1, **shown)
    figures.overview(trace, **shown)
    figures.panels(trace, ("k", "v"), layer=1, head=2, **shown)
    with pytest.raises(AttnvizError, match="have different rows here"):
        figures.panels(trace, ("q", "k"), layer=1, head=2)
    three = heatmaps(figures.comparison(compare(trace, (0, 0), trace, (1, 1)), **shown))
    assert [np.array(panel.z).shape for panel in three] == [(rows, columns)] * 3
