"""What is shown is the model in the folder: as it lies there now, whole, however its path was given."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch

import attnviz
from attnviz import AttnvizError
from attnviz.models.names import tidied
from attnviz.models.names.places import file_stamp, folder_stamp, is_checkpoint, model_folder
from tests.support.saving import edit, made, refusal, saved
from tests.support.tiny import save_tiny, save_tokenizer


def weights(name: object) -> torch.Tensor:
    return attnviz.trace("the cat sat", name, device="cpu").layers[0].weights  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["BertForSequenceClassification", "RobertaModel", "GPT2LMHeadModel", "T5EncoderModel", "LlamaForCausalLM"]
)
@pytest.mark.parametrize("has_settings", [False, True])
def test_a_folder_without_a_tokenizer_is_refused_whatever_the_family(name, has_settings, tmp_path):
    folder = saved(tmp_path, made(name), tokenizer=has_settings)
    (folder / "tokenizer.json").unlink(missing_ok=True)  # settings alone would make an empty one
    said = refusal(str(folder))
    assert "comes without a tokenizer" in said
    assert "AutoTokenizer.from_pretrained(…).save_pretrained(folder)" in said


def test_a_vocabulary_of_special_tokens_alone_is_no_tokenizer(tmp_path):
    folder = saved(tmp_path, made("BertModel"), tokenizer=False)
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
    assert "comes without a tokenizer" in refusal(str(folder))


def test_a_folder_that_was_saved_again_is_read_again(tmp_path):
    folder = save_tiny(tmp_path, "bert", seed=1)
    before = weights(str(folder))
    save_tiny(folder, "bert", seed=2)
    assert not torch.equal(weights(str(folder)), before)
    expected = weights(str(save_tiny(tmp_path / "other", "bert", seed=2)))
    assert torch.equal(weights(str(folder)), expected)


def test_a_tokenizer_that_was_saved_again_is_read_again(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    assert attnviz.trace("the cat", str(folder), device="cpu").tokens[2].id == 7
    told = json.loads((folder / "tokenizer.json").read_text())
    told["model"]["vocab"] |= {"cat": 8, "dog": 7}
    (folder / "tokenizer.json").write_text(json.dumps(told))
    assert attnviz.trace("the cat", str(folder), device="cpu").tokens[2].id == 8


def test_a_model_in_memory_does_not_change_with_its_file(tmp_path):
    folder = save_tiny(tmp_path, "bert", seed=1)
    model = attnviz.load_model(str(folder), device="cpu")
    before = model.trace("the cat sat").layers[1].weights
    file = folder / "model.safetensors"
    size = file.stat().st_size
    with file.open("r+b") as opened:  # over the same bytes on disk, which loading had mapped into memory
        opened.seek(size // 2)
        opened.write(bytes(size - size // 2))
    assert torch.equal(model.trace("the cat sat").layers[1].weights, before)


def test_a_link_that_points_elsewhere_now_is_another_model(tmp_path):
    one, two = (save_tiny(tmp_path / str(seed), "bert", seed=seed) for seed in (1, 2))
    link = tmp_path / "link"
    link.symlink_to(one)
    assert torch.equal(weights(str(link)), weights(str(one)))
    link.unlink()
    link.symlink_to(two)
    assert torch.equal(weights(str(link)), weights(str(two)))


def test_a_relative_path_means_the_folder_that_one_is_in(tmp_path, monkeypatch):
    for seed in (1, 2):
        save_tiny(tmp_path / str(seed) / "model", "bert", seed=seed)
    seen = []
    for seed in (1, 2):
        monkeypatch.chdir(tmp_path / str(seed))
        seen.append(weights("model"))
    assert not torch.equal(*seen)


@pytest.mark.parametrize(
    "around", ["{} ", "\n{}\n", '"{}"', "' {}'", "“{}”", "file://{}", "{}/", "{}/model.safetensors"]
)
def test_a_path_is_found_as_people_paste_it(around, tiny_bert):
    assert torch.equal(weights(around.format(tiny_bert)), weights(str(tiny_bert)))


def test_a_path_object_is_a_folder(tiny_bert):
    assert torch.equal(weights(Path(tiny_bert)), weights(str(tiny_bert)))
    with pytest.raises(AttnvizError, match="a string or a path, not int"):
        attnviz.load_model(3)  # type: ignore[arg-type]


def test_a_name_that_exists_as_it_was_given_stays_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("'odd ")
    assert tidied("'odd ") == "'odd "
    assert tidied("'even '") == "even"


@pytest.mark.parametrize("inner", ["checkpoint-500", "0_Transformer", "snapshots/0123abcd"])
def test_the_only_model_in_a_folder_is_found(inner, tmp_path):
    folder = save_tiny(tmp_path / inner, "bert", seed=3)
    assert model_folder(str(tmp_path)) == folder
    assert torch.equal(weights(str(tmp_path)), weights(str(folder)))


def test_of_several_models_in_a_folder_the_names_are_said(tmp_path):
    for step in (500, 1000):
        save_tiny(tmp_path / f"checkpoint-{step}", "bert")
    assert "holds several models (checkpoint-1000, checkpoint-500)" in refusal(str(tmp_path))


def test_a_model_s_own_weights_are_no_file_that_attnviz_trained(tiny_bert, tmp_path):
    assert not is_checkpoint(str(Path(tiny_bert) / "model.safetensors"))
    assert is_checkpoint(str(tmp_path / "run.safetensors")), "a name alone, of a file that is not there"
    shipped = Path(attnviz.__file__).parent / "training/checkpoints/grammar.safetensors"
    beside = Path(shutil.copytree(tiny_bert, tmp_path / "model")) / "grammar.safetensors"
    shutil.copy(shipped, beside)
    assert is_checkpoint(str(beside))
    assert attnviz.trace("The cat sat", beside, device="cpu").stages is not None


@pytest.mark.parametrize("name", ["a\0b", "~nosuchuser/x", "\ud800", "x" * 5000, ""])
def test_a_name_that_no_file_can_have_has_no_stamp(name):
    assert folder_stamp(name) == ""
    assert file_stamp(f"{name}.safetensors") == ""


def test_an_adapter_is_not_left_out_silently(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    (folder / "adapter_config.json").write_text("{}")
    assert "lies an adapter" in refusal(str(folder))
    (folder / "config.json").unlink()
    assert "holds only an adapter" in refusal(str(folder))


def test_a_pointer_is_not_taken_for_weights(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    assert "model.safetensors is a Git LFS pointer, not the file itself" in refusal(str(folder))


def test_a_part_of_the_weights_that_is_missing_is_named(tmp_path):
    model = made("BertModel")
    model.save_pretrained(tmp_path, max_shard_size="5KB")
    save_tokenizer(tmp_path)
    shards = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(shards) > 1
    shards[1].unlink()
    assert f"lacks {shards[1].name}, a part of the weights" in refusal(str(tmp_path))


def test_weights_under_another_name_are_refused_by_it(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.safetensors")
    assert "has no file model.safetensors (but pytorch_model.safetensors)" in refusal(str(folder))


def test_a_sentencepiece_model_alone_is_called_so(tiny_bert, tmp_path):
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "model"))
    (folder / "tokenizer.json").unlink()
    (folder / "spiece.model").write_bytes(b"\0")
    edit(folder / "tokenizer_config.json", tokenizer_class="T5Tokenizer")
    assert "a sentencepiece model alone" in refusal(str(folder))
