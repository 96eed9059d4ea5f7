"""The Compare page's logic, run without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.analysis import compare
from attnviz.models.names import Shipped
from attnviz.models.names.choosing import chosen_for
from attnviz.request import Text
from attnviz.ui.state.compare_view import MODES, CompareView, compare_from_params, other_text, params_from_compare
from attnviz.ui.state.link import LONGEST_LINK
from tests.support.tiny import SENTENCE, save_tiny
from tests.ui.mounted import Browser, sent, weights_in
from tests.ui.opening import errors, opened_compare, said

OTHER = "The cat, which saw the dogs, sat on the mat"


def choose(app: AppTest, mode: str) -> AppTest:
    app.segmented_control(key="compare_mode").set_value(mode).run()
    assert not app.exception
    return app


def weights(app: AppTest, side: str) -> np.ndarray:
    """The chosen head's weights, as the page sends them to A or B."""
    return weights_in(app, side.strip("A").lower())


def head_of_b(app: AppTest) -> tuple[int, int]:
    state = sent(app, "followerb")[0]["state"]
    return state["layer"], state["head"]


def comparison(app: AppTest) -> dict[str, Any]:
    """What the page says of the comparison by itself."""
    return sent(app, "comparison")[0]


def aligned(app: AppTest) -> list[dict[str, Any]]:
    (alignment,) = comparison(app)["alignments"]
    rows: list[dict[str, Any]] = alignment["rows"]
    return rows


def rows(app: AppTest) -> list[str]:
    return [row["label"] for row in aligned(app)]


def test_two_heads_are_compared_without_a_click():
    app = opened_compare()
    trace = attnviz.trace(SENTENCE)
    expected = trace.layers[1].weights
    assert np.array_equal(weights(app, "A"), expected[0].numpy())
    assert np.array_equal(weights(app, "B"), expected[1].numpy()), "the head of the layer that is most unlike it"
    header = comparison(app)
    assert header["ids"] == [sent(app, "trace")[0]["id"], sent(app, "traceb")[0]["id"]]
    assert (header["mode"], header["follows"], header["alike"], header["notes"]) == ("heads", True, False, [])
    assert [row["tokens"] for row in aligned(app)] == [[[i], [i]] for i in range(len(trace))]
    assert app.query_params == {}
    assert not app.get("plotly_chart")
    assert "by torch's scaled_dot_product_attention: the same weights" in said(app)


def test_b_s_head_follows_a_s_until_one_is_chosen(chooser: Browser):
    app = opened_compare()
    chooser.choose_in("", app, head=2)
    assert "head_b" not in app.query_params
    assert app.query_params["head"] == "2"
    chosen = (chooser.sides["b"][1]["head"] + 1) % 4
    chooser.choose_in("b", app, head=chosen)
    assert app.query_params["head_b"] == str(chosen)
    chooser.choose_in("", app, head=0)
    assert chooser.sides["b"][1]["head"] == chosen


def test_a_word_that_is_chosen_in_b_ends_nothing(chooser: Browser):
    app = opened_compare()
    chooser.choose_in("", app, head=2)
    chooser.choose_in("b", app, query=3)
    assert "head_b" not in app.query_params
    beside = attnviz.analysis.most_unlike_head(attnviz.trace(SENTENCE), 1, 2)
    assert (chooser.sides["b"][1]["layer"], chooser.sides["b"][1]["head"]) == beside


def test_a_word_that_is_chosen_on_one_side_is_chosen_on_the_other(chooser: Browser):
    app = opened_compare(compare="sentences", text="My dogs bark", sentence_b="My big dogs bark")
    chooser.choose_in("", app, query=2, key=1)
    assert [chooser.sides[side][1]["query"] for side in ("", "b")] == [2, 3], "dogs"
    assert [chooser.sides[side][1]["key"] for side in ("", "b")] == [1, 1]
    chooser.choose_in("b", app, query=4, key=None)
    assert [chooser.sides[side][1]["query"] for side in ("", "b")] == [3, 4], "bark"
    chooser.choose_in("b", app, query=2)
    assert [chooser.sides[side][1]["query"] for side in ("", "b")] == [3, 2], "A has no such word"
    chooser.choose_in("", app, query=1)
    assert [chooser.sides[side][1]["query"] for side in ("", "b")] == [1, 1]


