"""Pictures on the pages: chosen, asked about, brought along, and what is wrong with one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import attnviz
from attnviz.contents import Pixels
from attnviz.models import names
from attnviz.models.inputs.image import fitted
from attnviz.request import HeadOff, Picture
from attnviz.service import pictures
from attnviz.training.scenes import COLOURS
from attnviz.ui.state import inputs
from attnviz.ui.state.link import params_from_view, view_from_params
from attnviz.ui.state.session import Session
from attnviz.ui.state.view import View
from tests.ui.mounted import sent
from tests.ui.opening import errors, opened, opened_compare, opened_train, said


def png(width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 200, np.uint8)).save(written, "PNG")
    return written.getvalue()


def test_the_model_is_offered_and_its_first_picture_is_read_at_once():
    assert names.Shipped("picture") in names.offered()
    app = opened(model="picture")
    assert not app.exception
    header, arrays = sent(app, "trace")
    row = header["rows"]["image"]
    assert row["picture"] == {"columns": 40, "rows": 40, "pixels": "pixels of image"}
    assert np.array_equal(arrays["pixels of image"], pictures.pixels_of("scene-0").array)
    assert [token.get("box") for token in row["tokens"][:3]] == [None, None, [0, 0, 8, 8]]
    assert header["first"]["query"] == 1, "the word at which the answer is read"
    assert app.text_input(key="question").value == pictures.usual("", "picture")
    assert "text" not in app.query_params
    assert "question" not in app.query_params


@pytest.mark.parametrize("name", ["scene-0", "scene-3", "scene-8"])
def test_what_stands_on_the_page_is_what_the_model_answers(name):
    question = pictures.usual(name, "picture")
    app = opened(model="picture", picture=name)
    told = sent(app, "notes")[0]["parts"][""]["guesses"]
    assert told["predicts"] == "answer"
    model = attnviz.load_model("picture")
    probabilities = model.probabilities(pictures.pixels_of(name).array, 1, question=question)
    word, probability = told["words"]["1"][0]
    assert word == model.word(int(probabilities.argmax()))
    assert probability == pytest.approx(float(probabilities.max()), abs=1e-6)
    head = next(iter(told["without"]))
    off = model.probabilities(
        pictures.pixels_of(name).array, 1, question=question, changes=[HeadOff(attnviz.heads.Head.of(head))]
    )
    assert told["without"][head]["1"][0][0] == model.word(int(off.argmax()))


def test_another_question_and_another_picture_stand_in_the_link():
    app = opened(model="picture")
    other = pictures.questions("scene-0")[5]
    app.text_input(key="question").set_value(other).run()
    assert app.query_params["question"] == other
    app.button(key="take_scene-2").click().run()
    assert not app.exception
    assert (app.query_params["picture"], "question" in app.query_params) == ("scene-2", False)
    assert app.text_input(key="question").value == pictures.usual("scene-2", "picture")


def test_a_question_that_the_model_does_not_know_gets_a_sentence_and_the_picture_stays():
    app = opened(model="picture")
    app.text_input(key="question").set_value("who is that?").run()
    assert not app.exception
    assert "which digit is red?" in errors(app)[0]
    assert sent(app, "trace")[0]["rows"]["image"]["picture"]["columns"] == 40
    told = said(app)
    assert f"Below stands <b><bdi>{pictures.usual('', 'picture')}</bdi></b>" in told
    assert "sentence" not in told.partition("Below stands")[2][:80]
    assert "choose" not in {button.key for button in app.button}, "no model of texts reads a picture"
    app.button(key="back").click().run()
    assert not errors(app)
    assert app.text_input(key="question").value == pictures.usual("", "picture")


def test_a_first_link_with_a_bad_question_shows_its_picture_asked_another():
    app = opened(model="picture", picture="scene-3", moved="0-12", question="who is that?")
    assert not app.exception
    assert "which digit is red?" in errors(app)[0]
    assert np.array_equal(sent(app, "trace")[1]["pixels of image"], pictures.pixels_of("scene-3", ((0, 12),)).array)
    assert app.query_params["question"] == "who is that?", "the address stays what was asked for"


@pytest.mark.parametrize(
    ("name", "sentence"), [("scene-99", "which is not here; the default is used"), ("own", "which no link can carry")]
)
def test_a_link_to_a_picture_that_is_not_here_is_said(name, sentence):
    app = opened(model="picture", picture=name)
    assert sentence in said(app)
    assert np.array_equal(sent(app, "trace")[1]["pixels of image"], pictures.pixels_of("scene-0").array)


def test_a_link_says_what_was_moved_and_what_it_cannot_say_is_told():
    view, wrong = view_from_params({"model": "picture", "picture": "scene-1", "moved": "3-20.0-7"})
    assert not wrong
    assert params_from_view(view)["moved"] == "3-20.0-7"
    moved = pictures.pixels_of("scene-1", pictures.moves(view.moved)).array
    plain = pictures.pixels_of("scene-1").array
    assert np.array_equal(moved[32:40, 0:8], plain[0:8, 24:32]), "cell 3 is now where cell 20 was"
    _, wrong = view_from_params({"moved": "3-99"})
    assert "from cell to cell" in wrong[0]


def test_the_moves_of_a_picture_are_read_by_the_model():
    app = opened(model="picture", moved="0-12")
    assert np.array_equal(sent(app, "trace")[1]["pixels of image"], pictures.pixels_of("scene-0", ((0, 12),)).array)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("x.png", b"no picture", "image/png"), "is no picture that can be read"),
        (("x.png", png(1, 1), "image/png"), "too small"),
        (("x.png", png(60, 60)[:80], "image/png"), "damaged or incomplete"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_the_picture_stays(file, said):
    app = opened(model="picture")
    app.file_uploader(key="own_picture").set_value(file).run()
    assert not app.exception
    assert any(said in one for one in errors(app)), errors(app)
    assert sent(app, "trace")[0]["rows"]["image"]["picture"]["columns"] == 40


def test_a_picture_that_is_brought_is_read_and_the_page_says_that_no_link_has_it():
    app = opened(model="picture")
    app.file_uploader(key="own_picture").set_value(("mine.png", png(900, 600), "image/png")).run()
    assert not app.exception
    told = said(app)
    assert "A link cannot carry your picture" in told
    assert "was made smaller" in told
    assert (sent(app, "trace")[1]["pixels of image"] == 200).all()


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (900, 600, "The picture of 900 × 600 pixels was made smaller, 560 × 373."),
        (20_000, 40, "The picture of 20,000 × 40 pixels was cut to its middle, 560 × 40."),
        (500, 4000, "The picture of 500 × 4,000 pixels was made smaller and cut to its middle, 280 × 560."),
    ],
)
def test_what_is_kept_of_a_large_picture_is_what_models_look_at(width: int, height: int, said: str):
    across = np.zeros((height, width, 3), np.uint8)
    across[..., 0] = np.linspace(0, 255, width).round()
    across[..., 1] = np.linspace(0, 255, height).round()[:, None]
    brought = Picture(Pixels.of(across), "")
    kept = pictures.kept(brought)
    assert kept.notices == (said,)
    directly, over = (fitted(one, 40).pixels.array.astype(int) for one in (brought, kept))
    assert np.abs(directly - over).max() <= 4


def test_another_file_that_is_no_picture_leaves_the_one_before_it():
    app = opened(model="picture")
    uploader = app.file_uploader(key="own_picture")
    uploader.set_value(("mine.png", png(60, 60), "image/png")).run()
    before = sent(app, "trace")[1]["pixels of image"]
    app.file_uploader(key="own_picture").set_value(None).run()  # as a browser does before another file comes
    app.file_uploader(key="own_picture").set_value(("bad.png", b"no picture", "image/png")).run()
    assert any("is no picture that can be read" in one for one in errors(app))
    assert np.array_equal(sent(app, "trace")[1]["pixels of image"], before)


def test_scenes_show_digits_that_the_questions_name():
    for offer in pictures.offers("picture"):
        assert offer.question in pictures.questions(offer.name)
        assert len(pictures.questions(offer.name)) == 8
    assert any(colour in pictures.usual("", "picture") for colour in COLOURS)


def test_a_name_that_is_no_picture_means_the_first():
    session = Session.of(View(model="picture", picture="scene-99"))
    assert inputs.offer_of(session.view, "picture").name == "scene-0"


def test_train_offers_it_and_shows_the_picture_s_heads_while_they_learn():
    app = opened_train(model="picture")
    assert not app.exception
    assert "Pictures" in app.get("button_group")[0].options
    assert sent(app, "trace")[0]["rows"]["image"]["picture"]["columns"] == 40


@pytest.mark.parametrize("mode", ["heads", "sentences", "models"])
def test_two_heads_two_questions_and_two_models_of_pictures_are_compared(mode):
    app = opened_compare(model="picture", compare=mode)
    assert not app.exception
    assert not errors(app)
    rows = sent(app, "comparison")[0]["alignments"][0]["rows"]
    assert len(rows) >= 26, "the patches stand in one row each"
    assert rows[-1]["words"] == ["patch 4,4", "patch 4,4"], "in a sentence 4,4 would be a number"
    assert rows[-1]["label"] == "4,4"
    assert app.get("button_group")[0].options == ["Two heads", "Two questions", "Two models"]


def test_a_model_that_is_asked_nothing_has_pictures_of_its_own_and_no_field_for_a_question():
    app = opened(model="digit")
    assert not app.exception
    assert "question" not in {field.key for field in app.text_input}
    header, arrays = sent(app, "trace")
    assert (header["first"]["query"], header["moves"]) == (0, True)
    assert np.array_equal(arrays["pixels of image"], pictures.pixels_of("digit-0").array)
    told = sent(app, "notes")[0]["parts"][""]["guesses"]["words"]
    model = attnviz.load_model("digit")
    probabilities = model.probabilities(pictures.pixels_of("digit-0").array, 0)
    assert told["0"][0][0] == model.word(int(probabilities.argmax()))
    app.button(key="take_digit-3").click().run()
    assert app.query_params["picture"] == "digit-3"
    assert not app.exception


def test_a_question_of_two_hops_is_answered_and_one_that_its_model_does_not_know_gets_a_sentence():
    app = opened(model="beside")
    assert not app.exception
    question = app.text_input(key="question").value
    assert question == "which digit is left of the red one?"
    told = sent(app, "notes")[0]["parts"][""]["guesses"]["words"]["1"]
    found = attnviz.load_model("beside").probabilities(pictures.pixels_of("beside-0").array, 1, question=question)
    assert told[0][1] == pytest.approx(float(found.max()), abs=1e-6)
    app.text_input(key="question").set_value("which digit is red?").run()
    assert "Ask “which digit is left of the red one?”" in errors(app)[0]
    app.selectbox(key="model").set_value("picture").run()
    assert not errors(app), "the other model knows that one"


def test_train_goes_through_the_training_of_two_hops():
    app = opened_train(model="beside")
    assert not app.exception
    assert "Two hops" in app.get("button_group")[0].options
    assert sent(app, "trace")[0]["rows"]["image"]["picture"]["columns"] == 40


def test_what_was_asked_of_one_model_is_not_asked_of_another():
    app = opened(model="picture", question=pictures.questions("scene-0")[5])
    app.selectbox(key="model").set_value("digit").run()
    assert not errors(app)
    app.selectbox(key="model").set_value("picture").run()
    assert not errors(app)
    assert app.text_input(key="question").value == pictures.usual("", "picture")


def test_where_nothing_is_asked_two_pictures_are_compared():
    app = opened_compare(model="digit", compare="sentences")
    assert not app.exception
    assert not errors(app)
    found = sent(app, "comparison")[0]
    assert app.get("button_group")[0].options == ["Two heads", "Two pictures", "Two models"]
    assert found["names"] == ["A · Scene 1", "B · Scene 2"]
    assert not found["alike"]
