"""How a layer makes Q, K and V, and where its W_O is: measured in a run, so true of each layer, whatever its code."""

from __future__ import annotations

import pytest
import torch

from attnviz import load_model
from attnviz.layer import Projection
from attnviz.models.pretrained.inside.probe import TOKENS, measured
from tests.support.saving import made, saved
from tests.support.tiny import SENTENCE, save_tiny

GROUPED = {"num_key_value_heads": 2}
PLAIN, TURNED = ("linear",), ("linear", "rotary")
NORMED = ("linear", "norm", "rotary")


def projections(folder):
    return [layer.projection for layer in load_model(str(folder), device="cpu").trace(SENTENCE).layers]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("BertModel", {}, Projection(("linear", "bias"), ("linear", "bias"), ("linear", "bias"))),
        ("GPT2Model", {"n_embd": 16, "n_layer": 2, "n_head": 4}, Projection(*[("linear", "bias")] * 3)),
        ("T5EncoderModel", {}, Projection(PLAIN, PLAIN, PLAIN)),
        ("OPTModel", {"word_embed_proj_dim": 16}, Projection(("linear", "bias", "scale"), *[("linear", "bias")] * 2)),
        ("LlamaModel", GROUPED, Projection(TURNED, TURNED, PLAIN)),
        ("Qwen2Model", GROUPED, Projection(*[("linear", "bias", "rotary")] * 2, ("linear", "bias"))),
        ("GPTNeoXModel", {}, Projection(*[("linear", "bias", "rotary")] * 2, ("linear", "bias"))),
        ("Phi3Model", GROUPED, Projection(TURNED, TURNED, PLAIN)),
        ("Qwen3Model", GROUPED | {"head_dim": 4}, Projection(NORMED, NORMED, PLAIN)),
        ("Olmo2Model", GROUPED, Projection(NORMED, NORMED, PLAIN)),
    ],
)
def test_the_steps_from_x_are_those_of_the_architecture(name, options, expected, tmp_path):
    assert projections(saved(tmp_path, made(name, **options))) == [expected] * 2


def test_a_layer_without_rotary_positions_is_said_to_have_none(tmp_path):
    model = made("SmolLM3Model", num_hidden_layers=4, no_rope_layers=[1, 0, 1, 1], **GROUPED)
    turned, plain = Projection(TURNED, TURNED, PLAIN), Projection(PLAIN, PLAIN, PLAIN)
    assert projections(saved(tmp_path, model)) == [turned, plain, turned, turned]


def test_what_fits_no_pattern_is_not_known(tmp_path):
    low_rank = {
        "num_key_value_heads": 4,
        "q_lora_rank": 8,
        "kv_lora_rank": 8,
        "qk_nope_head_dim": 4,
        "qk_rope_head_dim": 4,
        "v_head_dim": 6,
        "n_routed_experts": 4,
        "num_experts_per_tok": 2,
        "n_group": 2,
        "topk_group": 1,
        "moe_intermediate_size": 8,
        "first_k_dense_replace": 1,
    }
    folder = saved(tmp_path, made("DeepseekV3Model", **low_rank))
    assert projections(folder) == [None, None]
    layers = load_model(str(folder), device="cpu").trace("the cat").layers
    assert [(layer.q.shape[-1], layer.v.shape[-1], len(layer.w_o)) for layer in layers] == [(8, 6, 24)] * 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("BitNetModel", GROUPED),  # a norm stands before W_O
        (
            "AfmoeModel",  # a gate does
            GROUPED
            | {"head_dim": 4, "moe_intermediate_size": 8, "num_experts": 4, "num_experts_per_tok": 2}
            | {"num_dense_layers": 1},
        ),
    ],
)
def test_a_w_o_that_does_not_take_the_heads_contexts_as_they_are_is_not_known(name, options, tmp_path):
    trace = load_model(str(saved(tmp_path, made(name, **options))), device="cpu").trace(SENTENCE)
    assert [layer.w_o for layer in trace.layers] == [None, None]


def test_watching_leaves_no_hooks(tmp_path):
    model = load_model(str(save_tiny(tmp_path, "bert")), device="cpu")
    ids = torch.arange(5, 5 + TOKENS)[None]
    with torch.no_grad():
        found, _ = measured(model.network, lambda: model.network(input_ids=ids))
    assert found == model.measured
    assert not any(module._forward_hooks for module in model.network.modules())
