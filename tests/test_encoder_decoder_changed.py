"""The from-scratch encoder–decoder with changes in its run: each holds in its own part."""

from __future__ import annotations

import pytest
import torch

from attnviz import AttnvizError, HeadOff, Masked, Scaled, Unplaced, Unseen
from tests.support.sides import (
    MODEL,
    SOURCE_IS_TOKEN,
    TARGET_SIDE,
    run,
)


def test_a_head_of_the_cross_attention_is_zeros_before_w_o_and_the_rest_is_as_it_was():
    whole, off = run(), run(changes=[HeadOff("cross.0.1")])
    assert torch.equal(off.memory, whole.memory)
    one, other = whole.decoder[0], off.decoder[0]
    assert torch.equal(other.attended, one.attended)
    assert torch.equal(other.cross.weights, one.cross.weights), "it still looks"
    assert (other.cross.concatenated[..., 8:] == 0).all()
    assert torch.equal(other.cross.concatenated[..., :8], one.cross.concatenated[..., :8])
    by_hand = one.cross.context[:, 0] @ MODEL.decoder[0].cross.w_o[:8]
    torch.testing.assert_close(other.cross.output, by_hand, atol=1e-5, rtol=0)
    assert not torch.equal(off.decoder[1].attention.weights, whole.decoder[1].attention.weights), (
        "what comes after moves"
    )
    assert not torch.equal(off.logits, whole.logits)


def test_heads_are_off_in_their_own_part():
    whole = run()
    for part in ("encoder", "decoder"):
        off = run(changes=[HeadOff(f"{part}.0.1")])
        assert torch.equal(off.memory, whole.memory) is (part == "decoder")
        block = (off.encoder if part == "encoder" else off.decoder)[0].attention
        d = 16 // (4 if part == "encoder" else 2)
        assert (block.concatenated[..., d : 2 * d] == 0).all()
        assert not torch.equal(off.logits, whole.logits)


def test_a_word_of_the_source_is_unseen_by_the_target_alone():
    whole, cut = run(), run(changes=[Unseen(key=2, part="cross")])
    assert torch.equal(cut.memory, whole.memory)
    assert all((block.cross.weights[..., 2] == 0).all() for block in cut.decoder)
    one, other = whole.decoder[0].cross.weights, cut.decoder[0].cross.weights
    rest = one.index_fill(-1, torch.tensor([2]), 0)
    torch.testing.assert_close(other, rest / rest.sum(-1, keepdim=True), atol=1e-6, rtol=0)


def test_one_weight_is_unseen_in_a_batch_that_is_filled_up():
    only = Unseen(1, 0, 3, 2, "cross")
    cut = run(source_is_token=SOURCE_IS_TOKEN, changes=[only]).decoder
    zeros = cut[1].cross.weights == 0
    assert zeros[0].nonzero().tolist() == [[0, 3, 2]]
    assert zeros[1, :, :, 4:].all()
    assert zeros[1, :, :, :4].nonzero().tolist() == [[0, 3, 2]]
    assert not (cut[0].cross.weights[0] == 0).any()


def test_a_mask_of_distance_holds_within_a_row_of_words_and_not_between_two():
    record = run(changes=[Masked("window", width=1)])
    near = (torch.arange(7)[:, None] - torch.arange(7)).abs() <= 1
    assert torch.equal(record.encoder[0].attention.weights[0, 0] > 0, near)
    assert torch.equal(record.decoder[0].attention.weights[0, 0] > 0, near[:5, :5].tril())
    assert (record.decoder[0].cross.weights > 0).all()
    lifted = run(changes=[Masked("bidirectional", part="decoder")])
    assert (lifted.decoder[0].attention.weights > 0).all()


def test_another_temperature_divides_the_scores_of_its_part():
    whole, hot = run(), run(changes=[Scaled(temperature=3.0, part="cross")])
    assert torch.equal(hot.memory, whole.memory)
    first, second = whole.decoder[0], hot.decoder[0]
    assert torch.equal(second.attention.weights, first.attention.weights)
    expected = (first.cross.q @ first.cross.k.mT / 8**0.5 / 3).softmax(-1)
    torch.testing.assert_close(second.cross.weights, expected, atol=1e-6, rtol=0)
    rootless = run(changes=[Scaled(root=False, part="cross")]).decoder[0].cross
    torch.testing.assert_close(rootless.weights, (rootless.q @ rootless.k.mT).softmax(-1), atol=1e-6, rtol=0)


def test_without_positions_queries_and_keys_are_not_turned():
    block = run(changes=[Unplaced()]).encoder[0]
    q = (block.attention_input @ MODEL.encoder[0].attention.w_q).unflatten(-1, (4, 4)).transpose(1, 2)
    assert torch.allclose(block.attention.q, q, atol=1e-6)
    assert not torch.allclose(run().encoder[0].attention.q[:, :, 1:], q[:, :, 1:], atol=1e-3)
    assert MODEL.angles(5, TARGET_SIDE, [Unplaced()]) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([HeadOff("0.1")], r"has several parts \(encoder, decoder, cross\). Say which"),
        ([HeadOff("cross.3.0")], "There is no layer 3: cross of this model has layers 0 to 2"),
        ([HeadOff("encoder.0.4")], "There is no head 4: layer 0 of this model has heads 0 to 3"),
        ([Unseen(key=7, part="cross")], "There is no token 7: there are tokens 0 to 6"),
        ([Unseen(query=5, part="decoder")], "There is no token 5 of the target: it has tokens 0 to 4 here"),
    ],
)
def test_a_change_where_nothing_is_is_refused(changes, sentence: str):
    with pytest.raises(AttnvizError, match=sentence):
        run(changes=changes)
