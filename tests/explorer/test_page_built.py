"""A head that is built by hand in the page has the weights that the package gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from attnviz.attention import attention
from tests.explorer.node import told_by

SCRIPT = Path(__file__).parent / "page_built.js"
WORDS = ["the", "cat", "saw", "the", "black", "dog"]
AIMS = ["previous", "first", "same", "alike"]
FEATURES = 12  # five words, six places, and one that is always there


def by_hand(seed: int, size: float) -> dict[str, Any]:
    """Numbers such as a learner may type."""
    generator = torch.Generator().manual_seed(seed)
    w_q, w_k = (torch.randn(FEATURES, len(WORDS), generator=generator).double() * size for _ in range(2))
    return {"words": WORDS, "w_q": w_q.tolist(), "w_k": w_k.tolist()}


@pytest.fixture(scope="module")
def told(node: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tensor]]:
    folder = tmp_path_factory.mktemp("built")
    cases = [{"words": WORDS, "aim": aim} for aim in AIMS] + [by_hand(i, size) for i, size in enumerate([0.1, 1, 30])]
    answers = told_by(node, SCRIPT, folder, cases)
    return [{name: torch.tensor(rows, dtype=torch.float64) for name, rows in one.items()} for one in answers]


def test_every_number_on_the_way_is_the_packages(told: list[dict[str, Tensor]]):
    for one in told:
        q, k = one["x"] @ one["w_q"], one["x"] @ one["w_k"]
        own = attention(q, k, one["x"])
        for name in ("q", "k", "scores", "scaled", "weights"):
            torch.testing.assert_close(one[name], getattr(own, name), rtol=1e-12, atol=1e-12)


def test_a_vector_says_word_and_place(told: list[dict[str, Tensor]]):
    x = told[0]["x"]
    assert x.shape == (len(WORDS), FEATURES)
    assert (x.sum(dim=1) == 3).all()
    assert torch.equal(x[:, 5:11], torch.eye(6).double())
    assert torch.equal(x[0, :5], x[3, :5])  # "the"


def test_each_ready_head_looks_where_its_name_says(told: list[dict[str, Tensor]]):
    previous, first, same, alike = (one["weights"] for one in told[:4])
    assert previous[1:].argmax(dim=1).tolist() == [0, 1, 2, 3, 4]
    assert first.argmax(dim=1).tolist() == [0] * 6
    for i, row in enumerate(same):
        twins = [j for j, word in enumerate(WORDS) if word == WORDS[i]]
        assert row[twins].min() > max(row[j] for j in range(6) if j not in twins)
    assert torch.allclose(alike, torch.full((6, 6), 1 / 6).double())
