"""What one types is read by a model that can read it; what cannot be read leaves the page as it was."""

from __future__ import annotations

from html import unescape

import pytest

import attnviz
from attnviz.analysis import interesting
from attnviz.examples import EXAMPLES
from tests.support.tiny import SENTENCE
from tests.ui import test_compare, test_train
from tests.ui.mounted import sent
from tests.ui.test_page import errors, labels, opened, said

TYPED = {
    SENTENCE: "grammar",
    "cat black tree cat black": "induction",
    "I love pizza": "minilm",
    "What is the capital of France?": "minilm",
    "Der Hund schläft im Garten": "minilm",
    "El perro duerme en el jardín": "minilm",
    "我喜欢猫": "minilm",
    "for i in range(10): print(i)": "minilm",
    "Hello": "minilm",
    "🐈 😀": "minilm",
}


@pytest.mark.parametrize("text", TYPED)
def test_what_one_types_is_read_by_a_model_that_can_or_what_none_can_is_named(text):
    app = opened(text=text)
    model = sent(app, "trace")[0]["model"]
    assert model == TYPED[text] == attnviz.trace(text).model
    reader = {"minilm": "MiniLM"}.get(model, "the model trained here")
    assert f"Read by <b>{reader}</b>" in said(app)
    assert app.query_params == ({} if text == SENTENCE else {"text": text}), "what the page chose is in no link"
    unknown = [token.text for token in attnviz.trace(text).tokens if token.unknown]
    for word in unknown:
        assert f"<bdi>{word}</bdi>" in said(app)
    assert ("No trained model here knows" in said(app)) == bool(unknown)


def test_a_word_that_runs_from_right_to_left_stands_for_itself_in_the_line():
    assert "do not know “<bdi>مرحبا</bdi>”" in said(opened(text="مرحبا"))
    assert "“<bdi>&lt;</bdi>”" in said(opened(text="مرحبا < b")), "and a sign is text"


def test_the_way_to_the_other_model_and_back():
    app = opened(text="I love pizza")
    app.button(key="other").click().run()
    assert app.selectbox(key="model").value == "grammar"
    assert "knows 183 words, and not" in said(app)
    app.button(key="able").click().run()
    assert app.selectbox(key="model").value == "auto"
    assert sent(app, "trace")[0]["model"] == "minilm"


def test_what_is_switched_off_is_not_let_go_in_silence_where_another_model_reads_the_next_text():
    app = opened(off="1.0")
    app.text_area(key="text").set_value("I love pizza").run()
    assert "what was switched off or changed in the one before is as it was" in said(app)
    assert "off" not in app.query_params
    app.text_area(key="text").set_value("I love cheese").run()
    assert "switched off or changed" not in said(app)


def test_another_sentence_opens_on_what_stands_out_in_it():
    app = opened()
    app.text_area(key="text").set_value("The dog chased the cat because the dog was hungry").run()
    view = app.session_state.session.view
    assert (view.layer, view.head, view.query) == (2, 9, 2), "dog → dog"
    assert app.query_params == {"text": "The dog chased the cat because the dog was hungry"}


def test_a_link_that_names_a_head_and_no_word_means_the_word_that_it_always_meant():
    app = opened(model="minilm", layer="5", head="11")
    assert app.session_state.session.view.query == 8
    app = opened(query="3")
    view = app.session_state.session.view
    assert (view.layer, view.head, view.query) == (1, 0, 3)


def test_what_cannot_be_read_leaves_what_stood_there_whatever_is_chosen_next():
    app = opened(model="minilm", text="I love pizza", changes="causal")
    before = labels(app)
    app.text_area(key="text").set_value("  ").run()
    assert len(errors(app)) == 1
    assert labels(app) == before
    app.selectbox(key="model").set_value("random").run()  # once it ran without end
    assert not app.exception
    assert labels(app) == before
    app.button(key="back").click().run()
    assert app.text_area(key="text").value == "I love pizza"
    assert app.selectbox(key="model").value == "minilm"
    assert not errors(app)


