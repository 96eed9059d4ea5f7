"""What stands folded below the explorer, run without a browser."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

import attnviz
from attnviz.analysis import meaning
from attnviz.ui import words
from attnviz.ui.cards.below import meanings
from tests.support.tiny import SENTENCE
from tests.ui.mounted import Browser
from tests.ui.opening import chart, decoded, errors, opened, said

TITLES = ["Is this weight meaningful?", "How the weights are computed, step by step", "Save or share"]


def lines_of(app) -> list:
    """The lines for a notebook. (The link is code as well.)"""
    return [one for one in app.code if one.language == "python"]


def unfolded(app, name: str):
    app.session_state[f"{name}_open"] = True
    app.run()
    assert not app.exception
    return app


def test_what_is_folded_is_not_computed(monkeypatch):
    from attnviz.service import cached

    monkeypatch.setattr(cached, "meaning_of", None)  # calling it would fail
    app = opened()
    assert [box.label for box in app.expander] == TITLES
    assert not app.get("download_button")
    assert not app.get("plotly_chart")


def test_a_weight_is_measured_in_four_ways():
    app = unfolded(opened(model="minilm", layer="5", head="11", key="2"), "meaning")
    model = attnviz.load_model("minilm")
    found = meaning(model, model.trace(SENTENCE), layer=5, head=11, query=8, key=2)
    text = said(app)
    assert "<b><bdi>sat</bdi></b> → <b><bdi>cat</bdi></b> in layer 5, head 11" in text
    for name, number in (
        ("Weight", f"<b>{words.number(found.weight)}</b>"),
        ("Weight × what is handed over", f"<b>{words.number(found.norm_share)} of the row</b>"),
        ("Rollout", f"<b>{words.number(found.rollout)}</b>"),
        ("Measured effect", f"<b>{100 * found.effect:.0f}%</b>"),
    ):
        assert f"<th>{name}<br>" in text
        assert number in text


def test_of_a_head_that_is_off_nothing_is_ranked_that_it_hands_on():
    text = said(unfolded(opened(off="1.0", key="2"), "meaning"))
    assert "This head is switched off: it looks, but hands nothing on" in text
    assert "<td><b>nothing</b></td><td>the head is off: it hands nothing on</td>" in text
    assert "this head is off already" in text
    assert text.count("strongest of the row") == 1, "of the weights alone"


def test_a_word_without_a_choice_and_a_weight_of_0_have_no_rank():
    text = said(unfolded(opened(model="random", causal="on", query="0", key="0"), "meaning"))
    assert "It may look only there: it has no choice" in text
    assert "the only one it may have" in text
    assert "strongest" not in text
    text = said(unfolded(opened(model="random", causal="on", query="1", key="2"), "meaning"))
    assert "There is no weight here to ask about." in text
    assert "no weight, so no rank" in text


def test_equal_weights_are_said_to_be_equal():
    assert meanings._rank(1, 0, 5) == "strongest of the row"
    assert meanings._rank(1, 3, 5) == "strongest of the row, as 3 others"
    assert meanings._rank(2, 1, 5) == "number 2 of the row, as 1 other"


def test_without_a_pinned_word_the_strongest_is_meant():
    app = unfolded(opened(), "meaning")
    assert "<b><bdi>sat</bdi></b> → <b><bdi>cat</bdi></b> in layer 1, head 0" in said(app)


def test_a_meaning_that_cannot_be_measured_is_said(monkeypatch):
    from attnviz.service import cached

    def fails(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(cached, "meaning_of", fails)
    app = unfolded(opened(), "meaning")
    assert "could not be measured; the log has more" in said(app)
    assert "secret" not in said(app)


def test_all_steps_are_drawn_with_the_package_s_numbers():
    app = unfolded(opened(model="minilm", layer="5", head="11"), "steps")
    record = attnviz.trace(SENTENCE, "minilm").layers[5].head(11)
    panels = [decoded(panel["z"]) for panel in chart(app, 0)["data"] if panel["type"] == "heatmap"]
    expected = (record.scores, record.scaled, record.masked, record.weights, record.context)
    assert all((a == b.numpy()).all() for a, b in zip(panels, expected, strict=True))


def test_files_and_lines_follow_what_is_chosen(chooser: Browser):
    app = unfolded(opened(model="minilm", pair="It slept"), "along")
    assert [button.label for button in app.get("download_button")] == [
        "CSV: this head",
        "CSV: all heads",
        "NPZ: q, k, v, weights",
        "Page: works without a network",
    ]
    chooser.choose(app, layer=5, head=11)
    (code,) = lines_of(app)
    assert "It slept" in code.value
    assert "layer=5, head=11" in code.value


def test_the_lines_give_the_same_numbers_in_a_notebook():
    app = unfolded(opened(model="random", seed="3", causal="on", text='a "quoted" text'), "along")
    (code,) = lines_of(app)
    names: dict[str, object] = {}
    exec(code.value, names)
    expected = attnviz.trace('a "quoted" text', "random", seed=3, causal=True)
    assert (names["trace"].layers[0].weights == expected.layers[0].weights).all()


def test_the_lines_follow_how_it_is_shown(chooser: Browser):
    app = unfolded(opened(model="minilm", text="unaffable cats", pair="It slept", words="words"), "along")
    assert "attnviz.figures.head(trace, layer=" in lines_of(app)[0].value
    assert "words='words')" in lines_of(app)[0].value
    chooser.choose(app, layer=5, head=11, second=[4, 3], show="difference", specials=False, filter="AB", words="pieces")
    (code,) = lines_of(app)
    assert "specials=False, sides='AB', beside=(4, 3), difference=True)" in code.value


def test_of_a_long_text_not_all_heads_go_into_one_table():
    app = unfolded(opened(model="minilm", text="word " * 200), "along")
    assert "CSV: all heads" not in [button.label for button in app.get("download_button")]


def test_of_a_text_whose_weights_are_too_many_no_file_of_all_of_them_is_offered():
    app = unfolded(opened(model="random", causal="on", text="word " * 600), "along")
    offered = {button.proto.label for button in app.get("download_button")}
    assert offered == {"CSV: this head"}
    assert "too many for one file" in app.caption[-1].value


@pytest.mark.parametrize("name", ["meaning", "steps", "along"])
@pytest.mark.parametrize("text", ["one", "word " * 700, "<b>&amp;</b>"])
def test_nothing_breaks_on_an_awkward_text(name, text):
    assert errors(unfolded(opened(text=text), name)) == []


def test_where_w_o_is_not_known_the_table_and_the_verdict_say_so(monkeypatch):
    model = attnviz.load_model("minilm")
    monkeypatch.setitem(model.__dict__, "_w_o", {})
    trace = model.trace("the black cat")
    found = meaning(model, trace, layer=5, head=11, query=2, key=3)
    (row,) = (row for row in meanings._rows(SimpleNamespace(trace=trace), found) if row[0].startswith("Weight ×"))
    assert row[2:] == ("not known for this model", "no W_O was found that takes the head’s vector as it is")
    said = meanings._verdict(replace(found, weight=0.9, others=0.1, effect=1.0, token_effect=1.0))
    assert said.endswith("how long the vector behind it is, is not known for this model.")


def test_where_no_other_word_may_look_nothing_is_said_of_what_others_give():
    model = attnviz.load_model("minilm")
    found = meaning(model, model.trace("the black cat"), layer=5, head=11, query=2, key=3)
    alone = replace(found, others=None, position=None, norm_share=1.0, norm=1.0, effect=0.001, token_effect=1.0)
    assert meanings._verdict(alone).startswith("No other word that has a choice may look there")
