"""All heads in small pictures."""

from __future__ import annotations

import numpy as np

import attnviz
from attnviz import figures
from attnviz.figures.mosaics import plan_grid, plan_overview


def test_the_grid_has_every_head_in_its_place(bert):
    plan = plan_grid(bert, layer=5)
    weights = bert.layers[5].weights.numpy()
    assert plan.heads == [(5, head) for head in range(12)]
    for (_, head), (row, column) in zip(plan.heads, plan.corners, strict=True):
        assert np.array_equal(plan.values[row : row + 13, column : column + 13], weights[head])
    assert np.isnan(plan.values).sum() == plan.values.size - 12 * 169


def test_the_overview_has_a_row_a_layer_and_a_column_a_head(bert):
    plan = plan_overview(bert)
    assert len(plan.heads) == 72
    row, column = plan.corners[plan.heads.index((3, 7))]
    assert np.array_equal(plan.values[row : row + 13, column : column + 13], bert.layers[3].weights[7].numpy())
    assert sorted({r for r, _ in plan.corners}).index(row) == 3
    assert sorted({c for _, c in plan.corners}).index(column) == 7


def test_a_long_text_is_pooled_and_says_so():
    trace = attnviz.trace("word other " * 120, "random")
    plan = plan_grid(trace, layer=0)
    assert (plan.size, plan.block) == ((80, 80), (3, 3))
    assert plan.values[:80, :80].max() == trace.layers[0].weights[0].max()


def test_a_click_on_a_tile_says_which_head(bert):
    grid = figures.head_grid(bert, layer=2, clickable=True, query=8).data[-1]
    assert {tuple(data) for data in grid.customdata} == {(2, head) for head in range(12)}
    overview = figures.overview(bert).data[-1]
    assert {tuple(data) for data in overview.customdata} == {(i, h) for i in range(6) for h in range(12)}


def test_a_tile_says_that_its_head_is_off():
    from attnviz.models import load_model

    trace = load_model("grammar").trace("the cat sat", off={(1, 2)})
    titles = next(t.text for t in figures.head_grid(trace, layer=1).select_traces({"mode": "text"}))
    assert list(titles) == ["head 0", "head 1", "head 2 (off)", "head 3"]
