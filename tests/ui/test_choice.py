"""What a browser says was chosen: taken as it is meant, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz.client.schema import CHOICES, CHOSEN, MOST_OVER
from attnviz.ui.state.choice import choice_of, rows_of, taken
from attnviz.ui.state.view import View

TRACE = attnviz.trace("a b c", "random", heads=4)  # 1 layer × 4 heads, 3 tokens
CHOICE = choice_of(View(layer=0, head=2, query=1)) | {"over": []}

heads = st.tuples(st.just(0), st.integers(0, 3)).map(list)
possible = st.fixed_dictionaries(
    {
        "part": st.just(""),
        "layer": st.just(0),
        "head": st.integers(0, 3),
        "query": st.integers(0, 2),
        "key": st.none() | st.integers(0, 2),
        "second": st.none() | heads,
        "over": st.lists(heads, max_size=4),
        "specials": st.booleans(),
        "present": st.integers(0, 99),
        "at": st.integers(0, 99),
        "switched": st.sampled_from(["", "unscaled", "window:2~temperature:0.5", "row:1:0:8:0.5__-1e-7"]),
        **{name: st.sampled_from(ways) for name, ways in CHOICES.items()},
    }
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def told_again(chosen: dict[str, Any]) -> Any:
    """A choice that was taken, as the browser is told it."""
    return json.loads(json.dumps(choice_of(View(**chosen))))


@given(possible)
def test_what_a_browser_tells_comes_back_to_it_the_same(told):
    chosen = taken(told, TRACE)
    assert chosen is not None
    assert told_again(chosen) == told


@given(st.dictionaries(st.sampled_from([*CHOSEN, "else"]), anything))
def test_whatever_a_browser_tells_nothing_breaks(told):
    chosen = taken(CHOICE | told, TRACE)
    if chosen is not None:
        assert set(chosen) == set(CHOSEN)
        assert taken(told_again(chosen), TRACE) == chosen


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer", 1),
        ("layer", -1),
        ("layer", True),
        ("layer", "0"),
        ("layer", None),
        ("head", 4),
        ("head", 1.0),
        ("query", 3),
        ("query", None),
        ("query", False),
        ("query", float("nan")),
        ("key", -1),
        ("key", [0]),
        ("second", [0]),
        ("second", [0, 4]),
        ("second", "0.1"),
        ("second", {"0": 1}),
        ("over", None),
        ("over", [[0, 1], [0, 9]]),
        ("over", [0, 1]),
        ("show", "<script>"),
        ("show", None),
        ("show", ["heatmap"]),
        ("words", "all"),
        ("filter", {}),
        ("scale", "log"),
        ("present", -1),
        ("present", True),
        ("specials", 1),
        ("specials", "on"),
    ],
)
def test_what_cannot_be_is_not_taken(name, value):
    assert taken(CHOICE, TRACE) is not None
    assert taken(CHOICE | {name: value}, TRACE) is None


def test_what_is_missing_is_not_guessed():
    for name in set(CHOSEN) - {"key", "second"}:
        assert taken({key: value for key, value in CHOICE.items() if key != name}, TRACE) is None


def test_more_heads_laid_over_than_anybody_can_see_are_cut():
    chosen = taken(CHOICE | {"over": [[0, 1]] * 1000}, TRACE)
    assert chosen is not None
    assert len(chosen["over"]) == MOST_OVER


@pytest.mark.parametrize(
    ("told", "rows"), [([0, 2], (0, 2)), ([True, "1", 3, -1, 1], (1,)), (None, ()), ({}, ()), ([1] * 999, (1,) * 16)]
)
def test_rows_that_a_browser_asks_for_are_tokens_and_few(told, rows):
    assert rows_of(told, TRACE) == rows
