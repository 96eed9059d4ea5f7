"""The model that is asked about a picture: a trace like any other, an answer, changes, questions it does not know."""

from __future__ import annotations

from itertools import chain, product

import numpy as np
import pytest
import torch

import attnviz
from attnviz import AttnvizError, HeadOff, Masked, NumberSet, PatchToken, Pixels, Scaled, TextToken, Unplaced, Unseen
from attnviz.analysis import character, head_figures, links
from attnviz.models import ModelError, check, load_model
from attnviz.models.names.choosing import chosen_for
from attnviz.request import Picture, Text
from attnviz.training.scenes import COLOURS, scenes

SCENES = scenes(8, 2**32, withheld=True)


@pytest.fixture(scope="module")
def model():
    return load_model("picture", device="cpu")


def asked(scene: int, thing: int = 0) -> tuple[np.ndarray, str, int, int]:
    """A picture, a question about its red or … digit, the token of that digit's patch, and the digit."""
    colour, digit, cell = (int(x[scene, thing]) for x in (SCENES.colours, SCENES.digits, SCENES.cells))
    return SCENES.picture(scene), f"which digit is {tuple(COLOURS)[colour]}?", 2 + cell, digit


def test_a_row_is_the_question_and_then_the_patches_with_their_boxes():
    picture, question, _, _ = asked(0)
    trace = attnviz.trace(picture, model="picture", question=question)
    assert len(trace) == 2 + 25
    assert trace.layers[0].weights.shape == (2, 27, 27)
    words, patches = trace.tokens[:2], trace.tokens[2:]
    assert [type(one) for one in trace.tokens] == [TextToken] * 2 + [PatchToken] * 25
    assert [question[word.start : word.end] for word in words] == [word.label for word in words]
    assert [patch.box for patch in patches[:6]] == [(8 * i, 0, 8, 8) for i in range(5)] + [(0, 8, 8, 8)]
    assert patches[7].label == "1,2", "row 1, column 2"
    assert trace.tokens.words() == [[i] for i in range(27)]
    assert trace.tokens.content == Pixels.of(picture)
    assert trace.text == question
    assert trace.notices == ()
    assert not trace.has_distance


def test_its_weights_are_those_of_torch_s_attention_with_and_without_changes(model):
    picture, question, patch, _ = asked(0)
    for changes in (
        [],
        [HeadOff("0.1"), Unseen(key=patch), Scaled(temperature=2.0)],
        [Unplaced()],
        [NumberSet(0, "w_q", 1, 2, 0.5)],
    ):
        checked = check(model, model.trace(picture, question=question, changes=changes))
        assert checked.agrees
        assert checked.difference <= 1e-6


def test_the_question_looks_at_the_patch_and_the_answer_is_its_digit(model):
    head = model.first_look.head
    right = on = 0
    for scene, thing in product(range(8), range(4)):
        picture, question, patch, digit = asked(scene, thing)
        trace = model.trace(picture, question=question)
        on += int(trace.layers[0].weights[head, 1, 2:].argmax()) + 2 == patch
        told = model.probabilities(picture, 1, question=question)
        assert float(told.sum()) == pytest.approx(1, abs=1e-5)
        assert torch.allclose(told, trace.stages.logits[1].softmax(-1), atol=1e-6)
        right += model.word(int(told.argmax())) == str(digit)
    assert on >= 30
    assert right >= 26


def test_unseen_the_patch_is_no_longer_read(model):
    still = 0
    for scene in range(8):
        picture, question, patch, digit = asked(scene)
        change = [Unseen(key=patch)]
        assert not model.trace(picture, question=question, changes=change).layers[0].weights[..., patch].any()
        told = model.probabilities(picture, 1, question=question, changes=change)
        still += model.word(int(told.argmax())) == str(digit)
    assert still <= 1


def test_what_it_can_do_without_a_head_is_measured(model):
    whole = model.measures()
    for name, other in (("colour", "digit"), ("digit", "colour")):
        layer, head = model.checkpoint.snapshot().measures.best_head(name)
        less = model.measures([HeadOff((layer, head))])
        assert less[f"{name} questions"] < whole[f"{name} questions"] - 0.5
        assert less[f"{other} questions"] > whole[f"{other} questions"] - 0.1
    assert model.untrained().measures()["agreement"] < 0.2
    assert model.measures([Unseen(key=4)]) is None, "that is a patch of one picture"


