"""A target that looks at a source: rows and columns of different words, through all of analysis."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError, analysis
from attnviz._trace import Trace
from tests.support.traces import layer_with, tokens_of, trace_of

NAN = math.nan
LENGTHS = st.tuples(st.integers(1, 5), st.integers(1, 6)).filter(lambda sizes: sizes[0] != sizes[1])


def crossed(target: str, source: str, *heads: list[list[float]], special: str = "") -> Trace:
    """Heads of these weights, [target, source] (a weight of 0: it may not look)."""
    rows, columns = (
        tokens_of(
            text.split(), special=[i for i, word in enumerate(text.split()) if word in special.split()], name=name
        )
        for name, text in (("target", target), ("source", source))
    )
    return trace_of(layer_with(list(heads), masked=True, queries=rows, keys=columns, part="cross"))


def drawn(sizes: tuple[int, int], seed: int, *, layers: int = 2, heads: int = 3) -> Trace:
    """Random weights, some of them none, but one in each row at least; the first source token is special."""
    generator = torch.Generator().manual_seed(seed)
    rows = tokens_of([f"t{i}" for i in range(sizes[0])], name="target")
    columns = tokens_of([f"s{i}" for i in range(sizes[1])], special=[0], name="source")
    found = []
    for _ in range(layers):
        weights = torch.rand(heads, *sizes, generator=generator)
        weights[..., 1:] *= torch.rand(1, sizes[0], sizes[1] - 1, generator=generator) > 0.3
        weights /= weights.sum(-1, keepdim=True)
        found.append(layer_with(weights, masked=True, queries=rows, keys=columns, part="cross"))
    return trace_of(*found)


CAT = crossed("a cat", "le chat dort", [[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]], [[0.5, 0.25, 0.25], [0.8, 0.1, 0.1]])
DOG = crossed("a dog", "le chien noir dort", [[0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, 0.25]])


def near(seen: torch.Tensor, wanted: list) -> None:
    torch.testing.assert_close(seen, torch.tensor(wanted), equal_nan=True, atol=1e-5, rtol=0)


def test_rows_are_aligned_with_rows_and_columns_with_columns():
    found = analysis.compare(CAT, (0, 0), DOG, (0, 0))
    assert [(a and a.text, b and b.text) for a, b in zip(found.a, found.b, strict=True)] == [("a", "a"), ("cat", "dog")]
    columns = [(a and a.text, b and b.text) for a, b in zip(found.across.a, found.across.b, strict=True)]
    assert columns == [("le", "le"), ("chat", "chien"), (None, "noir"), ("dort", "dort")]
    near(found.first, [[0.5, 0.25, NAN, 0.25], [0.1, 0.8, NAN, 0.1]])
    near(found.difference, [[0.0, 0.0, NAN, 0.125], [-0.15, 0.55, NAN, -0.15]])
    # (½, ¼, 0, ¼) and (½, ¼, ⅛, ⅛): H(½, ¼, 1/16, 3/16) - (1.5 + 1.75) / 2 = 1.702820 - 1.625
    assert float(found.divergence[0]) == pytest.approx(0.077820, abs=1e-5)
    assert analysis.largest_difference(found) == (1, 1)
    row, _ = analysis.differing_rows(found)
    assert (row.row, row.a[0], row.b[0]) == (1, 1, 0)


def test_two_heads_of_one_translation_are_subtracted_cell_by_cell():
    found = analysis.compare(CAT, (0, 0), CAT, (0, 1))
    near(found.difference, [[0.0, 0.0, 0.0], [-0.7, 0.7, 0.0]])
    assert found.columns() == [0, 1, 2]
    assert analysis.most_unlike_head(CAT, 0, 0) == (0, 1)
    assert analysis.most_alike_head(CAT, (0, 1), CAT) == (0, 1)
    assert analysis.most_alike_head(CAT, (0, 1), CAT, query=1) == (0, 1)


def test_pieces_of_words_are_joined_on_both_sides():
    rows = tokens_of(["a", "cat"], name="target")
    columns = tokens_of(["le", "cha", "t"], continues=[2], name="source")
    pieces = trace_of(layer_with([[[0.5, 0.2, 0.3], [0.2, 0.4, 0.4]]], queries=rows, keys=columns, part="cross"))
    found = analysis.compare(pieces, (0, 0), crossed("a cat", "le chat", [[0.5, 0.5], [0.1, 0.9]]), (0, 0), by="word")
    assert [token and token.text for token in found.across.a] == ["le", "chat"]
    near(found.first, [[0.5, 0.5], [0.2, 0.8]])
    near(found.difference, [[0.0, 0.0], [0.1, -0.1]])


def test_special_columns_are_left_out_where_they_are_not_shown():
    trace = crossed("a cat", "chat </s>", [[0.5, 0.5], [0.1, 0.9]], [[0.4, 0.6], [0.9, 0.1]], special="</s>")
    found = analysis.compare(trace, (0, 0), trace, (0, 1))
    assert (found.rows(specials=False), found.columns(specials=False)) == ([0, 1], [0])
    near(analysis.special_share(trace.layers[0].weights, trace), [[0.5, 0.9], [0.6, 0.1]])


def test_weights_that_do_not_fit_the_columns_are_refused():
    found = analysis.compare(CAT, (0, 0), DOG, (0, 0))
    with pytest.raises(AttnvizError, match=r"for 2 and 2 rows and 4 columns; they must be \[row, column\]"):
        analysis.Comparison(found.a, found.b, found.first[:, :3], found.second, found.across)


def test_what_a_word_looks_at_is_held_against_the_other_words_and_no_distance():
    read = analysis.read_row(CAT, layer=0, head=0, query=1)
    assert [(look.key, round(look.weight, 4)) for look in read.strongest] == [(1, 0.8), (0, 0.1), (2, 0.1)]
    assert read.strongest[0].others == pytest.approx(0.25)
    assert {look.position for look in read.strongest} == {None}
    best = analysis.ranked(analysis.links(CAT, 1, 1), "stands_out")[0]
    assert (best.layer, best.head, best.position) == (0, 0, None)
    assert best.stands_out == pytest.approx(0.55)


def test_a_head_s_figures_know_no_distance():
    first, second = analysis.head_figures(CAT)[0]
    assert (first.distance, first.previous, first.following, first.itself) == (None, None, None, None)
    # A mean of two entropies over the log of three keys: rows (½, ¼, ¼) and (0.1, 0.8, 0.1), in nats.
    rows = [[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]
    mean = sum(-p * math.log(p) for row in rows for p in row) / 2
    assert first.entropy == pytest.approx(mean / math.log(3), abs=1e-5)
    assert first.first == pytest.approx((0.5 + 0.1) / 2)
    assert second.first == pytest.approx((0.5 + 0.8) / 2)


def test_there_is_no_rollout_between_two_rows_of_words():
    with pytest.raises(AttnvizError, match="no rollout"):
        analysis.rollout(CAT)


@settings(deadline=None, max_examples=40)
@given(LENGTHS, LENGTHS, st.integers(0, 2**20))
def test_any_two_heads_of_any_two_translations_can_be_compared(one, other, seed):
    first, second = drawn(one, seed), drawn(other, seed + 1)
    there, back = analysis.compare(first, (1, 2), second, (0, 1)), analysis.compare(second, (0, 1), first, (1, 2))
    assert there.first.shape == there.second.shape == (len(there.down), len(there.across))
    kept = there.first[~there.first.isnan()]
    assert float(kept.sum()) == pytest.approx(one[0], abs=1e-4), "each row's weights are all there"
    for bits in (there.divergence, back.divergence):
        known = bits[~bits.isnan()]
        assert bool(((known >= 0) & (known <= 1)).all())
    assert there.mean_divergence == pytest.approx(back.mean_divergence, abs=1e-5)
    layer, head = analysis.most_alike_head(first, (0, 0), first)
    assert analysis.compare(first, (0, 0), first, (layer, head)).mean_divergence == pytest.approx(0, abs=1e-5)


@settings(deadline=None, max_examples=40)
@given(LENGTHS, st.integers(0, 2**20))
def test_all_of_analysis_reads_rows_and_columns_of_different_lengths(sizes, seed):
    trace = drawn(sizes, seed)
    rows, columns = sizes
    apart = analysis.head_divergences(trace)
    assert apart.shape == (6, 6)
    assert float(apart.min()) >= 0
    assert analysis.classical_scaling(apart).shape == (6, 2)
    for layer in analysis.head_figures(trace):
        for figures in layer:
            assert figures.distance is None
            assert figures.entropy is None or 0 <= figures.entropy <= 1 + 1e-6
            assert isinstance(analysis.character(figures, trace), str)
    found = analysis.links(trace, rows - 1, columns - 1)
    wanted = [float(trace.layers[one.layer].weights[one.head, -1, -1]) for one in found]
    assert [one.weight for one in found] == pytest.approx(wanted, abs=1e-6)
    read = analysis.read_row(trace, layer=0, head=0, query=rows - 1, specials=False)
    assert all((0 if read.choices == 1 else 1) <= look.key < columns for look in read.strongest)
    assert 0 <= analysis.strongest_other(trace, layer=0, head=0, query=rows - 1) < columns
    shares = analysis.special_share(trace.layers[0].weights, trace)
    torch.testing.assert_close(shares, trace.layers[0].weights[..., 0])
