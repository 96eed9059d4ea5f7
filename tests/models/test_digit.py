"""The model that is asked nothing: [CLS] stands before the patches, and says which digit is there."""

from __future__ import annotations

from pathlib import Path

import pytest

import attnviz
from attnviz import HeadOff, PatchToken
from attnviz.contents import Pixels
from attnviz.models import ModelError, check, load_model
from attnviz.models.names.choosing import chosen_for
from attnviz.request import Picture
from attnviz.training.pictures.digit import DigitTask
from attnviz.training.scenes import scenes

SCENES = scenes(20, 2**32, withheld=True, layout=DigitTask.layout)


@pytest.fixture(scope="module")
def model():
    return load_model("digit", device="cpu")


def test_a_row_is_cls_and_then_the_patches(model):
    trace = attnviz.trace(SCENES.picture(0), model="digit")
    first, *patches = trace.tokens
    assert (first.label, first.special, len(patches)) == ("[CLS]", True, 25)
    assert all(isinstance(patch, PatchToken) for patch in patches)
    assert trace.tokens.words() == [[i] for i in range(26)]
    assert (trace.text, trace.notices) == ("", ())
    checked = check(model, trace)
    assert checked.agrees
    assert checked.difference <= 1e-6


def test_cls_looks_at_the_digit_and_says_which_it_is(model):
    head = model.first_look.head
    right = on = blind = 0
    every = [HeadOff("0.0"), HeadOff("0.1")]
    for scene in range(20):
        picture, digit = SCENES.picture(scene), str(int(SCENES.digits[scene, 0]))
        row = model.trace(picture).layers[0].weights[head, 0]
        on += int(row[1:].argmax()) == int(SCENES.cells[scene, 0])
        right += model.word(int(model.probabilities(picture, 0).argmax())) == digit
        blind += model.word(int(model.probabilities(picture, 0, changes=every).argmax())) == digit
    assert on == 20
    assert right >= 18
    assert blind <= 6


def test_a_question_is_refused_and_the_answer_is_read_at_cls(model):
    with pytest.raises(ModelError, match="it is asked nothing"):
        model.trace(SCENES.picture(0), question="which digit is red?")
    with pytest.raises(ModelError, match=r"read at token 0, \[CLS\], not at token 1"):
        model.probabilities(SCENES.picture(0), 1)
    with pytest.raises(ModelError, match=r"attnviz.trace\(picture, model='digit'\)"):
        model.trace("The cat sat")


def test_by_itself_a_picture_is_read_by_who_learned_to_be_asked_so(monkeypatch: pytest.MonkeyPatch):
    pixels = Pixels.of(SCENES.picture(0))
    monkeypatch.setattr("attnviz.models.names.choosing.package_folder", lambda model: Path())
    assert chosen_for(Picture(pixels, "")).weights.name == "dinov2", "which looks at any picture"
    monkeypatch.setattr("attnviz.models.names.choosing.package_folder", lambda model: None)
    assert chosen_for(Picture(pixels, "")).weights.name == "digit"
    assert chosen_for(Picture(pixels, "which digit is red?")).weights.name == "picture"
    assert chosen_for(Picture(pixels, "who is that?")).weights.name == "picture"
