"""Special tokens typed on a page: a switch where the text has one, a sentence where one is not read, and the link."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.export import npz_bytes, python_lines
from attnviz.models import load_model
from attnviz.models.names import MINILM, Folder
from attnviz.service import predictions, traces
from attnviz.service.asked import Asked
from attnviz.ui.state.link import params_from_view, view_from_params
from attnviz.ui.state.view import View
from tests.support.tiny import save_tiny
from tests.ui.opening import opened, opened_compare, said

TEXT = "the [MASK] [SEP] sat"


def switch(app: AppTest) -> list[bool]:
    return [toggle.value for toggle in app.toggle if toggle.key == "read_specials"]


def test_the_switch_is_there_where_the_text_has_a_special_token():
    assert switch(opened(model="minilm", text="the cat sat")) == []
    assert switch(opened(model="minilm", text="the [MASK] sat")) == [True]
    assert switch(opened(model="random", text="the [MASK] sat")) == []


def test_switching_reads_all_or_none_and_stands_in_the_link():
    app = opened(model="minilm", text=TEXT)
    assert switch(app) == [False], "[SEP] is not read"
    assert "In this text [SEP] is read as plain text" in said(app)
    app.toggle(key="read_specials").set_value(True).run()
    assert app.query_params["special_tokens"] == "on"
    assert "as plain text" not in said(app)
    app.toggle(key="read_specials").set_value(False).run()
    assert app.query_params["special_tokens"] == "off"
    assert "In this text [MASK], [SEP] are read as plain text" in said(app)
    app.text_area(key="text").set_value("the cat sat").run()
    assert "special_tokens" not in app.query_params, "there is nothing to say"


def test_a_link_says_how_special_tokens_are_read():
    for value in (None, True, False):
        view = View(text=TEXT, special_tokens=value)
        assert view_from_params(params_from_view(view)) == (view, [])
    assert view_from_params({"special_tokens": "maybe"})[1] == [
        "The link says special_tokens = “maybe”, but it must be on or off; the default is used."
    ]


def test_what_is_remembered_is_remembered_for_each_way_of_reading():
    asked = Asked(TEXT, "", MINILM)
    ways = [replace(asked, special_tokens=value) for value in (None, True, False)]
    assert len({way.identity for way in ways}) == 3
    assert [len(traces.trace_of(way)) for way in ways] == [8, 6, 10]
    assert [traces.trace_of(way).special_tokens for way in ways] == [None, True, False]
    untrained = traces.untrained_of(ways[1])
    assert untrained is not None
    assert untrained.tokens == traces.trace_of(ways[1]).tokens


def test_a_typed_mask_of_a_pretrained_model_is_guessed_and_no_other_word(tmp_path: Path):
    folder = str(save_tiny(tmp_path, "bert", with_head=True))
    asked = Asked("the [MASK] sat", "", Folder(folder))
    told = predictions.guesses_of(asked)[2]
    wanted = load_model(folder).probabilities("the [MASK] sat", 2).topk(1)
    assert told[0].before == pytest.approx(float(wanted.values[0]))
    assert set(predictions.guesses_of(asked)) == {2}, "a large model is not run for each word"
    assert predictions.guesses_of(asked, 1) == {}
    assert predictions.guesses_of(replace(asked, special_tokens=False)) == {}, "there it is letters"


def test_what_is_taken_along_says_how_special_tokens_were_read(minilm, tmp_path: Path):
    trace = minilm.trace(TEXT, special_tokens=True)
    options = {"options": {}, "layer": 0, "head": 0, "query": None}
    lines = python_lines(TEXT, "minilm", special_tokens=True, **options)
    assert "attnviz.trace('the [MASK] [SEP] sat', model='minilm', special_tokens=True)" in lines
    off = python_lines(TEXT, "minilm", special_tokens=False, off=[(0, 1)], **options)
    assert "model.trace('the [MASK] [SEP] sat', special_tokens=False, changes=[attnviz.HeadOff(\"0.1\")])" in off
    assert "special_tokens" not in python_lines(TEXT, "minilm", **options)
    (tmp_path / "x.npz").write_bytes(npz_bytes(trace))
    with np.load(tmp_path / "x.npz") as found:
        assert int(found["special_tokens"]) == 1
        assert found["marker"].tolist() == [token.marker for token in trace.tokens]
        assert found["word"].tolist()[1:-1] == [0, 1, 2, 3]


def test_compare_reads_both_sides_so_and_says_what_either_does_not_know():
    app = opened_compare(compare="sentences", model="minilm", text="the [MASK] 😂", sentence_b="the [SEP] cat")
    assert switch(app) == [False]
    assert "A: This model has no token for <b><bdi>“😂”</bdi></b>: it reads [UNK] there." in said(app)
    assert "B: In this text [SEP] is read as plain text, not as a special token." in said(app)
    app.toggle(key="read_specials").set_value(True).run()
    assert not app.exception
    assert "as plain text" not in said(app)
    models = opened_compare(compare="models", model="minilm", text="the [MASK] 😂", model_b="grammar")
    assert switch(models) == [True]
    assert re.search("A: This model has no token for .*B: This model knows [0-9]+ words, and not", said(models))
