"""Which model reads a text where nobody says."""

from __future__ import annotations

import pytest

import attnviz
from attnviz.models.names import BY_ITSELF, MINILM, Shipped
from attnviz.models.names.choosing import chosen_for, weights_for
from attnviz.request import Pair, Text
from attnviz.training.registry import TASKS
from tests.support.tiny import SENTENCE


@pytest.mark.parametrize(
    "text", [SENTENCE, "The cat near the dogs [MASK]", *(TASKS["grammar"].example(seed)[0] for seed in range(5))]
)
def test_a_sentence_of_the_grammar_is_read_by_the_model_that_learned_it(text):
    assert chosen_for(Text(text)).weights == Shipped("grammar")
    assert attnviz.trace(text).model == "grammar"


def test_a_repetition_is_read_by_the_model_that_learned_repetitions():
    assert chosen_for(Text("cat black tree cat black")).weights == Shipped("induction")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I love pizza", "do not know “I”, “love” and 1 more"),
        ("Der Hund schläft im Garten", "do not know “Der”, “Hund” and 3 more"),
        ("我喜欢猫", "do not know"),
        ("for i in range(10): print(i)", "do not know"),
        ("🐈", "do not know “🐈”"),
        ("The cat and the dog bark", "are built differently"),
        ("the cat sat and " * 30, "shorter texts"),
    ],
)
def test_any_other_text_is_read_by_the_pretrained_model_and_why_is_said(text, why):
    choice = chosen_for(Text(text))
    assert choice.weights == MINILM
    assert why in choice.why
    assert attnviz.trace(text).model == "minilm"


def test_a_pair_is_read_by_the_model_that_takes_pairs():
    assert chosen_for(Pair(SENTENCE, SENTENCE)).weights == MINILM
    assert attnviz.trace(SENTENCE, second="A dog barks").model == "minilm"


def test_two_texts_are_read_by_one_model_that_can_read_both():
    assert weights_for(BY_ITSELF, Text(SENTENCE), Text("The cat slept")) == Shipped("grammar")
    assert weights_for(BY_ITSELF, Text(SENTENCE), Text("I love pizza")) == MINILM
    assert weights_for(Shipped("induction"), Text(SENTENCE)) == Shipped("induction")


def test_without_a_text_there_is_nothing_to_choose_by():
    with pytest.raises(attnviz.AttnvizError, match="chosen by the text"):
        attnviz.load_model("auto")


def test_who_asks_for_a_step_means_the_model_that_was_trained_here():
    assert attnviz.trace(SENTENCE, step=250).model == "grammar"
