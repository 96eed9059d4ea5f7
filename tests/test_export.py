"""What is taken along says the same as the trace, whatever the text holds."""

from __future__ import annotations

import ast
import csv
import io
import math
import unicodedata
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.export import CSV_COLUMNS, csv_text, file_name, npz_bytes, python_lines
from attnviz.layer import LayerTrace
from attnviz.request import Change, HeadOff, Masked, Normalized, NumberSet, RowSet, Unplaced, Unseen
from attnviz.tokens import TextToken, Tokens
from tests.support.traces import layer_of, trace_of, translation_of

AWKWARD = ["a,b", 'say "x"', "two\nlines", "cr\rlf", "قطة", "猫", "🐈‍⬛", "=1+1", "-", "'tis", "''=1", " ", ""]
anything = st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def layer(heads: int = 2, n: int = 3, d_head: int = 4, **options: Any) -> LayerTrace:
    generator = torch.Generator().manual_seed(heads * 100 + n)
    q, k, v = (torch.randn(heads, n, d_head, generator=generator) for _ in range(3))
    return layer_of(**({"q": q, "k": k, "v": v, "scale": 0.5} | options))


def made_of(texts: list[str], *layers: LayerTrace, changes: tuple[Change, ...] = ()) -> Trace:
    """A trace whose tokens have just these texts, without anything between them."""
    ends = [sum(len(text) for text in texts[: i + 1]) for i in range(len(texts))]
    tokens = tuple(
        TextToken(t, i, end - len(t), end, word=i) for i, (t, end) in enumerate(zip(texts, ends, strict=True))
    )
    read = Tokens("text", tokens, "".join(texts))
    made = trace_of(*(layers or (layer(n=len(texts)),)), tokens=read, output=torch.zeros(len(texts), 8))
    return replace(made, request=replace(made.request, changes=changes))


def rows_of(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def as_typed(text: str) -> str:
    """The token's text again, by the rule in the docstring of `csv_text`."""
    bare = text.lstrip("'")
    return text[1:] if text.startswith("'") and bare[:1] in set("=+-@＝＋－＠\t\r\n") else text


def loaded(data: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


# The table


def test_the_table_has_one_row_for_each_query_key_and_head():
    trace = attnviz.trace("The cat sat", model="random", heads=2)
    rows = rows_of("".join(csv_text(trace)))
    assert tuple(rows[0]) == CSV_COLUMNS
    places = [(r["layer"], r["head"], r["query"], r["query_text"], r["key"], r["key_text"]) for r in rows]
    words = ["The", "cat", "sat"]
    assert places == [
        ("0", str(head), str(i), words[i], str(j), words[j]) for head in range(2) for i in range(3) for j in range(3)
    ]


def test_a_written_weight_is_the_very_same_float32():
    trace = attnviz.trace("The cat, which was black, sat on the mat")
    for row in rows_of("".join(csv_text(trace))):
        weight = trace.layers[int(row["layer"])].weights[int(row["head"]), int(row["query"]), int(row["key"])]
        assert np.float32(row["weight"]) == weight.numpy()


def test_weights_too_small_for_decimals_are_written_in_full():
    q = torch.tensor([[[60.0], [0.0]]])
    trace = made_of(["a", "b"], layer_of(q, torch.tensor([[[1.0], [0.0]]]), q))
    weights = [float(row["weight"]) for row in rows_of("".join(csv_text(trace)))]
    assert weights == pytest.approx([1.0, math.exp(-60), 0.5, 0.5], rel=1e-6)


def test_only_the_chosen_heads_are_written_in_the_order_asked_for():
    trace = attnviz.trace("The cat sat")
    rows = rows_of("".join(csv_text(trace, [(1, 3), (0, 2)])))
    assert list(dict.fromkeys((row["layer"], row["head"]) for row in rows)) == [("1", "3"), ("0", "2")]
    assert len(rows) == 2 * len(trace) ** 2
    assert "".join(csv_text(trace, [])) == ",".join(CSV_COLUMNS) + "\r\n"


def test_a_head_that_is_not_there_is_refused_before_anything_is_written():
    trace = attnviz.trace("The cat sat")
    with pytest.raises(AttnvizError, match="There is no head 9"):
        csv_text(trace, [(0, 0), (0, 9)])


def test_where_a_query_may_not_look_there_is_no_row():
    trace = attnviz.trace("The cat sat", model="random", heads=1, causal=True)
    rows = rows_of("".join(csv_text(trace)))
    assert [(int(row["query"]), int(row["key"])) for row in rows] == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
    assert rows[0]["weight"] == "1"


@settings(deadline=None)
@given(st.lists(anything, min_size=1, max_size=5))
def test_any_text_comes_back_from_the_table(texts):
    table = "".join(csv_text(made_of(texts), [(0, 1)])).encode("utf-8").decode("utf-8")
    rows = rows_of(table)
    assert [as_typed(row["key_text"]) for row in rows] == texts * len(texts)
    assert [as_typed(row["query_text"]) for row in rows] == [text for text in texts for _ in texts]


@given(st.text("=+-@'\t\r\n＝a1(", min_size=2, max_size=6))
def test_no_text_of_the_table_begins_like_a_formula(text):
    for row in rows_of("".join(csv_text(made_of([text, "b"]), [(0, 0)]))):
        assert row["query_text"][0] not in "=+-@＝\t\r\n"


# The archive


def test_the_archive_has_what_the_trace_has():
    model = attnviz.load_model("grammar")
    trace = model.trace("The cat, which was black, sat on the mat", off={(1, 0), (0, 3)})
    found = loaded(npz_bytes(trace))
    for name in ("q", "k", "v", "weights"):
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], np.stack([getattr(x, name).numpy() for x in trace.layers]))
    assert found["tokens"].tolist() == [token.text for token in trace.tokens]
    assert found["special"].tolist() == [token.special for token in trace.tokens]
    assert found["word"].tolist() == [-1 if token.word is None else token.word for token in trace.tokens]
    assert found["off"].tolist() == [[0, 3], [1, 0]]
    assert found["scale"].tolist() == [x.scale for x in trace.layers]
    assert found["temperature"].tolist() == [1.0] * len(trace.layers)
    assert (str(found["text"]), str(found["model"])) == (trace.text, "grammar")
    assert str(found["version"]) == attnviz.__version__
    assert "mask" not in found
    assert loaded(npz_bytes(attnviz.trace("The cat")))["off"].shape == (0, 2)