def test_a_first_link_to_no_model_shows_the_sentence_by_one_that_can_read_it():
    app = opened(model="no/such/model", text="I love pizza")
    assert "neither a folder" in errors(app)[0]
    assert labels(app) == ["[CLS]", "I", "love", "pizza", "[SEP]"]
    assert app.query_params["model"] == "no/such/model", "the address stays what was asked for"
    assert "the same sentence, read by another model" in said(app)
    app.button(key="choose").click().run()
    assert app.selectbox(key="model").value == "auto"
    assert not errors(app)


def test_who_types_after_an_example_gets_a_model_that_can_read_it():
    app = opened(model="minilm")
    record = app.session_state.session
    record.example_model = "minilm"  # as the menu leaves it
    app.text_area(key="text").set_value("The dog slept").run()
    assert app.selectbox(key="model").value == "auto"
    assert sent(app, "trace")[0]["model"] == "grammar"


@pytest.mark.parametrize("model", ["french", "stories", "induction"])
def test_a_model_that_is_chosen_for_words_that_nobody_typed_brings_its_own(model):
    app = opened()
    app.selectbox(key="model").set_value(model).run()
    example = next(one for one in EXAMPLES if one.model == model)
    assert app.text_area(key="text").value == example.text
    assert example.see in unescape(said(app))
    assert sent(app, "trace")[0]["model"] == app.selectbox(key="model").value == model
    app.text_area(key="text").set_value("I love pizza").run()
    assert app.selectbox(key="model").value == model, "who chose it has it"
    app.selectbox(key="model").set_value("grammar").run()
    assert app.text_area(key="text").value == "I love pizza", "what somebody typed stays"


def test_words_that_a_chosen_model_has_learned_stay():
    app = opened()
    for model in ("minilm", "grammar"):
        app.selectbox(key="model").set_value(model).run()
        assert app.text_area(key="text").value == SENTENCE


def test_what_a_model_says_without_each_head_comes_with_the_text():
    told = sent(opened(), "notes")[0]["parts"][""]["guesses"]
    model = attnviz.load_model("grammar")
    for head in ("0.0", "1.0", "1.3"):
        at = model.probabilities(SENTENCE, 8, changes=[attnviz.HeadOff(head)])
        best = at.topk(3)
        expected = [(model.word(int(i)), pytest.approx(float(p), abs=1e-6)) for p, i in zip(*best, strict=True)]
        assert [tuple(one) for one in told["without"][head]["8"]] == expected
    assert told["words"]["8"] != told["without"]["1.0"]["8"]
    assert len(told["without"]) == 8
    off = sent(opened(off="1.0"), "notes")[0]["parts"][""]["guesses"]
    assert "1.0" not in off["without"], "it is off already"


def test_two_sentences_are_compared_in_one_model_and_the_line_names_it():
    app = test_compare.opened(compare="sentences", sentence_b="I love pizza")
    assert {sent(app, name)[0]["model"] for name in ("trace", "traceb")} == {"minilm"}
    assert "Read by <b>MiniLM</b>, an English model, since the two sentences need one model that reads both" in said(
        app
    )
    assert "ableB" not in {button.key for button in app.button}


def test_the_field_of_the_second_model_names_the_one_that_read():
    app = test_compare.opened(compare="models", text="I love pizza")
    assert app.selectbox(key="compare_model").value == sent(app, "traceb")[0]["model"] == "grammar"


def test_train_s_link_means_the_word_that_is_shown():
    app = test_train.opened(text="The cat sat on the mat")
    shown = app.session_state.session.view.query
    again = test_train.opened(**app.query_params)
    assert again.session_state.session.view.query == shown


def test_the_head_that_learned_repetitions_is_among_what_is_interesting():
    text = next(one.text for one in EXAMPLES if one.model == "induction")
    found = {one.kind: one for one in interesting(attnviz.trace(text, "induction"))}
    assert found["what came next"].layer == 1


def test_an_example_is_said_as_long_as_it_is_what_is_shown():
    example = next(one for one in EXAMPLES if one.model == "random")
    app = opened(model="random", text=example.text)
    app.session_state.session.example_taken = example.title
    app.run()
    assert example.see in unescape(said(app))
    app.number_input(key="seed").set_value(7).run()
    assert example.see not in unescape(said(app)), "it is true of one seed"
