"""W_O of every family, and models as they were before training."""

from __future__ import annotations

import pytest
import torch

import attnviz
from attnviz import AttnvizError
from attnviz.models import check, load_model
from tests.support.saving import made, saved
from tests.support.tiny import SENTENCE, save_tiny

# Where each family keeps the output projection of layer 1.
PLACES = {
    "bert": "encoder.layer.1.attention.output.dense",
    "roberta": "encoder.layer.1.attention.output.dense",
    "distilbert": "transformer.layer.1.attention.out_lin",
    "gpt2": "h.1.attn.c_proj",
    "llama": "layers.1.self_attn.o_proj",
    "t5": "block.1.layer.0.SelfAttention.o",
    "bart": "layers.1.self_attn.out_proj",
    "gpt_neox": "layers.1.attention.dense",
    "albert": "encoder.albert_layer_groups.0.albert_layers.0.attention.dense",
    "modernbert": "layers.1.attn.Wo",
}


@pytest.mark.parametrize("family", PLACES)
def test_the_heads_contexts_times_w_o_are_what_the_output_projection_gives(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    module = model.network.get_submodule(PLACES[family])
    seen = []
    hook = module.register_forward_hook(lambda m, arguments, output: seen.append((arguments[0][0], output[0])))
    trace = model.trace(SENTENCE)
    hook.remove()
    given, made = seen[-1]
    layer = trace.layers[1]
    concatenated = layer.context.transpose(0, 1).flatten(1)
    bias = getattr(module, "bias", None)
    torch.testing.assert_close(concatenated, given, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(concatenated @ layer.w_o + (0 if bias is None else bias), made, atol=1e-5, rtol=1e-4)
    assert layer.w_o.data_ptr() == module.weight.data_ptr(), "no copy"


def test_w_o_of_our_own_models_is_theirs():
    random, grammar = (load_model(name, device="cpu") for name in ("random", "grammar"))
    assert random.trace(SENTENCE).layers[0].w_o is random.module.w_o
    trace = grammar.trace(SENTENCE)
    for layer, stages in zip(trace.layers, trace.stages.blocks, strict=True):
        torch.testing.assert_close(stages.concatenated @ layer.w_o, stages.attention_output)


def test_w_o_does_not_count_as_the_trace_s_memory(minilm):
    trace = minilm.trace(SENTENCE)
    assert all(layer.w_o.shape == (384, 384) for layer in trace.layers)
    assert trace.nbytes < 384 * 384 * 4


def test_an_output_projection_of_another_size_is_refused(tmp_path):
    model = load_model(str(save_tiny(tmp_path, "bert")), device="cpu")
    attention = model.network.encoder.layer[0].attention
    model.__dict__["_w_o"] = {attention.self: torch.zeros(8, 16)}
    with pytest.raises(AttnvizError, match="must be \\[head · d_value, d_model\\] with 16 rows"):
        model.trace("the cat")


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "gpt2", "llama", "t5", "bart"])
def test_before_training_a_model_has_the_same_shape_and_other_weights(family, tmp_path):
    model = load_model(str(save_tiny(tmp_path, family)), device="cpu")
    before = torch.get_rng_state()
    untrained = model.untrained()
    assert torch.equal(torch.get_rng_state(), before), "the global random state is everybody's"
    assert untrained is model.untrained()
    assert untrained.untrained() is None
    theirs, ours = model.trace(SENTENCE), untrained.trace(SENTENCE)
    assert ours.tokens == theirs.tokens
    assert [layer.q.shape for layer in ours.layers] == [layer.q.shape for layer in theirs.layers]
    assert not torch.allclose(ours.output, theirs.output)
    assert check(untrained, ours).agrees
    assert torch.equal(model.trace(SENTENCE).output, theirs.output), "the model itself is as it was"
    buffers = dict(model.network.named_buffers())
    assert all(torch.equal(value, buffers[name]) for name, value in untrained.network.named_buffers())
    assert ours.layers[0].w_o.data_ptr() != theirs.layers[0].w_o.data_ptr()


def test_the_untrained_bert_looks_at_all_words_nearly_alike(minilm):
    untrained = minilm.untrained()
    trace = untrained.trace(SENTENCE)
    for layer in trace.layers:
        assert float((layer.weights - 1 / len(trace)).abs().max()) < 0.05
    parameters = dict(untrained.network.named_parameters())
    assert (parameters["embeddings.LayerNorm.weight"] == 1).all()
    assert (parameters["encoder.layer.0.attention.self.query.bias"] == 0).all()
    drawn = parameters["encoder.layer.3.attention.self.query.weight"]
    assert drawn.std().item() == pytest.approx(0.02, rel=0.05)
    assert drawn.mean().item() == pytest.approx(0, abs=1e-3)
    assert not any(parameter.requires_grad for parameter in parameters.values())
    assert not untrained.network.training


def test_before_training_a_norm_is_as_the_library_begins_it(tmp_path):
    for name, start in (("LlamaModel", 1.0), ("Gemma3TextModel", 0.0)):  # Gemma multiplies by 1 + weight
        model = load_model(saved(tmp_path / name, made(name, num_key_value_heads=2, head_dim=4)), device="cpu")
        norms = [m.weight for m in model.untrained().network.modules() if "Norm" in type(m).__name__]
        assert norms
        assert all((weight == start).all() for weight in norms)


def test_an_untrained_language_model_predicts_too_and_keeps_its_ties(tmp_path):
    model = load_model(str(save_tiny(tmp_path, "bert", with_head=True)), device="cpu")
    untrained = model.untrained()
    assert untrained.network is untrained.with_words.base_model
    words = untrained.with_words.get_output_embeddings().weight
    assert words is untrained.network.get_input_embeddings().weight
    assert float(untrained.probabilities(SENTENCE, 2).sum()) == pytest.approx(1, abs=1e-5)


def test_before_training_a_trained_model_is_at_its_first_step():
    model = load_model("grammar", device="cpu")
    untrained = model.untrained()
    assert untrained.step == 0
    assert untrained is model.untrained()
    assert untrained.untrained() is None
    expected = attnviz.trace(SENTENCE, "grammar", step=0, device="cpu")
    assert torch.equal(untrained.trace(SENTENCE).output, expected.output)
    assert load_model("random").untrained() is None
