"""An encoder–decoder on the page: its target, its three parts, and what is changed in a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import HeadOff, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, load_model
from attnviz.models import ModelError
from attnviz.ui.words import counts_in_words
from tests.ui.mounted import Browser, sent, weights_in
from tests.ui.opening import errors, opened, said

SOURCE, TARGET = "the cat sat on the mat", "a dog was black"


def test_without_a_target_the_encoder_is_shown_and_the_page_says_how_to_see_more(bart: str):
    app = opened(model=bart, text=SOURCE)
    assert [part["name"] for part in sent(app, "trace")[0]["parts"]] == ["encoder"]
    assert "Type a target, or let the model write one" in said(app)
    assert app.text_area(key="target").value == ""
    assert "Type a target" not in said(opened()), "another model takes none"


def test_with_a_target_all_three_parts_are_sent_and_what_it_sees_of_the_source_is_shown_first(bart: str):
    app = opened(model=bart, text=SOURCE)
    app.text_area(key="target").set_value(TARGET).run()
    header, _ = sent(app, "trace")
    assert [(part["name"], part["queries"], part["keys"]) for part in header["parts"]] == [
        ("encoder", "source", "source"),
        ("decoder", "target", "target"),
        ("cross", "written", "source"),
    ]
    assert header["first"]["part"] == "cross"
    assert "8 tokens of the source and 6 tokens of the target" in said(app)
    assert "by the transformers library" in said(app)
    assert app.query_params == {"model": bart, "text": SOURCE, "target": TARGET}


def test_a_target_is_of_one_text_and_a_second_sentence_waits_meanwhile(bart: str):
    app = opened(model=bart, text=SOURCE, pair="a dog", target=TARGET)
    assert list(sent(app, "trace")[0]["rows"]) == ["source", "target", "written"]
    assert not [field for field in app.text_area if field.key == "pair"]
    app.button(key="no_target").click().run()
    assert app.text_area(key="pair").value == "a dog"


def test_a_head_of_a_part_is_chosen_and_switched_off_and_stands_in_the_link(bart: str, chooser: Browser):
    app = opened(model=bart, text=SOURCE, target=TARGET)
    chooser.choose(app, part="decoder", layer=1, head=2, query=3, key=1)
    assert {name: app.query_params[name] for name in ("part", "layer", "head")} == {
        "part": "decoder",
        "layer": "1",
        "head": "2",
    }
    app.button(key="switch_head").click().run()
    assert app.query_params["off"] == "decoder.1.2"
    assert "switched off: head 2 of layer 1 of the decoder" in said(app)
    assert "(with all heads on)" in said(app)


def test_a_link_to_a_part_opens_it_with_the_package_s_own_weights(bart: str):
    link = {"model": bart, "text": SOURCE, "target": TARGET}
    app = opened(**link, part="cross", layer="1", head="3", off="cross.0.1", changes="decoder/temperature:2")
    state = sent(app, "follower")[0]["state"]
    assert (state["part"], state["layer"], state["head"]) == ("cross", 1, 3)
    changes = [HeadOff("cross.0.1"), Scaled(2.0, part="decoder")]
    trace = load_model(bart).trace(SOURCE, target=TARGET, changes=changes)
    wanted = trace.parts["cross"][1].weights[3].numpy()
    np.testing.assert_allclose(weights_in(app), wanted, atol=1e-6)
    assert weights_in(app).shape == (6, 8)


def test_a_link_to_a_part_that_the_model_has_not_says_so():
    app = opened(part="cross")
    assert "The link’s part “cross” is not in what this model reads here" in said(app)
    assert sent(app, "follower")[0]["part"] == ""


def test_the_model_writes_a_target_and_the_page_shows_it(bart: str, monkeypatch: pytest.MonkeyPatch):
    from attnviz.models.pretrained.texts.model import PretrainedModel

    begun = []

    def written(model: PretrainedModel, source: str, *, target: str, **options: object) -> list[str]:
        begun.append((source, target))
        return [f"{target} a", f"{target} a dog"]

    monkeypatch.setattr(PretrainedModel, "generate", written)
    app = opened(model=bart, text=SOURCE, target="so")
    app.button(key="write_target").click().run()
    assert begun == [(SOURCE, "so")]
    assert app.text_area(key="target").value == "so a dog"
    assert sent(app, "trace")[0]["rows"]["target"]["tokens"][-1]["label"] == "dog"
    app.button(key="no_target").click().run()
    assert app.text_area(key="target").value == ""


def test_a_model_that_cannot_write_says_so_and_the_field_stays(bart: str, monkeypatch: pytest.MonkeyPatch):
    from attnviz.models.pretrained.texts.model import PretrainedModel

    def fails(*_: object, **__: object) -> None:
        raise ModelError("It writes no words.")

    monkeypatch.setattr(PretrainedModel, "generate", fails)
    app = opened(model=bart, text=SOURCE, target="a dog")
    app.button(key="write_target").click().run()
    assert errors(app) == ["It writes no words."]
    assert app.text_area(key="target").value == "a dog"


# What is changed in a run, of any model


def test_a_change_is_named_measured_linked_and_taken_back():
    app = opened(changes="temperature:4")
    assert app.button(key="take_back_0").label == "temperature 4"
    assert "(without the changes)" in said(app)
    assert "Does it matter?" in said(app)
    trace = load_model("grammar").trace(app.text_area(key="text").value, changes=[Scaled(4.0)])
    state = sent(app, "follower")[0]["state"]
    layer, head = state["layer"], state["head"]
    np.testing.assert_allclose(weights_in(app), trace.layers[layer].weights[head].numpy(), atol=1e-6)
    app.button(key="take_back_0").click().run()
    assert app.query_params == {}
    assert "(without the changes)" not in said(app)


def test_the_model_s_task_is_measured_with_what_is_changed_and_not_where_that_is_of_one_text():
    model = load_model("grammar")
    before, after = (model.measures(changes)["number"] for changes in ([], [Scaled(20.0)]))
    assert f"Verb right in number: {before:.2f} → <b>{after:.2f}</b>" in said(opened(changes="temperature:20"))
    assert after < before
    cut = said(opened(changes="unseen:_:_:_:2"))
    assert "nobody looks at “cat”" in cut
    assert "Its task" not in cut
    assert "Verb right in number" not in cut


def test_what_if_changes_mask_and_scale_of_any_model():
    app = opened(model="minilm", layer="0", head="0")
    app.session_state.what_if_open = True
    app.run()
    app.selectbox(key="if_mask").set_value("causal").run()
    app.toggle(key="if_unscaled").set_value(True).run()
    assert app.query_params["changes"] == "causal~unscaled"
    layers = sent(app, "trace")[0]["parts"][0]["layers"]
    assert {(layer["extra"], layer["scale"]) for layer in layers} == {("causal", 1.0)}
    trace = load_model("minilm").trace(app.text_area(key="text").value, changes=[Masked("causal"), Scaled(root=False)])
    np.testing.assert_allclose(weights_in(app), trace.layers[0].weights[0].numpy(), atol=1e-6)


def test_what_if_lifts_the_mask_of_a_model_that_has_one():
    app = opened(model="induction", text="the cat sat the cat", layer="1", head="0")
    app.session_state.what_if_open = True
    app.run()
    assert "all words: no mask" in app.selectbox(key="if_mask").options
    app.selectbox(key="if_mask").set_value("bidirectional").run()
    assert app.query_params["changes"] == "bidirectional"
    assert "each token sees those before it and those after it" in [one.label for one in app.button]
    trace = load_model("induction").trace("the cat sat the cat", changes=[Masked("bidirectional")])
    np.testing.assert_allclose(weights_in(app), trace.layers[1].weights[0].numpy(), atol=1e-6)
    bert = opened(model="minilm")
    bert.session_state.what_if_open = True
    bert.run()
    assert "all words: no mask" not in bert.selectbox(key="if_mask").options


def test_what_if_another_normalizer_makes_the_weights_and_positions_are_left_out():
    app = opened(model="grammar", layer="1", head="0", query="8")
    app.session_state.what_if_open = True
    app.run()
    app.selectbox(key="if_normalizer").set_value("polynomial").run()
    app.toggle(key="if_unplaced").set_value(True).run()
    assert app.query_params["changes"] == "polynomial~unplaced"
    assert [app.button(key=f"take_back_{i}").label for i in (0, 1)] == [
        "a third power in place of softmax",
        "no positions",
    ]
    changes = [Normalized("polynomial"), Unplaced()]
    trace = load_model("grammar").trace(app.text_area(key="text").value, changes=changes)
    layers = sent(app, "trace")[0]["parts"][0]["layers"]
    assert {(one["normalizer"], one["loose"], one["projection"]["q"][-1]) for one in layers} == {
        ("polynomial", True, "linear")
    }
    before, after = (load_model("grammar").measures(some)["number"] for some in ([], changes))
    assert f"Verb right in number: {before:.2f} → <b>{after:.2f}</b>" in said(app)
    assert sent(app, "notes")[0]["parts"][""]["interesting"] == []
    at = sent(app, "follower")[0]["state"]
    wanted = trace.layers[at["layer"]].weights[at["head"]].numpy()
    np.testing.assert_allclose(weights_in(app), wanted, atol=1e-5, rtol=1e-4)
    app.selectbox(key="if_normalizer").set_value("softmax").run()
    assert app.query_params["changes"] == "unplaced"
    app.toggle(key="if_unplaced").set_value(False).run()
    assert "changes" not in app.query_params
    assert errors(app) == []


def test_positions_are_offered_where_the_model_can_leave_them_out():
    app = opened(model="minilm")
    app.session_state.what_if_open = True
    app.run()
    assert not [one for one in app.toggle if one.key == "if_unplaced"]
    refused = opened(model="minilm", changes="unplaced")
    assert "they are part of what it learned" in said(refused)
    assert "The change is taken back." in said(refused)


def test_a_row_by_hand_and_a_number_by_hand_come_by_a_link_are_named_and_taken_back():
    n = len(load_model("grammar").trace(opened().text_area(key="text").value))
    row = [2.0, -0.5, *[0.0] * (n - 2)]
    link = f"row:1:0:8:2_-0.5{'_' * (n - 2)}~number:1:w_q:2:3:0.5"
    app = opened(layer="1", head="0", query="8", changes=link)
    trace = load_model("grammar").trace(
        app.text_area(key="text").value, changes=[RowSet(1, 0, 8, row), NumberSet(1, "w_q", 2, 3, 0.5)]
    )
    np.testing.assert_allclose(trace.layers[1].weights[0, 8].numpy(), row, atol=1e-6)
    layer = sent(app, "trace")[0]["parts"][0]["layers"][1]
    assert (layer["byHand"], layer["loose"]) == ([[0, 8]], True)
    assert app.button(key="take_back_0").label.startswith("in layer 1 head 0, the weights of “sat” set by hand")
    assert app.button(key="take_back_1").label == "layer 1 W\\_Q, row 2 column 3\\: 0\\.5"
    app.button(key="take_back_0").click().run()
    assert app.query_params["changes"] == "number:1:w_q:2:3:0.5"
    assert errors(app) == []


def test_a_row_by_hand_of_another_text_is_taken_back_and_other_changes_stay():
    app = opened(changes="temperature:2~row:1:0:8:0.5_0.5")
    assert "has 2 weights, and there are" in said(app)
    assert "The change is taken back." in said(app)
    assert app.query_params["changes"] == "temperature:2"


def test_a_weight_is_taken_away_and_comes_back():
    app = opened(query="8", key="2")
    assert not [button for button in app.button if button.key == "unseen_0"], "closed, it costs a choice nothing"
    app.session_state.what_if_open = True
    app.run()
    app.button(key="unseen_0").click().run()
    assert app.query_params["changes"] == "unseen:1:0:8:2"
    assert weights_in(app)[8, 2] == 0
    app.button(key="take_back_0").click().run()
    assert weights_in(app)[8, 2] > 0.9


def test_a_change_that_a_model_cannot_take_is_said_and_taken_back():
    app = opened(model="random", changes="unseen:9:_:_:_")
    assert "The change is taken back." in said(app)
    assert "changes" not in app.query_params


def test_changes_that_cannot_be_read_are_said():
    assert "changes = “upside:down”" in said(opened(changes="upside:down"))


def test_compare_names_what_is_changed_and_takes_no_word_of_a_away_from_b():
    app = AppTest.from_string("from attnviz.ui.pages import compare\ncompare.page()", default_timeout=60)
    app.query_params.update({"changes": "temperature:2", "compare": "heads"})
    app.run()
    assert sent(app, "comparison")[0]["notes"] == ["Changed in the run, as on Explore: temperature 2."]
    app = AppTest.from_string("from attnviz.ui.pages import compare\ncompare.page()", default_timeout=60)
    app.query_params.update({"changes": "unseen:_:_:_:11", "compare": "sentences", "text_b": "The cat sat"})
    app.run()
    (note,) = sent(app, "comparison")[0]["notes"]
    assert note == "Changed in the run of A, as on Explore: nobody looks at “mat”."
    assert errors(app) == []


def test_what_is_written_is_counted_where_the_decoder_has_no_part_of_its_own():
    trace = attnviz.trace("The cat", target="Le chat", model="french")
    assert counts_in_words(trace) == "3 tokens of the source and 3 tokens of the target"
    recurrent = replace(trace, parts={part: trace.parts[part] for part in ("encoder", "cross")})
    assert counts_in_words(recurrent) == "3 tokens of the source and 3 tokens of the target"
    assert counts_in_words(attnviz.trace("The cat", model="french")) == "3 tokens"