@pytest.mark.parametrize("biased", [False, True])
def test_the_weights_follow_from_what_is_in_the_archive(biased):
    mask = torch.full((1, 3, 3), -torch.inf).triu(1)
    bias = torch.arange(18.0).reshape(2, 3, 3) / 10 if biased else None
    trace = made_of(["a", "b", "c"], layer(mask=mask, bias=bias, temperature=0.7))
    found = loaded(npz_bytes(trace))
    scores = found["q"] @ found["k"].swapaxes(-1, -2) * found["scale"][:, None, None, None]
    masked = (scores + found["mask"] + found.get("bias", 0)) / found["temperature"][:, None, None, None]
    weights = np.exp(masked - masked.max(-1, keepdims=True))
    np.testing.assert_allclose(weights / weights.sum(-1, keepdims=True), found["weights"], atol=1e-6)


def test_layers_of_different_shapes_are_arrays_of_their_own():
    mask = torch.zeros(1, 2, 2)
    trace = made_of(["a", "b"], layer(2, 2), layer(4, 2, mask=mask), layer(2, 2, d_head=6))
    found = loaded(npz_bytes(trace))
    assert [found[f"q_{i}"].shape for i in range(3)] == [(2, 2, 4), (4, 2, 4), (2, 2, 6)]
    assert [found[f"weights_{i}"].shape for i in range(3)] == [(2, 2, 2), (4, 2, 2), (2, 2, 2)]
    assert found["mask"].shape == (3, 1, 2, 2)  # one that changes nothing where a layer has none
    assert not found["mask"].any()
    assert "q" not in found
    np.testing.assert_array_equal(found["weights_1"], trace.layers[1].weights.numpy())


def test_grouped_key_value_heads_stay_grouped_in_the_archive():
    q, k = torch.randn(4, 2, 3), torch.randn(2, 2, 3)
    found = loaded(npz_bytes(made_of(["a", "b"], layer_of(q, k))))
    assert (found["q"].shape, found["k"].shape, found["weights"].shape) == ((1, 4, 2, 3), (1, 2, 2, 3), (1, 4, 2, 2))


def test_half_precision_and_views_are_written_as_float32_in_order():
    turned = torch.randn(3, 2, 4).transpose(0, 1).to(torch.bfloat16)
    found = loaded(npz_bytes(made_of(["a", "b", "c"], layer_of(turned, turned))))
    np.testing.assert_array_equal(found["q"][0], turned.float().numpy())


