"""One query in all heads: what each layer computes for it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

import attnviz
from attnviz import Trace, Unseen
from attnviz.analysis.one_query import rows_of, side_by_side
from attnviz.models import load_model
from tests.support.tiny import SENTENCE, save_tiny
from tests.support.traces import with_layers, with_rule


def assert_as_by_layer(trace: Trace, groups: int) -> None:
    layers = side_by_side(trace)
    assert len(layers) == groups
    assert [layer for group in layers for layer in group.layers] == list(trace.layers)
    for query in range(len(trace)):
        rows = rows_of(layers, query)
        alone = [layer.row(query) for layer in trace.layers]
        torch.testing.assert_close(rows.weights, torch.cat([x.weights[:, 0] for x in alone]), atol=1e-6, rtol=0)
        assert torch.equal(rows.allowed, torch.cat([~x.masked[:, 0].isneginf() for x in alone]))
        for i, layer in enumerate(trace.layers):
            for head in range(layer.heads):
                torch.testing.assert_close(rows.of(i, head), alone[i].weights[head, 0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5"])
def test_layers_side_by_side_give_what_each_gives(family: str, tmp_path: Any):
    assert_as_by_layer(load_model(str(save_tiny(tmp_path, family)), device="cpu").trace(SENTENCE), groups=1)


def test_a_mask_of_one_layer_is_that_layer_s(minilm: Any):
    assert_as_by_layer(minilm.trace(SENTENCE, cuts=[Unseen(5, 11, 8, 2), Unseen(layer=1, key=3)]), groups=1)


def test_layers_that_differ_stand_apart():
    trace = attnviz.trace("the cat sat", "random", causal=True)
    (layer,) = trace.layers
    other = with_rule(layer, temperature=0.5)
    narrow = replace(layer, q=layer.q[:2], k=layer.k[:1], v=layer.v[:1], w_o=None)
    assert_as_by_layer(with_layers(trace, layer, layer, other, other, narrow, layer), groups=4)


def test_one_head_of_one_query_is_a_row_of_that_head(minilm: Any):
    layer = minilm.trace(SENTENCE, cuts=[Unseen(3, 2, 8, 1)]).layers[3]
    for head in (2, 5):
        whole, row = layer.head(head), layer.head(head, 8)
        for name in ("scores", "scaled", "masked", "weights", "context"):
            torch.testing.assert_close(getattr(row, name), getattr(whole, name)[8:9], atol=1e-5, rtol=0)
