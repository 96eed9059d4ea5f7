"""Heads that are worth a look, and what is said of them."""

from __future__ import annotations

import pytest

import attnviz
from attnviz.analysis._interesting import LEAST, Interesting, interesting
from attnviz.analysis.standing_out import stands_out
from attnviz.training.words.grammar.task import GrammarTask
from tests.support.tiny import SENTENCE
from tests.support.traces import layer_with, trace_of


def by_kind(trace, roles=None) -> dict[str, Interesting]:
    return {one.kind: one for one in interesting(trace, roles)}


def weight(trace, one: Interesting, key: int) -> float:
    return float(trace.layers[one.layer].weights[one.head, one.query, key])


def test_the_trained_model_s_head_is_that_of_the_subject():
    trace = attnviz.trace(SENTENCE, "grammar")
    roles = GrammarTask().roles([token.piece for token in trace.tokens[1:]])
    found = by_kind(trace, roles)["subject"]
    assert (found.layer, found.head, trace.tokens[found.query].text) == (1, 0, "sat")
    assert found.said == "The verb “sat” looks at its subject, “cat”."
    assert weight(trace, found, 2) > 0.9


def test_of_two_buttons_that_lead_to_one_place_the_one_that_says_more_is_left():
    trace = attnviz.trace(SENTENCE, "grammar")
    assert "stands out" in by_kind(trace)
    assert "stands out" not in by_kind(trace, {1: "subject", 7: "verb"})


def test_a_word_that_stood_before_and_what_came_after_it():
    trace = attnviz.trace("cat black tree dog cat black tree", "induction")
    found = by_kind(trace)["what came next"]
    assert found.said == "“black” stood here before: it looks at what came after it then, “tree”."
    assert weight(trace, found, 3) > 0.9


def test_habits_are_those_of_most_words():
    previous = [[1.0, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 0.9, 0.1, 0], [0, 0, 0.8, 0.2]]
    following = [[0.1, 0.9, 0, 0], [0, 0.1, 0.9, 0], [0, 0, 0.2, 0.8], [0.1, 0, 0, 0.9]]
    alike = [[1 / 4] * 4] * 4
    found = by_kind(trace_of(layer_with([previous, following, alike])))
    heads = {kind: (one.layer, one.head) for kind, one in found.items()}
    assert heads["previous word"] == (0, 0)
    assert heads["next word"] == (0, 1)
    assert heads["spread out"] == (0, 2)


def test_what_is_not_so_is_not_said():
    assert by_kind(trace_of(layer_with([[[0.4, 0.2, 0.2, 0.2]] * 4]))).keys() <= {"spread out"}


@pytest.mark.parametrize("text", ["The dog chased the cat because the dog was hungry", "El perro duerme en el jardín"])
def test_the_same_word_again_stands_out(text):
    trace = attnviz.trace(text, "minilm")
    found = by_kind(trace)["same word"]
    word = trace.tokens[found.query].text.casefold()
    others = [i for i, token in enumerate(trace.tokens) if token.text.casefold() == word and i != found.query]
    key = max(others, key=lambda i: weight(trace, found, i))
    assert weight(trace, found, key) >= LEAST
    assert stands_out(trace, (found.layer, found.head), found.query, key)


def test_words_of_a_pair_find_each_other():
    trace = attnviz.trace("The cat sat on the mat", "minilm", second="A kitten lay on a rug")
    found = by_kind(trace)["other sentence"]
    assert "in the other sentence" in found.said


def test_a_word_alone_and_signs_alone_have_no_links():
    for text in ("Hello", "?!", "🐈"):
        assert by_kind(attnviz.trace(text, "minilm")).keys() <= {"[CLS]", "[SEP]", "spread out"}, text
