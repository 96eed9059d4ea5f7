"""Two heads compared, on numbers that a hand can check."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz import AttnvizError
from attnviz._trace import Trace
from attnviz.analysis import (
    Comparison,
    compare,
    compares_row,
    differing_rows,
    largest_difference,
    most_alike_head,
    most_unlike_head,
    row_difference,
    whole_words,
)
from attnviz.tokens import TextToken
from tests.support.tiny import SENTENCE
from tests.support.traces import layer_with, tokens_of, trace_of

NAN = math.nan
PLACE = (0, 0)


def made(text: str, *heads: list[list[float]], special: str = "", continues: str = "") -> Trace:
    """A trace whose heads have these weights (a weight of 0: it may not look)."""
    words = text.split()
    specials, further = ([i for i, word in enumerate(words) if word in some.split()] for some in (special, continues))
    tokens = tokens_of(words, special=specials, continues=further)
    return trace_of(layer_with(list(heads), masked=True), tokens=tokens)


def near(seen: torch.Tensor, wanted: list) -> None:
    torch.testing.assert_close(seen, torch.tensor(wanted), equal_nan=True, atol=1e-5, rtol=0)


def test_two_heads_of_one_sentence_are_subtracted_cell_by_cell():
    trace = made("a b", [[0.9, 0.1], [0.5, 0.5]], [[0.1, 0.9], [0.5, 0.5]])
    found = compare(trace, (0, 0), trace, (0, 1))
    near(found.difference, [[0.8, -0.8], [0.0, 0.0]])
    # H(½, ½) - H(0.9, 0.1) = 1 - 0.468996
    near(found.divergence, [0.531004, 0.0])
    assert found.mean_divergence == pytest.approx(0.265502, abs=1e-5)
    assert largest_difference(found) == (0, 0)
    (row,) = differing_rows(found)
    assert (row.row, row.a[0], row.b[0]) == (0, 0, 1)
    assert (row.a[1], row.b[1], row.bits) == pytest.approx((0.9, 0.9, 0.531004), abs=1e-5)


def test_an_inserted_word_is_a_gap_and_what_looks_at_it_counts():
    first = made("a b", [[0.5, 0.5], [0.5, 0.5]])
    second = made("a x b", [[0.25, 0.5, 0.25], [0.2, 0.2, 0.6], [0.5, 0.0, 0.5]])
    found = compare(first, PLACE, second, PLACE)
    assert [token and token.text for token in found.a] == ["a", None, "b"]
    near(found.first, [[0.5, NAN, 0.5], [NAN, NAN, NAN], [0.5, NAN, 0.5]])
    near(found.second, [[0.25, 0.5, 0.25], [0.2, 0.2, 0.6], [0.5, NAN, 0.5]])
    near(found.difference, [[0.25, NAN, 0.25], [NAN, NAN, NAN], [0.0, NAN, 0.0]])
    # Row a: (½, 0, ½) and (¼, ½, ¼): H(⅜, ¼, ⅜) - (1 + 1.5) / 2 = 1.561278 - 1.25
    near(found.divergence, [0.311278, NAN, 0.0])


def test_a_changed_word_is_one_row():
    first, second = made("the cat", [[0.5, 0.5], [0.5, 0.5]]), made("The dog", [[0.5, 0.5], [1.0, 0.0]])
    found = compare(first, PLACE, second, PLACE)
    assert [(a.text, b.text) for a, b in zip(found.a, found.b, strict=True)] == [("the", "The"), ("cat", "dog")]
    near(found.divergence, [0.0, 0.311278])
    near(found.second, [[0.5, 0.5], [1.0, NAN]])
    near(found.difference, [[0.0, 0.0], [-0.5, NAN]])


def test_models_that_cut_words_differently_are_compared_by_words():
    whole = made("it purred S", [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]], special="S")
    tokens = tokens_of(["it", "purr", "ed"], continues=[2])
    pieces = trace_of(layer_with([[[0.5, 0.25, 0.25], [0.2, 0.4, 0.4], [0.4, 0.4, 0.2]]]), tokens=tokens)
    found = compare(whole, PLACE, pieces, PLACE, by="word")
    assert [token.text for token in whole_words(pieces)] == ["it", "purred"]
    assert [token and token.text for token in found.b] == ["it", "purred", None]
    near(found.second, [[0.5, 0.5, NAN], [0.3, 0.7, NAN], [NAN, NAN, NAN]])
    assert found.rows(specials=False) == [0, 1]
    assert found.token(2).text == "S"


def test_a_query_that_may_look_at_nothing_has_no_divergence():
    first, second = made("a b", [[0.0, 0.0], [0.5, 0.5]]), made("a b", [[0.5, 0.5], [0.5, 0.5]])
    near(compare(first, PLACE, second, PLACE).divergence, [NAN, 0.0])


def test_texts_without_a_word_in_common_have_nothing_to_subtract():
    first, second = made("S", [[1.0]], special="S"), made("T", [[1.0]], special="T")
    found = compare(first, PLACE, second, PLACE)
    assert len(found) == 2
    assert found.mean_divergence is None
    assert largest_difference(found) is None
    assert differing_rows(found) == []


def test_hidden_special_tokens_are_no_rows_and_no_largest_difference():
    trace = made("S a b", [[0.1, 0.1, 0.8]] * 3, [[0.8, 0.1, 0.1], [0.2, 0.1, 0.7], [0.2, 0.2, 0.6]], special="S")
    found = compare(trace, (0, 0), trace, (0, 1))
    assert largest_difference(found) == (0, 0)
    assert largest_difference(found, specials=False) == (2, 2)
    assert [row.row for row in differing_rows(found, specials=False)] == [2, 1]
    assert [row.row for row in differing_rows(found, count=1)] == [0]


def test_the_mean_is_over_the_rows_that_are_shown():
    trace = made("S a b", [[0.1, 0.1, 0.8]] * 3, [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.8, 0.1, 0.1]], special="S")
    found = compare(trace, (0, 0), trace, (0, 1))
    assert found.compared() == [0, 1, 2]
    assert found.compared(specials=False) == [1, 2]
    assert found.mean_over([1, 2]) == pytest.approx(float(found.divergence[2]) / 2)
    assert found.mean_divergence == pytest.approx(2 * float(found.divergence[2]) / 3)
    assert found.mean_over([]) is None


def causal(*heads: list[list[float]]) -> Trace:
    """Three words, of which the first may look at itself alone."""
    return made("a b c", *[[[1.0, 0.0, 0.0], *rows] for rows in heads])


def test_a_row_without_a_choice_says_nothing_of_which_heads_are_alike():
    trace = causal([[0.5, 0.5, 0.0], [0.2, 0.2, 0.6]])
    other = made(
        "a b c",
        [[1.0, 0.0, 0.0], [0.1, 0.9, 0.0], [0.6, 0.2, 0.2]],  # the first row as A's, of its own choice
        [[0.2, 0.4, 0.4], [0.5, 0.5, 0.0], [0.2, 0.2, 0.6]],
    )
    assert most_alike_head(trace, PLACE, other, query=0) == (0, 1), "by the rows that have a choice"
    assert not compares_row(trace, PLACE, other, query=0)
    assert compares_row(trace, PLACE, other, query=1)
    assert most_alike_head(trace, PLACE, other) == (0, 1)


def test_a_row_that_has_no_choice_on_a_side_is_not_among_those_that_differ():
    found = compare(
        made("a b c", [[0.1, 0.1, 0.8], [0.5, 0.4, 0.1], [0.2, 0.2, 0.6]]),
        PLACE,
        causal([[0.6, 0.4, 0.0], [0.2, 0.2, 0.6]]),
        PLACE,
    )
    assert found.has_choice.tolist() == [False, True, True]
    assert found.compared() == [1, 2]
    assert largest_difference(found) == (1, 0), "not the 0.9 of the first word, which the mask makes"
    assert [row.row for row in differing_rows(found)] == [1]
    assert found.mean_divergence == pytest.approx(float(found.divergence[1:].mean()))


def test_heads_with_other_masks_are_unlike_by_the_rows_that_have_a_choice():
    own = [[0.5, 0.5, 0.0], [0.2, 0.2, 0.6]]
    near = [[0.4, 0.6, 0.0], [0.2, 0.2, 0.6]]
    trace = causal(own, near, own)
    assert most_unlike_head(trace, 0, 0) == (0, 1)


def test_the_most_unlike_head_is_of_the_same_layer_where_there_is_another():
    even, sharp, off = [[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]], [[0.6, 0.4], [0.5, 0.5]]
    assert most_unlike_head(made("a b", even, off, sharp), 0, 0) == (0, 2)
    assert most_unlike_head(made("a b", even), 0, 0) == (0, 0)
    alone = made("a b", even)
    two = trace_of(*alone.layers * 2)
    assert most_unlike_head(two, 1, 0) == (0, 0)


def test_the_most_alike_head_of_another_model_is_found_by_words_for_one_word_or_for_all():
    first = made("a b", [[0.9, 0.1], [0.5, 0.5]])
    heads = [[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.9, 0.1]], [[0.1, 0.9], [0.9, 0.1]]
    second = made("a b", *heads)
    assert most_alike_head(first, PLACE, second, query=0) == (0, 1)
    assert most_alike_head(first, PLACE, second, query=1, by="word") == (0, 0)
    assert most_alike_head(first, PLACE, second) == (0, 0)
    other = trace_of(made("a b", heads[0]).layers[0], *first.layers)
    assert most_alike_head(first, PLACE, other) == (1, 0)
    special = made("S", [[1.0]], special="S")
    assert most_alike_head(special, PLACE, second, query=0) == (0, 0), "with nothing in common, the first"


def test_a_piece_is_found_in_the_row_of_its_word(minilm):
    trace = minilm.trace("He purred loudly")
    pieces = [i for i, token in enumerate(trace.tokens) if token.continues]
    assert pieces
    found = compare(trace, PLACE, trace, PLACE, by="word")
    assert [found.row_of(trace.tokens[i]) for i in (0, pieces[0], len(trace) - 1)] == [0, 2, 4]
    assert found.row_of(TextToken("cat", 0, 90, 93)) is None


def test_a_head_or_layer_that_is_not_there_is_said():
    trace = made("a", [[1.0]])
    with pytest.raises(AttnvizError, match="There is no head 1"):
        compare(trace, PLACE, trace, (0, 1))
    with pytest.raises(AttnvizError, match=r"The weights are \(1, 1\) and \(2, 2\) for 1 and 1 rows"):
        Comparison(trace.tokens, trace.tokens, torch.ones(1, 1), torch.ones(2, 2))


def test_a_real_pair_of_models_is_aligned_by_words(minilm):
    grammar = attnviz.trace(SENTENCE)
    found = compare(grammar, (1, 0), minilm.trace(SENTENCE), (5, 11), by="word")
    assert [token and token.text for token in found.b][-1] == "[SEP]"
    assert found.a[-1] is None
    torch.testing.assert_close(found.first[:-1, :-1], grammar.layers[1].weights[0])
    sat = next(i for i in range(len(found)) if found.token(i).text == "sat")
    difference = row_difference(found, sat)
    assert [found.token(column).text for column, _ in (difference.a, difference.b)] == ["cat", "cat"]


words = st.lists(st.sampled_from(["the", "cat", "dog", "sat", ",", "didn't"]), min_size=1, max_size=8).map(" ".join)
heads = st.tuples(st.integers(0, 1), st.integers(0, 3))


@given(words, heads)
def test_a_head_compared_with_itself_has_no_difference(text, at):
    trace = attnviz.trace(text, "grammar")
    found = compare(trace, at, trace, at)
    assert torch.equal(found.difference, torch.zeros(len(trace), len(trace)))
    assert float(found.divergence.max()) < 1e-6
    assert differing_rows(found) == []


@given(words, words, heads, heads, st.sampled_from(["token", "word"]))
def test_comparing_the_other_way_round_turns_the_sign_and_divergence_is_0_to_1_bits(first, second, at, beside, by):
    one, other = attnviz.trace(first), attnviz.trace(second)
    there, back = compare(one, at, other, beside, by=by), compare(other, beside, one, at, by=by)
    for weights, side in ((there.first, there.a), (there.second, there.b)):
        sums = torch.tensor([0.0 if token is None else 1.0 for token in side])
        torch.testing.assert_close(weights.nan_to_num(0.0).sum(-1), sums)
    bits = there.divergence[~there.divergence.isnan()]
    assert bool(((bits >= 0) & (bits <= 1)).all())
    if [(a is None, b is None) for a, b in zip(there.a, there.b, strict=True)] == [
        (a is None, b is None) for b, a in zip(back.a, back.b, strict=True)
    ]:
        torch.testing.assert_close(there.difference, -back.difference, equal_nan=True)
        torch.testing.assert_close(there.divergence, back.divergence, equal_nan=True)


def test_swapping_the_sides_of_one_text_turns_every_sign():
    trace = attnviz.trace(SENTENCE)
    there, back = compare(trace, (0, 1), trace, (1, 2)), compare(trace, (1, 2), trace, (0, 1))
    assert torch.equal(there.difference, -back.difference)
    assert torch.equal(there.divergence, back.divergence)
