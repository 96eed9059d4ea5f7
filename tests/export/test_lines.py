"""The lines give the same trace and figure, whatever the text holds."""

from __future__ import annotations

import ast
from typing import Any

import plotly.graph_objects as go
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz.errors import AttnvizError
from attnviz.export import python_lines
from attnviz.request import Change, Masked, Normalized, NumberSet, RowSet, Unplaced, Unseen


def run_lines(lines: str) -> tuple[dict[str, Any], Any]:
    """What a notebook's cell leaves behind, and what it shows: the value of its last line."""
    *before, last = ast.parse(lines).body
    assert isinstance(last, ast.Expr)
    names: dict[str, Any] = {}
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    return names, eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.mark.parametrize("text", ['It\'s a "cat"', "back\\slash {x}", "القطة سوداء 🐈‍⬛", "'''\"\"\"", "a\nb\\n"])
def test_the_lines_give_the_same_trace_and_figure(text):
    options = {"seed": 3, "heads": 2, "causal": True, "temperature": 0.5}
    lines = python_lines(text, "random", options=options, layer=0, head=1, query=0)
    names, figure = run_lines(lines)
    expected = attnviz.trace(text, "random", **options)
    assert names["trace"].text == expected.text
    assert torch.equal(names["trace"].layers[0].weights, expected.layers[0].weights)
    assert figure == attnviz.figures.head(expected, layer=0, head=1, query=0)
    assert isinstance(figure, go.Figure)


def test_the_lines_switch_heads_off_and_hide_special_tokens():
    text, off = "The cat near the dogs [MASK]", frozenset({(0, 1), (1, 0)})
    lines = python_lines(
        text, "grammar", options={"step": 250}, layer=1, head=2, query=None, off=off, specials=False, words="joined"
    )
    names, figure = run_lines(lines)
    expected = attnviz.load_model("grammar", step=250).trace(text, off=off)
    assert names["trace"].off == {attnviz.Head(*one) for one in off}
    for ours, theirs in zip(names["trace"].layers, expected.layers, strict=True):
        assert torch.equal(ours.weights, theirs.weights)
    assert not torch.equal(expected.layers[1].weights, attnviz.trace(text, step=250).layers[1].weights)
    groups = attnviz.analysis.word_groups(expected)
    assert torch.equal(names["weights"], attnviz.analysis.merged(expected.layers[1].head(2).weights, groups))
    assert figure == attnviz.figures.head(expected, layer=1, head=2, specials=False)


@pytest.mark.parametrize("words", ["words", "joined"])
def test_the_lines_merge_the_words_of_a_target_and_of_its_source(words: str):
    source, target = "The mill's owner sees the dogs.", "Le chat dort."
    more = {"target": target, "part": "cross", "words": words}
    names, figure = run_lines(python_lines(source, "french", options={}, layer=0, head=1, query=2, **more))
    cross = attnviz.trace(source, target=target, model="french").only("cross")
    groups = [row.words(join=words == "joined") for row in (cross.rows, cross.columns)]
    torch.testing.assert_close(names["weights"], attnviz.analysis.merged(cross.layers[0].weights[1], *groups))
    assert figure == attnviz.figures.head(cross, layer=0, head=1, query=2, words=words)


def test_the_lines_draw_what_is_seen(minilm):
    text, second = "unaffable cats didn't sit", "a dog"
    expected = minilm.trace(text, second=second)
    chosen = {"options": {}, "layer": 5, "head": 11, "query": 1, "second": second}
    for seen in (
        {"words": "words"},
        {"words": "joined", "specials": False},
        {"sides": "BA", "words": "joined"},
        {"pinned": (4, 3), "words": "words"},
        {"pinned": (4, 3), "show": "difference", "specials": False},
    ):
        _, figure = run_lines(python_lines(text, "minilm", **chosen, **seen))
        wanted = {name: value for name, value in seen.items() if name in ("words", "specials", "sides")}
        if "pinned" in seen:
            wanted |= {"second": (4, 3), "difference": seen.get("show") == "difference"}
        assert figure == attnviz.figures.head(expected, layer=5, head=11, query=1, **wanted), seen