def test_two_sentences_share_their_head_and_how_words_are_shown(chooser: Browser):
    app = opened_compare(compare="sentences", model="minilm")
    chooser.choose_in("b", app, layer=2, head=3, words="words", specials=False, second=[1, 1])
    a, b = (chooser.sides[side][1] for side in ("", "b"))
    assert (a["layer"], a["head"], a["words"], a["specials"], a["second"]) == (2, 3, "words", False, None)
    assert (b["layer"], b["head"], b["words"], b["specials"], b["second"]) == (2, 3, "words", False, [1, 1])
    assert {"layer": "2", "head": "3", "words": "words", "specials": "off"}.items() <= dict(app.query_params).items()


def test_two_sentences_are_aligned_and_what_only_one_has_is_a_gap():
    app = choose(opened_compare(), "sentences")
    assert app.text_area(key="compare_text").value == OTHER
    expected = compare(attnviz.trace(SENTENCE), (1, 0), attnviz.trace(OTHER), (1, 0))
    gaps = [(row["tokens"][0] is None, row["tokens"][1] is None) for row in aligned(app)]
    assert gaps == [(a is None, b is None) for a, b in zip(expected.a, expected.b, strict=True)]
    assert "was / saw" in rows(app)
    assert "– / dogs" in rows(app)
    assert "Grey: a side has no such word" in said(app)
    assert app.query_params == {"compare": "sentences"}


def test_a_typed_second_sentence_stays_and_an_emptied_one_gives_way_to_the_page_s():
    app = choose(opened_compare(), "sentences")
    app.text_area(key="compare_text").set_value("The dog slept").run()
    assert app.query_params["sentence_b"] == "The dog slept"
    app = choose(choose(app, "heads"), "sentences")
    assert app.text_area(key="compare_text").value == "The dog slept"
    app.text_area(key="text").set_value("My dogs bark").run()
    assert app.text_area(key="compare_text").value == "The dog slept"
    app.text_area(key="compare_text").set_value("").run()
    assert app.text_area(key="compare_text").value == "My dogs bark"
    assert comparison(app)["alike"]


def test_two_models_are_compared_by_words(chooser: Browser):
    app = choose(opened_compare(), "models")
    chooser.choose_in("b", app, head=3)
    assert (app.query_params["layer_b"], app.query_params["head_b"]) == ("5", "3")
    app.selectbox(key="compare_model").set_value("random").run()
    assert not app.exception
    assert app.query_params["model_b"] == "random"
    assert "head_b" not in app.query_params, "another model's head was meant"


def test_the_head_of_another_model_is_the_one_that_reads_the_word_most_alike():
    app = choose(opened_compare(), "models")
    assert not errors(app)
    assert app.selectbox(key="compare_model").value == "minilm"
    assert head_of_b(app) == (5, 11)
    assert (comparison(app)["mode"], comparison(app)["follows"]) == ("models", True)
    assert rows(app)[-1] == "– / [SEP]"
    assert "pieces are joined" in said(app)
    assert "<span>B</span><p class='status'>13 tokens" in said(app)


