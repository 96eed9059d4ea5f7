"""Tokens laid side by side: what stayed, what changed, what only one has."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.analysis import aligned
from attnviz.tokens import TextToken


def tokens(text: str) -> list[TextToken]:
    """Words between spaces; <name> is a special token."""
    return [TextToken(word.strip("<>"), 0, 0, 0, special=word.startswith("<")) for word in text.split()]


sequences = st.lists(st.sampled_from(["a", "A", "b", "c", "<S>", "<T>", "S"]), max_size=9).map(
    lambda words: tokens(" ".join(words))
)


def like(one: TextToken, other: TextToken) -> bool:
    return one.special == other.special and (one.text if one.special else one.text.casefold()) == (
        other.text if other.special else other.text.casefold()
    )


def cost(pairs: list, first: list[TextToken], second: list[TextToken]) -> int:
    return sum(i is None or j is None or not like(first[i], second[j]) for i, j in pairs)


def edit_distance(first: list[TextToken], second: list[TextToken]) -> int:
    """As a textbook writes it."""

    @cache
    def of(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        one, other = first[i - 1], second[j - 1]
        ways = [of(i - 1, j) + 1, of(i, j - 1) + 1]
        if like(one, other):
            ways.append(of(i - 1, j - 1))
        elif not one.special and not other.special:
            ways.append(of(i - 1, j - 1) + 1)
        return min(ways)

    return of(len(first), len(second))


@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        ("The cat sat", "the dog sat", [(0, 0), (1, 1), (2, 2)]),
        ("the cat sat", "the old cat sat", [(0, 0), (None, 1), (1, 2), (2, 3)]),
        ("the old cat sat", "the cat sat", [(0, 0), (1, None), (2, 1), (3, 2)]),
        ("it was black", "it is", [(0, 0), (1, 1), (2, None)]),
        ("the the", "the", [(0, 0), (1, None)]),
        ("a b", "b c", [(0, None), (1, 0), (None, 1)]),
        ("x a", "y a", [(0, 0), (1, 1)]),
        ("", "a", [(None, 0)]),
        ("", "", []),
        ("<CLS> a <SEP>", "<CLS> a", [(0, 0), (1, 1), (2, None)]),
        ("<CLS> a", "<s> a", [(0, None), (None, 0), (1, 1)]),
        ("<CLS> a", "CLS a", [(0, None), (None, 0), (1, 1)]),
        ("é", "e\u0301", [(0, 0)]),
    ],
)
def test_words_stay_in_place_changed_words_share_a_row_and_the_rest_are_gaps(first, second, pairs):
    assert aligned(tokens(first), tokens(second)) == pairs


@given(sequences, sequences)
def test_both_are_covered_in_order_at_the_least_cost(first, second):
    pairs = aligned(first, second)
    assert [i for i, _ in pairs if i is not None] == list(range(len(first)))
    assert [j for _, j in pairs if j is not None] == list(range(len(second)))
    assert (None, None) not in pairs
    assert cost(pairs, first, second) == edit_distance(first, second)
    for i, j in pairs:
        if i is not None and j is not None and (first[i].special or second[j].special):
            assert like(first[i], second[j])


@given(sequences)
def test_a_text_beside_itself_is_itself(text):
    assert aligned(text, text) == [(i, i) for i in range(len(text))]


@given(sequences, sequences)
def test_the_other_way_round_costs_the_same_and_pairs_as_many_alike(first, second):
    there, back = aligned(first, second), aligned(second, first)
    assert cost(there, first, second) == cost(back, second, first)
    alike = [
        sum(i is not None and j is not None and like(one[i], other[j]) for i, j in pairs)
        for pairs, one, other in ((there, first, second), (back, second, first))
    ]
    assert alike[0] == alike[1]


def test_long_texts_are_aligned_too():
    first = tokens("one two three four " * 128)
    second = [*first[:100], *tokens("new"), *first[100:]]
    pairs = aligned(first, second)
    assert len(pairs) == 513
    assert (None, 100) in pairs
