"""A model that compares a picture with a text, on the pages: what it is given, and how alike the two are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import attnviz
from attnviz.request import HeadOff
from attnviz.service import pictures
from attnviz.service.named import VARIABLE
from tests.support.tiny import save_clip
from tests.ui import test_details
from tests.ui.mounted import sent
from tests.ui.opening import errors, htmls, opened, opened_compare, said

CAT = "the black cat"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_clip(tmp_path_factory.mktemp("clip")))


def test_the_first_picture_is_read_with_what_it_shows_and_the_similarity_is_the_model_s(folder):
    app = opened(model=folder)
    header, arrays = sent(app, "trace")
    caption = pictures.usual("", pictures.COMPARED)
    assert app.text_input(key="question").value == caption
    assert "question" not in app.query_params
    assert [part["name"] for part in header["parts"]] == ["image", "text"]
    assert header["first"]["part"] == "image"
    assert header["first"]["query"] == 0, "[CLS]"
    pixels = arrays["pixels of image"]
    trace = attnviz.load_model(folder).trace(pixels, question=caption)
    assert header["similarity"]["cosine"] == pytest.approx(trace.similarity.cosine, abs=1e-6)
    assert "17 tokens of the image" in said(app)


def test_another_text_is_kept_for_another_picture_and_stands_in_the_link(folder):
    app = opened(model=folder)
    before = sent(app, "trace")[0]["similarity"]
    app.text_input(key="question").set_value(CAT).run()
    assert app.query_params["question"] == CAT
    assert sent(app, "trace")[0]["similarity"] != before
    app.button(key="take_scene-2").click().run()
    assert not app.exception
    assert (app.text_input(key="question").value, app.query_params["picture"]) == (CAT, "scene-2")
    app.text_input(key="question").set_value(" ").run()
    assert app.text_input(key="question").value == pictures.usual("scene-2", pictures.COMPARED)


def test_what_one_model_is_given_by_itself_is_not_said_to_the_other(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, folder)
    name = Path(folder).name
    app = opened(model=name)
    app.selectbox(key="model").set_value("picture").run()
    assert not errors(app)
    assert app.text_input(key="question").value == pictures.usual("", "picture")
    app.selectbox(key="model").set_value(name).run()
    assert not errors(app)
    assert app.text_input(key="question").value == pictures.usual("", pictures.COMPARED)


def test_a_head_that_is_off_says_what_becomes_of_the_similarity(folder):
    app = opened(model=folder, question=CAT, part="text", off="text.0.1")
    assert not app.exception
    pixels = sent(app, "trace")[1]["pixels of image"]
    model = attnviz.load_model(folder)
    before = model.trace(pixels, question=CAT).similarity.cosine
    after = model.trace(pixels, question=CAT, changes=[HeadOff("text.0.1")]).similarity.cosine
    told = said(app)
    assert f"Cosine of picture and text: {before:.3f} → <b>{after:.3f}</b>" in told
    assert "head 1 of layer 0 of the text tower" in told


@pytest.mark.parametrize("mode", ["heads", "sentences", "models"])
def test_two_heads_two_texts_and_two_models_are_compared(folder, mode):
    further = {"model_b": "picture"} if mode == "models" else {}
    app = opened_compare(model=folder, compare=mode, **further)
    assert not app.exception
    assert not errors(app)
    assert not [one for one in htmls(app) if "B: " in one and "notice" in one and "cannot" in one]
    if mode == "sentences":
        assert app.text_area(key="compare_text").label == "Text B"
        texts = [sent(app, name)[0]["rows"]["text"]["tokens"] for name in ("trace", "traceb")]
        assert [row[-2]["label"] for row in texts] == [one.split()[-1] for one in pictures.captions()[:2]]
        told = sent(app, "comparison")[0]
        assert told["names"] == [f"{side} · {said}" for side, said in zip("AB", pictures.captions()[:2], strict=True)]
        assert not told["alike"]
        assert "one tower is shown" not in said(app), "both are, one at a time"


@pytest.mark.parametrize("further", [{}, {"off": "text.1.0"}], ids=["as it is", "a head off"])
def test_the_lines_for_a_notebook_read_the_picture_s_file_with_its_text(folder, tmp_path, monkeypatch, further):
    app = opened(model=folder, question=CAT, part="text", **further)
    (code,) = test_details.lines_of(test_details.unfolded(app, "along"))
    pixels = sent(app, "trace")[1]["pixels of image"]
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code.value, names)
    off = [HeadOff(further["off"])] if further else []
    expected = attnviz.load_model(folder).trace(pixels, question=CAT, changes=off)
    assert names["trace"].part == "text"
    assert names["trace"].similarity == expected.similarity


def test_the_lines_for_a_model_that_only_looks_name_the_file_too():
    app = opened(model="picture")
    (code,) = test_details.lines_of(test_details.unfolded(app, "along"))
    assert f"Path('picture.png'), model='picture', question={pictures.usual('', 'picture')!r})" in code.value


def test_a_folder_that_was_named_at_the_start_has_the_same_field(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, folder)
    app = opened(model=Path(folder).name)
    assert not errors(app)
    assert app.text_input(key="question").value == pictures.usual("", pictures.COMPARED)