def test_earlier_steps_are_models_too():
    picture, question, _, _ = asked(0)
    first = attnviz.trace(picture, model="picture", question=question, step=0)
    assert float(first.layers[0].weights[:, 1].max()) < 0.5
    assert repr(load_model("picture")) == "<Model picture: 1 layer × 2 heads>"


def test_patches_have_no_distance_and_nothing_is_said_of_one(model):
    picture, question, patch, _ = asked(0)
    trace = model.trace(picture, question=question)
    for figures in chain.from_iterable(head_figures(trace)):
        assert (figures.distance, figures.previous, figures.following) == (None, None, None)
        assert character(figures, trace)
    assert all(link.position is None or np.isnan(link.position) for link in links(trace, 1, patch))
    with pytest.raises(AttnvizError, match="A mask goes by how far words are apart in a line"):
        model.trace(picture, question=question, changes=[Masked("window")])


@pytest.mark.parametrize(
    "question",
    ["which digit is red?", "Which digit is the red?", "what number is red", "digit red"],
)
def test_a_question_may_be_asked_in_several_ways(model, question):
    trace = model.trace(SCENES.picture(0), question=question)
    assert [token.piece for token in trace.tokens[:2]] == ["digit", "red"]


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("", "asks for one digit by its colour"),
        ("which digit is pink?", "does not know the word “pink”"),
        ("which digit is not red?", "does not know the word “not”"),
        ("which digit is red or blue?", "does not know the word “or”"),
        ("which digit is red blue?", "asks for one digit by its colour"),
        ("which digit is 7?", "asks for one digit by its colour"),
        ("which colour is red?", "asks for one digit by its colour"),
        ("red digit", "asks for one digit by its colour"),
        ("which colour is the 12?", "does not know the word “12”"),
    ],
)
def test_a_question_that_it_does_not_know_is_refused_with_those_it_does(model, question, why):
    with pytest.raises(ModelError, match=why) as refused:
        model.trace(SCENES.picture(0), question=question)
    assert "Ask “which digit is red?”" in str(refused.value)


def test_it_reads_no_text_and_other_models_no_picture(model):
    picture, question, _, _ = asked(0)
    with pytest.raises(ModelError, match="looks at pictures, and reads no text"):
        model.trace("The cat sat")
    with pytest.raises(ModelError, match="The model grammar reads text, not pictures"):
        attnviz.trace(picture, model="grammar", question=question)
    with pytest.raises(ModelError, match="which has no second sentence and no target"):
        model.trace(picture, question=question, second="more")
    with pytest.raises(ModelError, match="the last word of the question, not at token 4"):
        model.probabilities(picture, 4, question=question)


def test_of_a_picture_without_a_question_its_example_is_asked_and_that_is_said(model):
    picture, *_ = asked(0)
    trace = attnviz.trace(picture, model="picture")
    assert trace.request.input.question == model.question == "which digit is red?"
    assert trace.notices == ("No question was given, so the model is asked “which digit is red?”.",)
    same = model.trace(picture, question="which digit is red?")
    assert same.request == trace.request
    assert same.notices == ()
    assert model.probabilities(picture, 1).argmax() == model.probabilities(picture, 1, question=model.question).argmax()


def test_by_itself_no_text_is_read_by_it_and_a_picture_is():
    picture, question, _, _ = asked(0)
    for text in ("which digit is red?", "digit red", "which colour is the 7?"):
        assert chosen_for(Text(text)).weights.name != "picture"
    assert attnviz.trace(picture, question=question).model == "picture"


def test_one_request_is_one_value(model):
    picture, question, _, _ = asked(0)
    first, again = (model.request(one, question=question) for one in (picture, picture.copy()))
    assert first == again
    assert len({first, again}) == 1
    other = picture.copy()
    other[0, 0, 0] ^= 1
    assert model.request(other, question=question) != first
    assert model.trace(first).request == first
    assert isinstance(first.input, Picture)


def test_the_explorer_and_the_export_take_it(model):
    trace = model.trace(SCENES.picture(0), question="which digit is red?")
    assert "<iframe" in trace._repr_html_()
    assert "which digit is red?" in attnviz.explorer.html(trace)
    table = "".join(attnviz.export.csv_text(trace, ["0.1"])).splitlines()
    assert table[3].startswith('0,1,0,digit,2,"0,0",')
    assert attnviz.export.npz_bytes(trace)
