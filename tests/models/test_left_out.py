"""Nothing of a file is left out silently, whatever its weights are called and whatever class it names."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoTokenizer

import attnviz
from attnviz import AttnvizError, Unseen, load_model
from attnviz.analysis import norm_weighted
from attnviz.models.names.places import folder_stamp
from tests.support.saving import edit, made, refusal, saved
from tests.support.tiny import save_tiny, save_tokenizer


def with_weights(folder, **more):
    file = folder / "model.safetensors"
    save_file(load_file(file) | more, file, {"format": "pt"})


@pytest.mark.parametrize("named", [["BertModel"], [], None])
@pytest.mark.parametrize(
    "extra", ["bert.encoder.layer.0.attention.self.distance_embedding.weight", "bert.final_norm.weight"]
)
def test_weights_under_a_head_s_prefix_are_judged_like_others(named, extra, tmp_path):
    folder = saved(tmp_path, made("BertForMaskedLM"))
    edit(folder / "config.json", architectures=named)
    assert len(load_model(folder, device="cpu").trace("the cat").layers) == 2
    with_weights(folder, **{extra: torch.ones(79, 4)})
    assert f"does not use (“{extra}” is one of 1)" in refusal(folder)


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("LlamaForCausalLM", "model.layers.0.self_attn.q_proj.bias"),
        ("LlamaForCausalLM", "model.embed_layernorm.weight"),
        ("GPT2LMHeadModel", "transformer.h.2.attn.c_attn.weight"),
        ("BertModel", "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight"),
    ],
)
def test_what_the_network_has_no_place_for_is_not_left_out(name, lost, tmp_path):
    options = {"n_embd": 16, "n_layer": 2, "n_head": 4} if name.startswith("GPT2") else {}
    folder = saved(tmp_path, made(name, **options))
    with_weights(folder, **{lost: torch.ones(4, 4)})
    assert f"“{lost}”" in refusal(folder)


def test_the_head_of_a_class_that_the_library_does_not_have_is_no_part_of_the_network(tmp_path):
    folder = saved(tmp_path, made("BertForMaskedLM"))
    edit(folder / "config.json", architectures=["HF_ColBERT"])
    with_weights(folder, **{"linear.weight": torch.ones(8, 16)})
    assert len(load_model(folder, device="cpu").trace("the cat").layers) == 2
    with_weights(folder, **{"bert.encoder.layer.0.attention.self.extra.weight": torch.ones(4, 4)})
    assert "bert.encoder.layer.0.attention.self.extra.weight" in refusal(folder)


def test_whole_numbers_are_no_weights(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    with_weights(folder, **{"encoder.layer.0.attention.self.query.weight": torch.ones(16, 16, dtype=torch.int8)})
    assert "are quantised" in refusal(folder)


def test_weights_that_are_no_numbers_are_called_so(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    with_weights(folder, **{"encoder.layer.0.attention.self.query.weight": torch.full((16, 16), torch.nan)})
    assert "(NaN)" in refusal(folder)


def test_files_that_are_not_read_say_nothing_of_the_model(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    save_file({"x.weight": torch.ones(2, dtype=torch.bfloat16)}, folder / "model-00001-of-00002.safetensors")
    assert load_model(folder, device="cpu").trace("the cat").notices == ()
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"broken")
    assert load_model(folder, device="cpu").trace("the cat").notices == ()


def test_a_file_written_over_in_place_is_seen_though_its_size_and_time_stay(tmp_path):
    folder = save_tiny(tmp_path, "bert")
    file = folder / "model.safetensors"
    before, times = folder_stamp(str(folder)), file.stat()
    file.write_bytes(file.read_bytes())
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_mtime_ns == times.st_mtime_ns
    assert folder_stamp(str(folder)) != before


def test_what_was_read_before_does_not_go_on_with_other_weights(tmp_path):
    folder = save_tiny(tmp_path, "bert", seed=1)
    before = folder_stamp(str(folder))
    model = load_model(folder, device="cpu")
    save_tiny(folder, "bert", seed=2)
    assert load_model(folder, device="cpu", stamp=before) is model, "as long as it is remembered"
    save_tiny(tmp_path / "other", "bert")
    with pytest.raises(AttnvizError, match="was saved again since this text was read"):
        load_model(tmp_path / "other", device="cpu", stamp=before)


def test_a_path_of_one_part_is_no_model_s_name(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    save_tiny(tmp_path / "grammar", "bert")
    assert attnviz.trace("the cat", Path("grammar"), device="cpu").stages is None
    assert attnviz.trace("the cat", "grammar", device="cpu").stages is not None
    assert attnviz.trace("the cat", (tmp_path / "grammar").as_uri(), device="cpu").stages is None


@pytest.mark.parametrize("types", [(0, 0, 0), (0, 1, 1), (1, 0, 0)])
def test_token_types_are_the_tokenizer_s(types, tmp_path):
    from tokenizers import processors

    folder = saved(tmp_path, made("BertModel", type_vocab_size=2))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    a, b, c = types
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"[CLS]:{a} $A:{a} [SEP]:{a}",
        pair=f"[CLS]:{a} $A:{a} [SEP]:{b} $B:{c} [SEP]:{c}",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.save_pretrained(folder)
    edit(folder / "tokenizer_config.json", model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = load_model(folder, device="cpu")
    from transformers import BertModel

    theirs = BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    for given in (("the cat sat",), ("the cat sat", "a dog")):
        trace = model.trace(given[0], second=given[1] if len(given) > 1 else None)
        with torch.no_grad():
            expected = theirs(**tokenizer(*given, return_tensors="pt"), output_attentions=True).attentions
        for layer, other in zip(trace.layers, expected, strict=True):
            assert (layer.weights - other[0]).abs().max() <= 1e-6


class Adapted(nn.Linear):
    """A linear layer that adds something to its product, as adapters do."""

    def forward(self, x):
        return super().forward(x) + x.flip(-1)


def test_a_w_o_that_does_more_than_multiply_is_not_known(tmp_path):
    save_tokenizer(tmp_path)
    model = made("BertModel")
    old = model.encoder.layer[0].attention.output.dense
    model.encoder.layer[0].attention.output.dense = Adapted(16, 16)
    model.encoder.layer[0].attention.output.dense.load_state_dict(old.state_dict())
    trace = attnviz.wrap(model, AutoTokenizer.from_pretrained(tmp_path)).trace("the cat sat")
    assert [layer.w_o is None for layer in trace.layers] == [True, False]
    with pytest.raises(AttnvizError, match="W_O"):
        norm_weighted(trace, 0)


def test_cross_attention_that_is_not_run_is_said(tmp_path):
    model = made("BertLMHeadModel", is_decoder=True, add_cross_attention=True)
    notices = load_model(saved(tmp_path, model), device="cpu").trace("the cat").notices
    assert notices[0].startswith("This model also has cross-attention")


def test_what_a_person_can_get_wrong_is_a_sentence(tmp_path):
    folder = saved(tmp_path, made("BertModel"))
    model = load_model(folder, device="cpu")
    for options, said in (
        ({"second": 5}, "The second sentence must be a string, not int"),
        ({"off": [5]}, "A head is named by layer and head"),
        (
            {"cuts": [(0, 0, 0, 0)]},
            "A run is changed by HeadOff, Unseen, Masked, Scaled, Normalized, RowSet, Unplaced or NumberSet, not by",
        ),
        ({"special_tokens": "yes"}, "special_tokens is True, False or None"),
        ({"cuts": [Unseen(layer=7)]}, "There is no layer 7"),
    ):
        with pytest.raises(AttnvizError, match=said):
            model.trace("the cat", **options)
    for length in ("512", -1, 2):
        edit(folder / "tokenizer_config.json", model_max_length=length)
        assert len(load_model(folder, device="cpu").trace("the cat sat")) == 5
    (folder / "model.safetensors").unlink()
    save_file({"x": torch.ones(1)}, folder / "other.safetensors")
    for index in ({"weight_map": None}, {"weight_map": ["a"]}, {"weight_map": {"a": 1}}, []):
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        assert "no index that lists its parts" in refusal(folder)


def test_several_models_are_loaded_at_once_without_mixing(tmp_path):
    kinds = ("BertModel", "BertForMaskedLM", "RobertaModel", "DistilBertModel")
    folders = [saved(tmp_path / name, made(name)) for name in kinds]
    start = threading.Barrier(len(folders))

    def load(folder):
        start.wait()
        return load_model(folder, device="cpu").trace("the cat sat")

    with ThreadPoolExecutor(len(folders)) as pool:
        together = list(pool.map(load, folders))
    for folder, trace in zip(folders, together, strict=True):
        alone = load_model(folder, device="cpu").trace("the cat sat")
        for a, b in zip(trace.layers, alone.layers, strict=True):  # in another thread sums may be rounded otherwise
            assert (a.weights - b.weights).abs().max() <= 1e-5
