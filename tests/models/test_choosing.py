"""Which model reads a text where nobody says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import attnviz
from attnviz.models.inputs.asking import sensed
from attnviz.models.names import BY_ITSELF, MINILM, Shipped
from attnviz.models.names.choosing import chosen_for, weights_for
from attnviz.request import Pair, Picture, Sound, Text
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


@pytest.mark.parametrize("given", [None, 3, ["The", "cat"], {"text": "The cat"}])
def test_what_can_be_read_by_nothing_gets_a_sentence(given: object):
    with pytest.raises(attnviz.AttnvizError, match=f"must be a string, not {type(given).__name__}"):
        attnviz.trace(given)


def test_a_text_has_no_rate():
    for model in ("auto", "grammar", "french"):
        with pytest.raises(attnviz.AttnvizError, match="A text has none: leave rate out"):
            attnviz.trace("The cat", model=model, rate=8000)


def test_a_picture_and_a_sound_are_known_for_what_they_are(tmp_path: Path):
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "black.png")
    picture, sound = tmp_path / "black.png", tmp_path / "sound.WAV"
    shown = (picture, picture.read_bytes(), Image.new("L", (9, 9)), np.zeros((40, 40, 3), np.uint8))
    heard = (sound, b"RIFF\0\0\0\0WAVE", np.zeros(8000), np.zeros((8000, 2), np.int16))
    assert {*map(sensed, shown)} == {Picture}
    assert {*map(sensed, heard)} == {Sound}
    assert attnviz.trace(picture).model in ("dinov2", "digit")
    with pytest.raises(attnviz.AttnvizError, match="such as rate=16000"):
        attnviz.trace(np.ones(8000))
