"""The from-scratch transformer: against torch's own encoder, by hand, and by its properties."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from attnviz import AttnvizError, HeadOff
from attnviz.transformer import FeedForward, Transformer, TransformerConfig, dropout

CONFIG = TransformerConfig(20, layers=3, heads=2, d_model=16, d_ff=24, positions="none")
IDS = torch.tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])


def twin(ours: Transformer) -> nn.TransformerEncoder:
    """torch's encoder with the same weights; what it has and we have not (biases in attention) is zero."""
    config = ours.config
    layer = nn.TransformerEncoderLayer(
        config.d_model, config.heads, config.d_ff, dropout=0.0, batch_first=True, norm_first=config.norm == "pre"
    )
    theirs = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False).eval()
    with torch.no_grad():
        for block, other in zip(ours.blocks, theirs.layers, strict=True):
            attention = block.attention
            other.self_attn.in_proj_weight.copy_(torch.cat([attention.w_q, attention.w_k, attention.w_v], dim=1).T)
            other.self_attn.in_proj_bias.zero_()
            other.self_attn.out_proj.weight.copy_(attention.w_o.T)
            other.self_attn.out_proj.bias.zero_()
            for linear, w, b in (
                (other.linear1, block.feed_forward.w_1, block.feed_forward.b_1),
                (other.linear2, block.feed_forward.w_2, block.feed_forward.b_2),
            ):
                linear.weight.copy_(w.T)
                linear.bias.copy_(b)
            other.norm1.load_state_dict(block.norm_1.state_dict())
            other.norm2.load_state_dict(block.norm_2.state_dict())
    return theirs


def stirred(config: TransformerConfig, seed: int = 1) -> Transformer:
    """A model in which no parameter is 0 or 1."""
    model = Transformer(config, seed=seed).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("causal", [False, True])
@torch.no_grad()
def test_its_blocks_are_those_of_torch_s_encoder(norm, causal):
    model = stirred(dataclasses.replace(CONFIG, norm=norm, causal=causal))
    is_token = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    record = model(IDS, is_token=is_token)
    mask = torch.ones(6, 6, dtype=torch.bool).triu(1) if causal else None
    theirs = twin(model)(record.placed, mask=mask, src_key_padding_mask=~is_token)
    assert (record.blocks[-1].output - theirs)[is_token].abs().max() < 1e-5


@pytest.mark.parametrize("norm", ["pre", "post"])
@torch.no_grad()
def test_every_stage_follows_from_the_one_before(norm):
    model = stirred(dataclasses.replace(CONFIG, norm=norm, positions="sinusoidal"))
    record = model(IDS)
    assert torch.equal(record.embedded, model.embedding[IDS])
    x = record.placed
    for block, part in zip(record.blocks, model.blocks, strict=True):
        if norm == "pre":
            assert torch.equal(block.attention_input, part.norm_1(x))
            assert torch.equal(block.attended, x + block.attention.output)
            assert torch.equal(block.feed_forward_input, part.norm_2(block.attended))
            assert torch.equal(block.output, block.attended + block.feed_forward)
        else:
            assert torch.equal(block.attention_input, x)
            assert torch.equal(block.attended, part.norm_1(x + block.attention.output))
            assert torch.equal(block.output, part.norm_2(block.attended + block.feed_forward))
        assert torch.allclose(block.attention.output, block.attention.concatenated @ part.attention.w_o)
        assert (block.hidden >= 0).all()
        x = block.output
    assert torch.allclose(record.logits, record.final @ model.embedding.T + model.bias)


def test_feed_forward_by_hand():
    layer = FeedForward(2, 2, generator=torch.Generator())
    with torch.no_grad():
        layer.w_1.copy_(torch.tensor([[1.0, -1.0], [0.0, 2.0]]))
        layer.b_1.copy_(torch.tensor([0.5, 0.0]))
        layer.w_2.copy_(torch.tensor([[1.0, 0.0], [0.0, 3.0]]))
        layer.b_2.copy_(torch.tensor([0.0, 1.0]))
    hidden, out = layer(torch.tensor([[1.0, 1.0], [2.0, 0.0]]))
    assert hidden.tolist() == [[1.5, 1.0], [2.5, 0.0]]  # max(0, [1.5, 1]) and max(0, [2.5, -2])
    assert out.tolist() == [[1.5, 4.0], [2.5, 1.0]]


