"""Attention by blocks: the same numbers as masked attention, and never n² of them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from attnviz import AttnvizError, Masked
from attnviz.attention import attention
from attnviz.changes.applying import allowed_mask
from attnviz.sparse import block_shape, dilated_attention, layout, windowed_attention


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class LargestTensor(TorchDispatchMode):
    """How many numbers the largest tensor has that is made meanwhile."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self.numbers = max(self.numbers, made.numel() if isinstance(made, Tensor) else 0)
        return made


@given(
    n=st.integers(1, 40),
    width=st.integers(1, 60),
    leading=st.sampled_from([(), (1,), (3,), (2, 2)]),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60)
def test_a_window_by_blocks_is_the_masked_attention(n, width, leading, seed):
    q, k, v = (drawn(*leading, n, d, seed=seed + i) for i, d in enumerate((5, 5, 3)))
    masked = attention(q, k, v, mask=allowed_mask(Masked("window", width), n))
    found = windowed_attention(q, k, v, width=width)
    torch.testing.assert_close(found.context, masked.context, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.dense(), masked.weights, atol=1e-6, rtol=0)


@given(
    n=st.integers(1, 40),
    width=st.integers(1, 60),
    step=st.integers(1, 50),
    leading=st.sampled_from([(), (3,), (2, 2)]),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60)
def test_dilation_by_classes_is_the_masked_attention(n, width, step, leading, seed):
    q, k, v = (drawn(*leading, n, 4, seed=seed + i) for i in range(3))
    masked = attention(q, k, v, mask=allowed_mask(Masked("dilated", width, step), n))
    found = dilated_attention(q, k, v, width=width, step=step)
    torch.testing.assert_close(found.context, masked.context, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.dense(), masked.weights, atol=1e-6, rtol=0)


@given(n=st.integers(1, 50), width=st.integers(1, 60), step=st.integers(1, 60))
@settings(max_examples=60)
def test_each_pair_that_a_mask_allows_is_in_exactly_one_block(n, width, step):
    placed = layout(n, width=width, step=step)
    queries, keys = torch.broadcast_tensors(placed.queries[..., :, None], placed.keys[..., None, :])
    pairs = list(zip(queries[placed.allowed].tolist(), keys[placed.allowed].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    allowed = (allowed_mask(Masked("dilated", width, step), n) == 0).nonzero().tolist()
    assert sorted(pairs) == sorted(map(tuple, allowed))


def test_scale_and_shared_key_value_heads_are_those_of_attention():
    q, k, v = drawn(2, 6, 11, 8), drawn(2, 3, 11, 8, seed=1), drawn(2, 3, 11, 4, seed=2)
    for found, mask in (
        (windowed_attention(q, k, v, width=3, scale=0.7), Masked("window", 3)),
        (dilated_attention(q, k, v, width=5, step=2, scale=0.7), Masked("dilated", 5, 2)),
    ):
        masked = attention(q, k, v, mask=allowed_mask(mask, 11), scale=0.7)
        torch.testing.assert_close(found.context, masked.context, atol=1e-6, rtol=0)


def test_double_precision_stays_double():
    q, k, v = (drawn(7, 4, seed=i).double() for i in range(3))
    found = windowed_attention(q, k, v, width=2)
    masked = attention(q, k, v, mask=allowed_mask(Masked("window", 2), 7).double())
    assert found.weights.dtype == found.context.dtype == torch.float64
    torch.testing.assert_close(found.context, masked.context, atol=1e-14, rtol=0)


def test_gradients_are_those_of_masked_attention():
    q, k, v = (drawn(2, 9, 4, seed=i).requires_grad_() for i in range(3))
    dilated_attention(q, k, v, width=4, step=2).context.square().sum().backward()
    found = [x.grad.clone() for x in (q, k, v)]
    for x in (q, k, v):
        x.grad = None
    attention(q, k, v, mask=allowed_mask(Masked("dilated", 4, 2), 9)).context.square().sum().backward()
    for x, gradient in zip((q, k, v), found, strict=True):
        torch.testing.assert_close(gradient, x.grad, atol=1e-5, rtol=0)


def test_a_window_over_everything_is_full_attention():
    q, k, v = (drawn(3, 13, 8, seed=i) for i in range(3))
    full = attention(q, k, v)
    for width in (12, 13, 1000, 10**30):
        torch.testing.assert_close(windowed_attention(q, k, v, width=width).context, full.context, atol=1e-6, rtol=0)
    assert block_shape(13, width=10**30) == (1, 1, 13), "one block of what there is, no longer"


def test_a_step_beyond_the_width_leaves_each_token_itself():
    q, k, v = (drawn(6, 4, seed=i) for i in range(3))
    for width, step in ((2, 3), (10, 10**30)):
        assert torch.equal(dilated_attention(q, k, v, width=width, step=step).context, v)


def test_by_hand_two_scores_of_a_window():
    # Scores 1 and 0 for the first token: 1/(1+e⁻¹) of the first value.
    q, k, v = torch.tensor([[1.0], [0.0], [0.0]]), torch.tensor([[1.0], [0.0], [9.0]]), torch.tensor([[1.0], [0], [0]])
    found = windowed_attention(q, k, v, width=1)
    assert found.context[0, 0].item() == pytest.approx(1 / (1 + math.exp(-1)))
    assert found.dense()[0, 2] == 0, "the third key, which matches best, is out of sight"


@pytest.mark.parametrize("step", [1, 3])
def test_no_tensor_of_n_squared_numbers_is_ever_made(step):
    width, d = 8 * step, 4
    for n in (512, 1024, 2048):
        q, k, v = (drawn(n, d, seed=i) for i in range(3))
        with LargestTensor() as made:
            found = dilated_attention(q, k, v, width=width, step=step)
        classes, blocks, size = block_shape(n, width=width, step=step)
        assert made.numbers == found.weights.numel() == classes * blocks * size * 3 * size
        assert made.numbers <= 3 * (n + step * 8) * 8, "n rows of three blocks, and one block of filling a class"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"width": 0}, "The width of a window is a whole number from 1, not 0"),
        ({"width": 2.5}, "The width of a window is a whole number from 1, not 2.5"),
        ({"width": True}, "not True"),
        ({"width": 2, "step": -1}, "The step of a window is a whole number from 1, not -1"),
    ],
)
def test_a_window_that_is_none_gets_a_sentence(options, sentence):
    x = drawn(3, 2)
    with pytest.raises(AttnvizError, match=sentence):
        dilated_attention(x, x, x, **({"step": 1} | options))


def test_rows_that_are_not_the_same_tokens_get_a_sentence():
    with pytest.raises(AttnvizError, match="3 queries, 4 keys: a window is among the tokens of one row"):
        windowed_attention(drawn(3, 2), drawn(4, 2), drawn(4, 2), width=1)
    nothing = torch.zeros(0, 2)
    with pytest.raises(AttnvizError, match="at least one"):
        windowed_attention(nothing, nothing, nothing, width=1)
    with pytest.raises(AttnvizError, match="Queries have 2 dimensions and keys 3"):
        windowed_attention(drawn(3, 2), drawn(3, 3), drawn(3, 3), width=1)
