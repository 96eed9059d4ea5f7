"""Positions: added and rotary."""

from __future__ import annotations

import math

import pytest
import torch

from attnviz.positions import rotary_angles, rotated, sinusoidal_positions


@pytest.mark.parametrize("d_model", [4, 5, 64])
def test_positions_follow_the_paper_s_formula(d_model):
    positions = sinusoidal_positions(50, d_model)
    assert positions.shape == (50, d_model)
    for place in (0, 1, 49):
        for i in range(d_model):
            angle = place / 10000 ** (2 * (i // 2) / d_model)
            expected = math.cos(angle) if i % 2 else math.sin(angle)
            assert math.isclose(float(positions[place, i]), expected, abs_tol=1e-6)


def test_turning_keeps_lengths_and_dot_products_depend_on_distance_alone():
    generator = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 8, generator=generator).double()
    angles = rotary_angles(30, 8).double()
    turned_q, turned_k = rotated(q.expand(30, 8), angles), rotated(k.expand(30, 8), angles)
    assert torch.allclose(turned_q.norm(dim=-1), q.norm().expand(30))
    scores = turned_q @ turned_k.T
    for distance in (-7, 0, 3):
        along = scores.diagonal(distance)
        assert torch.allclose(along, along[0].expand_as(along), atol=1e-6)


def test_the_first_place_is_not_turned_and_a_pair_turns_by_its_angle():
    x = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]])
    angles = rotary_angles(2, 4, base=4.0)  # rates 1 and 1/2
    first, second = rotated(x, angles)
    assert torch.equal(first, x[0])
    expected = [math.cos(1), 2 * math.cos(0.5), math.sin(1), 2 * math.sin(0.5)]
    assert torch.allclose(second, torch.tensor(expected))


def test_rotary_positions_are_those_of_llama():
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    config = LlamaConfig(
        hidden_size=16, num_attention_heads=2, rope_parameters={"rope_theta": 1000.0, "rope_type": "default"}
    )
    q, k = torch.randn(2, 1, 2, 9, 8, generator=torch.Generator().manual_seed(1))
    cos, sin = LlamaRotaryEmbedding(config)(q, torch.arange(9)[None])
    theirs = apply_rotary_pos_emb(q, k, cos, sin)
    angles = rotary_angles(9, 8)
    for ours, other in zip((rotated(q, angles), rotated(k, angles)), theirs, strict=True):
        assert (ours - other).abs().max() < 1e-6
