"""The equations: numbers worked out by hand, properties, and agreement with torch's own implementations."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from attnviz.attention import (
    MultiHeadAttention,
    attend,
    attention,
    causal_mask,
    merge_heads,
    padding_mask,
    row_softmax,
    split_heads,
)
from attnviz.errors import AttnvizError

INF = math.inf


def drawn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def test_every_step_is_what_a_hand_computes():
    q = torch.tensor([[[2.0, 0.0, 0.0, 0.0]]])  # one head, one query, d_head 4, so the scale is 1/2
    k = torch.tensor([[[1.0, 5.0, 0.0, 0.0], [0.0, 7.0, 1.0, 1.0]]])
    v = torch.tensor([[[4.0, 0.0], [0.0, 8.0]]])
    a = attention(q, k, v)
    share = 1 / (1 + math.exp(-1))  # softmax of (1, 0)
    assert a.scores.tolist() == [[[2.0, 0.0]]]
    assert a.scaled.tolist() == [[[1.0, 0.0]]]
    assert a.masked.tolist() == a.scaled.tolist()
    torch.testing.assert_close(a.weights, torch.tensor([[[share, 1 - share]]]))
    torch.testing.assert_close(a.context, torch.tensor([[[4 * share, 8 * (1 - share)]]]))


def test_bias_is_added_after_scaling_and_before_the_mask():
    q = k = v = torch.ones(1, 2, 4)
    bias = torch.tensor([[[0.0, 3.0], [1.0, 0.0]]])
    a = attention(q, k, v, bias=bias, mask=causal_mask(2))
    assert a.scores.tolist() == [[[4.0, 4.0], [4.0, 4.0]]]
    assert a.scaled.tolist() == [[[2.0, 5.0], [3.0, 2.0]]]
    assert a.masked.tolist() == [[[2.0, -INF], [3.0, 2.0]]]
    assert a.weights[0, 0].tolist() == [1.0, 0.0]


def test_scaling_can_be_switched_off():
    q, k, v = drawn(3, 5, 4), drawn(3, 5, 4, seed=1), drawn(3, 5, 4, seed=2)
    assert torch.equal(attention(q, k, v, scale=1.0).scaled, attention(q, k, v).scores)


def test_temperature_flattens_and_sharpens():
    q, k, v = drawn(1, 4, 8), drawn(1, 4, 8, seed=1), drawn(1, 4, 8, seed=2)
    usual, hot, cold = (attention(q, k, v, temperature=t).weights for t in (1.0, 1e6, 1e-4))
    torch.testing.assert_close(hot, torch.full_like(hot, 0.25), atol=1e-5, rtol=0)
    assert torch.equal(cold.argmax(-1), usual.argmax(-1))
    assert (cold.max(-1).values > 0.999).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    x = torch.ones(1, 2, 2)
    with pytest.raises(AttnvizError, match="temperature must be above 0"):
        attention(x, x, x, temperature=temperature)


def test_a_query_that_may_look_at_nothing_gets_zeros():
    q, k, v = drawn(2, 3, 4), drawn(2, 3, 4, seed=1), drawn(2, 3, 4, seed=2)
    mask = torch.zeros(3, 3)
    mask[1] = -INF
    a = attention(q, k, v, mask=mask)
    assert (a.weights[:, 1] == 0).all()
    assert (a.context[:, 1] == 0).all()
    assert torch.isfinite(a.context).all()
    torch.testing.assert_close(a.weights[:, 0].sum(-1), torch.ones(2))


def test_no_gradient_is_nan_where_a_query_may_look_at_nothing():
    q = drawn(1, 3, 4).requires_grad_()
    mask = torch.full((3, 3), -INF)
    mask[0, 0] = 0
    attention(q, q, q, mask=mask).context.sum().backward()
    assert torch.isfinite(q.grad).all()


def test_padding_hides_keys_from_every_head_and_query():
    x = drawn(2, 3, 4, 8)  # two texts, three heads
    is_token = torch.tensor([[True, True, True, True], [True, True, False, False]])
    weights = attention(x, x, x, mask=padding_mask(is_token)).weights
    assert (weights[1, :, :, 2:] == 0).all()
    alone = attention(x[1, :, :2], x[1, :, :2], x[1, :, :2]).weights
    torch.testing.assert_close(weights[1, :, :2, :2], alone)


def test_row_softmax_without_a_look_for_empty_rows_is_the_same():
    masked = drawn(2, 5, 5)
    assert torch.equal(row_softmax(masked), row_softmax(masked, may_be_empty=False))


def test_grouped_heads_share_keys_and_values():
    q, k, v = drawn(6, 4, 8), drawn(2, 4, 8, seed=1), drawn(2, 4, 8, seed=2)
    grouped = attention(q, k, v)
    for head in range(6):
        alone = attention(q[head], k[head // 3], v[head // 3])
        torch.testing.assert_close(grouped.weights[head], alone.weights)
        torch.testing.assert_close(grouped.context[head], alone.context)


def test_heads_are_split_as_columns_and_merged_back():
    x = torch.arange(12.0).reshape(2, 6)
    heads = split_heads(x, 3)
    assert heads[1].tolist() == [[2.0, 3.0], [8.0, 9.0]]
    assert torch.equal(merge_heads(heads), x)


@pytest.mark.parametrize(
    ("q", "k", "v", "sentence"),
    [
        ((2, 3, 4), (2, 3, 5), (2, 3, 5), "Queries have 4 dimensions and keys 5"),
        ((2, 3, 4), (2, 3, 4), (2, 4, 4), "one value for each key"),
        ((3, 3, 4), (2, 3, 4), (2, 3, 4), "2 key-value heads do not divide 3 heads"),
        ((3, 4), (2, 3, 4), (2, 3, 4), "they need the same"),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(q, k, v, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        attention(torch.ones(q), torch.ones(k), torch.ones(v))


@pytest.mark.parametrize(("d_model", "heads", "kv_heads"), [(10, 3, None), (12, 4, 3), (0, 1, None), (8, 0, None)])
def test_a_module_with_impossible_sizes_is_refused(d_model, heads, kv_heads):
    with pytest.raises(AttnvizError):
        MultiHeadAttention(d_model, heads, kv_heads=kv_heads)


def test_the_module_returns_every_intermediate_by_name():
    module = MultiHeadAttention(12, 3, generator=torch.Generator().manual_seed(0))
    record = module(drawn(5, 12))
    shapes = {name: tuple(x.shape) for name, x in vars(record).items()}
    square, vector = (3, 5, 5), (3, 5, 4)
    assert shapes == {
        **dict.fromkeys(("q", "k", "v", "context"), vector),
        **dict.fromkeys(("scores", "scaled", "masked", "weights"), square),
        **dict.fromkeys(("concatenated", "output"), (5, 12)),
    }
    assert torch.equal(record.concatenated[:, 4:8], record.context[1])


def test_a_module_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    MultiHeadAttention(8, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.random.get_rng_state())


@st.composite
def cases(draw: st.DrawFn) -> dict[str, object]:
    heads = draw(st.sampled_from([1, 2, 3, 4, 6]))
    return {
        "batch": draw(st.integers(1, 3)),
        "heads": heads,
        "kv_heads": draw(st.sampled_from([h for h in (1, 2, 3, 4, 6) if heads % h == 0])),
        "d_head": draw(st.sampled_from([1, 2, 5, 8, 32])),
        "queries": draw(st.integers(1, 24)),
        "keys": draw(st.integers(1, 24)),
        "scale": draw(st.sampled_from([None, 1.0, 0.1])),
        "bias": draw(st.booleans()),
        "blocked": draw(st.sampled_from([0.0, 0.3, 0.9])),
        "seed": draw(st.integers(0, 2**31)),
    }


@settings(max_examples=150, deadline=None)
@given(cases())
def test_it_agrees_with_scaled_dot_product_attention(case):
    b, h, d, n, m, seed = (case[x] for x in ("batch", "heads", "d_head", "queries", "keys", "seed"))
    q = drawn(b, h, n, d, seed=seed)
    k, v = (drawn(b, case["kv_heads"], m, d, seed=seed + i) for i in (1, 2))
    bias = drawn(h, n, m, seed=seed + 3) if case["bias"] else None
    allowed = torch.rand(n, m, generator=torch.Generator().manual_seed(seed)) >= case["blocked"]
    allowed[:, 0] = True  # torch gives NaN for a query that may look at nothing
    mask = torch.zeros(n, m).masked_fill(~allowed, -INF)
    ours = attention(q, k, v, mask=mask, bias=bias, scale=case["scale"])
    theirs = nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=mask if bias is None else mask + bias, scale=case["scale"], enable_gqa=True
    )
    assert (ours.context - theirs).abs().max() <= 1e-6 * max(1.0, float(theirs.abs().max()))
    weights, context = attend(q, k, v, mask=mask, bias=bias, scale=case["scale"])
    assert torch.equal(weights, ours.weights)
    assert torch.equal(context, ours.context)
    assert (ours.weights.sum(-1) - 1).abs().max() <= 1e-6
    assert (ours.weights >= 0).all()
    assert (ours.weights[..., ~allowed] == 0).all()


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_module_agrees_with_multihead_attention(case):
    heads, n, seed = case["heads"], case["queries"], case["seed"]
    module = MultiHeadAttention(heads * case["d_head"], heads, generator=torch.Generator().manual_seed(seed))
    x = drawn(case["batch"], n, module.d_model, seed=seed)
    is_token = torch.arange(n)[None] < torch.arange(1, case["batch"] + 1)[:, None].clamp(max=n)
    mask = padding_mask(is_token) + (causal_mask(n) if case["bias"] else 0)
    theirs = nn.MultiheadAttention(module.d_model, heads, bias=False, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([module.w_q, module.w_k, module.w_v], dim=1).T)
        theirs.out_proj.weight.copy_(module.w_o.T)
        blocked = mask.isneginf().expand(case["batch"], heads, n, n).flatten(0, 1)
        output, weights = theirs(x, x, x, attn_mask=blocked, average_attn_weights=False)
        ours = module(x, mask=mask)
    # One head of d_head 32 already sums 32 products of size 1; torch orders the sums differently.
    assert (ours.weights - weights).abs().max() <= 1e-6
    assert (ours.output - output).abs().max() <= 1e-6 * max(1.0, float(output.abs().max()))
