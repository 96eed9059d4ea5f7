"""Complete models of every class load, with the weights of their own attention, and only what is shown is judged."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from attnviz import load_model
from attnviz.models import check
from tests.support.saving import made, refusal, saved

GROUPED = {"num_key_value_heads": 2}


@pytest.mark.parametrize(
    ("name", "options", "layers", "inside"),
    [
        ("MarianMTModel", {}, 2, "get_encoder"),
        ("BartForConditionalGeneration", {}, 2, "get_encoder"),
        ("T5EncoderModel", {}, 2, "get_encoder"),
        ("MT5EncoderModel", {}, 2, "get_encoder"),
        ("UMT5EncoderModel", {}, 2, "get_encoder"),
        ("T5ForTokenClassification", {}, 2, "get_encoder"),
        ("T5ForConditionalGeneration", {}, 2, "get_encoder"),
        ("BartForCausalLM", {}, 3, "get_decoder"),
        ("MarianForCausalLM", {}, 3, "get_decoder"),
        ("LlamaForQuestionAnswering", GROUPED, 2, "base"),
        ("LlamaForCausalLM", GROUPED, 2, "base"),
        ("BertForSequenceClassification", {}, 2, "base"),
        ("BertForMultipleChoice", {}, 2, "base"),
        ("DPRContextEncoder", {}, 2, "base"),
        ("DPRQuestionEncoder", {"projection_dim": 8}, 2, "base"),
        ("DPRReader", {}, 2, "base"),
        (
            "Llama4ForCausalLM",
            GROUPED | {"head_dim": 4, "num_local_experts": 2, "intermediate_size_mlp": 16},
            2,
            "base",
        ),
    ],
)
def test_a_complete_model_is_shown_with_the_weights_of_an_eager_one_loaded_by_itself(
    name, options, layers, inside, tmp_path
):
    import transformers

    model = made(name, **options)
    folder = saved(tmp_path, model)
    trace = load_model(str(folder), device="cpu").trace("the cat which was black sat on the mat")
    assert len(trace.layers) == layers
    whole = getattr(transformers, name).from_pretrained(folder, attn_implementation="eager").eval()
    network = getattr(whole, inside)() if inside != "base" else whole.base_model
    while inner := [child for child in network.children() if isinstance(child, transformers.PreTrainedModel)]:
        network = inner[0]
    ids = torch.tensor([[token.id for token in trace.tokens]])
    asked = {"output_attentions": True, "use_cache": False} if inside == "get_decoder" else {"output_attentions": True}
    with torch.no_grad():
        theirs = network(input_ids=ids, attention_mask=torch.ones_like(ids), **asked).attentions
    assert len(theirs) == layers
    for layer, other in zip(trace.layers, theirs, strict=True):
        assert (layer.weights - other[0]).abs().max() <= 1e-6


def test_weights_that_are_never_saved_are_not_missing(tmp_path):
    folder = saved(tmp_path, made("MarianMTModel"))
    assert not any("embed_positions" in name for name in load_file(folder / "model.safetensors"))
    model = load_model(str(folder), device="cpu")
    angle = torch.tensor(1.0)
    assert torch.allclose(model.network.embed_positions.weight[1, [0, 8]], torch.stack([angle.sin(), angle.cos()]))


def test_a_head_without_weights_leaves_the_network_and_its_own_predictions_go(tmp_path):
    folder = saved(tmp_path, made("BertForMaskedLM"))
    assert load_model(str(folder), device="cpu").predicts == "masked"
    file = folder / "model.safetensors"
    save_file({k: v for k, v in load_file(file).items() if not k.startswith("cls.")}, file, {"format": "pt"})
    model = load_model(str(folder), device="cpu")
    assert model.predicts is None
    assert check(model, model.trace("the cat")).agrees


def test_a_decoder_that_is_not_shown_may_be_missing_the_encoder_may_not(tmp_path):
    folder = saved(tmp_path, made("BartModel"))
    file = folder / "model.safetensors"
    whole = load_file(file)
    save_file({k: v for k, v in whole.items() if "decoder.layers.1" not in k}, file, {"format": "pt"})
    assert len(load_model(str(folder), device="cpu").trace("the cat").layers) == 2
    save_file({k: v for k, v in whole.items() if "encoder.layers.1.fc1.weight" not in k}, file, {"format": "pt"})
    assert "lack 1 parts" in refusal(str(folder))


@pytest.mark.parametrize("name", ["DPRReader", "BartForCausalLM", "LlamaForQuestionAnswering", "MarianMTModel"])
def test_the_untrained_twin_of_a_model_is_the_same_network_of_it(name, tmp_path):
    model = load_model(str(saved(tmp_path, made(name))), device="cpu")
    untrained = model.untrained()
    trace = untrained.trace("the cat sat")
    assert type(untrained.network) is type(model.network)
    assert check(untrained, trace).agrees
    assert all(layer.w_o is not None for layer in trace.layers)
    assert untrained.predicts == model.predicts


def test_an_encoder_alone_is_all_of_its_model(tmp_path):
    whole = load_model(str(saved(tmp_path / "whole", made("T5ForConditionalGeneration"))), device="cpu")
    alone = load_model(str(saved(tmp_path / "alone", made("T5EncoderModel"))), device="cpu")
    assert [model.trace("the cat").part for model in (whole, alone)] == ["encoder", ""]


def test_of_a_pair_a_network_is_told_what_the_model_around_it_tells_it(tmp_path):
    from transformers import DPRReader

    folder = saved(tmp_path, made("DPRReader", type_vocab_size=2))
    trace = load_model(str(folder), device="cpu").trace("the cat", second="a dog sat")
    reader = DPRReader.from_pretrained(folder, attn_implementation="eager").eval()  # it takes no token types
    with torch.no_grad():
        theirs = reader(input_ids=torch.tensor([[token.id for token in trace.tokens]]), output_attentions=True)
    for layer, other in zip(trace.layers, theirs.attentions, strict=True):
        assert (layer.weights - other[0]).abs().max() <= 1e-6
