"""Norm-weighted attention: by hand, by loops, and with grouped keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import attnviz
from attnviz import AttnvizError, LayerTrace
from attnviz.analysis import norm_weighted, value_norms
from attnviz.models import load_model
from tests.analysis.test_heads import trace_with
from tests.support.tiny import SENTENCE, save_tiny
from tests.support.traces import layer_of, with_layers


def by_loops(layer: LayerTrace) -> torch.Tensor:
    """‖α_ij · v_j W_O‖, cell by cell, with each head's rows of W_O."""
    weights, d = layer.weights, layer.v.shape[-1]
    result = torch.zeros_like(weights)
    for head in range(layer.heads):
        rows = layer.w_o[head * d : (head + 1) * d]
        for query in range(weights.shape[1]):
            for key in range(weights.shape[2]):
                added = weights[head, query, key] * (layer.v[layer.kv_head(head), key] @ rows)
                result[head, query, key] = added.square().sum().sqrt()
    return result


@pytest.mark.parametrize("name", ["random", "grammar", "minilm"])
def test_it_is_what_loops_say(name):
    trace = attnviz.trace("the cat sat", name, device="cpu")
    for i, layer in enumerate(trace.layers):
        torch.testing.assert_close(norm_weighted(trace, i), by_loops(layer), atol=1e-5, rtol=1e-4)


def test_grouped_heads_hand_on_shared_values(tmp_path):
    trace = load_model(str(save_tiny(tmp_path, "llama")), device="cpu").trace("the cat sat")
    assert trace.layers[1].v.shape[0] == 2
    assert value_norms(trace, 1).shape == (4, len(trace))
    torch.testing.assert_close(norm_weighted(trace, 1), by_loops(trace.layers[1]))


def test_with_the_identity_as_w_o_it_is_the_length_of_the_weighted_value():
    trace = trace_with(torch.tensor([[[0.5, 0.5], [0.1, 0.9]]]))
    values = torch.tensor([[[3.0, 4.0], [0.0, 1.0]]])
    layer = replace(trace.layers[0], v=values, w_o=torch.eye(2))
    trace = with_layers(trace, layer)
    assert value_norms(trace, 0).tolist() == [[5.0, 1.0]]
    torch.testing.assert_close(norm_weighted(trace, 0), torch.tensor([[[2.5, 0.5], [0.5, 0.9]]]))


def test_the_vectors_of_a_row_add_up_to_what_the_heads_hand_on(minilm):
    trace = minilm.trace(SENTENCE)
    layer = trace.layers[3]
    total = (layer.context.transpose(0, 1).flatten(1) @ layer.w_o).norm(dim=-1)  # [query]
    assert (total <= norm_weighted(trace, 3).sum((0, 2)) + 1e-4).all(), "the triangle inequality"


def test_a_model_whose_w_o_is_not_known_says_so():
    with pytest.raises(AttnvizError, match="not known of by hand which matrix W_O takes its heads' vectors"):
        norm_weighted(trace_with(torch.eye(2)[None]), 0)
    with pytest.raises(AttnvizError, match="There is no layer 4"):
        value_norms(trace_with(torch.eye(2)[None]), 4)


def test_values_narrower_than_queries_take_so_many_rows_of_w_o():
    drawn = torch.Generator().manual_seed(0)
    q, k = (torch.randn(2, 3, 12, generator=drawn) for _ in range(2))
    v, w_o = torch.randn(2, 3, 6, generator=drawn), torch.randn(12, 5, generator=drawn)
    base = trace_with(torch.full((2, 3, 3), 1 / 3))
    trace = with_layers(base, layer_of(q, k, v, scale=0.3, w_o=w_o))
    torch.testing.assert_close(norm_weighted(trace, 0), by_loops(trace.layers[0]))


def test_a_w_o_of_another_shape_is_refused():
    layer = trace_with(torch.eye(2)[None]).layers[0]
    with pytest.raises(AttnvizError, match=r"w_o is \(3, 2\); it must be .* with 2 rows"):
        replace(layer, w_o=torch.zeros(3, 2))
