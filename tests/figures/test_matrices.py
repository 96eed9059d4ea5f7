"""Single matrices: what they show is the trace's numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import attnviz
from attnviz import AttnvizError, figures
from attnviz.figures.matrices import MATRICES
from tests.support.drawn import SENTENCE, cells, marks
from tests.support.traces import layer_of, with_layers


@pytest.mark.parametrize("name", MATRICES)
def test_a_matrix_shows_the_trace_s_numbers(bert, name):
    shown = cells(figures.matrix(bert, name, layer=5, head=11))
    assert np.array_equal(shown, getattr(bert.layers[5].head(11), name).numpy())
    torch.testing.assert_close(torch.tensor(shown), getattr(bert.layers[5], name)[11])


def test_every_scale_is_centred_on_zero_but_that_of_weights(bert):
    for name in MATRICES:
        heatmap = figures.matrix(bert, name, layer=2, head=3).data[0]
        if name == "weights":
            assert (heatmap.zmin, heatmap.zmax) == (0, 1)
        else:
            assert heatmap.zmin == -heatmap.zmax
            assert heatmap.zmax == pytest.approx(np.nanmax(np.abs(cells(figures.matrix(bert, name, layer=2, head=3)))))


def test_where_a_query_may_not_look_there_is_no_number():
    trace = attnviz.trace(SENTENCE, "random", causal=True)
    for name in ("masked", "weights"):
        shown = cells(figures.matrix(trace, name))
        assert np.isnan(shown[np.triu_indices(11, 1)]).all()
        assert np.isfinite(shown[np.tril_indices(11)]).all()
    numbers = next(trace for trace in figures.head(trace).data if trace.type == "scatter" and trace.mode == "text")
    assert len(numbers.text) == 66


def test_panels_show_what_single_matrices_show(bert):
    for stacked in (False, True):
        figure = figures.panels(bert, ["q", "k", "v"], layer=1, head=8, query=3, stacked=stacked)
        for trace, name in zip(figure.data[:3], "qkv", strict=True):
            assert np.array_equal(trace.z, cells(figures.matrix(bert, name, layer=1, head=8)))


@pytest.mark.parametrize("stacked", [False, True])
def test_values_are_drawn_as_wide_as_they_are(scratch, stacked):
    drawn = torch.Generator().manual_seed(0)
    n = len(scratch)
    q, k = (torch.randn(2, n, 12, generator=drawn) for _ in range(2))
    layer = layer_of(q, k, torch.randn(1, n, 6, generator=drawn).expand(2, n, 6), scale=0.3)
    trace = with_layers(scratch, layer)
    assert np.array_equal(cells(figures.matrix(trace, "v", head=1)), layer.v[1].numpy())
    assert np.array_equal(cells(figures.matrix(trace, "context", head=1)), layer.head(1).context.numpy())
    figure = figures.panels(trace, ["v", "q"], head=1, query=2, stacked=stacked)
    assert [np.array(one.z).shape for one in figure.data if one.type == "heatmap"] == [(n, 6), (n, 12)]
    assert len(figure.layout.xaxis.ticktext) == (12 if stacked else 18)
    (marks,) = (one for one in figure.data if one.type == "scatter" and one.mode == "lines")
    ends = [x for x in marks.x if x is not None]
    assert (max(ends[:5]), max(ends[5:])) == ((5.5, 11.5) if stacked else (1, pytest.approx(2.08)))


def test_panels_of_a_long_text_are_in_blocks_and_still_mark_the_word():
    trace = attnviz.trace("word other " * 120, "random")
    figure = figures.panels(trace, ["scores", "context"], query=100)
    scores = trace.layers[0].head(0).scores
    assert figure.data[0].z.shape == (120, 120)
    assert np.abs(figure.data[0].z).max() == scores.abs().max()
    assert figure.data[1].z.shape == (120, 16)
    ((_, y),) = marks(figure)
    assert (min(v for v in y if v is not None) + 0.5) == 50


def test_a_grouped_head_shows_the_keys_that_it_reads(tmp_path):
    from tests.support.tiny import save_tiny

    trace = attnviz.trace("the cat sat", str(save_tiny(tmp_path, "llama")))
    for head in range(4):
        assert np.array_equal(cells(figures.matrix(trace, "k", head=head)), trace.layers[0].k[head // 2].numpy())


def test_an_unknown_matrix_is_named(scratch):
    with pytest.raises(AttnvizError, match="There is no matrix “z”"):
        figures.matrix(scratch, "z")