@settings(deadline=None)
@given(st.lists(anything, min_size=1, max_size=4))
def test_any_text_comes_back_from_the_archive(texts):
    found = loaded(npz_bytes(made_of(texts)))
    assert found["tokens"].tolist() == texts
    assert str(found["text"]) == "".join(texts)


def test_the_same_trace_gives_the_same_archive():
    trace = attnviz.trace("The cat sat")
    assert npz_bytes(trace) == npz_bytes(trace)


# The lines


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


# The name


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("The cat sat!", "minilm"), "attnviz-minilm-the-cat-sat.csv"),
        (("The cat", "minilm", 0, 0, ".npz"), "attnviz-minilm-layer0-head0-the-cat.npz"),
        (("القطة سوداء", "random", 1), "attnviz-random-layer1-القطة-سوداء.csv"),
        (("हिन्दी", "random"), "attnviz-random-हिन्दी.csv"),
        (("🐈 ... /", "/home/me/my model/"), "attnviz-my-model.csv"),
        (("../../etc/passwd", r"C:\models\a.safetensors"), "attnviz-a-safetensors-etc-passwd.csv"),
        (("word " * 100, "random"), f"attnviz-random-{'-'.join(['word'] * 12)}.csv"),
    ],
)
def test_a_file_is_named_after_the_sentence_and_the_model(arguments, name):
    assert file_name(*arguments) == name


@given(st.text(), st.text())
def test_a_file_name_is_short_and_plain_whatever_the_text(text, model):
    name = file_name(text, model, 11, 11, ".npz")
    assert name.startswith("attnviz-")
    assert name.endswith(".npz")
    assert len(name.encode()) <= 140
    assert not set(name) & set('/\\:*?"<>|\0\r\n\t ')
    assert {unicodedata.category(c) for c in name}.isdisjoint({"Cc", "Cf", "Zl", "Zp", "Zs"})


# Models of several parts


def test_the_table_of_several_parts_names_the_part_and_the_words_of_both_rows():
    trace = translation_of(["the", "cat"], ["le", "chat", "noir"])
    rows = rows_of("".join(csv_text(trace)))
    assert [row["part"] for row in rows] == [*["encoder"] * 8, *["decoder"] * 12, *["cross"] * 12]
    cross = [row for row in rows if row["part"] == "cross" and row["head"] == "1"]
    assert [(row["query_text"], row["key_text"]) for row in cross] == [
        (query, key) for query in ("le", "chat", "noir") for key in ("the", "cat")
    ]
    weights = trace.parts["cross"][0].weights[1].flatten().tolist()
    assert [float(row["weight"]) for row in cross] == pytest.approx(weights, rel=1e-6)
    only = rows_of("".join(csv_text(trace, ["cross.0.1"])))
    assert only == cross


def test_the_archive_of_several_parts_gives_every_part_s_weights_again():
    changes = [HeadOff("cross.0.1"), Unseen(key=1, part="decoder")]
    trace = translation_of(["the", "cat"], ["le", "chat", "noir"], changes=changes)
    found = loaded(npz_bytes(trace))
    assert found["source/tokens"].tolist() == ["the", "cat"]
    assert found["target/tokens"].tolist() == ["le", "chat", "noir"]
    for part, layers in trace.parts.items():
        scores = found[f"{part}/q"] @ found[f"{part}/k"].swapaxes(-1, -2) * found[f"{part}/scale"][:, None, None, None]
        masked = scores + found.get(f"{part}/mask", 0)
        powers = np.exp(masked / found[f"{part}/temperature"][:, None, None, None])
        np.testing.assert_allclose(powers / powers.sum(-1, keepdims=True), found[f"{part}/weights"], atol=1e-6)
        np.testing.assert_allclose(found[f"{part}/weights"][0], layers[0].weights.numpy(), atol=1e-6)
    assert found["off"].tolist() == ["cross.0.1"]
    assert found["cuts"].tolist() == ["in decoder, nobody looks at token 1"]
    assert found["changes"].tolist() == ["cross-attention layer 0 head 1 off", "in decoder, nobody looks at token 1"]


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


def test_a_file_of_a_part_has_its_name():
    assert file_name("the cat", "mine", 0, 1, part="cross") == "attnviz-mine-cross-layer0-head1-the-cat.csv"
