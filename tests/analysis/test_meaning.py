"""One weight, measured in every way."""

from __future__ import annotations

import pytest
import torch

import attnviz
from attnviz import AttnvizError, Unseen
from attnviz.analysis import links, meaning, norm_weighted, rollout, token_off
from attnviz.analysis._effect import moved
from attnviz.analysis.meanings.meaning import _rank
from attnviz.models import load_model
from tests.support.tiny import SENTENCE


@pytest.fixture(scope="module")
def grammar():
    return load_model("grammar", device="cpu")


def test_every_measure_is_the_one_of_its_own_function(minilm):
    trace = minilm.trace(SENTENCE)
    found = meaning(minilm, trace, layer=5, head=11, query=8, key=2)
    assert (found.layer, found.head, found.query, found.key) == (5, 11, 8, 2)
    assert found.weight == pytest.approx(0.645, abs=1e-3)
    assert found.row_rank == 1
    assert found.others == pytest.approx(links(trace, 8, 2)[71].others, abs=1e-6)
    norms = norm_weighted(trace, 5)[11, 8]
    assert found.norm == pytest.approx(float(norms[2]), rel=1e-5)
    assert found.norm_share == pytest.approx(float(norms[2] / norms.sum()), rel=1e-5)
    assert found.norm_rank == 1 + int((norms > norms[2]).sum())
    assert found.rollout == pytest.approx(float(rollout(trace)[5, 8, 2]))
    for measured, changes in (
        (found.effect, {"cuts": [Unseen(5, 11, 8, 2)]}),
        (found.token_effect, {"cuts": [Unseen(key=2)]}),
        (found.head_effect, {"off": {(5, 11)}}),
    ):
        assert measured > 0
        assert measured == pytest.approx(float(moved(trace.output, minilm.trace(SENTENCE, **changes).output)[8]))


def test_the_weight_that_was_learned_moves_its_verb(grammar):
    layer, head = grammar.first_look.layer, grammar.first_look.head
    trace = grammar.trace(SENTENCE)
    learned = meaning(grammar, trace, layer=layer, head=head, query=8, key=2)
    little = meaning(grammar, trace, layer=layer, head=head, query=8, key=11)
    assert learned.effect > 0.2
    assert learned.effect > 10 * little.effect
    assert learned.row_rank == learned.norm_rank == 1


def test_cutting_a_weight_of_0_has_no_effect():
    model = load_model("induction", device="cpu")
    found = meaning(model, model.trace("cat black tree cat"), layer=1, head=0, query=1, key=3)
    assert (found.weight, found.effect, found.token_effect, found.norm, found.norm_share) == (0, 0, 0, 0, 0)
    assert found.row_rank is found.norm_rank is None


def test_a_head_that_is_off_hands_nothing_on_and_has_no_rank_among_zeros(grammar):
    trace = grammar.trace(SENTENCE, off={(1, 0)})
    found = meaning(grammar, trace, layer=1, head=0, query=8, key=2)
    assert found.off
    assert (found.norm, found.norm_share, found.norm_rank, found.norm_ties) == (0, None, None, 0)
    assert (found.row_rank, found.row_ties) == (1, 0), "it still looks"
    assert (found.effect, found.head_effect) == (0, 0)


def test_equal_weights_share_a_rank_and_a_weight_of_0_has_none():
    row = torch.tensor([0.25, 0.25, 0.0, 0.5])
    assert [_rank(row, at) for at in range(4)] == [(2, 1), (2, 1), (None, 0), (1, 0)]
    assert _rank(torch.zeros(4), 2) == (None, 0)


def test_a_word_without_a_choice_is_known_as_such():
    model = load_model("random", causal=True)
    trace = model.trace("the cat sat")
    assert meaning(model, trace, layer=0, head=0, query=0, key=0).choices == 1
    found = meaning(model, trace, layer=0, head=0, query=2, key=0)
    assert found.choices == 3
    assert found.others == pytest.approx(float(trace.layers[0].weights[0, 1, 0])), "not the first word's 1.00"


def test_without_w_o_the_rest_is_told(minilm, monkeypatch):
    monkeypatch.setitem(minilm.__dict__, "_w_o", {})
    found = meaning(minilm, minilm.trace("the cat sat"), layer=0, head=0, query=1, key=2)
    assert found.norm is found.norm_share is found.norm_rank is None
    assert found.effect > 0


def test_a_text_of_one_token(grammar):
    model = load_model("random", device="cpu")
    found = meaning(model, model.trace("cat"), layer=0, head=0, query=0, key=0)
    assert (found.weight, found.others, found.norm_share, found.rollout) == (1, None, pytest.approx(1), 1)
    assert found.token_effect == pytest.approx(1), "with nobody to look at, nothing is left"


def test_what_was_off_or_cut_already_stays_so_and_a_pair_stays_a_pair(minilm):
    trace = minilm.trace("the cat sat", second="a dog", off={(0, 1)}, cuts=[Unseen(1, 2, 3, 1)])
    found = meaning(minilm, trace, layer=1, head=2, query=3, key=1)
    assert found.weight == 0
    assert found.effect == 0, "it was cut before"
    expected = minilm.trace("the cat sat", second="a dog", off={(0, 1), (1, 2)}, cuts=[Unseen(1, 2, 3, 1)])
    assert found.head_effect == pytest.approx(float(moved(trace.output, expected.output)[3]))


def test_a_token_that_is_off_moves_the_others(grammar):
    trace = grammar.trace(SENTENCE)
    how_far = token_off(grammar, trace, 2)
    assert how_far.shape == (len(trace),)
    assert torch.equal(how_far, moved(trace.output, grammar.trace(SENTENCE, cuts=[Unseen(key=2)]).output))
    induction = load_model("induction", device="cpu")
    later = token_off(induction, induction.trace("cat black tree cat"), 2)
    assert (later[:2] == 0).all(), "those before it could not see it"
    assert later[4] > 0


def test_what_is_not_there_is_named(grammar):
    trace = grammar.trace(SENTENCE)
    for place in ({"layer": 2}, {"head": 4}, {"query": 12}, {"key": 12}, {"key": -1}):
        with pytest.raises(AttnvizError, match="There is no"):
            meaning(grammar, trace, **({"layer": 0, "head": 0, "query": 0, "key": 0} | place))
    with pytest.raises(AttnvizError, match="There is no token 12"):
        token_off(grammar, trace, 12)


def test_rollout_stops_where_it_is_told(minilm):
    trace = minilm.trace("the cat sat")
    assert torch.equal(rollout(trace, through=2), rollout(trace)[:3])
    assert torch.equal(rollout(trace, through=0), rollout(trace)[:1])
    assert attnviz.analysis.rollout(trace).shape[0] == 6