def test_what_the_figure_cannot_show_the_lines_say():
    chosen = {"options": {}, "layer": 1, "head": 2, "query": 1}
    assert "#" not in python_lines("Hi", "grammar", **chosen)
    assert "as lines; the figure draws them as cells" in python_lines("Hi", "grammar", **chosen, show="lines")
    laid = python_lines("Hi", "grammar", **chosen, over=[(0, 1), (1, 2), (1, 3)])
    assert "# The page lays layer 0 head 1 and layer 1 head 3 over it; the figure does not.\n" in laid
    ast.parse(laid)
    itself = python_lines("Hi", "grammar", **chosen, pinned=(1, 2), show="difference")
    assert itself == python_lines("Hi", "grammar", **chosen), "a head has no difference from itself"


def test_what_is_not_set_is_not_in_the_lines():
    from attnviz.models.scratch import ScratchOptions

    lines = python_lines("Hi", "random", options=vars(ScratchOptions(d_model=32)), layer=0, head=0, query=None)
    assert "trace = attnviz.trace('Hi', model='random', d_model=32)\n" in lines
    lines = python_lines("Hi", "grammar", options={"step": None}, layer=0, head=0, query=None)
    assert "trace = attnviz.trace('Hi', model='grammar')\n" in lines
    assert lines.endswith("attnviz.figures.head(trace, layer=0, head=0)\n")


def test_a_second_sentence_is_in_the_lines_whether_or_not_heads_are_off():
    chosen = {"options": {}, "layer": 0, "head": 0, "query": 1, "second": 'It\'s "on"'}
    plain = python_lines("Who?", "minilm", **chosen)
    assert "attnviz.trace('Who?', model='minilm', second='It\\'s \"on\"')" in plain
    switched = python_lines("Who?", "minilm", off=[(2, 1)], **chosen)
    assert "model.trace('Who?', second='It\\'s \"on\"', changes=[attnviz.HeadOff(\"2.1\")])" in switched
    ast.parse(plain)
    ast.parse(switched)


def test_words_that_cannot_be_shown_so_are_refused():
    with pytest.raises(AttnvizError, match="not “letters”"):
        python_lines("Hi", "random", options={}, layer=0, head=0, query=0, words="letters")


@given(st.text(), st.text(), st.text())
def test_the_lines_hold_any_text_and_nothing_of_it_becomes_code(text, model, second):
    lines = python_lines(text, model, options={}, layer=0, head=0, query=0, second=second)
    lines.encode("utf-8")
    tree = ast.parse(lines)
    assert [type(statement) for statement in tree.body] == [ast.Import, ast.Assign, ast.Expr]
    call = tree.body[1].value
    assert ast.literal_eval(call.args[0]) == text
    assert {k.arg: ast.literal_eval(k.value) for k in call.keywords} == {"model": model, "second": second}


def test_the_lines_of_a_part_with_changes_give_the_same_trace():
    chosen = {"options": {}, "layer": 0, "head": 1, "query": 2}
    lines = python_lines("the cat", "mine", target="le chat", part="cross", off=["cross.0.1"], **chosen)
    assert (
        "trace = model.trace('the cat', target='le chat', changes=[attnviz.HeadOff(\"cross.0.1\")]).only('cross')"
        in lines
    )
    row = RowSet(1, 2, 1, (0.1, -0.75, 1 / 3))
    further: list[Change] = [Normalized("relu"), row, Unplaced(), NumberSet(0, "w_q", 1, 2, 1e-7)]
    for changes in ([Masked("window", 3), Unseen(key=1)], further):
        changed = python_lines("Who?", "grammar", changes=changes, **chosen)
        scope: dict[str, Any] = {}
        exec(changed.replace("attnviz.figures", "figure = attnviz.figures"), scope)
        trace = attnviz.load_model("grammar").trace("Who?", changes=changes)
        assert scope["trace"].changes == trace.changes
        assert torch.equal(scope["trace"].output, trace.output)
