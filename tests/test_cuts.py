"""Cuts: masks by hand, and what becomes of the weights in every kind of model."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError, Cut
from attnviz.cuts import check_layers, cut_mask
from attnviz.models import ModelError, check, load_model
from tests.tiny import SENTENCE, save_tiny

INF = math.inf


def test_a_cut_weight_is_one_cell_of_one_head():
    mask = cut_mask(None, [Cut(0, 1, 2, 0)], layer=0, heads=2, tokens=3)
    assert mask.shape == (2, 3, 3)
    assert mask.isneginf().nonzero().tolist() == [[1, 2, 0]]
    assert cut_mask(None, [Cut(0, 1, 2, 0)], layer=1, heads=2, tokens=3) is None


def test_a_token_that_is_off_is_a_column_in_one_mask_for_all_heads():
    assert cut_mask(None, [Cut(key=1)], layer=3, heads=2, tokens=2).tolist() == [[[0.0, -INF], [0.0, -INF]]]
    assert cut_mask(None, [Cut(head=1, key=1)], layer=3, heads=2, tokens=2).shape == (2, 2, 2)


def test_a_mask_that_is_there_stays_and_is_not_written_on():
    causal = torch.tensor([[0.0, -INF], [0.0, 0.0]])
    before = causal.clone()
    for mask in (causal, causal[None], causal.expand(2, 2, 2), causal[None, None]):
        cut = cut_mask(mask, [Cut(query=1, key=0)], layer=0, heads=2, tokens=2)
        assert cut.shape[-2:] == (2, 2)
        assert cut.flatten(0, -3)[0].tolist() == [[0.0, -INF], [-INF, 0.0]]
        assert cut.dim() == max(mask.dim(), 3)
    assert torch.equal(causal, before)
    assert cut_mask(causal, [], layer=0, heads=2, tokens=2) is causal


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        (Cut(head=2), "There is no head 2 to cut: there are heads 0 to 1"),
        (Cut(query=3), "There is no token 3 to cut: there are tokens 0 to 2"),
        (Cut(key=7), "There is no token 7 to cut"),
    ],
)
def test_what_is_not_there_cannot_be_cut(cut, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        cut_mask(None, [cut], layer=0, heads=2, tokens=3)


def test_cuts_are_whole_numbers_from_0():
    for wrong in (-1, 1.0, True, "2"):
        with pytest.raises(AttnvizError, match="A cut's key is a whole number from 0, or None for all"):
            Cut(key=wrong)
    with pytest.raises(AttnvizError, match="There is no layer 6 to cut: there are layers 0 to 5"):
        check_layers([Cut(5), Cut(6)], 6)
    assert {Cut(1, 2, 3, 4), Cut(1, 2, 3, 4)} == {Cut(1, 2, 3, 4)}


indices = st.one_of(st.none(), st.integers(0, 3))


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.builds(Cut, st.one_of(st.none(), st.just(0)), indices, indices, indices), max_size=4))
@pytest.mark.parametrize("options", [{}, {"causal": True}])
def test_rows_sum_to_one_or_to_nothing_and_what_is_cut_is_0(options, cuts):
    model = load_model("random", device="cpu", **options)
    trace = model.trace("the cat sat there", cuts=cuts)
    weights = trace.layers[0].weights
    sums = weights.sum(-1)
    assert ((sums - 1).abs() < 1e-5).logical_or(sums == 0).all()
    for cut in cuts:
        head, query, key = (slice(None) if i is None else i for i in (cut.head, cut.query, cut.key))
        assert (weights[head, query, key] == 0).all()
    assert trace.cuts == tuple(cuts)
    assert check(model, trace).agrees


def test_a_cut_weight_is_shared_out_among_the_rest_of_its_row(minilm):
    whole, cut = minilm.trace(SENTENCE), minilm.trace(SENTENCE, cuts=[Cut(5, 11, 8, 2)])
    before, after = whole.layers[5].weights, cut.layers[5].weights
    assert after[11, 8, 2] == 0
    expected = before[11, 8].clone()
    expected[2] = 0
    torch.testing.assert_close(after[11, 8], expected / expected.sum())
    assert torch.equal(after[:11], before[:11])
    assert torch.equal(after[11, :8], before[11, :8])
    moved = (cut.output - whole.output).norm(dim=-1)
    assert moved.argmax() == 8, "the last layer: only the query's own vector moves"
    assert float(moved[:8].max()) < 1e-5


@pytest.mark.parametrize("name", ["minilm", "grammar", "induction", "random"])
def test_nobody_looks_at_a_token_that_is_off(name):
    model = load_model(name, device="cpu")
    trace = model.trace("The cat sat on the mat", cuts=[Cut(key=2)])
    for layer in trace.layers:
        assert (layer.weights[:, :, 2] == 0).all()
        assert torch.allclose(layer.weights.sum(-1), torch.ones(()), atol=1e-5)
    whole = model.trace("The cat sat on the mat")
    assert not torch.allclose(trace.output, whole.output, atol=1e-4)
    with pytest.raises(AttnvizError, match="to cut"):
        model.trace("The cat sat", cuts=[Cut(layer=9)])
    with pytest.raises(AttnvizError, match="to cut"):
        model.trace("The cat sat", cuts=[Cut(key=90)])


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5"])
def test_what_is_recorded_with_a_cut_is_what_the_model_used(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    whole = model.trace(SENTENCE)
    assert torch.equal(model.trace(SENTENCE, cuts=[]).output, whole.output)
    cut = model.trace(SENTENCE, cuts=[Cut(0, 1, 5, 2)])
    assert torch.equal(cut.layers[0].q, whole.layers[0].q)
    assert cut.layers[0].weights[1, 5, 2] == 0
    assert cut.layers[0].weights[1, 5].sum().item() == pytest.approx(1)
    changed = (cut.layers[1].q - whole.layers[1].q).abs().amax((0, 2)) > 1e-6
    assert changed.nonzero().flatten().tolist() == [5], "only the query's own vector goes on changed"


def test_cutting_a_weight_that_is_0_moves_nothing():
    model = load_model("induction", device="cpu")
    text = "cat black tree cat"
    assert torch.equal(model.trace(text, cuts=[Cut(query=1, key=3)]).output, model.trace(text).output), "it is causal"


def test_the_trained_models_agree_with_torch_when_cut():
    for name in ("grammar", "induction"):
        model = load_model(name, device="cpu")
        assert check(model, model.trace(SENTENCE, cuts=[Cut(1, 2, 8, 2), Cut(key=4)])).agrees


def test_a_pretrained_model_is_checked_whole(minilm):
    for changed in (minilm.trace("the cat", cuts=[Cut(key=1)]), minilm.trace("the cat", off={(0, 0)})):
        with pytest.raises(ModelError, match="check a trace with all heads on and nothing cut"):
            check(minilm, changed)


def test_words_are_predicted_with_weights_cut(tmp_path):
    model = load_model("grammar", device="cpu")
    text = "My dogs near the car bark"
    told = model.probabilities(text, 6)
    assert not torch.allclose(told, model.probabilities(text, 6, cuts=[Cut(key=2)]), atol=1e-3)
    bert = load_model(str(save_tiny(tmp_path, "bert", with_head=True)), device="cpu")
    assert not torch.equal(bert.probabilities(SENTENCE, 2), bert.probabilities(SENTENCE, 2, cuts=[Cut(key=3)]))
