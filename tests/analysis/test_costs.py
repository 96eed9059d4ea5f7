"""What attention costs: counts against what is really computed, fits by hand, and how far masks let words see."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from attnviz import AttnvizError, Masked
from attnviz.analysis.costs import DILATED, LENGTHS, PATTERNS, WINDOW, count, fitted_exponent, kind_of, measure
from attnviz.analysis.reaching import looks, path_length, reach, recurrent_looks
from attnviz.attention import attend
from attnviz.sparse import dilated_attention, windowed_attention

WINDOWS = st.builds(Masked, st.just("window"), st.integers(1, 30))
DILATIONS = st.builds(Masked, st.just("dilated"), st.integers(1, 40), st.integers(1, 12))


@given(n=st.integers(1, 60), heads=st.integers(1, 3), pattern=st.one_of(st.none(), WINDOWS, DILATIONS))
@settings(max_examples=40)
def test_counted_multiplications_are_those_that_torch_makes(n, heads, pattern):
    d_head = 8
    q, k, v = torch.randn(3, heads, n, d_head, generator=torch.Generator().manual_seed(n))
    with FlopCounterMode(display=False) as counter:
        if pattern is None:
            weights = attend(q, k, v)[0]
        elif pattern.kind == "window":
            weights = windowed_attention(q, k, v, width=pattern.width).weights
        else:
            weights = dilated_attention(q, k, v, width=pattern.width, step=pattern.step).weights
    counted = count(n, pattern, heads=heads, d_head=d_head)
    assert counter.get_total_flops() == 2 * counted.multiplications, "one multiplication and one addition each"
    assert weights.numel() == counted.weights


def test_twice_the_words_cost_four_times_as_much_in_full_and_twice_in_a_window():
    for n in LENGTHS[:-1]:
        assert count(2 * n, None).multiplications == 4 * count(n, None).multiplications
        assert count(2 * n, WINDOW).multiplications == 2 * count(n, WINDOW).multiplications
        assert count(2 * n, DILATED).weights == 2 * count(n, DILATED).weights
    assert count(4096, DILATED) == count(4096, WINDOW), "as many keys, four times as far"


def test_each_step_tells_what_is_known_so_far_and_rounds_meet_all_alike():
    steps = list(measure((32, 48), d_head=8, repeats=3))
    assert [(one.tokens, one.kind, one.repeats) for one in steps] == [
        (n, kind, repeats) for repeats in (1, 2, 3) for n in (32, 48) for kind in ("full", "window", "dilated")
    ]
    for one in steps:
        assert one.seconds > 0
        assert one.bytes == 4 * count(one.tokens, one.pattern, d_head=8).weights


def test_full_attention_by_rows_makes_all_the_weights():
    (one,) = measure((600,), (None,), heads=2, d_head=4, repeats=1)
    assert one.bytes == 4 * 2 * 600**2


def test_measuring_leaves_the_threads_as_they_were_also_where_it_is_stopped():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        steps = measure((32,), d_head=8, repeats=2)
        next(steps)
        assert torch.get_num_threads() == 2
        steps.close()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_global_seed_is_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    list(measure((16,), d_head=4, repeats=1))
    assert torch.equal(torch.rand(3), expected)


@given(power=st.floats(-3, 3), factor=st.floats(1e-6, 1e3))
def test_the_exponent_of_a_power_is_found(power, factor):
    assert fitted_exponent(LENGTHS, [factor * n**power for n in LENGTHS]) == pytest.approx(power, abs=1e-6)


def test_the_exponent_by_hand():
    # Through log 1, 2, 4 with times 1, 2, 2: slopes 1 and 0, and by least squares their mean.
    assert fitted_exponent([1, 2, 4], [1.0, 2.0, 2.0]) == pytest.approx(0.5)


def test_what_cannot_be_fitted_or_measured_gets_a_sentence():
    for lengths, seconds in (([8], [1.0]), ([8, 8], [1.0, 2.0]), ([8, 9], [1.0])):
        with pytest.raises(AttnvizError, match="two different lengths or more, each with its time"):
            fitted_exponent(lengths, seconds)
    with pytest.raises(AttnvizError, match="above 0"):
        fitted_exponent([1, 2], [0.0, 1.0])
    with pytest.raises(AttnvizError, match="above 0"):
        fitted_exponent([1, 2], [float("nan"), 1.0])
    for lengths in ((), (0, 4)):
        with pytest.raises(AttnvizError, match="from 1 token, head, dimension and repeat on"):
            measure(lengths)
    with pytest.raises(AttnvizError, match="A causal mask is computed in full"):
        measure((4,), (Masked("causal"),))
    with pytest.raises(AttnvizError, match="A causal mask is computed in full"):
        count(4, Masked("causal"))


@given(n=st.integers(1, 40), layers=st.integers(1, 5), pattern=st.one_of(WINDOWS, DILATIONS))
@settings(max_examples=60)
def test_the_reach_of_powers_of_a_mask_is_that_of_the_formula(n, layers, pattern):
    step = pattern.step if pattern.kind == "dilated" else 1
    each = pattern.width // step * step  # whole steps
    farthest = (n - 1) // step * step
    for one in reach(n, layers, pattern):
        assert one.distance == min(each * one.layers, farthest)
        pairs = [(i, j) for i, j in itertools.product(range(n), repeat=2) if (i - j) % step == 0]
        near = sum(abs(i - j) <= each * one.layers for i, j in pairs)
        assert one.share == pytest.approx(near / n**2)


def test_in_full_all_is_seen_at_once_and_causally_what_came_before():
    assert [(one.distance, one.share) for one in reach(9, 3, None)] == [(8, 1.0)] * 3
    (one,) = reach(9, 1, Masked("causal"))
    assert (one.distance, one.share) == (8, 45 / 81)


@given(n=st.integers(2, 30), pattern=st.one_of(st.none(), WINDOWS, DILATIONS))
@settings(max_examples=60)
def test_a_path_is_as_long_as_the_layers_after_which_the_power_has_the_pair(n, pattern):
    look = looks(n, pattern)
    length = path_length(look, 0, n - 1)
    powers, seen = [], torch.eye(n)
    for _ in range(n):
        seen = (seen @ look.float() > 0).float()
        powers.append(bool(seen[n - 1, 0]))
    assert length == (powers.index(True) + 1 if any(powers) else None)
    if pattern is None or pattern.kind == "window":
        width = n - 1 if pattern is None else pattern.width
        assert length == -(-(n - 1) // width), "from first to last: n ÷ width, rounded up"
    elif (n - 1) % pattern.step:
        assert length is None, "between the steps nothing is ever seen"


def test_no_two_words_are_farther_apart_than_the_first_and_the_last():
    for pattern in (None, Masked("window", 3)):
        look = looks(11, pattern)
        lengths = [path_length(look, i, j) for i, j in itertools.product(range(11), repeat=2)]
        assert max(lengths) == path_length(look, 0, 10)
    assert path_length(looks(11, None), 4, 4) == 0


def test_a_recurrent_network_hands_on_from_word_to_word():
    for n in (2, 7, 20):
        assert path_length(recurrent_looks(n), 0, n - 1) == n - 1
        assert path_length(recurrent_looks(n), n - 1, 0) is None


def test_words_that_are_not_there_get_a_sentence():
    with pytest.raises(AttnvizError, match="There is no word 3: there are words 0 to 2"):
        path_length(looks(3, None), 0, 3)
    with pytest.raises(AttnvizError, match="not with 0 and 1"):
        reach(0, 1, None)
    with pytest.raises(AttnvizError, match="not with 4 and 0"):
        reach(4, 0, None)


def test_the_patterns_are_called_by_their_masks():
    assert [kind_of(pattern) for pattern in PATTERNS] == ["full", "window", "dilated"]
