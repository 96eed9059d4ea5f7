"""What cannot be shown truly is refused, and the sentence names the true cause."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from attnviz import load_model
from attnviz.models import ModelError
from attnviz.models.pretrained.inside.recording import attention_forward
from tests.support.saving import SIZE, edit, made, refusal, saved

OWN = "its code computes attention in a way of its own"
VISION = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
PICTURES = {"text_config": SIZE, "vision_config": {**VISION, "image_size": 20, "patch_size": 10}}


def with_weights(folder, **more):
    """The same folder with more weights in its file."""
    file = folder / "model.safetensors"
    save_file(load_file(file) | more, file, {"format": "pt"})
    return folder


def test_weights_inside_the_network_that_the_library_drops_are_not_left_out(tmp_path):
    name = "encoder.layer.0.attention.self.distance_embedding.weight"
    folder = with_weights(saved(tmp_path, made("BertModel")), **{name: torch.ones(79, 4)})
    assert f"does not use (“{name}” is one of 1)" in refusal(str(folder))
    edit(folder / "config.json", position_embedding_type="relative_key")
    assert "positions of the kind “relative_key”" in refusal(str(folder))


def test_weights_of_a_layer_that_the_configuration_does_not_name_are_not_left_out(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    edit(folder / "config.json", num_hidden_layers=1)
    assert "does not use (“encoder.layer.1" in refusal(str(folder))


def test_weights_outside_the_network_do_not_matter(tmp_path):
    folder = with_weights(saved(tmp_path, made("BertModel")), **{"cls.predictions.bias": torch.ones(32)})
    assert len(load_model(str(folder), device="cpu").trace("the cat").layers) == 2


def test_code_of_its_own_under_a_known_kind_is_not_passed_over(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    edit(folder / "config.json", auto_map={"AutoModel": "mine.Model"})
    assert "code of its own, which attnviz never runs" in refusal(str(folder))


@pytest.mark.parametrize("term", ["sinks", "s_aux", "indices", "anything_new"])
def test_a_tensor_that_attention_is_not_known_to_take_is_refused_by_its_name(term):
    q = torch.ones(1, 2, 3, 4)
    with pytest.raises(ModelError, match=rf"a term \({term}\) that attnviz's attention does not compute"):
        attention_forward(torch.nn.Module(), q, q, q, None, **{term: torch.ones(2)})
    attention_forward(torch.nn.Module(), q, q, q, None, position_ids=torch.arange(3), is_causal=True)


def test_attention_sinks_are_refused(tmp_path):
    model = made("GptOssForCausalLM", num_key_value_heads=2, head_dim=4, num_local_experts=2, num_experts_per_tok=1)
    assert "a term (s_aux)" in refusal(str(saved(tmp_path, model)))


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("GPTNeoModel", {"num_layers": 2, "num_heads": 4, "attention_types": [[["global"], 2]]}, OWN),
        ("GPTJModel", {"n_embd": 16, "n_layer": 2, "n_head": 4, "rotary_dim": 4, "n_positions": 40}, OWN),
        ("FalconModel", {}, OWN),
        ("BloomModel", {"n_layer": 2, "n_head": 4}, OWN),
        ("MPNetModel", {}, OWN),
        ("XLNetModel", {"vocab_size": 32, "d_model": 16, "n_layer": 2, "n_head": 4, "d_inner": 16}, OWN),
        ("MambaModel", {"state_size": 4}, "it computes no attention"),
        ("FNetModel", {}, "it computes no attention"),
        (
            "JambaModel",
            {"attn_layer_period": 2, "attn_layer_offset": 1, "num_experts": 2, "num_key_value_heads": 2},
            "only 1 of its 2 layers compute attention",
        ),
        ("XmodModel", {}, "does not run on a text as it is (ValueError: Input language unknown"),
        ("SiglipModel", PICTURES, "it reads pictures together with text, and not text alone"),
        ("BeitModel", VISION | {"image_size": 20, "patch_size": 10}, "an image model"),
        ("WhisperModel", {}, "a speech model"),
    ],
)
def test_the_cause_of_a_refusal_is_the_true_one(name, options, said, tmp_path):
    assert said in refusal(str(saved(tmp_path, made(name, **options))))


def test_quantised_weights_are_called_so(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    edit(folder / "config.json", quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True})
    assert "are quantised" in refusal(str(folder))


def test_a_kind_that_the_library_does_not_know_is_called_so(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    edit(folder / "config.json", model_type="of tomorrow")
    assert "is not one that the installed transformers library knows" in refusal(str(folder))


def test_a_token_beyond_the_model_s_vocabulary_is_named(tmp_path):
    folder = saved(tmp_path, made("BertModel", vocab_size=18))
    assert "the model 18: it knows no token 18 (“]”)" in refusal(str(folder), "a ] cat")
    assert len(load_model(str(folder), device="cpu").trace("a cat")) == 4


def test_what_goes_wrong_in_a_run_becomes_a_sentence(tmp_path, monkeypatch):
    model = load_model(str(saved(tmp_path, made("BertModel"))), device="cpu")

    def fails(*args, **kwargs):
        raise IndexError("index out of range in self\nmore")

    monkeypatch.setattr(model.network.encoder, "forward", fails)
    with pytest.raises(ModelError, match="could not be run on this text: IndexError, “index out of range in self”"):
        model.trace("the cat")


def test_narrow_numbers_are_said_on_the_trace(tmp_path):
    wide = load_model(str(saved(tmp_path / "32", made("BertModel"))), device="cpu").trace("the cat")
    narrow = load_model(str(saved(tmp_path / "16", made("BertModel").bfloat16())), device="cpu").trace("the cat")
    assert wide.notices == ()
    assert narrow.notices[0].startswith("The weights are saved in bfloat16 numbers. Here they run in float32")
    assert narrow.layers[0].q.dtype == torch.float32
