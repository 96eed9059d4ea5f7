"""What is derived from a trace, on numbers that a hand can check."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attnviz._trace import Trace
from attnviz.analysis import (
    KeyReading,
    max_pooled,
    read_row,
    saying,
    special_share,
    strongest_other,
    strongest_pooled,
)
from tests.support.traces import layer_with, tokens_of, trace_of


def trace_of_weights(weights: list[list[float]], special: list[bool] | None = None) -> Trace:
    """A trace of one head whose weights are these (a weight of 0: it may not look)."""
    n = len(weights)
    specials = [i for i in range(n) if special and special[i]]
    return trace_of(layer_with([weights], masked=True), tokens=tokens_of([f"t{i}" for i in range(n)], special=specials))


def test_a_row_is_read_strongest_first_with_what_each_key_gets_from_everybody():
    trace = trace_of_weights([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    reading = read_row(trace, layer=0, head=0, query=0, count=2)
    assert [look.key for look in reading.strongest] == [1, 0]
    assert [look.weight for look in reading.strongest] == pytest.approx([0.7, 0.2], abs=1e-6)
    assert [look.others for look in reading.strongest] == pytest.approx([0.25, 0.35], abs=1e-6)
    assert reading.choices == 3


def test_the_mean_counts_only_other_queries_that_may_look():
    trace = trace_of_weights([[1.0, 0.0, 0.0], [0.4, 0.6, 0.0], [0.2, 0.3, 0.5]])
    reading = read_row(trace, layer=0, head=0, query=2)
    others = {look.key: look.others for look in reading.strongest}
    assert others == {0: pytest.approx(0.4, abs=1e-6), 1: pytest.approx(0.6, abs=1e-6), 2: None}, "the first is forced"
    first = read_row(trace, layer=0, head=0, query=0)
    assert first.choices == 1
    assert [(look.key, look.weight) for look in first.strongest] == [(0, 1.0)]
    assert first.has_forced


def test_a_row_is_held_against_what_others_give_at_its_distance():
    back = [[0.5, 0.4, 0.1], [0.8, 0.1, 0.1], [0.1, 0.7, 0.2]]  # each word looks one back
    reading = read_row(trace_of_weights(back), layer=0, head=0, query=1)
    assert reading.strongest[0].position == pytest.approx(0.7, abs=1e-6)
    assert reading.strongest[0].others == pytest.approx(0.3, abs=1e-6)
    assert saying.verdict(reading.strongest[0]) == "distance"
    assert saying.verdict(KeyReading(0, 0.8, 0.4)) == "out"
    assert saying.verdict(KeyReading(0, 0.8, 0.41, 0.1)) == "common"
    assert saying.verdict(KeyReading(0, 0.8, 0.1, 0.4)) == "out_both"
    assert saying.verdict(KeyReading(0, 0.8, None, 0.41)) == "distance"
    assert saying.verdict(KeyReading(0, 0.8, None, 0.4)) == "out_place"
    assert saying.verdict(KeyReading(0, 0.8, None)) == "alone"


def test_hidden_special_tokens_are_neither_looked_at_nor_among_the_others():
    weights = [[0.8, 0.1, 0.1], [0.6, 0.1, 0.3], [0.2, 0.2, 0.6]]
    trace = trace_of_weights(weights, special=[True, False, False])
    reading = read_row(trace, layer=0, head=0, query=1, specials=False)
    assert [look.key for look in reading.strongest] == [2, 1]
    assert reading.strongest[0].others == pytest.approx(0.6, abs=1e-6), "without the special token's 0.1"
    assert read_row(trace, layer=0, head=0, query=1).strongest[0].key == 0


def test_the_mean_weight_of_special_tokens_leaves_out_who_has_no_choice():
    trace = trace_of_weights([[1.0, 0.0, 0.0], [0.4, 0.6, 0.0], [0.2, 0.3, 0.5]], special=[True, False, False])
    reading = read_row(trace, layer=0, head=0, query=2)
    assert reading.on_special_mean == pytest.approx(0.3, abs=1e-6)


def test_without_a_word_to_look_at_none_is_the_strongest():
    trace = trace_of_weights([[1.0, 0.0, 0.0], [0.4, 0.6, 0.0], [0.2, 0.3, 0.5]])
    assert strongest_other(trace, layer=0, head=0, query=0) == 0, "it may look at no other"
    assert strongest_other(trace, layer=0, head=0, query=2) == 1


def test_a_query_that_may_look_at_nothing_reads_as_blind():
    reading = read_row(trace_of_weights([[0.0, 0.0], [0.5, 0.5]]), layer=0, head=0, query=0)
    assert reading.choices == 0
    assert reading.strongest == ()


def test_the_weight_of_special_tokens_is_their_columns_sum():
    trace = trace_of_weights([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]], special=[True, False, True])
    share = special_share(trace.layers[0].weights, trace)
    torch.testing.assert_close(share, torch.tensor([[0.3, 0.7, 0.8]]))
    reading = read_row(trace, layer=0, head=0, query=1)
    assert reading.on_special == pytest.approx(0.7, abs=1e-6)
    assert reading.on_special_mean == pytest.approx(0.6, abs=1e-6)
    assert trace.tokens.shown(specials=False) == [1]
    assert trace.tokens.shown(specials=True) == [0, 1, 2]


@given(st.integers(1, 60), st.integers(1, 40), st.integers(0, 100))
def test_pooling_keeps_the_largest_weight_of_every_row_and_never_grows(n, size, seed):
    weights = torch.rand(2, 3, n, n, generator=torch.Generator().manual_seed(seed))
    pooled = max_pooled(weights, size)
    assert pooled.shape[-1] <= max(size, 1)
    assert pooled.shape[:2] == (2, 3)
    assert torch.equal(pooled.amax((-1, -2)), weights.amax((-1, -2)))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7), st.integers(1, 7), st.integers(0, 100))
def test_strongest_pooling_keeps_the_number_of_largest_magnitude_with_its_sign(n, m, down, across, seed):
    values = torch.randn(n, m, generator=torch.Generator().manual_seed(seed))
    values[values > 1.5] = torch.nan
    pooled = strongest_pooled(values, down, across)
    assert pooled.shape == (-(-n // down), -(-m // across))
    for i in range(pooled.shape[0]):
        for j in range(pooled.shape[1]):
            block = values[i * down : (i + 1) * down, j * across : (j + 1) * across]
            numbers = block[~block.isnan()]
            if len(numbers):
                assert pooled[i, j] == numbers[numbers.abs().argmax()]
            else:
                assert pooled[i, j].isnan()