@pytest.mark.parametrize("positions", TransformerConfig.POSITIONS)
@torch.no_grad()
def test_order_matters_only_with_positions(positions):
    model = stirred(dataclasses.replace(CONFIG, positions=positions, longest=10))
    straight, turned = model(IDS[:1]).logits, model(IDS[:1].flip(1)).logits.flip(1)
    assert torch.allclose(straight, turned, atol=1e-4) == (positions == "none")


@torch.no_grad()
def test_padding_changes_nothing_for_the_words():
    model = stirred(dataclasses.replace(CONFIG, positions="rotary"))
    padded = torch.cat([IDS, torch.zeros(2, 3, dtype=torch.long)], dim=1)
    is_token = torch.arange(9).expand(2, 9) < 6
    assert torch.allclose(model(padded, is_token=is_token).logits[:, :6], model(IDS).logits, atol=1e-5)


@torch.no_grad()
def test_a_causal_model_knows_nothing_of_later_words():
    model = stirred(dataclasses.replace(CONFIG, causal=True, positions="rotary"))
    other = IDS.clone()
    other[:, 4:] = 7
    assert torch.equal(model(IDS).logits[:, :4], model(other).logits[:, :4])
    assert not torch.equal(model(IDS).logits[:, 4:], model(other).logits[:, 4:])


@torch.no_grad()
def test_a_head_that_is_off_is_zeros_before_w_o():
    model = stirred(CONFIG)
    record = model(IDS, changes=[HeadOff("1.0")])
    whole = model(IDS)
    assert torch.equal(record.blocks[0].output, whole.blocks[0].output), "the layer below is as it was"
    block = record.blocks[1].attention
    assert torch.equal(block.weights, whole.blocks[1].attention.weights), "it still looks"
    assert (block.concatenated[..., :8] == 0).all()
    assert torch.equal(block.concatenated[..., 8:], whole.blocks[1].attention.concatenated[..., 8:])
    assert not torch.equal(record.logits, whole.logits)


@pytest.mark.parametrize("off", ["3.0", "0.2"])
def test_a_head_that_is_not_there_cannot_be_switched_off(off):
    with pytest.raises(AttnvizError, match="There is no"):
        Transformer(CONFIG)(IDS, changes=[HeadOff(off)])


def test_a_seed_fixes_the_weights_and_leaves_the_global_state_alone():
    before = torch.random.get_rng_state()
    one, same, other = (Transformer(CONFIG, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(one.embedding, same.embedding)
    assert not torch.equal(one.embedding, other.embedding)


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    drop = dropout(0.25, torch.Generator().manual_seed(0))
    dropped = drop(torch.ones(200, 200))
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert abs(float((dropped == 0).float().mean()) - 0.25) < 0.01
    assert dropout(0.0, torch.Generator()) is None


def test_gradients_reach_every_parameter():
    for norm in TransformerConfig.NORMS:
        config = dataclasses.replace(CONFIG, norm=norm, positions="learned", longest=6, tied=False)
        model = Transformer(config)
        model(IDS).logits.logsumexp(-1).sum().backward()
        assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.parameters())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": 3}, "3 heads do not divide d_model 16"),
        ({"heads": 16}, "d_head 1 is odd"),
        ({"d_model": 100_000}, "d_model must be from 8 to 256, not 100,000"),
        ({"layers": 0}, "layers must be from 1 to 6"),
        ({"layers": 2.0}, "layers must be a whole number"),
        ({"positions": "polar"}, "positions is one of rotary"),
        ({"norm": "mid"}, "norm is one of pre, post"),
        ({"causal": 1}, "causal is on or off"),
    ],
)
def test_shapes_that_cannot_be_are_refused(options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        dataclasses.replace(CONFIG, **{"positions": "rotary", **options})


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(AttnvizError, match="has 6 tokens; this model reads up to 4"):
        Transformer(dataclasses.replace(CONFIG, longest=4))(IDS)
