"""What is chosen in the explorer and what the page does with it, run without a browser."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.analysis import links, strongest_other
from attnviz.client.packing import unpacked
from attnviz.client.payloads import extent
from attnviz.heads import Head
from tests.support.tiny import SENTENCE
from tests.ui.mounted import Browser, sent
from tests.ui.opening import errors, opened, said

PLAIN = {"part": "", "layer": 0, "head": 0, "query": 8, "key": None, "second": None, "over": [], "of": "head"}
PLAIN |= {"show": "heatmap", "words": "pieces", "filter": "all", "specials": True, "scale": "fixed", "present": 0}
PLAIN |= {"pane": "way", "walk": "words", "switched": "", "at": 0}


def chosen(app: AppTest) -> tuple[int, int, int, int | None]:
    state = app.session_state
    return state.layer, state.head, state.session.view.query, state.session.view.key


def test_a_choice_goes_to_the_page_and_into_the_link(chooser: Browser):
    app = opened(model="minilm", layer="0", head="0")
    assert chooser.choice == PLAIN
    chooser.choose(app, layer=5, head=11, query=1, key=2, second=[4, 3], over=[[0, 1], [2, 9]], show="lines")
    assert chosen(app) == (5, 11, 1, 2)
    assert chooser.choice == PLAIN | {
        "layer": 5, "head": 11, "query": 1, "key": 2, "second": [4, 3], "over": [[0, 1], [2, 9]], "show": "lines",
    }  # fmt: skip
    assert app.query_params == {
        "model": "minilm", "layer": "5", "head": "11", "query": "1", "key": "2", "second": "4.3", "over": "0.1-2.9",
        "show": "lines",
    }  # fmt: skip
    app.button(key="switch_head").click().run()
    assert app.query_params["off"] == "5.11", "of the head that is chosen by then"


def test_all_that_a_choice_shows_comes_with_a_short_text():
    app = opened(model="minilm", layer="5", head="11")
    model = attnviz.load_model("minilm")
    trace, untrained = model.trace(SENTENCE), model.untrained().trace(SENTENCE)
    assert sent(app, "trace")[0]["selfContained"]
    vectors, notes = sent(app, "vectors")[1], sent(app, "notes")[1]
    for i, (layer, before) in enumerate(zip(trace.layers, untrained.layers, strict=True)):
        for name in ("q", "k", "v"):
            assert np.array_equal(vectors[f"{name}{i}"], getattr(layer, name).numpy()), (
                "as float32, whatever their size"
            )
        assert np.allclose(notes[f"untrained{i}"], before.weights.numpy(), atol=1e-6)
    header, parts = sent(app, "follower")
    assert (header["heads"], parts, header["hears"]) == ([], {}, False), "there is nothing to answer"


def test_the_server_asks_to_hear_of_choices_while_something_outside_the_explorer_follows_them():
    app = opened()
    assert not sent(app, "follower")[0]["hears"]
    for key in ("meaning_open", "what_if_open"):
        app = opened()
        app.session_state[key] = True
        app.run()
        assert sent(app, "follower")[0]["hears"], key
    assert sent(opened(off="1.0"), "follower")[0]["hears"]


def test_the_package_s_numbers_of_all_chosen_heads_come_back_of_a_long_text():
    text = "word " * 70
    link = {"layer": "5", "head": "11", "second": "4.3", "over": "0.1-2.9", "query": "1", "key": "2"}
    header, parts = sent(opened(model="minilm", text=text, **link), "follower")
    trace = attnviz.trace(text, "minilm")
    assert header["heads"] == [[5, 11], [4, 3], [0, 1], [2, 9]]
    for i, (layer, head) in enumerate(header["heads"]):
        expected = trace.layers[layer].weights[head, 1].numpy()
        assert np.allclose(parts[f"head{i}.rows"][0], expected, atol=1e-5, rtol=1e-5)
    way = trace.layers[5].row(1)
    for name in ("scores", "masked", "weights", "context"):
        assert np.allclose(parts[f"way.{name}"], getattr(way, name)[11, 0].numpy(), atol=1e-5, rtol=1e-5)


def test_of_a_long_text_only_the_rows_that_are_looked_at_come_back():
    text = "word " * 200
    _, parts = sent(opened(model="minilm", layer="5", head="11", text=text, query="7"), "follower")
    expected = attnviz.trace(text, "minilm").layers[5].row(7).weights[11]
    assert np.allclose(parts["head0.rows"], expected.numpy(), atol=1e-5, rtol=1e-5)
    assert "head0.weights" not in parts


def test_the_heads_that_link_two_words_are_the_package_s():
    text = "The cat " * 40
    app = opened(text=text, query="8", model="grammar")
    assert "links" not in sent(app, "follower")[0], "that takes a while: not before the first look"
    model = attnviz.load_model("grammar")
    trace = model.trace(text)
    at = strongest_other(trace, layer=1, head=0, query=8)
    expected = links(trace, 8, at, untrained=model.untrained().trace(text))
    told = sent(app, "notes")[0]["parts"][""]["links"]
    assert (told["query"], told["key"]) == (8, at)
    app.run()
    assert sent(app, "follower")[0]["links"] == told
    assert [tuple(head.values()) for head in told["heads"]] == [
        (link.layer, link.head, link.weight, link.others, link.position, link.untrained) for link in expected
    ]


def test_a_choice_sends_no_trace_again(chooser: Browser):
    app = opened(model="minilm")
    before = dict(chooser.traces)
    chooser.choose(app, layer=3, head=2, query=5, key=1)
    assert set(before) == {"trace", "vectors"}
    assert chooser.traces == before, "the same bytes: the browser is sent nothing"


def test_of_very_many_heads_the_layer_that_is_asked_for_is_sent(chooser: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extent, "MANY_HEADS", 7)
    app = opened(model="grammar", text="The cat " * 40, layer="1", head="0")
    assert "vectors" not in chooser.mounted
    told = unpacked(chooser.traces["vectors_asked"])
    assert (told[0]["kind"], sorted(told[1])) == ("vectors", ["k1", "q1", "v1"])
    chooser.choose(app, asked={"vectors": ["", 0]})
    assert (sorted(unpacked(chooser.traces["vectors_asked"])[1]), chosen(app)[0]) == (["k0", "q0", "v0"], 1)
    before = chooser.traces["vectors_asked"]
    chooser.choose(app, layer=0, head=3, sequence=2)
    assert chooser.traces["vectors_asked"] == before, "it is there: nothing is sent again"
    for nonsense in (["", 9], ["decoder", 0], "q", [0, ""], None):
        chooser.choose(app, asked={"vectors": nonsense}, sequence=3)
        assert len(unpacked(chooser.traces["vectors_asked"])[1]) == 6, "all, where none that there is was asked for"


def test_answers_carry_the_number_of_the_choice_they_answer(chooser: Browser):
    app = opened(model="minilm")
    chooser.choose(app, head=1, sequence=7)
    assert chooser.sequence == 7
    chooser.choose(app, head=99, sequence=8)
    assert chooser.sequence == 8, "also what is let go is answered: the browser waits"
    chooser.choose(app, head=2, sequence="9")
    assert chooser.sequence == 8
    assert chosen(app)[1] == 1


@pytest.mark.parametrize("told", [None, [], "x", {}, {"id": "another", "state": PLAIN}, {"state": {"head": 3}}])
def test_what_is_no_choice_of_this_trace_is_let_go(chooser: Browser, told):
    app = opened(model="minilm", layer="0", head="0")
    chooser.tell(app, told)
    assert chosen(app) == (0, 0, 8, None)


@pytest.mark.parametrize(
    "change", [{"head": 12}, {"layer": "5"}, {"query": 99}, {"over": "all"}, {"second": [9, 9]}, {"show": "<b>"}]
)
def test_a_choice_that_cannot_be_is_let_go(chooser: Browser, change):
    app = opened(model="minilm", layer="0", head="0")
    chooser.choose(app, **change)
    assert chooser.choice == PLAIN
    assert app.query_params == {"model": "minilm", "layer": "0", "head": "0"}


@pytest.mark.parametrize("state", [None, [], "x", 3])
def test_a_state_that_is_none_is_let_go(chooser: Browser, state):
    app = opened(model="minilm", layer="0", head="0")
    chooser.tell(app, {"id": chooser.identity, "sequence": 1, "state": state})
    assert chosen(app) == (0, 0, 8, None)


def test_the_map_of_heads_is_computed_once_somebody_opens_it(chooser: Browser):
    app = opened()
    assert chooser.map is None
    chooser.choose(app, asked={"map": True})
    assert np.array(chooser.map).shape == (8, 2)


def test_another_model_keeps_the_head_that_was_chosen_and_lets_the_others_go(chooser: Browser):
    app = opened()
    assert chosen(app)[:2] == (1, 0)
    app.selectbox(key="model").set_value("minilm").run()
    assert chosen(app)[:2] == (1, 7), "the page chose before: another model has a head of its own to begin with"
    chooser.choose(app, head=3, second=[4, 3], over=[[2, 2]])
    app.selectbox(key="model").set_value("grammar").run()
    assert chosen(app)[:2] == (1, 3)
    assert app.query_params == {"model": "grammar", "layer": "1", "head": "3", "query": "9"}


def test_another_sentence_keeps_a_pinned_word_that_is_still_there(chooser: Browser):
    app = opened(model="minilm")
    chooser.choose(app, layer=5, head=11, query=8, key=2)
    app.text_area(key="text").set_value("My old cat sat").run()
    assert chosen(app) == (5, 11, 4, 3)
    app.text_area(key="text").set_value("My old dog sat").run()
    assert chosen(app) == (5, 11, 4, None)


def test_a_hidden_special_token_is_not_chosen():
    app = opened(model="minilm", query="0", key="12", specials="off")
    assert (app.session_state.session.view.query, app.session_state.session.view.key) == (1, 11)


def test_a_wrong_link_says_what_is_wrong_until_something_is_chosen(chooser: Browser):
    app = opened(model="random", layer="-1", head="99", query="77", key="88", seed="soon", show="all", second="7.7")
    for sentence in (
        "layer = “-1”",
        "seed = “soon”",
        "show = “all”",
        "head 99 is not in this model; layer 0, head 3 is shown",
        "token 77 is not in this text; token 10 is marked",
        "token 88, looked at, is not in this text; token 10 is marked",
        "further heads that this model does not have",
    ):
        assert sentence in said(app)
    assert app.query_params == {"model": "random", "layer": "0", "head": "3", "query": "10", "key": "10"}
    chooser.choose(app, head=1)
    app.run()  # a choice alone runs the part below the explorer
    assert "The link" not in said(app)


def test_a_link_that_switches_off_what_is_not_there_says_so():
    app = opened(off="1.0-7.3")
    assert "switches heads off that this model does not have" in said(app)
    assert app.session_state.session.view.off == {Head(1, 0)}


def test_a_model_that_reads_pairs_offers_a_second_sentence():
    app = opened(model="minilm")
    app.button(key="add_pair").click().run()
    app.text_area(key="pair").set_value("It slept").run()
    assert not app.exception
    tokens = sent(app, "trace")[0]["rows"]["text"]["tokens"]
    assert [token["label"] for token in tokens if token["segment"]] == ["It", "slept", "[SEP]"]
    assert app.query_params == {"model": "minilm", "pair": "It slept"}
    app.selectbox(key="model").set_value("random").run()
    assert not app.exception
    assert not errors(app)
    assert not any(button.key == "add_pair" for button in app.button), "this model reads one"
    assert len(sent(app, "trace")[0]["rows"]["text"]["tokens"]) == 11


def test_heads_switched_off_are_another_trace(chooser: Browser):
    app = opened()
    before = chooser.identity
    app.button(key="switch_head").click().run()
    assert not app.exception
    assert chooser.identity != before
    app.button(key="switch_all_on").click().run()
    assert chooser.identity == before
