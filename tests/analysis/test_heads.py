"""Figures of heads, divergence, rollout and merged words: by hand, and by their properties."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz._trace import Trace
from attnviz.analysis.divergence import classical_scaling, head_divergences, row_divergence
from attnviz.analysis.meanings.rollout import rollout
from attnviz.analysis.merging import merged, word_groups
from attnviz.analysis.statistics import character, head_figures, mean_distance
from tests.support.tiny import SENTENCE
from tests.support.traces import layer_of, layer_with, letters, tokens_of, trace_of, with_layers, with_rule


def trace_with(*weights: torch.Tensor, special: tuple[int, ...] = ()) -> Trace:
    """A trace whose layers have just these weights [head, query, key]."""
    words = ["[X]" if i in special else letter for i, letter in enumerate(letters(weights[0].shape[-1]))]
    return trace_of(*map(layer_with, weights), tokens=tokens_of(words, special=special), model="by hand")


def rows(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).softmax(-1)


PREVIOUS = torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])


def test_figures_of_heads_by_hand():
    uniform, itself = torch.full((4, 4), 0.25), torch.eye(4)
    trace = trace_with(torch.stack([PREVIOUS, uniform, itself]))
    previous, broad, same = head_figures(trace)[0]
    assert previous.previous == pytest.approx(1.0)
    assert previous.distance == pytest.approx(3 / 4)
    assert previous.entropy == pytest.approx(0.0, abs=1e-5)
    assert broad.entropy == pytest.approx(1.0, abs=1e-5)
    assert broad.distance == pytest.approx((0 + 1 + 2 + 3 + 1 + 0 + 1 + 2) * 2 / 16)
    assert broad.first == pytest.approx(0.25)
    assert same.itself == pytest.approx(1.0)
    assert same.following == pytest.approx(0.0, abs=1e-5)
    assert [character(figures, trace) for figures in (previous, broad, same)] == [
        "previous token",
        "spread out",
        "itself",
    ]


def test_a_head_is_called_by_its_special_token_or_by_its_strongest_link():
    to_special = torch.tensor([[0.1, 0.9, 0.0, 0.0]]).expand(4, 4)
    link = torch.tensor([[0.2, 0.0, 0.4, 0.4], [0.0, 0.0, 1.0, 0.0], [0.3, 0.3, 0.2, 0.2], [0.9, 0.1, 0.0, 0.0]])
    trace = trace_with(torch.stack([to_special, link]), special=(1,))
    first, second = head_figures(trace)[0]
    assert first.special == (("[X]", pytest.approx(0.9)),)
    assert character(first, trace) == "[X]"
    assert second.link[:2] != (1, 2), "not from a special token, however strong"
    assert second.link == (3, 0, pytest.approx(0.9)), "0.9 - 0.35: no other stands out so far"
    assert character(second, trace) == "d → a"


def test_the_bundled_bert_has_its_known_heads(minilm):
    trace = minilm.trace(SENTENCE)
    table = head_figures(trace)
    assert character(table[0][2], trace) == "previous token"
    assert character(table[1][8], trace) == "next token"
    assert len(table) == 6
    assert all(len(row) == 12 for row in table)


def test_entropy_knows_the_mask():
    causal = torch.zeros(1, 3, 3).masked_fill(torch.ones(3, 3).triu(1).bool(), -torch.inf)
    alike = layer_of(*[torch.zeros(2, 3, 1)] * 3, mask=causal)
    trace = trace_with(torch.full((1, 3, 3), 1 / 3))
    for figures in head_figures(with_layers(trace, alike))[0]:
        assert figures.entropy == pytest.approx(1.0), "all alike, wherever there is a choice"
        assert figures.distance == pytest.approx((0.5 + 1) / 2)
        assert figures.first == pytest.approx((1 / 2 + 1 / 3) / 2), "the first word's own 1.00 is the mask's"
        assert figures.itself == pytest.approx((1 / 2 + 1 / 3) / 2)
        assert figures.previous == pytest.approx((1 / 2 + 1 / 3) / 2)
        assert figures.choosing == 2
        assert figures.link[0] > 0, "nor does that stand out"
        assert character(figures, trace) == "spread out"


def test_a_window_of_one_word_leaves_no_head_a_choice():
    window = torch.full((1, 3, 3), -torch.inf).masked_fill(torch.eye(3).bool(), 0.0)
    trace = trace_with(torch.full((2, 3, 3), 1 / 3))
    trace = with_layers(trace, with_rule(trace.layers[0], mask=window))
    for figures in head_figures(trace)[0]:
        assert (figures.choosing, figures.itself, figures.entropy) == (0, 1.0, 0.0)
        assert character(figures, trace) == "no choice"
    assert head_divergences(trace).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_heads_lie_apart_by_the_rows_that_have_a_choice():
    causal = torch.zeros(1, 2, 2).masked_fill(torch.ones(2, 2).triu(1).bool(), -torch.inf)
    trace = trace_with(torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]]))
    trace = with_layers(trace, with_rule(trace.layers[0], mask=causal))
    assert float(head_divergences(trace)[0, 1]) == pytest.approx(1.0, abs=1e-5), "not half of it"


def test_distance_by_hand():
    assert float(mean_distance(torch.eye(5))) == 0.0
    assert mean_distance(torch.tensor([[[0.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])).tolist() == [0.5, 1.0]


@pytest.mark.parametrize("causal", [False, True])
def test_a_text_of_one_token_has_figures_too(causal):
    trace = attnviz.trace("cat", "random", causal=causal)
    for figures in head_figures(trace)[0]:
        assert figures.previous == figures.following == figures.entropy == figures.distance == 0.0
        assert figures.itself == figures.first == 1.0
        assert figures.link == (0, 0, 1.0)
        assert character(figures, trace) == "no choice"


def test_a_text_of_special_tokens_only_has_figures_too():
    uniform = torch.full((1, 2, 2), 0.5)
    trace = trace_with(uniform, special=(0, 1))
    ((figures,),) = head_figures(trace)
    assert figures.special == (("[X]", pytest.approx(1.0)),)
    assert character(figures, trace) == "[X]"
    assert figures.link[2] == pytest.approx(0.5), "with no other words, special ones have the link"
    ((alone,),) = head_figures(trace_with(torch.ones(1, 1, 1), special=(0,)))
    assert (alone.entropy, alone.itself, alone.link) == (0.0, 1.0, (0, 0, 1.0))


def test_a_query_whose_keys_are_all_cut_counts_as_looking_nowhere():
    trace = attnviz.load_model("random").trace("the cat sat", cuts=[attnviz.Unseen(query=1)])
    for figures in head_figures(trace)[0]:
        assert 0 < figures.entropy < 1
        assert 0 <= figures.itself < 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 12))
def test_divergence_is_symmetric_between_0_and_1_and_0_for_the_same(seed, n):
    p, q = rows(seed, n), rows(seed + 1, n)
    assert float(row_divergence(p, p)) == pytest.approx(0, abs=1e-6)
    assert float(row_divergence(p, q)) == pytest.approx(float(row_divergence(q, p)), abs=1e-6)
    assert 0 <= float(row_divergence(p, q)) <= 1 + 1e-6


def test_divergence_by_hand():
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.0, 0.5, 0.5])
    assert float(row_divergence(p, q)) == pytest.approx(1.5 - 1.0)  # H(¼, ½, ¼) - 1
    assert float(row_divergence(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))) == pytest.approx(1.0)


def test_heads_that_do_the_same_lie_together_on_the_map():
    alike = rows(1, 4, 4)
    trace = trace_with(torch.stack([alike, torch.eye(4), alike]), torch.stack([PREVIOUS, torch.eye(4)]))
    table = head_divergences(trace)
    assert table.shape == (5, 5)
    assert torch.allclose(table, table.T)
    assert float(table[0, 2]) == pytest.approx(0, abs=1e-6)
    assert float(table[1, 4]) == pytest.approx(0, abs=1e-6)
    assert float(table[1, 3]) == pytest.approx(3 / 4, abs=1e-5)  # the first row is the same, three share no key
    places = classical_scaling(table)
    assert places.shape == (5, 2)
    assert float((places[0] - places[2]).norm()) < 1e-2
    assert float((places[1] - places[3]).norm()) > 0.5


def test_scaling_finds_places_whose_distances_are_known():
    truth = torch.randn(7, 2, generator=torch.Generator().manual_seed(3))
    squared = torch.cdist(truth, truth) ** 2
    found = classical_scaling(squared)
    assert torch.allclose(torch.cdist(found, found), torch.cdist(truth, truth), atol=1e-4)
    assert torch.equal(found, classical_scaling(squared))
    with pytest.raises(attnviz.AttnvizError, match="must be"):
        classical_scaling(torch.zeros(2, 3))


def test_rollout_by_hand():
    first = torch.tensor([[[0.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]])  # mean [[½, ½], [0, 1]]
    second = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    rolled = rollout(trace_with(first, second))
    assert torch.allclose(rolled[0], torch.tensor([[0.75, 0.25], [0.0, 1.0]]), atol=1e-5)
    assert torch.allclose(rolled[1], torch.tensor([[0.75, 0.25], [0.375, 0.625]]), atol=1e-5)


def test_rows_of_rollout_sum_to_one_and_stay_causal():
    for trace in (attnviz.trace(SENTENCE, "grammar"), attnviz.trace("cat black cat black", "induction")):
        rolled = rollout(trace)
        assert rolled.shape == (2, len(trace), len(trace))
        assert torch.allclose(rolled.sum(-1), torch.ones(2, len(trace)), atol=1e-5)
    assert (rolled.triu(1) == 0).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_rows_of_merged_words_still_sum_to_one(seed, sizes):
    n, groups, start = sum(sizes), [], 0
    for size in sizes:
        groups.append(list(range(start, start + size)))
        start += size
    weights = rows(seed, 3, n, n)
    words = merged(weights, groups)
    assert words.shape == (3, len(sizes), len(sizes))
    assert torch.allclose(words.sum(-1), torch.ones(3, len(sizes)), atol=1e-5)
    assert math.isclose(
        float(words[0, 0, 0]), float(weights[0, groups[0]][:, groups[0]].sum()) / sizes[0], rel_tol=1e-4
    )


def test_pieces_apostrophes_and_hyphens_become_words(minilm):
    trace = minilm.trace("unaffable mother-in-law didn't - 'go'")
    words = ["".join(trace.tokens[i].text for i in group) for group in word_groups(trace)]
    assert words == ["[CLS]", "unaffable", "mother-in-law", "didn't", "-", "'", "go", "'", "[SEP]"]
    apart = ["".join(trace.tokens[i].text for i in group) for group in word_groups(trace, join=False)]
    assert apart[1:5] == ["unaffable", "mother", "-", "in"]
