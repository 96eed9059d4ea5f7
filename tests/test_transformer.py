"""Embeddings and positions."""

from __future__ import annotations

import math

import pytest
import torch

from attnviz.transformer import random_embeddings, sinusoidal_positions


def test_a_word_has_the_same_vector_wherever_it_stands():
    first = random_embeddings([5, 9, 5], 16, seed=3)
    second = random_embeddings([1, 2, 9, 5], 16, seed=3)
    assert torch.equal(first[0], first[2])
    assert torch.equal(first[0], second[3])
    assert torch.equal(first[1], second[2])
    assert not torch.equal(first[0], first[1])


def test_another_seed_gives_other_vectors():
    near = [random_embeddings([1], 64, seed=s)[0] for s in range(4)]
    similarity = torch.corrcoef(torch.stack(near)) - torch.eye(4)
    assert similarity.abs().max() < 0.5


def test_embeddings_are_standard_normal():
    drawn = random_embeddings(range(300), 64, seed=0)
    assert abs(float(drawn.mean())) < 0.02
    assert abs(float(drawn.std()) - 1) < 0.02


def test_embeddings_leave_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    random_embeddings([1, 2], 8, seed=0)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("d_model", [4, 5, 64])
def test_positions_follow_the_paper_s_formula(d_model):
    positions = sinusoidal_positions(50, d_model)
    assert positions.shape == (50, d_model)
    for place in (0, 1, 49):
        for i in range(d_model):
            angle = place / 10000 ** (2 * (i // 2) / d_model)
            expected = math.cos(angle) if i % 2 else math.sin(angle)
            assert math.isclose(float(positions[place, i]), expected, abs_tol=1e-6)
