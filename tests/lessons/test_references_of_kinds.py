"""References to what a translation, a picture and a sound have: each says what the package has."""

from __future__ import annotations

import pytest

import attnviz
from attnviz.analysis import head_figures
from attnviz.contents import Samples
from attnviz.errors import AttnvizError
from attnviz.lessons.measures.references import Place
from attnviz.lessons.wording import changes_of
from attnviz.request import Sound
from attnviz.service import pictures
from attnviz.training.registry import TASKS
from attnviz.training.synthesis import RATE
from tests.support.referred import CAT, number, place, shown

ENGLISH, FRENCH = "The black cat sleeps", "Le chat noir dort"


@pytest.fixture(scope="module")
def french() -> Place:
    return place("french", ENGLISH)


def test_of_three_parts_a_head_names_its_own_and_words_are_of_the_text_that_looks_or_is_looked_at(french):
    trace = attnviz.load_model("french", device="cpu").trace(ENGLISH, target=FRENCH)
    cross, decoder = trace.parts["cross"][0], trace.parts["decoder"][0]
    row, black = cross.queries.find("noir"), cross.keys.find("black")
    assert number("weight(cross.0.1, noir, black)", french) == pytest.approx(cross.weights[1, row, black].item())
    assert number("q(cross.0.1, noir, 3)", french) == pytest.approx(cross.q[1, row, 3].item())
    assert number("k(cross.0.1, black, 3)", french) == pytest.approx(cross.k[1, black, 3].item())
    assert shown("strongest(cross.0.1, noir)", french) == "black"
    own = decoder.queries.find("noir")
    assert number("weight(decoder.0.2, noir, chat)", french) == pytest.approx(decoder.weights[2, own, own - 1].item())
    assert number("previous(decoder.0.2)", french) == pytest.approx(
        head_figures(trace.only("decoder"))[0][2].previous or 0
    )
    told = attnviz.load_model("french", device="cpu").probabilities(trace.request, row)
    assert number("probability(noir, noir)", french) == pytest.approx(told.max().item())
    assert shown("top(noir)", french) == "noir"


def test_what_is_written_is_written_anew_with_what_is_changed(french):
    model = attnviz.load_model("french", device="cpu")
    assert shown("translation()", french) == FRENCH == [*model.generate(ENGLISH)][-1]
    blind = attnviz.Unseen(key=2, part="cross")
    assert shown("translation() | unseen:black", french) == [*model.generate(ENGLISH, changes=[blind])][-1]
    assert "noir" not in shown("translation() | unseen:black", french).split()
    trace = model.trace(ENGLISH, target=FRENCH)
    assert changes_of(["unseen:black", "unseen:cross.0.1:noir:black"], trace) == (
        blind,
        attnviz.Unseen(0, 1, 2, 2, "cross"),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("weight(0.0, noir, black)", "has several parts"),
        ("weight(cross.0.9, noir, black)", "There is no head 9"),
        ("weight(encoder.0.0, noir, black)", "no word “noir” in the source"),
        ("previous(cross.0.0)", "one row of words looks at another"),
    ],
)
def test_what_is_wrong_with_a_reference_to_a_part_is_said(written, said, french):
    with pytest.raises(AttnvizError, match=said):
        number(written, french)


def test_only_a_model_that_translates_has_a_translation():
    with pytest.raises(AttnvizError, match="grammar does not translate"):
        shown("translation()")


SCENE = "scene-4: which digit is red?"


def test_of_a_picture_the_answer_and_the_weights_of_patches_are_the_packages():
    at, model = place("picture", SCENE), attnviz.load_model("picture", device="cpu")
    pixels = pictures.pixels_of("scene-4").array
    trace = model.trace(pixels, question="which digit is red?")
    row = trace.layers[0].weights[1, 1]
    assert number('weight(0.1, red, "1,1")', at) == pytest.approx(row[2 + 6].item())
    assert shown("strongest(0.1, red)", at) == trace.tokens[int(row.argmax())].label == "1,1"
    for changes, written in (([], ""), ([attnviz.HeadOff("0.1")], " | off:0.1"), ([blind(8)], ' | "unseen:1,1"')):
        told = model.probabilities(pixels, 1, question="which digit is red?", changes=changes)
        assert shown(f"top(red){written}", at) == model.word(int(told.argmax()))
        assert number(f"probability(red, 3){written}", at) == pytest.approx(told[model.words.index("3")].item())
    figures = model.measures([attnviz.HeadOff("0.1")]) or {}
    assert number("examined(colour questions) | off:0.1", at) == figures["colour questions"]


def test_of_a_sound_letters_have_the_frames_in_which_they_are_said():
    at, model, task = place("voice", "masoti"), attnviz.load_model("voice", device="cpu"), TASKS["voice"]
    said = task.sound("masoti")
    trace = model.trace(said.samples, rate=RATE)
    row, frames = trace.parts["cross"][1].weights[2, 2], list(task.frames(said.spans[2]))
    assert number("sounding(cross.1.2, s)", at) == pytest.approx(row[frames].sum().item())
    assert (number("begins(s)", at), number("ends(s)", at)) == said.spans[2]
    cut = tuple(blind(frame, "cross") for frame in frames)
    assert changes_of(["unheard:s"], trace) == cut
    heard = [*model.generate(Sound(Samples.of(said.samples, RATE)), changes=cut)][-1]
    assert shown("heard() | unheard:s", at) == heard == "maoti"
    assert shown("heard()", at) == shown("heard()", place("voice", "MA so ti")) == "masoti"
    assert shown("heard()", place("tones", "1 2 a d")) == "12AD"


def blind(key: int, part: str = "") -> attnviz.Unseen:
    return attnviz.Unseen(key=key, part=part)


@pytest.mark.parametrize(
    ("model", "sentence", "written", "said"),
    [
        ("picture", "which digit is red?", "top(red)", "Of a picture a lesson writes “scene-0: which digit"),
        ("picture", "scene-10: which digit is red?", "top(red)", "no scene “scene-10”. There are scene-0 to scene-9"),
        ("picture", "scene-1: who is there?", "top(red)", "cannot be asked “who is there"),
        ("picture", SCENE, 'weight(0.1, red, "5,5")', "There is no word “5,5”"),
        ("picture", SCENE, "heard()", "picture hears nothing"),
        ("picture", SCENE, "begins(red)", "picture hears nothing"),
        ("voice", "hello", "heard()", "says"),
        ("voice", "masoti", "sounding(cross.1.2, x)", "There is no word “x”"),
        ("voice", "masoti", "sounding(cross.1.2, end)", "The end makes no sound"),
        ("voice", "masoti", "heard() | unheard:x", "There is no word “x”"),
        ("voice", "masoti", "translation()", "voice does not translate"),
        ("grammar", CAT, "sounding(1.0, sat)", "grammar hears nothing"),
    ],
)
def test_what_is_wrong_with_a_picture_or_a_sound_is_said(model, sentence, written, said):
    with pytest.raises(AttnvizError, match=said):
        number(written, place(model, sentence))


def test_when_letters_sound_is_not_guessed_where_a_model_has_heard_others():
    model = attnviz.load_model("voice", device="cpu")
    said = TASKS["voice"].sound("masoti")
    trace = model.trace(said.samples, rate=RATE, target="masote")
    with pytest.raises(AttnvizError, match="has written “masote”, and other letters are said"):
        changes_of(["unheard:s"], trace)
