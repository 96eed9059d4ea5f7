"""Which heads link two words: by hand, by loops, and as tables."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz import AttnvizError, Trace, Unseen
from attnviz.analysis import (
    Link,
    link_tables,
    links,
    links_of,
    merged,
    ranked,
    word_groups,
)
from attnviz.analysis.linking import by_offset
from attnviz.models import load_model
from tests.analysis.test_heads import rows, trace_with
from tests.support.tiny import SENTENCE
from tests.support.traces import layer_of, with_layers, with_rule


def mean(numbers: list[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def by_loops(trace, query, key):
    """The same, cell by cell."""
    found = []
    for i, layer in enumerate(trace.layers):
        weights, allowed = layer.weights, ~layer.masked.isneginf()
        for h in range(layer.heads):
            free = [q for q in range(len(trace)) if q != query and allowed[h, q].sum() > 1]
            may = [q for q in free if allowed[h, q, key]]
            there = [q for q in free if 0 <= q + key - query < len(trace)]
            there = [q for q in there if allowed[h, q, q + key - query]]
            found.append(
                (
                    (i, h, float(weights[h, query, key])),
                    mean([float(weights[h, q, key]) for q in may]),
                    mean([float(weights[h, q, q + key - query]) for q in there]),
                )
            )
    return found


def test_a_link_by_hand():
    looks = torch.tensor([[[0.2, 0.8, 0.0], [0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]])
    (link,) = links(trace_with(looks), 1, 0)
    assert link.weight == pytest.approx(0.5)
    assert link.others == pytest.approx((0.2 + 0.1) / 2)
    assert link.position == pytest.approx(0.3), "one back, from the last word; the first has none before it"
    assert link.untrained is None
    assert link.stands_out == pytest.approx(0.2)
    (corner,) = links(trace_with(looks), 2, 0)
    assert corner.position is None, "no other word has one two back"
    assert corner.stands_out == pytest.approx(0.1 - 0.35)


@pytest.mark.parametrize(("name", "text"), [("grammar", SENTENCE), ("induction", "cat black tree cat black")])
@pytest.mark.parametrize(("query", "key"), [(3, 1), (1, 3), (2, 2), (0, 0), (5, 0)])
def test_links_are_what_loops_say(name, text, query, key):
    trace = attnviz.trace(text, name, device="cpu")
    for link, (place, others, position) in zip(links(trace, query, key), by_loops(trace, query, key), strict=True):
        assert (link.layer, link.head, link.weight) == (*place[:2], pytest.approx(place[2], abs=1e-6))
        assert link.others == (None if others is None else pytest.approx(others, abs=1e-5))
        assert link.position == (None if position is None else pytest.approx(position, abs=1e-5))


def test_a_text_of_one_token_has_no_others():
    for link in links(attnviz.trace("cat", "random"), 0, 0):
        assert (link.weight, link.others, link.position) == (1.0, None, None)
        assert link.forced
        assert link.stands_out == 0.0, "it has nowhere else to look"


# What the mask alone makes 1.00: the first word of a causal head, and one whose other keys are cut.
LOOKS = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [0.4, 0.6, 0.0, 0.0], [0.2, 0.3, 0.5, 0.0], [0.1, 0.2, 0.3, 0.4]]])


def test_a_row_that_has_no_choice_stands_out_nowhere_and_is_in_no_mean():
    causal = torch.zeros(1, 4, 4).masked_fill(torch.ones(4, 4).triu(1).bool(), -math.inf)
    trace = trace_with(LOOKS)
    trace = with_layers(trace, with_rule(trace.layers[0], mask=causal))
    (first,) = links(trace, 0, 0)
    assert (first.weight, first.forced, first.stands_out) == (pytest.approx(1.0), True, 0.0)
    assert first.others == pytest.approx((0.4 + 0.2 + 0.1) / 3), "those that could look elsewhere"
    (last,) = links(trace, 3, 0)
    assert not last.forced
    assert last.others == pytest.approx((0.4 + 0.2) / 2), "not the first word's 1.00"
    (itself,) = links(trace, 2, 2)
    assert itself.position == pytest.approx((0.6 + 0.4) / 2), "nor at the distance 0"


def test_a_query_whose_other_keys_are_cut_has_no_choice_either():
    uniform = torch.full((1, 4, 4), 0.25)
    trace = trace_with(uniform)
    mask = torch.zeros(1, 4, 4)
    mask[0, 2, 1:] = -math.inf  # the third word may look at the first alone
    trace = with_layers(trace, with_rule(trace.layers[0], mask=mask))
    assert trace.layers[0].has_choice.tolist() == [[True, True, False, True]]
    (forced,) = links(trace, 2, 0)
    assert (forced.weight, forced.forced, forced.stands_out) == (1.0, True, 0.0)
    (other,) = links(trace, 3, 0)
    assert other.others == pytest.approx(0.25)
    assert other.stands_out == pytest.approx(0.0), "with the forced 1.00 among the others it would be below them"


def test_merged_words_have_no_choice_where_they_may_look_at_one_word_only():
    weights, allowed = torch.full((1, 2, 2), 0.5), torch.ones(1, 2, 2, dtype=torch.bool)
    choice = torch.tensor([[True, False]])
    weight, others, _ = links_of(weights, allowed, 0, 0, has_choice=choice)
    assert (weight.item(), math.isnan(others.item())) == (0.5, True)


def test_links_are_ranked_by_weight_or_by_how_far_they_stand_out(minilm):
    found = links(minilm.trace(SENTENCE), 8, 2)
    assert len(found) == 72
    assert [(link.layer, link.head) for link in found[:13:12]] == [(0, 0), (1, 0)]
    by_weight, by_standing = ranked(found), ranked(found, "stands_out")
    assert [link.weight for link in by_weight] == sorted((link.weight for link in found), reverse=True)
    assert [link.stands_out for link in by_standing] == sorted((x.stands_out for x in found), reverse=True)
    strong = next(link for link in found if (link.layer, link.head) == (5, 11))
    assert strong.weight == pytest.approx(0.645, abs=1e-3)
    assert strong.others == pytest.approx(0.55, abs=0.01), "it gives cat so much from any word"
    assert strong.stands_out == pytest.approx(0.087, abs=1e-3), "so that little is left"
    with pytest.raises(AttnvizError, match="ranked by weight or stands_out, not by 'size'"):
        ranked(found, "size")


def test_the_learned_head_stands_out_and_does_not_before_training():
    model = load_model("grammar", device="cpu")
    found = links(model.trace(SENTENCE), 8, 2, untrained=model.untrained().trace(SENTENCE))
    best = ranked(found, "stands_out")[0]
    assert (best.layer, best.head) == (model.first_look.layer, model.first_look.head)
    assert best.stands_out > 0.5
    assert best.untrained < 0.3
    with pytest.raises(AttnvizError, match="untrained trace is not of the same text"):
        links(model.trace(SENTENCE), 8, 2, untrained=model.untrained().trace("the cat"))


def test_a_word_that_is_not_there_cannot_be_linked():
    trace = attnviz.trace("the cat", "random")
    for query, key in ((2, 0), (0, 2), (-1, 0)):
        with pytest.raises(AttnvizError, match="There is no token"):
            links(trace, query, key)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 9), heads=st.integers(1, 3))
def test_the_sum_of_each_diagonal(seed, n, heads):
    weights = rows(seed, heads, n, n)
    sums = by_offset(weights)
    assert sums.shape == (heads, 2 * n - 1)
    for offset in range(-(n - 1), n):
        expected = weights.diagonal(offset=offset, dim1=-2, dim2=-1).sum(-1)
        torch.testing.assert_close(sums[:, offset + n - 1], expected)


@pytest.mark.parametrize(("name", "text"), [("grammar", SENTENCE), ("induction", "cat black tree cat black")])
def test_the_tables_give_every_link(name, text):
    trace = attnviz.trace(text, name, device="cpu")
    tables = link_tables(trace)
    keys, offsets = tables.by_key, tables.by_offset
    with pytest.warns(DeprecationWarning, match="by_key"):
        assert torch.equal(attnviz.analysis.mean_by_key(trace).total, keys.total)
    with pytest.warns(DeprecationWarning, match="by_offset"):
        assert torch.equal(attnviz.analysis.mean_by_offset(trace).count, offsets.count)
    heads, n = 8, len(trace)
    assert keys.total.shape == keys.count.shape == (heads, n)
    assert offsets.total.shape == offsets.count.shape == (heads, 2 * n - 1)
    rows = heads * n if name == "grammar" else heads * (n - 1)  # a causal model's first token has no choice
    assert keys.total.sum().item() == pytest.approx(rows, rel=1e-5), "each row that has a choice gives 1"
    assert offsets.total.sum().item() == pytest.approx(rows, rel=1e-5)
    assert torch.equal(keys.count.sum(-1), offsets.count.sum(-1))
    weights = torch.cat([layer.weights for layer in trace.layers])
    allowed = torch.cat([layer.allowed.expand(layer.heads, -1, -1) for layer in trace.layers])
    for query, key in ((3, 1), (1, 3), (n - 1, 0), (0, 0)):
        weight, counted = weights[:, query, key], allowed[:, query, key] & (allowed[:, query].sum(-1) > 1)
        others = type(keys)(keys.total[:, key], keys.count[:, key]).without(weight, counted).mean
        at = key - query + n - 1
        position = type(keys)(offsets.total[:, at], offsets.count[:, at]).without(weight, counted).mean
        for link, other, guess in zip(links(trace, query, key), others.tolist(), position.tolist(), strict=True):
            assert math.isnan(other) if link.others is None else other == pytest.approx(link.others, abs=1e-5)
            assert math.isnan(guess) if link.position is None else guess == pytest.approx(link.position, abs=1e-5)


def test_words_are_linked_as_their_merged_weights_say(minilm):
    trace = minilm.trace("unaffable cats didn't sit")
    groups = word_groups(trace)
    weights = merged(trace.layers[2].weights, groups)
    n = len(groups)
    weight, others, position = links_of(weights, torch.ones(1, n, n, dtype=torch.bool), 1, 3)
    assert weight.tolist() == pytest.approx(weights[:, 1, 3].tolist())
    column = [weights[:, q, 3] for q in range(n) if q != 1]
    assert others.tolist() == pytest.approx(torch.stack(column).mean(0).tolist(), abs=1e-6)
    diagonal = [weights[:, q, q + 2] for q in range(n - 2) if q != 1]
    assert position.tolist() == pytest.approx(torch.stack(diagonal).mean(0).tolist(), abs=1e-6)


def test_nothing_to_hold_it_against_counts_as_nothing():
    assert Link(0, 0, 0.4, None, None).stands_out == 0.4
    assert Link(0, 0, 0.4, 0.1, None).stands_out == pytest.approx(0.3)
    assert Link(0, 0, 0.4, None, 0.5).stands_out == pytest.approx(-0.1)


KINDS = ["plain", "causal", "cut", "causal and cut", "masked, grouped and biased", "one token"]
CUTS = [Unseen(key=2), Unseen(1, 0, 4, 1), Unseen(query=3, key=3)]


def of_many_kinds() -> dict[str, Trace]:
    grammar, causal = load_model("grammar", device="cpu"), load_model("random", causal=True, temperature=0.5)
    n = 4
    mask = torch.zeros(3, n, n)
    mask[:, 1] = -math.inf  # one may look at nothing
    mask[2, :, 0] = -math.inf  # in one head nobody may look at the first
    drawn = torch.Generator().manual_seed(4)
    q, k = (torch.randn(heads, n, 2, generator=drawn) for heads in (3, 1))
    masked = layer_of(q, k, mask=mask, bias=torch.randn(1, n, n, generator=drawn))
    return {
        "plain": grammar.trace(SENTENCE),
        "causal": causal.trace("a cat sat on a mat"),
        "cut": grammar.trace(SENTENCE, cuts=CUTS),
        "causal and cut": causal.trace("a cat sat on a mat", cuts=[Unseen(0, 1, 4, 2), Unseen(key=0)]),
        "masked, grouped and biased": with_layers(trace_with(torch.full((3, n, n), 1 / n)), masked, masked),
        "one token": attnviz.trace("cat", "random"),
    }


@pytest.fixture(scope="module")
def many_kinds() -> dict[str, Trace]:
    return of_many_kinds()


@pytest.mark.parametrize("name", KINDS)
def test_links_with_tables_are_the_links_without_and_what_each_layer_says(name, many_kinds):
    trace = many_kinds[name]
    tables = link_tables(trace)
    for query in range(len(trace)):
        for key in range(len(trace)):
            found = links(trace, query, key, tables=tables)
            assert found == links(trace, query, key)
            said = [links_of(layer.weights, layer.allowed, query, key) for layer in trace.layers]
            weight, others, position = (torch.cat(column).tolist() for column in zip(*said, strict=True))
            assert [(link.layer, link.head) for link in found] == [
                (i, head) for i, layer in enumerate(trace.layers) for head in range(layer.heads)
            ]
            for link, *wanted in zip(found, weight, others, position, strict=True):
                seen = [math.nan if x is None else x for x in (link.weight, link.others, link.position)]
                assert seen == pytest.approx(wanted, abs=1e-5, nan_ok=True), (query, key, link)


def test_links_with_tables_are_held_against_the_untrained_model_too():
    model = load_model("grammar", device="cpu")
    trace, before = model.trace(SENTENCE), model.untrained().trace(SENTENCE)
    assert links(trace, 8, 2, untrained=before, tables=link_tables(trace)) == links(trace, 8, 2, untrained=before)


def test_a_weight_that_is_cut_takes_nothing_out_of_the_others():
    trace = attnviz.trace("a cat sat on a mat", "random", causal=True)
    found = links(trace, 1, 3, tables=link_tables(trace))
    for link in found:
        column = trace.layers[0].weights[link.head, 3:, 3]  # those who may look at it, none of which is token 1
        assert (link.weight, link.position) == (0.0, None)
        assert link.others == pytest.approx(column.mean().item(), abs=1e-6)
