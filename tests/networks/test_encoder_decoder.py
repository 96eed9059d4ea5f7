"""The from-scratch encoder–decoder: against torch's own attention and norms, and by its properties."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, linear, scaled_dot_product_attention

from attnviz import AttnvizError, Unplaced
from attnviz.networks import config_from
from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from attnviz.training.vocabulary import START
from attnviz.transformer import dropout
from tests.support.sides import (
    CONFIG,
    IDS,
    IS_TOKEN,
    MODEL,
    SOURCE,
    SOURCE_IS_TOKEN,
    SOURCE_SIDE,
    TARGET_SIDE,
    run,
    stirred,
)

# Computed otherwise: from the names of the weights alone, with torch's own attention and norms


class Otherwise:
    """One source and one target through the weights of a state_dict."""

    def __init__(self, model: EncoderDecoder) -> None:
        self.weights, self.config = model.state_dict(), model.config

    def logits(self, ids: Tensor, source: Tensor) -> Tensor:
        """[target token, word]"""
        memory = self.memory(source)
        y = self.weights["embedding"][ids] * self.config.target.d_model**0.5
        later = torch.ones(len(ids), len(ids), dtype=torch.bool).triu(1)
        for i in range(self.config.target.layers):
            at, heads = f"decoder.{i}.", self.config.target.heads
            x = self.norm(at + "norm_1", y)
            y = y + self.attends(at + "attention", heads, x, x, is_turned=True, hidden=later)
            y = y + self.attends(at + "cross", heads, self.norm(at + "norm_2", y), memory, is_turned=False)
            y = y + self.feed_forward(at + "feed_forward", self.norm(at + "norm_3", y))
        return self.norm("norm", y) @ self.weights["embedding"].T + self.weights["bias"]

    def memory(self, source: Tensor) -> Tensor:
        """[source token, d_model]"""
        x = self.weights["source_embedding"][source] * self.config.source.d_model**0.5
        for i in range(self.config.source.layers):
            at = f"encoder.{i}."
            inside = self.norm(at + "norm_1", x)
            x = x + self.attends(at + "attention", self.config.source.heads, inside, inside, is_turned=True)
            x = x + self.feed_forward(at + "feed_forward", self.norm(at + "norm_2", x))
        return self.norm("source_norm", x)

    def norm(self, at: str, x: Tensor) -> Tensor:
        return layer_norm(x, x.shape[-1:], self.weights[at + ".weight"], self.weights[at + ".bias"])

    def feed_forward(self, at: str, x: Tensor) -> Tensor:
        w = {name: self.weights[f"{at}.{name}"] for name in ("w_1", "b_1", "w_2", "b_2")}
        return linear(linear(x, w["w_1"].T, w["b_1"]).relu(), w["w_2"].T, w["b_2"])

    def attends(
        self, at: str, heads: int, x: Tensor, seen: Tensor, *, is_turned: bool, hidden: Tensor | None = None
    ) -> Tensor:
        """Heads one after another, each with its columns of the matrices."""
        w = {name: self.weights[f"{at}.{name}"] for name in ("w_q", "w_k", "w_v", "w_o")}
        d = x.shape[-1] // heads
        found = []
        for head in range(heads):
            columns = slice(head * d, (head + 1) * d)
            q, k, v = x @ w["w_q"][:, columns], seen @ w["w_k"][:, columns], seen @ w["w_v"][:, columns]
            if is_turned:
                q, k = turned(q), turned(k)
            allowed = None if hidden is None else ~hidden
            found.append(scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=allowed)[0])
        return torch.cat(found, dim=-1) @ w["w_o"]


def turned(x: Tensor) -> Tensor:
    """Rotary positions, number by number: at place p the pair (i, i + d/2) is turned by p · 1000^(-2i/d)."""
    half, found = x.shape[-1] // 2, x.clone()
    for place in range(len(x)):
        for i in range(half):
            angle = torch.tensor(place * 1000 ** (-2 * i / x.shape[-1]), dtype=torch.float64)
            a, b = x[place, i].double(), x[place, i + half].double()
            found[place, i] = a * angle.cos() - b * angle.sin()
            found[place, i + half] = a * angle.sin() + b * angle.cos()
    return found


def test_its_logits_are_those_of_torch_s_own_parts():
    record, other = run(), Otherwise(MODEL)
    for text in range(2):
        assert (record.memory[text] - other.memory(SOURCE[text])).abs().max() <= 1e-5
        assert (record.logits[text] - other.logits(IDS[text], SOURCE[text])).abs().max() <= 1e-5


def test_its_cross_attention_is_that_of_torch_s_module():
    """nn.MultiheadAttention, with the memory as keys and values and what fills it up masked."""
    record = run(source_is_token=SOURCE_IS_TOKEN)
    for block, ours in zip(record.decoder, MODEL.decoder, strict=True):
        theirs = nn.MultiheadAttention(16, 2, bias=False, batch_first=True)
        theirs.load_state_dict(
            {
                "in_proj_weight": torch.cat([ours.cross.w_q, ours.cross.w_k, ours.cross.w_v], dim=1).T,
                "out_proj.weight": ours.cross.w_o.T,
            }
        )
        output, weights = theirs(
            block.cross_input,
            record.memory,
            record.memory,
            key_padding_mask=~SOURCE_IS_TOKEN,
            average_attn_weights=False,
        )
        assert (block.cross.weights - weights).abs().max() <= 1e-6
        assert (block.cross.output - output).abs().max() <= 1e-5


def test_every_stage_follows_from_the_one_before():
    record = run()
    assert torch.equal(record.source_embedded, MODEL.source_embedding[SOURCE] * 4), "√16-fold"
    assert torch.equal(record.embedded, MODEL.embedding[IDS] * 4)
    assert torch.equal(record.memory, MODEL.source_norm(record.encoder[-1].output))
    y = record.embedded
    for block, part in zip(record.decoder, MODEL.decoder, strict=True):
        assert torch.equal(block.attention_input, part.norm_1(y))
        assert torch.equal(block.attended, y + block.attention.output)
        assert torch.equal(block.cross_input, part.norm_2(block.attended))
        assert torch.equal(block.informed, block.attended + block.cross.output)
        assert torch.equal(block.feed_forward_input, part.norm_3(block.informed))
        assert torch.equal(block.output, block.informed + block.feed_forward)
        assert block.attention.weights.shape == (2, 2, 5, 5)
        assert block.cross.weights.shape == (2, 2, 5, 7)
        y = block.output
    assert torch.equal(record.final, MODEL.norm(y))


# Properties


def test_a_batch_filled_up_is_each_text_by_itself():
    both = run(source_is_token=SOURCE_IS_TOKEN, is_token=IS_TOKEN)
    for text in range(2):
        source, ids = SOURCE[text][SOURCE_IS_TOKEN[text]], IDS[text][IS_TOKEN[text]]
        alone = MODEL(ids, source=source)
        torch.testing.assert_close(both.logits[text, : len(ids)], alone.logits, atol=1e-5, rtol=0)
        torch.testing.assert_close(both.memory[text, : len(source)], alone.memory, atol=1e-5, rtol=0)


def test_what_fills_up_a_source_is_not_looked_at_whatever_it_is():
    record = run(source_is_token=SOURCE_IS_TOKEN)
    looks = [block.attention.weights for block in record.encoder] + [block.cross.weights for block in record.decoder]
    assert all((weights[1, ..., 4:] == 0).all() for weights in looks)
    other = torch.where(SOURCE_IS_TOKEN, SOURCE, 11)
    assert torch.equal(MODEL(IDS, source=other, source_is_token=SOURCE_IS_TOKEN).logits, record.logits)


@pytest.mark.parametrize("place", range(1, 5))
def test_a_later_word_of_the_target_changes_nothing_before_it(place: int):
    other = IDS.clone()
    other[:, place:] = 7
    one, two = run().logits, MODEL(other, source=SOURCE).logits
    assert torch.equal(one[:, :place], two[:, :place])
    assert (one[:, place:] != two[:, place:]).any(-1).all()


def test_every_word_of_the_source_reaches_every_word_of_the_target():
    whole = run()
    for place in range(SOURCE.shape[1]):
        other = SOURCE.clone()
        other[:, place] = 13
        record = MODEL(IDS, source=other)
        assert (record.memory != whole.memory).any(-1).all(), "the encoder looks both ways"
        assert (record.logits != whole.logits).any(-1).all()


def test_the_order_of_the_source_is_known_by_positions_alone():
    turned_round = SOURCE.flip(1)
    assert not torch.allclose(MODEL(IDS, source=turned_round).logits, run().logits, atol=1e-3)
    there, back = run(changes=[Unplaced()]), MODEL(IDS, source=turned_round, changes=[Unplaced()])
    torch.testing.assert_close(back.logits, there.logits, atol=1e-4, rtol=0)
    torch.testing.assert_close(back.memory.flip(1), there.memory, atol=1e-5, rtol=0)


def test_gradients_reach_every_parameter():
    model = EncoderDecoder(CONFIG)
    model(IDS, source=SOURCE).logits.logsumexp(-1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.abs().sum() > 0), name


def test_a_seed_fixes_the_weights_and_leaves_the_global_state_alone():
    before = torch.random.get_rng_state()
    one, same, other = (CONFIG.network(seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["decoder.0.cross.w_q"], other["decoder.0.cross.w_q"])


def test_first_weights_have_the_spread_that_is_asked_for():
    """Vectors of words N(0, 1/d_model), so that √d_model-fold they are N(0, 1); matrices as `spread` says."""
    sides = [
        dataclasses.replace(side, d_model=128, vocabulary=500, spread=0.075) for side in (SOURCE_SIDE, TARGET_SIDE)
    ]
    model = EncoderDecoder(EncoderDecoderConfig(*sides)).requires_grad_(False)
    record = model(IDS, source=SOURCE)
    assert float((model.embedding * 128**0.5).std()) == pytest.approx(1, abs=0.02)
    assert float(record.source_embedded.std()) == pytest.approx(1, abs=0.1)
    assert float(model.decoder[0].cross.w_k.std()) == pytest.approx(0.075, abs=0.002)


def test_dropout_draws_from_its_own_generator_and_leaves_the_record_as_it_was():
    model = EncoderDecoder(CONFIG)
    before = torch.random.get_rng_state()
    runs = [
        model(IDS, source=SOURCE, drop=dropout(0.5, torch.Generator().manual_seed(seed))).logits for seed in (1, 1, 2)
    ]
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_what_is_written_is_the_most_probable_word_one_step_after_another():
    found = MODEL.written(SOURCE, SOURCE_IS_TOKEN, 6, begins=START)
    assert found.shape == (2, 7)
    for text in range(2):
        source, ids = SOURCE[text][SOURCE_IS_TOKEN[text]], [START]
        for _ in range(6):
            ids.append(int(MODEL(torch.tensor(ids), source=source).logits[-1].argmax()))
        assert found[text].tolist() == ids
    assert MODEL.written(SOURCE, None, 0, begins=START).tolist() == [[START], [START]]


def test_where_a_target_ends_is_for_the_caller_to_say():
    """A model that always says the word which begins and ends goes on saying it."""
    model = stirred()
    with torch.no_grad():
        model.bias[START] = 1e6
    assert model.written(SOURCE, None, 4, begins=START).tolist() == [[START] * 5] * 2


def test_too_long_a_text_is_refused_by_the_side_that_it_is_on():
    with pytest.raises(AttnvizError, match="The source has 10 tokens; this model takes up to 9"):
        MODEL(IDS[:, :1], source=torch.zeros(2, 10, dtype=torch.long))
    with pytest.raises(AttnvizError, match="The target has 9 tokens; this model takes up to 8"):
        MODEL(torch.zeros(2, 9, dtype=torch.long), source=SOURCE)


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ({"d_model": 32}, {}, "both have one d_model, not 32 and 16"),
        ({"causal": True}, {}, "The encoder looks both ways"),
        ({}, {"causal": False}, "no further than the word it is at"),
        ({"norm": "post"}, {}, "pre-norm, rotary and tied, with a feed-forward"),
        ({}, {"positions": "learned"}, "pre-norm, rotary and tied, with a feed-forward"),
        ({"d_ff": 0}, {}, "pre-norm, rotary and tied, with a feed-forward"),
        ({}, {"tied": False}, "pre-norm, rotary and tied, with a feed-forward"),
    ],
)
def test_shapes_that_cannot_be_are_refused(source, target, sentence: str):
    with pytest.raises(AttnvizError, match=sentence):
        EncoderDecoderConfig(dataclasses.replace(SOURCE_SIDE, **source), dataclasses.replace(TARGET_SIDE, **target))


def test_a_shape_is_what_was_written_of_it():
    assert config_from(dataclasses.asdict(CONFIG)) == CONFIG
    assert config_from(dataclasses.asdict(SOURCE_SIDE)) == SOURCE_SIDE
    assert CONFIG.shape == {"encoder": (4, 4), "decoder": (2, 2, 2), "cross": (2, 2, 2)}
