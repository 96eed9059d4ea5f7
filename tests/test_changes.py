"""Further changes in a run: what makes the weights, a row by hand, no positions, a number of a matrix by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

import attnviz
from attnviz import AttnvizError, HeadOff, Masked, Normalized, NumberSet, RowSet, Scaled, Unplaced, Unseen
from attnviz.analysis._effect import moved
from attnviz.attention import NORMALIZERS, masked_scores, merge_heads, scaled_scores, split_heads
from attnviz.changes.applying import changed
from attnviz.layer import Rule
from attnviz.models import ModelError, check, load_model
from attnviz.models.trained import TextModel
from attnviz.positions import rotated
from attnviz.request import of_one_text
from attnviz.transformer import Transformer, TransformerConfig
from tests.support.tiny import SENTENCE, save_tiny

IDS = torch.tensor([[1, 5, 9, 3, 7, 2]])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: Normalized("sigmoid"), "Weights are made of scores by softmax, relu, polynomial, hard, not"),
        (lambda: Normalized("relu", part="middle"), "The parts of a model are encoder, decoder, cross"),
        (lambda: RowSet(0, 0, -1, (1.0,)), "The query of RowSet is a whole number from 0, not -1"),
        (lambda: RowSet(True, 0, 0, (1.0,)), "The layer of RowSet is a whole number from 0, not True"),
        (lambda: RowSet(0, 0, 0, ()), "RowSet has no weights"),
        (lambda: RowSet(0, 0, 0, "12"), "The weights of RowSet are numbers, one for each key, not '12'"),
        (lambda: RowSet(0, 0, 0, (1.0, math.nan)), "A weight of RowSet is a finite number, not nan"),
        (lambda: RowSet(0, 0, 0, (1e39,)), "A weight of RowSet is a finite number"),
        (lambda: NumberSet(0, "w_x", 0, 0, 1.0), "A number is set in one of w_q, w_k, w_v, w_o, not in 'w_x'"),
        (lambda: NumberSet(0, "w_q", 0, 1.5, 1.0), "The column of NumberSet is a whole number from 0, not 1.5"),
        (lambda: NumberSet(0, "w_q", 0, 0, math.inf), "The value of NumberSet is a finite number, not inf"),
        (lambda: NumberSet(0, "w_q", 0, 0, "1"), "The value of NumberSet is a finite number, not '1'"),
    ],
)
def test_a_change_that_cannot_be_is_a_sentence(wrong, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        wrong()


def test_changes_are_values_and_only_a_row_by_hand_is_of_one_text():
    row = RowSet(0, 1, 2, [1, 0])
    assert {row, RowSet(0, 1, 2, (1.0, 0.0))} == {row}
    assert [
        of_one_text(c) for c in (row, Unseen(key=1), Unseen(0), Normalized("relu"), Unplaced(), HeadOff("0.1"))
    ] == [
        True,
        True,
        *[False] * 4,
    ]
    assert not of_one_text(NumberSet(0, "w_q", 0, 0, 1.0))


@pytest.mark.parametrize("kind", list(NORMALIZERS))
@pytest.mark.parametrize("name", ["minilm", "grammar", "induction", "random"])
def test_a_normalizer_holds_in_every_layer_of_every_model(name, kind):
    trace = load_model(name, device="cpu").trace(SENTENCE, changes=[Normalized(kind), Scaled(2.0), Unseen(key=1)])
    for layer in trace.layers:
        torch.testing.assert_close(layer.weights, NORMALIZERS[kind](layer.masked, layer.temperature))
        assert (layer.weights[..., 1] == 0).all()
        assert layer.shares == (kind in ("softmax", "hard"))
    assert trace.output.isfinite().all()


def test_of_two_normalizers_the_last_holds_and_softmax_is_what_the_model_has():
    model = load_model("grammar", device="cpu")
    whole = model.trace(SENTENCE)
    again = model.trace(SENTENCE, changes=[Normalized("relu"), Normalized("softmax")])
    assert torch.equal(again.output, whole.output)
    assert not torch.equal(model.trace(SENTENCE, changes=[Normalized("relu")]).output, whole.output)


def test_in_a_batch_the_keys_that_fill_up_a_shorter_text_are_not_counted():
    config = TransformerConfig(vocabulary=12, layers=1, heads=2, d_model=8, d_ff=0)
    model, short = Transformer(config), torch.tensor([[4, 5, 6]])
    filled = torch.tensor([[4, 5, 6, 0, 0], [4, 5, 6, 7, 8]])
    is_token = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    for kind in NORMALIZERS:
        together = model(filled, is_token=is_token, changes=[Normalized(kind)])
        alone = model(short, changes=[Normalized(kind)])
        torch.testing.assert_close(together.logits[0, :3], alone.logits[0], atol=1e-6, rtol=1e-5)


# A row by hand


def forward_by_hand(model: TextModel, text: str, at: tuple[int, int, int], row: Tensor) -> Tensor:
    """[token, d_model]: what the network gives with this row in one head, from its own pieces in plain torch."""
    network, ids = model.network, torch.tensor([t.id for t in model.trace(text).tokens])
    n, x = len(ids), network._placed(network.embedding[ids], len(ids), ())
    angles, mask = network.angles(n), network.mask(n)
    for i, block in enumerate(network.blocks):
        inside = block.norm_1(x)
        q, k, v = (
            split_heads(inside @ w, block.attention.heads) for w in list(block.attention.matrices().values())[:3]
        )
        if angles is not None:
            q, k = rotated(q, angles), rotated(k, angles)
        masked = masked_scores(scaled_scores(q @ k.transpose(-1, -2), q.shape[-1] ** -0.5), mask)
        weights = masked.softmax(-1)
        if i == at[0]:
            weights[at[1], at[2]] = row
        x = x + merge_heads(weights @ v) @ block.attention.w_o
        x = x + block.feed_forward(block.norm_2(x))[1]
    return network.norm(x)


@torch.no_grad()
@pytest.mark.parametrize("layer", [0, 1])
def test_a_row_by_hand_in_grammar_gives_what_torch_gives_with_that_row(layer):
    model = load_model("grammar", device="cpu")
    n = len(model.trace(SENTENCE))
    for row in (torch.full((n,), 1 / n), torch.arange(n) / n - 0.5, torch.eye(n)[2]):
        trace = model.trace(SENTENCE, changes=[RowSet(layer, 1, 3, row.tolist())])
        wanted = forward_by_hand(model, SENTENCE, (layer, 1, 3), row)
        assert float((trace.output - wanted).abs().max()) <= 1e-6
        torch.testing.assert_close(trace.layers[layer].weights[1, 3], row)
        torch.testing.assert_close(trace.layers[layer].row(3).weights[1, 0], row)
        torch.testing.assert_close(trace.layers[layer].head(1, 3).weights[0], row)
        assert trace.layers[layer].rows_by_hand()[0][:2] == (1, 3)
    whole = model.trace(SENTENCE)
    as_it_is = whole.layers[layer].weights[1, 3].tolist()
    again = model.trace(SENTENCE, changes=[RowSet(layer, 1, 3, as_it_is)])
    torch.testing.assert_close(again.output, whole.output, atol=1e-6, rtol=0)


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5"])
def test_a_row_by_hand_in_a_pretrained_model_moves_that_word_alone_in_the_layer_after(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    whole = model.trace(SENTENCE)
    n = len(whole)
    row = [0.7, *[0.0] * (n - 3), 0.0, 0.0] if family in ("gpt2", "llama") else [1.5, -0.5, *[0.0] * (n - 2)]
    hand = model.trace(SENTENCE, changes=[RowSet(0, 1, n - 3, row)])
    torch.testing.assert_close(hand.layers[0].weights[1, n - 3], torch.tensor(row))
    assert torch.equal(hand.layers[0].weights[0], whole.layers[0].weights[0])
    moved = (hand.layers[1].q - whole.layers[1].q).abs().amax((0, 2)) > 1e-6
    assert moved.nonzero().flatten().tolist() == [n - 3]


def test_a_row_by_hand_says_how_many_keys_there_are_and_keeps_the_mask():
    model = load_model("grammar", device="cpu")
    n = len(model.trace("the cat sat"))
    with pytest.raises(AttnvizError, match=f"layer 0 head 1 has 2 weights, and there are {n} keys: give one for each"):
        model.trace("the cat sat", changes=[RowSet(0, 1, 1, (0.5, 0.5))])
    with pytest.raises(AttnvizError, match="There is no token 9: there are tokens 0 to 3"):
        model.trace("the cat sat", changes=[RowSet(0, 1, 9, [0.25] * n)])
    with pytest.raises(AttnvizError, match="There is no head 7: layer 0 of grammar has heads 0 to 3"):
        model.trace("the cat sat", changes=[RowSet(0, 7, 1, [0.25] * n)])
    causal = load_model("induction", device="cpu")
    n = len(causal.trace("cat tree cat"))
    with pytest.raises(AttnvizError, match=r"Token 1 may not look at token 2 .* by hand must be 0 there, not 0\.25"):
        causal.trace("cat tree cat", changes=[RowSet(0, 1, 1, [0.25] * n)])
    own = causal.trace("cat tree cat", changes=[RowSet(0, 1, 1, [0.5, 0.5, 0.0, 0.0])])
    assert own.layers[0].weights[1, 1].tolist() == [0.5, 0.5, 0.0, 0.0]


def test_what_another_change_hides_has_no_weight_in_a_row_by_hand_either():
    model = load_model("grammar", device="cpu")
    row = RowSet(0, 1, 1, [0.25] * len(model.trace("the cat sat")))
    for hidden in (Unseen(0, 1, 1, 2), Unseen(key=2)):
        for changes in ([hidden, row], [row, hidden]):
            trace = model.trace("the cat sat", changes=changes)
            assert trace.layers[0].weights[1, 1].tolist() == [0.25, 0.25, 0.0, 0.25]
    near = model.trace("the cat sat", changes=[row, Masked("window", 1)])
    assert near.layers[0].weights[1, 1].tolist() == [0.25, 0.25, 0.25, 0.0]
    whole = attnviz.analysis.meaning(model, model.trace("the cat sat", changes=[row]), layer=0, head=1, query=1, key=2)
    assert whole.effect > 0


def test_of_two_rows_by_hand_for_one_place_the_last_holds_and_other_layers_have_none():
    rows = [RowSet(1, 0, 0, (1.0, 0.0)), RowSet(1, 0, 0, (0.0, 1.0))]
    rule = changed(Rule(1.0), rows, layer=1, heads=1, queries=2, keys=2)
    assert rule.by_hand[0, 0].tolist() == [0.0, 1.0]
    assert rule.by_hand[0, 1].isnan().all()
    same = Rule(1.0)
    assert changed(same, rows, layer=0, heads=1, queries=2, keys=2) is same
    assert changed(same, rows, layer=1, heads=1, queries=2, keys=2, part="cross") is same


def test_rows_by_hand_are_shares_where_they_sum_to_1():
    model = load_model("grammar", device="cpu")
    n = len(model.trace("the cat sat"))
    for row, shares in ([1 / n] * n, True), ([0.5] * n, False), ([2.0, -1.0, *[0.0] * (n - 2)], False):
        trace = model.trace("the cat sat", changes=[RowSet(0, 1, 1, row)])
        assert [layer.shares for layer in trace.layers] == [shares, True]


# No positions


@torch.no_grad()
@pytest.mark.parametrize("positions", ["rotary", "sinusoidal", "learned"])
def test_without_positions_words_in_another_order_give_the_same_in_that_order(positions):
    model = Transformer(TransformerConfig(vocabulary=12, layers=2, positions=positions))
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    for network, near in ((model, 1e-6), (model.double(), 1e-12)):
        before, after = (network(ids, changes=[Unplaced()]) for ids in (IDS, IDS[:, order]))
        assert float(moved(before.final[0, order], after.final[0]).max()) <= near
        assert torch.equal(before.placed, before.embedded)
        placed = [network(ids).final[0] for ids in (IDS, IDS[:, order])]
        assert float(moved(placed[0][order], placed[1]).max()) > 1e-4


@pytest.mark.parametrize("name", ["grammar", "random"])
def test_a_shuffled_sentence_without_positions_gives_shuffled_outputs_and_with_them_does_not(name):
    model = load_model(name, device="cpu")
    text, shuffled, order = "the dogs near that cat bark", "cat the bark near dogs that", [4, 0, 5, 2, 1, 3]
    first = len(model.trace(text)) - len(order)  # [CLS] stays where it is
    places = [*range(first), *(first + i for i in order)]
    plain = [model.trace(one, changes=[Unplaced()]).output for one in (text, shuffled)]
    assert float(moved(plain[0][places], plain[1]).max()) <= 1e-6
    placed = [model.trace(one).output for one in (text, shuffled)]
    assert float(moved(placed[0][places], placed[1]).max()) > 1e-2


def test_without_positions_nothing_is_added_or_turned_and_torch_agrees():
    for name in ("grammar", "random"):
        model = load_model(name, device="cpu")
        trace = model.trace(SENTENCE, changes=[Unplaced()])
        assert check(model, trace).agrees
        assert "rotary" not in trace.layers[0].projection.q
        if trace.stages:
            assert torch.equal(trace.stages.placed, trace.stages.embedded)


def test_a_model_that_cannot_leave_positions_out_says_why(minilm):
    with pytest.raises(AttnvizError, match="In minilm they are part of what it learned"):
        minilm.trace("the cat", changes=[Unplaced()])
    with pytest.raises(AttnvizError, match="has no positions, so there are none to leave out"):
        attnviz.load_model("random", positions=False).trace("the cat", changes=[Unplaced()])
    with pytest.raises(AttnvizError, match="has no positions, so there are none to leave out"):
        Transformer(TransformerConfig(vocabulary=12, positions="none"))(IDS, changes=[Unplaced()])


# A number of a matrix by hand


@torch.no_grad()
@pytest.mark.parametrize("name", ["grammar", "induction", "random"])
@pytest.mark.parametrize("matrix", ["w_q", "w_k", "w_v", "w_o"])
def test_a_number_by_hand_is_as_if_the_matrix_had_it_and_the_model_keeps_its_own(name, matrix):
    model = load_model(name, device="cpu")
    modules = [model.module] if name == "random" else model.network.attentions()
    before = [{key: m.clone() for key, m in module.matrices().items()} for module in modules]
    last = len(modules) - 1
    whole = model.trace(SENTENCE)
    trace = model.trace(SENTENCE, changes=[NumberSet(last, matrix, 2, 3, 5.0)])
    assert not torch.equal(trace.output, whole.output)
    assert check(model, trace).agrees
    for module, kept in zip(modules, before, strict=True):
        assert all(torch.equal(module.matrices()[key], kept[key]) for key in kept), "the shared weights are untouched"
    changed_one = getattr(modules[last], matrix)
    old = float(changed_one[2, 3])
    try:
        changed_one[2, 3] = 5.0
        there = model.trace(SENTENCE)
    finally:
        changed_one[2, 3] = old
    torch.testing.assert_close(trace.output, there.output)
    wanted = whole.layers[last].w_o.clone()
    if matrix == "w_o":
        wanted[2, 3] = 5.0
    assert torch.equal(trace.layers[last].w_o, wanted), "what is recorded is what was used"


def test_a_number_by_hand_has_a_place_in_a_from_scratch_model(minilm):
    model = load_model("grammar", device="cpu")
    with pytest.raises(AttnvizError, match="There is no row 99 in w_q of layer 1: it has rows 0 to 31"):
        model.trace("the cat", changes=[NumberSet(1, "w_q", 99, 0, 1.0)])
    with pytest.raises(AttnvizError, match="There is no layer 5: grammar has layers 0 to 1"):
        model.trace("the cat", changes=[NumberSet(5, "w_q", 0, 0, 1.0)])
    with pytest.raises(AttnvizError, match="from-scratch models of one row of words; the matrices of minilm stay as"):
        minilm.trace("the cat", changes=[NumberSet(0, "w_q", 0, 0, 1.0)])


# What a task's figures are with a change


def test_the_examination_is_taken_with_every_change_that_is_not_of_one_text():
    model = load_model("grammar", device="cpu")
    whole = model.measures()
    for change in (Normalized("polynomial"), Unplaced(), NumberSet(1, "w_o", 0, 0, 50.0)):
        assert model.measures([change]) != whole
    assert model.measures([RowSet(0, 0, 0, (1.0,))]) is None
    assert model.measures([Normalized("softmax")]) == whole


def test_torch_is_not_asked_for_what_it_does_not_compute():
    for name in ("grammar", "random"):
        model = load_model(name, device="cpu")
        for change in (Normalized("relu"), RowSet(0, 0, 0, [0.0] * len(model.trace("the cat")))):
            with pytest.raises(ModelError, match="torch's attention knows the softmax alone"):
                check(model, model.trace("the cat", changes=[change]))


def test_numbers_that_grow_beyond_what_can_be_computed_are_a_sentence():
    model = load_model("grammar", device="cpu")
    n = len(model.trace("the cat sat"))
    for changes in (
        [NumberSet(0, "w_v", 0, 0, 3e38), NumberSet(0, "w_v", 1, 0, -3e38)],
        [RowSet(0, 1, 1, [3e38] * n)],
        [NumberSet(0, "w_q", 0, 0, 1e30), Normalized("polynomial")],
    ):
        with pytest.raises(AttnvizError, match="grow beyond what can be computed"):
            model.trace("the cat sat", changes=changes)


def test_every_change_goes_with_every_other():
    model = load_model("grammar", device="cpu")
    n = len(model.trace(SENTENCE))
    changes = [
        *(HeadOff("0.1"), Unseen(key=2), Masked("window", 3), Scaled(2.0, root=False), Normalized("polynomial")),
        *(RowSet(1, 2, 4, [0.0] * n), Unplaced(), NumberSet(0, "w_v", 1, 1, 0.5)),
    ]
    trace = model.trace(SENTENCE, changes=changes)
    assert trace.changes == tuple(changes)
    assert trace.output.isfinite().all()
    assert (trace.layers[1].weights[2, 4] == 0).all()
