"""The part of a row that changes nothing: by hand, by its properties, and in a model that runs on with another row."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError, Normalized, RowSet, load_model
from attnviz.analysis import Freedom, freedom
from attnviz.analysis.meanings.freedom import independent
from benchmarks.texts import text_of
from tests.support.tiny import SENTENCE
from tests.support.traces import layer_of, trace_of, translation_of


def three_keys(row: list[float], mask: list[float] | None = None) -> Freedom:
    """Values 0, 1 and 2, so that only (1, -2, 1) changes neither context nor sum."""
    logits = torch.tensor(row).clamp(min=1e-30).log()
    layer = layer_of(
        torch.ones(1, 3, 1),
        logits[None, :, None],
        torch.tensor([[[0.0], [1.0], [2.0]]]),
        mask=None if mask is None else torch.tensor(mask).expand(1, 3, 3),
    )
    return freedom(trace_of(layer), 0, 0, 0)


def test_three_keys_by_hand():
    found = three_keys([0.25, 0.5, 0.25])
    assert (found.rank, found.free) == (2, 1)
    torch.testing.assert_close(found.null, torch.tensor([-1 / 12, 1 / 6, -1 / 12]).double())
    torch.testing.assert_close(found.effective, torch.full((3,), 1 / 3).double())
    assert found.share == pytest.approx(math.sqrt(1 / 24) / math.sqrt(0.375))
    torch.testing.assert_close(found.furthest, torch.tensor([0.5, 0.0, 0.5]).double())
    torch.testing.assert_close(found.moved(0.5), torch.tensor([0.375, 0.25, 0.375]).double())
    apart = torch.tensor([0.25, 0.5, 0.25]).double() + math.sqrt(0.375) * torch.tensor([1.0, -2.0, 1.0]) / math.sqrt(6)
    torch.testing.assert_close(found.apart(1.0), apart)
    third = three_keys([1 / 3, 1 / 3, 1 / 3])
    assert third.share == pytest.approx(0, abs=1e-7), "nothing of it is null, and still it may move"
    torch.testing.assert_close(
        (third.apart(1.0) - third.row).abs(), torch.tensor([1.0, 2.0, 1.0]).double() / math.sqrt(18)
    )
    torch.testing.assert_close(found.along(torch.tensor([1.0, 0.0, 0.0])), torch.tensor([1.0, -2.0, 1.0]).double() / 6)


def test_a_key_that_may_not_be_seen_stays_at_0_and_then_there_is_no_freedom_left():
    found = three_keys([0.25, 0.5, 0.25], [0.0, 0.0, -math.inf])
    assert (found.rank, found.free, found.share) == (2, 0, pytest.approx(0, abs=1e-12))
    torch.testing.assert_close(found.moved(), found.row)
    torch.testing.assert_close(found.apart(), found.row)
    assert float(found.row[2]) == 0.0
    nothing = three_keys([0.25, 0.5, 0.25], [-math.inf] * 3)
    assert (nothing.rank, nothing.free, nothing.share) == (0, 0, 0.0)
    assert nothing.moved().tolist() == [0.0, 0.0, 0.0]


def test_columns_that_the_others_make_up_are_not_counted():
    drawn = torch.Generator().manual_seed(1)
    basis = torch.randn(9, 3, generator=drawn).double()
    columns = torch.cat([basis, basis @ torch.randn(3, 4, generator=drawn).double()], dim=1)
    found = independent(columns)
    assert found.shape == (9, 3)
    torch.testing.assert_close(found.T @ found, torch.eye(3).double())
    torch.testing.assert_close(found @ (found.T @ columns), columns)
    assert independent(torch.zeros(4, 2).double()).shape == (4, 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**31 - 1), st.booleans())
def test_whatever_the_row_its_sum_and_context_stay_and_no_weight_changes_its_sign(n, d, seed, signed):
    drawn = torch.Generator().manual_seed(seed)
    q, k = (torch.randn(1, n, 2, generator=drawn) for _ in range(2))
    v = torch.randn(1, n, d, generator=drawn)
    layer = layer_of(q, k, v)
    if signed:
        rule = Normalized("polynomial").kind
        layer = type(layer)(q, k, v, type(layer.rule)(1.0, normalizer=rule), layer.queries, layer.keys)
    found = freedom(trace_of(layer), 0, 0, n - 1)
    size = max(1.0, float(found.row.abs().max()))
    table = torch.cat([found.values, torch.ones(n, 1).double()], dim=1)
    assert (found.rank, found.free) == (min(n, d + 1), max(0, n - d - 1))
    torch.testing.assert_close(found.effective + found.null, found.row)
    assert float((found.null @ table).abs().max()) <= 1e-12 * size
    assert float(found.null @ found.effective) == pytest.approx(0, abs=1e-10 * size**2)
    for step in (0.3, 1.0):
        moved = found.moved(step)
        assert float(((moved - found.row) @ table).abs().max()) <= 1e-10 * size
        assert (moved * found.row >= 0).all()
    assert int((found.furthest != 0).sum()) <= max(found.rank, int((found.row != 0).sum()) - 128)
    if found.share > 1e-6 and bool((found.row != 0).all()):
        assert not torch.equal(found.furthest, found.row), "where there is freedom, the row moves"


def test_of_a_short_sentence_there_is_no_freedom(minilm: Any):
    found = freedom(minilm.trace(SENTENCE), 5, 11, 8)
    n = len(minilm.trace(SENTENCE))
    assert (found.rank, found.free) == (n, 0)
    assert found.share <= 1e-12
    torch.testing.assert_close(found.moved(), found.row)


def test_in_minilm_much_of_a_row_moves_and_neither_context_nor_output_does(minilm: Any):
    """Of a text of more than 34 tokens, d_value + 1 = 33 being the rank: both the row without its null part, and one
    far away in which no weight is below 0."""
    text = text_of(64)
    trace = minilm.trace(text)
    assert len(trace) > 34
    far = without = 0
    for layer, head, query in [(0, 5, 13), (1, 0, 0), (2, 10, 52), (3, 5, 39), (4, 0, 26), (5, 10, 13)]:
        found = freedom(trace, layer, head, query)
        assert (found.rank, found.free) == (33, len(trace) - 33)
        before = trace.layers[layer].context[head, query]
        moved = found.moved()
        assert (moved >= 0).all()
        assert float(moved.sum()) == pytest.approx(1, abs=1e-6)
        for row in (moved, found.effective):
            share = float((row - found.row).norm() / found.row.norm())
            far, without = far + (row is moved and share >= 0.4), without + (row is not moved and share >= 0.4)
            other = minilm.trace(text, changes=[RowSet(layer, head, query, row.tolist())])
            assert float((other.layers[layer].context[head, query] - before).abs().max()) <= 1e-6
            assert float((other.output - trace.output).abs().max()) <= 1e-5
    assert far >= 2, "of non-negative rows, at least two move by 40 % of their length"
    assert without >= 4, "of rows without their null part, most do"


def test_in_minilm_any_row_may_move_by_half_its_length_and_neither_context_nor_output_does(minilm: Any):
    """In every head, some rows at once: where no weight need stay above 0, all of them can."""
    text = text_of(64)
    trace = minilm.trace(text)
    places = [(layer, head, query) for layer in range(6) for head in range(12) for query in (0, 7 + head, 63 - layer)]
    rows = []
    for place in places:
        found = freedom(trace, *place)
        row = found.apart(0.5)
        assert float((row - found.row).norm()) == pytest.approx(0.5 * float(found.row.norm()), rel=1e-6)
        rows.append(RowSet(*place, row.tolist()))
    other = minilm.trace(text, changes=rows)
    for layer, head, query in places:
        moved, own = (one.layers[layer].context[head, query] for one in (other, trace))
        assert float((moved - own).abs().max()) <= 1e-6 * max(1.0, float(own.abs().max()))
    assert float((other.output - trace.output).abs().max()) <= 1e-5


def test_each_part_has_its_own_values_and_what_is_not_there_is_refused():
    both = translation_of(["the", "cat", "sat", "there", "again", "now"], ["le", "chat"])
    found = freedom(both.only("cross"), 0, 1, 1)
    assert (found.rank, found.free, len(found.row)) == (5, 1, 6)
    with pytest.raises(AttnvizError, match="several parts"):
        freedom(both, 0, 0, 0)
    trace = load_model("grammar").trace("the cat sat")
    with pytest.raises(AttnvizError, match="There is no token 9"):
        freedom(trace, 0, 0, 9)
    with pytest.raises(AttnvizError, match="There is no head 7"):
        freedom(trace, 0, 7, 0)
