"""The records check themselves and compute what is asked for with the one function."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

import attnviz
from attnviz.attention import attention
from attnviz.errors import AttnvizError
from attnviz.trace import AttentionTrace, LayerTrace, Projection, Token


def tokens(n: int = 3) -> tuple[Token, ...]:
    return tuple(Token("a", 7, 2 * i, 2 * i + 1, word=i) for i in range(n))


def layer(heads: int = 2, n: int = 3, d_head: int = 4, kv_heads: int | None = None, **options) -> LayerTrace:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(h, n, d_head, generator=generator) for h in (heads, kv_heads or heads, kv_heads or heads))
    return LayerTrace(**({"q": q, "k": k, "v": v, "scale": 0.5} | options))


def trace(**changes) -> AttentionTrace:
    whole = {"text": "a a a", "tokens": tokens(), "layers": (layer(),), "output": torch.zeros(3, 8), "model": "x"}
    return AttentionTrace(**(whole | changes))


def test_a_trace_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace().text = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        layer().scale = 2.0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tokens": tokens(4), "text": "a a a a"}, "layer 0 has 3 queries for 4 tokens"),
        ({"tokens": ()}, "has 0 and 1"),
        ({"layers": ()}, "has 3 and 0"),
        ({"text": "a a"}, "token 2 spans 4 to 5 of 3 characters"),
        ({"output": torch.zeros(2, 8)}, r"output is \(2, 8\) for 3 tokens"),
    ],
)
def test_a_trace_that_contradicts_itself_is_refused(changes, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        trace(**changes)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"mask": torch.zeros(3, 3)}, r"mask is \(3, 3\)"),
        ({"bias": torch.zeros(3, 3, 3)}, r"bias is \(3, 3, 3\)"),
        ({"heads": 3, "kv_heads": 2}, "2 key-value heads do not divide 3 heads"),
        ({"v": torch.zeros(1, 3, 4)}, "one value for each key"),
        ({"k": torch.zeros(2, 3, 5)}, "Queries have 4 dimensions and keys 5"),
        ({"k": torch.zeros(0, 3, 4), "v": torch.zeros(0, 3, 4)}, "0 key-value heads do not divide 2 heads"),
    ],
)
def test_a_layer_that_contradicts_itself_is_refused(options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        layer(**options)


def test_what_is_computed_on_demand_is_the_one_function_s_result():
    mask = torch.full((1, 3, 3), -math.inf).triu(1)
    one = layer(mask=mask, bias=torch.ones(2, 3, 3), temperature=2.0)
    whole = attention(one.q, one.k, one.v, mask=mask, bias=one.bias, scale=0.5, temperature=2.0)
    for name in ("scores", "scaled", "masked", "weights", "context"):
        assert torch.equal(getattr(one, name), getattr(whole, name)), name


def test_one_head_and_one_query_are_slices_of_the_whole():
    mask = torch.full((1, 3, 3), -math.inf).triu(1)
    one = layer(heads=4, kv_heads=2, mask=mask, bias=torch.arange(36.0).reshape(4, 3, 3), temperature=0.7)
    for head in range(4):
        torch.testing.assert_close(one.head(head).weights, one.weights[head])
        torch.testing.assert_close(one.head(head).context, one.context[head])
    for query in range(3):
        torch.testing.assert_close(one.row(query).weights[:, 0], one.weights[:, query])


def test_a_layer_or_head_that_is_not_there_is_named():
    with pytest.raises(AttnvizError, match="There is no layer 1: x has layers 0 to 0"):
        trace().layer(1)
    with pytest.raises(AttnvizError, match="There is no head 2: layer 0 of x has heads 0 to 1"):
        trace().layer(0, 2)


def test_shared_storage_is_counted_once():
    one = layer()
    assert trace(layers=(one, one)).nbytes == trace(layers=(one,)).nbytes == (3 * 24 + 24) * 4


def test_values_may_be_narrower_or_wider_than_queries():
    for width in (2, 6):
        one = layer(v=torch.ones(2, 3, width))
        assert (one.d_head, one.d_value) == (4, width)
        assert one.context.shape == one.row(0).context.expand(2, 3, width).shape == (2, 3, width)
        assert one.head(1, 2).context.shape == (1, width)


@pytest.mark.parametrize("steps", [("norm", "linear"), ("linear", "dropout")])
def test_a_projection_of_steps_that_are_not_known_is_refused(steps):
    with pytest.raises(AttnvizError, match=r"v is made by .*; the first step is linear"):
        Projection(("linear",), ("linear",), steps)


def test_what_is_added_to_scores_is_named_by_its_numbers():
    hidden, numbers = torch.zeros(1, 3, 3), torch.ones(2, 3, 3)
    hidden[0, 0, 2] = -math.inf
    assert layer().added == ()
    assert layer(mask=hidden).added == ("mask",)
    assert layer(bias=numbers).added == layer(mask=numbers).added == ("bias",)
    assert layer(bias=numbers, mask=hidden).added == layer(bias=numbers + hidden).added == ("bias", "mask")
    assert layer(bias=torch.zeros(1, 3, 3)).added == ()


def test_models_of_ours_say_how_each_layer_makes_q_k_and_v():
    (one,) = {one.projection for one in attnviz.trace("the cat", "random").layers}
    assert (one.q, one.k, one.v) == (("linear",), ("linear",), ("linear",))
    (one,) = {one.projection for one in attnviz.trace("the cat", "grammar", device="cpu").layers}
    assert (one.q, one.k, one.v) == (("linear", "rotary"), ("linear", "rotary"), ("linear",))
