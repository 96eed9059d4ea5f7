"""The link on which a page opens."""

from __future__ import annotations

import pytest

import attnviz
from attnviz.analysis.standing_out import real, strongest_link
from tests.support.tiny import SENTENCE
from tests.support.traces import layer_with, trace_of


def labels(trace, found):
    head, query, key = found
    return head, trace.rows[query].text, trace.columns[key].text


def test_the_trained_model_opens_on_the_verb_and_its_subject():
    trace = attnviz.trace(SENTENCE, "grammar")
    assert labels(trace, strongest_link(trace)) == ((1, 0), "sat", "cat")


def test_a_word_that_every_row_looks_at_does_not_stand_out():
    # Head 0: all look at the first word; head 1: only the last word does, and the others look at themselves.
    everybody = [[0.9, 0.05, 0.05]] * 3
    one = [[0.1, 0.8, 0.1], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1]]
    trace = trace_of(layer_with([everybody, one]))
    assert strongest_link(trace) == ((0, 1), 2, 0)
    assert strongest_link(trace, head=(0, 0)) is None


def test_what_is_given_at_the_same_distance_does_not_stand_out():
    previous = [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]
    assert strongest_link(trace_of(layer_with([previous])), query=2) is None


def test_special_and_unknown_tokens_and_signs_are_no_words():
    trace = attnviz.trace("The robot, 😀", "grammar")
    assert [trace.rows[i].text for i in real(trace.rows, whole=True)] == ["The"]
    trace = attnviz.trace("unbelievably good", "minilm")
    assert [trace.rows[i].text for i in real(trace.rows, whole=True)][-1] == "good"


@pytest.mark.parametrize("text", ["Hello", "unbelievable"])
def test_a_word_alone_looks_at_a_special_token(text):
    trace = attnviz.trace(text, "minilm")
    assert trace.columns[strongest_link(trace)[2]].special


def test_of_nothing_that_can_be_read_nothing_stands_out():
    assert strongest_link(attnviz.trace("🐈 😀", "minilm")) is None


def test_of_a_long_text_a_link_is_found_that_stands_out_of_all_of_it():
    trace = attnviz.trace("the old cat saw a small dog near the river . " * 20, "minilm")
    assert len(trace) > 200
    (layer, head), query, key = strongest_link(trace)
    link = next(one for one in attnviz.analysis.links(trace, query, key) if (one.layer, one.head) == (layer, head))
    assert link.weight >= 2 * max(link.others, link.position)
    assert strongest_link(trace, query=150)[1] == 150