@pytest.mark.parametrize(("model", "model_b", "side"), [("grammar", "no/such", "A"), ("no/such", "grammar", "B")])
def test_where_one_model_fails_the_other_is_shown_and_nothing_is_lost(model, model_b, side, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    app = opened_compare(compare="models", model=model, model_b=model_b, sentence_b="Kept")
    assert len(errors(app)) == 1
    assert "no/such" in errors(app)[0]
    assert f"Only {side} can be shown" in said(app)
    assert sent(app, "trace" + side.strip("A").lower())[0]["model"] == "grammar"
    assert app.text_area(key="text").value == SENTENCE
    assert (app.selectbox(key="model").value, app.selectbox(key="compare_model").value) == (model, model_b)
    assert app.query_params["sentence_b"] == "Kept"


def test_a_sentence_that_fails_is_said_once_and_leaves_the_other():
    app = opened_compare(compare="sentences")
    app.text_area(key="text").set_value("   ").run()
    assert len(errors(app)) == 1
    assert "There is no word in this text" in errors(app)[0]
    app = opened_compare(compare="sentences", text="A dog", sentence_b="\u0000", model="minilm")
    assert "B: There is no word in this text" in errors(app)[0]
    assert "Only A can be shown" in said(app)


def test_a_failing_model_of_two_heads_is_said_once():
    app = opened_compare(model="/no/such/folder")
    assert len(errors(app)) == 1
    assert not [one for one in app.get("bidi_component") if "trace" in one.proto.component_name]


def test_a_link_gives_the_same_view():
    link = {"model": "minilm", "layer": "5", "head": "11", "compare": "models", "model_b": "random", "head_b": "3"}
    app = opened_compare(**link)
    assert (app.session_state.layer, app.session_state.head) == (5, 11)
    layer, head = head_of_b(app)
    assert head == 3
    assert not comparison(app)["follows"]
    assert app.query_params == link | {"layer_b": str(layer)}
    assert "does not have" not in said(app)


def test_a_head_that_b_does_not_have_is_the_nearest_and_said_until_something_else_is_chosen(chooser: Browser):
    app = opened_compare(layer_b="7", head_b="99")
    assert "layer 7 and head 99 of B, which this model does not have: layer 1, head 3 is shown." in said(app)
    assert (chooser.sides["b"][1]["layer"], chooser.sides["b"][1]["head"]) == (1, 3)
    app.run()
    assert "which this model does not have" in said(app)
    chooser.choose_in("b", app, head=2)
    assert "which this model does not have" not in said(app)


def test_what_is_wrong_in_a_link_is_said():
    app = opened_compare(compare="apples", head_b="x", model_b="m" * 400)
    for sentence in ("compare = “apples”", "head_b = “x”", "which is too long for a name"):
        assert sentence in said(app)
    assert app.session_state.session.compare == CompareView()


def test_the_same_head_twice_has_no_difference():
    app = opened_compare(layer_b="1", head_b="0")
    assert np.array_equal(weights(app, "A"), weights(app, "B"))


def test_hidden_special_tokens_are_hidden_here_too():
    app = opened_compare(specials="off")
    assert [sent(app, name)[0]["state"]["specials"] for name in ("follower", "followerb")] == [False, False]


def test_a_text_of_one_token_and_one_of_512_are_compared():
    app = opened_compare(compare="sentences", text="cat", sentence_b="cat and " * 300)
    assert "only its first 512 tokens are shown" in said(app)
    assert "strongest number of a block of words" in said(app)
    assert len(rows(app)) == 512


def test_switched_off_heads_stay_off_and_are_told():
    app = opened_compare(off="0.1")
    assert comparison(app)["notes"] == ["Switched off, as on Explore: head 1 of layer 0."]
    off = attnviz.load_model("grammar").trace(SENTENCE, off={(0, 1)})
    assert np.array_equal(weights(app, "A"), off.layers[1].weights[0].numpy())


views = st.builds(
    CompareView,
    mode=st.sampled_from(list(MODES)),
    text_b=st.none() | st.text(min_size=1, max_size=40).filter(str.strip),
    model_b=st.none() | st.sampled_from(["minilm", "a/b", "random"]),
    layer_b=st.none() | st.integers(0, 99),
    head_b=st.none() | st.integers(0, 99),
)


@given(views)
def test_a_view_survives_the_link(view):
    assert compare_from_params(params_from_compare(view, beside="")) == (view, [])


def test_a_sentence_too_long_for_the_link_beside_the_other_is_left_out():
    half = "a" * (LONGEST_LINK // 2 + 1)
    assert "sentence_b" in params_from_compare(CompareView(text_b=half), beside="")
    assert "sentence_b" not in params_from_compare(CompareView(text_b=half), beside=half)


def test_beside_the_first_sentence_stands_one_that_its_model_can_read_and_beside_another_the_same():
    assert other_text(SENTENCE) == OTHER
    assert chosen_for(Text(OTHER)).weights == Shipped("grammar")
    assert other_text("anything else") == "anything else"


def test_the_page_says_of_b_as_of_a_where_only_the_encoder_is_shown(tmp_path):
    folder = str(save_tiny(tmp_path, "bart"))
    encoder = "Its encoder alone is shown"
    told = said(opened_compare(compare="models", model_b=folder, text="the cat"))
    assert f"B: This model has an encoder and a decoder. {encoder}" in told
    both = said(opened_compare(compare="models", model=folder, model_b=folder, text="the cat"))
    assert both.count(encoder) == 1, "of two that are alike it is said once"
