"""The table says the same as the trace, whatever the text holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz.errors import AttnvizError
from attnviz.export import CSV_COLUMNS, csv_text
from tests.support.exported import anything, made_of, rows_of
from tests.support.traces import layer_of, translation_of


def as_typed(text: str) -> str:
    """The token's text again, by the rule in the docstring of `csv_text`."""
    bare = text.lstrip("'")
    return text[1:] if text.startswith("'") and bare[:1] in set("=+-@＝＋－＠\t\r\n") else text


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
