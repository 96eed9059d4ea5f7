"""What makes weights of scores: by hand, and what holds of each whatever the scores."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError
from attnviz.attention import NORMALIZERS, attend, attention, normalized
from attnviz.normalizers import SHARING

INF = math.inf
ROW = torch.tensor([[2.0, -1.0, 2.0, -INF]])  # three keys are seen


def test_each_normalizer_by_hand():
    e = [math.exp(x) for x in (2, -1, 2)]
    wanted = {
        "softmax": [x / sum(e) for x in e] + [0.0],
        "relu": [2 / 3, 0.0, 2 / 3, 0.0],
        "polynomial": [8 / math.sqrt(3), -1 / math.sqrt(3), 8 / math.sqrt(3), 0.0],
        "hard": [1.0, 0.0, 0.0, 0.0],
    }
    assert wanted.keys() == NORMALIZERS.keys()
    for name, row in wanted.items():
        torch.testing.assert_close(NORMALIZERS[name](ROW, 1.0), torch.tensor([row]))
        torch.testing.assert_close(normalized(ROW, name), torch.tensor([row]))


def test_the_temperature_divides_the_scores_first():
    for name, make in NORMALIZERS.items():
        torch.testing.assert_close(make(ROW, 2.0), make(ROW / 2.0, 1.0))
        with pytest.raises(AttnvizError, match="temperature must be above 0, not 0"):
            normalized(ROW, name, 0.0)


scores = st.one_of(st.just(-INF), st.floats(-50, 50, width=32))


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(scores, min_size=4, max_size=4), min_size=1, max_size=3))
@pytest.mark.parametrize("name", list(NORMALIZERS))
def test_what_may_not_be_seen_has_no_weight_and_nothing_is_nan(name, rows):
    masked = torch.tensor(rows)
    weights = normalized(masked, name)
    assert weights.isfinite().all()
    assert (weights[masked.isneginf()] == 0).all()
    sees = ~masked.isneginf().all(-1)
    assert (weights[~sees] == 0).all()
    if name in SHARING:
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(-1), sees.float())
    if name == "hard":
        assert weights.argmax(-1)[sees].tolist() == masked.argmax(-1)[sees].tolist()


def test_attention_and_attend_take_every_normalizer_and_rows_by_hand():
    drawn = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 5, 4, generator=drawn) for _ in range(3))
    by_hand = torch.full((2, 5, 5), math.nan)
    by_hand[1, 3] = torch.tensor([0.5, -0.5, 1.0, 0.0, 0.25])
    mask = torch.zeros(5, 5)
    mask[0] = -INF
    for name in NORMALIZERS:
        found = attention(q, k, v, mask=mask, normalizer=name, by_hand=by_hand, temperature=0.7)
        wanted = NORMALIZERS[name](q @ k.transpose(-1, -2) / 2 + mask, 0.7)
        wanted[1, 3] = by_hand[1, 3]
        torch.testing.assert_close(found.weights, wanted)
        torch.testing.assert_close(found.context, wanted @ v)
        weights, context = attend(q, k, v, mask=mask, normalizer=name, by_hand=by_hand, temperature=0.7)
        assert torch.equal(weights, found.weights)
        assert torch.equal(context, found.context)


def test_a_normalizer_that_there_is_not_is_refused():
    x = torch.ones(2, 3)
    with pytest.raises(AttnvizError, match="by softmax, relu, polynomial, hard, not by 'sigmoid'"):
        attention(x, x, x, normalizer="sigmoid")
