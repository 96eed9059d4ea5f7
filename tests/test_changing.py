"""Changes in a run: rules by hand, and what becomes of the weights in every kind of model."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnviz import AttnvizError, HeadOff, Masked, RowSet, Scaled, Unseen
from attnviz.changes.applying import allowed_mask, changed
from attnviz.heads import Shape
from attnviz.layer import Rule
from attnviz.models import ModelError, check, load_model
from attnviz.request import settled
from tests.support.tiny import SENTENCE, save_tiny

INF = math.inf


def mask_with(mask, *changes, layer=0, heads=2, tokens=3):
    rule = changed(Rule(1.0, mask), changes, layer=layer, heads=heads, queries=tokens, keys=tokens)
    return rule.mask


def test_an_unseen_weight_is_one_cell_of_one_head():
    mask = mask_with(None, Unseen(0, 1, 2, 0))
    assert mask.shape == (2, 3, 3)
    assert mask.isneginf().nonzero().tolist() == [[1, 2, 0]]
    assert mask_with(None, Unseen(0, 1, 2, 0), layer=1) is None


def test_a_token_that_is_off_is_a_column_in_one_mask_for_all_heads():
    assert mask_with(None, Unseen(key=1), layer=3, tokens=2).tolist() == [[[0.0, -INF], [0.0, -INF]]]
    assert mask_with(None, Unseen(head=1, key=1), layer=3, tokens=2).shape == (2, 2, 2)


def test_a_mask_that_is_there_stays_and_is_not_written_on():
    causal = torch.tensor([[0.0, -INF], [0.0, 0.0]])
    before = causal.clone()
    for mask in (causal, causal[None], causal.expand(2, 2, 2), causal[None, None]):
        cut = mask_with(mask, Unseen(query=1, key=0), tokens=2)
        assert cut.shape[-2:] == (2, 2)
        assert cut.flatten(0, -3)[0].tolist() == [[0.0, -INF], [-INF, 0.0]]
        assert cut.dim() == max(mask.dim(), 3)
    assert torch.equal(causal, before)
    assert mask_with(causal, tokens=2) is causal


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        (Unseen(head=2), "There is no head 2: there are heads 0 to 1"),
        (Unseen(query=3), "There is no token 3: there are tokens 0 to 2"),
        (Unseen(key=7), "There is no token 7"),
    ],
)
def test_what_is_not_there_cannot_be_unseen(cut, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        mask_with(None, cut)


def test_rows_and_columns_of_different_length_keep_their_own_numbers():
    rule = changed(Rule(1.0), [Unseen(query=1), Unseen(key=3)], layer=0, heads=1, queries=2, keys=4)
    assert rule.mask.isneginf().tolist() == [[[False, False, False, True], [True, True, True, True]]]
    with pytest.raises(AttnvizError, match="There is no token 2"):
        changed(Rule(1.0), [Unseen(query=2)], layer=0, heads=1, queries=2, keys=4)


def test_what_is_unseen_in_one_part_is_seen_in_another():
    for part, hidden in (("cross", True), ("encoder", False)):
        rule = changed(Rule(1.0), [Unseen(key=0, part="cross")], layer=0, heads=1, queries=1, keys=2, part=part)
        assert (rule.mask is not None) == hidden


def test_masks_by_hand():
    near = allowed_mask(Masked("dilated", width=4, step=2), 5)
    assert (near[0] == 0).tolist() == [True, False, True, False, True]
    assert (near[1] == 0).tolist() == [False, True, False, True, False]
    assert (allowed_mask(Masked("window", width=2), 5)[0] == 0).tolist() == [True, True, True, False, False]
    causal = changed(Rule(1.0), [Masked("causal"), Masked("window", 1)], layer=0, heads=1, queries=3, keys=3).mask
    assert (causal[0] == 0).tolist() == [[True, False, False], [True, True, False], [False, True, True]]


def test_a_causal_mask_is_lifted_and_padding_stays_unseen():
    causal = Rule(1.0, torch.full((3, 3), -INF).triu(1)[None])
    both = changed(causal, [Masked("bidirectional")], layer=0, heads=1, queries=3, keys=3)
    assert (both.mask == 0).all()
    narrow = changed(causal, [Masked("window", 1), Masked("bidirectional")], layer=0, heads=1, queries=3, keys=3)
    assert (narrow.mask[0] == 0).tolist() == [[True, True, False], [True, True, True], [False, True, True]]
    padded = replace(causal, mask=causal.mask + torch.tensor([0.0, 0.0, -INF]))
    both = changed(padded, [Masked("bidirectional")], layer=0, heads=1, queries=3, keys=3)
    assert (both.mask[0] == 0).tolist() == [[True, True, False]] * 3
    row = RowSet(0, 0, 0, (0.0, 0.5, 0.5))
    set_by_hand = changed(causal, [Masked("bidirectional"), row], layer=0, heads=1, queries=3, keys=3)
    assert set_by_hand.by_hand[0, 0].tolist() == [0.0, 0.5, 0.5], "it may look there now"
    bare = Rule(1.0)
    assert changed(bare, [Masked("bidirectional")], layer=0, heads=1, queries=3, keys=3) is bare


def test_a_model_that_reads_causally_can_look_both_ways():
    for name, text in (("induction", "a b c a b"), ("random", "the cat sat")):
        model = load_model(name, device="cpu", **({"causal": True} if name == "random" else {}))
        own = model.trace(text)
        both = model.trace(text, changes=[Masked("bidirectional")])
        later = torch.ones(len(own), len(own)).triu(1).bool()
        assert (own.layers[0].weights[:, later] == 0).all()
        assert (both.layers[0].weights[:, later] > 0).all()
        bare = both.layers[0].scores * both.layers[0].scale
        torch.testing.assert_close(both.layers[0].weights, bare.softmax(-1), atol=2e-5, rtol=1e-4)


def test_cross_attention_takes_no_mask_by_distance():
    rule = Rule(1.0)
    assert changed(rule, [Masked("causal")], layer=0, heads=1, queries=2, keys=3, part="cross") is rule
    with pytest.raises(AttnvizError, match="there is no distance in it"):
        Masked("causal", part="cross")


def test_scores_on_another_scale_by_hand():
    rule = changed(Rule(0.25, temperature=2.0), [Scaled(3.0, root=False)], layer=0, heads=1, queries=1, keys=1)
    assert (rule.scale, rule.temperature) == (1.0, 6.0)
    with pytest.raises(AttnvizError, match="there is no √d_head to leave out"):
        changed(Rule(1.0), [Scaled(root=False)], layer=0, heads=1, queries=1, keys=1)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: Masked("round"), "A mask is one of bidirectional, causal, window, dilated, not 'round'"),
        (lambda: Masked("window", width=0), "A mask's width is a whole number from 1, not 0"),
        (lambda: Scaled(temperature=0), "must be above 0, not 0"),
        (lambda: Scaled(temperature="2"), "is a finite number, not '2'"),
        (lambda: Scaled(temperature=INF), "is a finite number, not inf"),
        (lambda: HeadOff("5:11"), "A head is named by layer and head, such as “5.11” or “cross.3.5”, not by '5:11'"),
        (lambda: Unseen(key=1, part="middle"), "The parts of a model are encoder, decoder, cross"),
    ],
)
def test_a_change_that_cannot_be_is_a_sentence(wrong, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        wrong()


def test_the_numbers_of_unseen_are_whole_numbers_from_0():
    for wrong in (-1, 1.0, True, "2"):
        with pytest.raises(AttnvizError, match=r"The key of Unseen \(None: every one\) is a whole number from 0"):
            Unseen(key=wrong)
    with pytest.raises(AttnvizError, match="There is no layer 6: this model has layers 0 to 5"):
        settled([Unseen(5), Unseen(6)], Shape("this model", {"": (2,) * 6}))
    assert {Unseen(1, 2, 3, 4), Unseen(1, 2, 3, 4)} == {Unseen(1, 2, 3, 4)}


@pytest.mark.parametrize("name", ["minilm", "grammar", "random"])
def test_temperature_and_no_root_change_every_model_by_the_equation(name):
    model = load_model(name, device="cpu")
    whole = model.trace(SENTENCE).layers[0]
    hot = model.trace(SENTENCE, changes=[Scaled(temperature=4.0)]).layers[0]
    torch.testing.assert_close(hot.weights, (whole.scores * whole.scale / 4.0).softmax(-1))
    bare = model.trace(SENTENCE, changes=[Scaled(root=False)]).layers[0]
    torch.testing.assert_close(bare.weights, whole.scores.softmax(-1), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["minilm", "grammar", "induction", "random"])
def test_masks_hold_in_every_layer_of_every_model(name):
    model = load_model(name, device="cpu")
    for mask in (Masked("causal"), Masked("window", width=1), Masked("dilated", width=4, step=2)):
        trace = model.trace("The cat sat on the mat", changes=[mask])
        hidden = allowed_mask(mask, len(trace)).isneginf()
        for layer in trace.layers:
            assert (layer.weights[:, hidden] == 0).all()
            assert torch.allclose(layer.weights.sum(-1), torch.ones(()), atol=1e-5)
        assert trace.changes == (mask,)


def test_changes_of_trained_and_random_models_agree_with_torch():
    changes = [Masked("window", width=2), Scaled(temperature=2.0, root=False), HeadOff("0.1")]
    for name in ("grammar", "induction", "random"):
        model = load_model(name, device="cpu")
        assert check(model, model.trace(SENTENCE, changes=changes)).agrees


def test_heads_off_and_cuts_are_changes_like_any_other(minilm):
    old = minilm.trace("the cat", off={(0, 1)}, cuts=[Unseen(key=1)])
    new = minilm.trace("the cat", changes=[HeadOff("0.1"), Unseen(key=1)])
    assert old.request == new.request
    assert hash(old.request) == hash(new.request)
    assert torch.equal(old.output, new.output)


indices = st.one_of(st.none(), st.integers(0, 3))


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.builds(Unseen, st.one_of(st.none(), st.just(0)), indices, indices, indices), max_size=4))
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
    assert trace.cuts == tuple(dict.fromkeys(cuts)), "each once"
    assert check(model, trace).agrees


def test_a_cut_weight_is_shared_out_among_the_rest_of_its_row(minilm):
    whole, cut = minilm.trace(SENTENCE), minilm.trace(SENTENCE, cuts=[Unseen(5, 11, 8, 2)])
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
    trace = model.trace("The cat sat on the mat", cuts=[Unseen(key=2)])
    for layer in trace.layers:
        assert (layer.weights[:, :, 2] == 0).all()
        assert torch.allclose(layer.weights.sum(-1), torch.ones(()), atol=1e-5)
    whole = model.trace("The cat sat on the mat")
    assert not torch.allclose(trace.output, whole.output, atol=1e-4)
    with pytest.raises(AttnvizError, match="There is no"):
        model.trace("The cat sat", cuts=[Unseen(layer=9)])
    with pytest.raises(AttnvizError, match="There is no"):
        model.trace("The cat sat", cuts=[Unseen(key=90)])


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5"])
def test_what_is_recorded_with_a_cut_is_what_the_model_used(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    whole = model.trace(SENTENCE)
    assert torch.equal(model.trace(SENTENCE, cuts=[]).output, whole.output)
    cut = model.trace(SENTENCE, cuts=[Unseen(0, 1, 5, 2)])
    assert torch.equal(cut.layers[0].q, whole.layers[0].q)
    assert cut.layers[0].weights[1, 5, 2] == 0
    assert cut.layers[0].weights[1, 5].sum().item() == pytest.approx(1)
    moved = (cut.layers[1].q - whole.layers[1].q).abs().amax((0, 2)) > 1e-6
    assert moved.nonzero().flatten().tolist() == [5], "only the query's own vector goes on changed"


def test_cutting_a_weight_that_is_0_moves_nothing():
    model = load_model("induction", device="cpu")
    text = "cat black tree cat"
    assert torch.equal(model.trace(text, cuts=[Unseen(query=1, key=3)]).output, model.trace(text).output), (
        "it is causal"
    )


def test_the_trained_models_agree_with_torch_when_cut():
    for name in ("grammar", "induction"):
        model = load_model(name, device="cpu")
        assert check(model, model.trace(SENTENCE, cuts=[Unseen(1, 2, 8, 2), Unseen(key=4)])).agrees


def test_a_pretrained_model_is_checked_whole(minilm):
    for other in (minilm.trace("the cat", cuts=[Unseen(key=1)]), minilm.trace("the cat", off={(0, 0)})):
        with pytest.raises(ModelError, match="check a trace of a run with nothing changed"):
            check(minilm, other)


def test_words_are_predicted_with_weights_cut(tmp_path):
    model = load_model("grammar", device="cpu")
    text = "My dogs near the car bark"
    told = model.probabilities(text, 6)
    assert not torch.allclose(told, model.probabilities(text, 6, cuts=[Unseen(key=2)]), atol=1e-3)
    bert = load_model(str(save_tiny(tmp_path, "bert", with_head=True)), device="cpu")
    assert not torch.equal(bert.probabilities(SENTENCE, 2), bert.probabilities(SENTENCE, 2, cuts=[Unseen(key=3)]))


def test_the_root_is_left_out_once_however_often_and_wherever_it_is_said():
    for more in (Scaled(2.0, root=False), Scaled(root=False, part="cross"), Scaled(2.0)):
        rule = changed(Rule(0.5), [Scaled(root=False), more], layer=0, heads=1, queries=2, keys=2, part="cross")
        assert (rule.scale, rule.temperature) == (1.0, more.temperature)
    with pytest.raises(AttnvizError, match="does not scale its scores"):
        changed(Rule(1.0), [Scaled(root=False)], layer=0, heads=1, queries=2, keys=2)


def test_a_token_of_a_target_that_is_not_written_is_told_as_one_of_the_target():
    asked = {"layer": 0, "heads": 1, "queries": 2, "keys": 4, "part": "cross"}
    for one in (Unseen(query=5, key=1, part="cross"), RowSet(0, 0, 5, [1, 0, 0, 0], part="cross")):
        with pytest.raises(AttnvizError, match="There is no token 5 of the target: it has tokens 0 to 1 here"):
            changed(Rule(1.0), [one], **asked)
    with pytest.raises(AttnvizError, match="There is no token 5: there are tokens 0 to 3"):
        changed(Rule(1.0), [Unseen(key=5, part="cross")], **asked)


def test_changes_that_are_no_list_are_a_sentence():
    for wrong in (Unseen(key=1), None, "causal"):
        with pytest.raises(AttnvizError, match=r"Changes are a list, such as \[attnviz.HeadOff"):
            load_model("random").trace("The cat", changes=wrong)
