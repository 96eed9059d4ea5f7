"""How a lesson names words and changes, and what these are."""

from __future__ import annotations

import pytest

import attnviz
from attnviz.errors import AttnvizError
from attnviz.lessons.wording import changes_of, found_at, switched
from tests.support.referred import CAT


@pytest.fixture(scope="module")
def trace() -> attnviz.Trace:
    return attnviz.load_model("grammar", device="cpu").trace(CAT)


def test_a_word_is_found_as_it_is_written_and_counted(trace):
    tokens = trace.tokens
    assert [found_at(word, tokens) for word in ("the", "The", "the#1", "THE#2", ",#2", "[CLS]")] == [10, 1, 1, 10, 7, 0]
    pieces = attnviz.load_model("minilm", device="cpu").trace("La chaise et la chaise").tokens
    labels = [token.label for token in pieces]
    assert [found_at(f"chaise#{n}", pieces) for n in (1, 2)] == [i for i, label in enumerate(labels) if label == "cha"]


def test_changes_are_those_of_a_link_and_heads_and_words(trace):
    found = changes_of(["off:1.0", "unseen:cat", "unseen:1.0:sat:cat", "window:3", "unscaled"], trace)
    assert found == (
        attnviz.HeadOff("1.0"),
        attnviz.Unseen(key=2),
        attnviz.Unseen(1, 0, 8, 2),
        attnviz.Masked("window", width=3),
        attnviz.Scaled(root=False),
    )


@pytest.mark.parametrize(
    ("written", "page"),
    [
        (["causal"], "causal"),
        (["window"], "window"),
        (["dilated:6"], "dilated:6"),
        (["dilated:6:3", "hard"], "dilated:6:3~hard"),
    ],
)
def test_what_is_switched_is_written_as_the_page_reads_it(written, page):
    assert switched(written) == page


def test_what_the_page_cannot_switch_is_said():
    with pytest.raises(AttnvizError, match="cannot switch"):
        switched(["unseen:cat"])
