"""A GGUF file becomes a folder that the transformers library reads: by hand, and against that library's own reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from attnviz.models.packages import smollm2
from tests.support.packages import needs

D_MODEL, HEADS, KEY_HEADS, D_FF = 64, 4, 2, 96
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LETTERS = [*"abcdefghijklmnopqrstuvwxyz0123456789", "Ġ", "Ċ", "½", "Â"]
MERGES = ["t h", "th e", "Ġ the", "1 2"]
WORDS = [*SPECIALS, *LETTERS, *(merge.replace(" ", "") for merge in MERGES)]


def q4_1(d: float, m: float, four_bits: list[int]) -> np.ndarray:
    """A block of 32 weights as a file holds it: d and m as float16, then 16 bytes, whose low halves are the first
    sixteen weights and whose high halves the others."""
    low, high = np.array(four_bits[:16], np.uint8), np.array(four_bits[16:], np.uint8)
    return np.concatenate([np.array([d, m], np.float16).view(np.uint8), low | high << 4])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as SmolLM2's, but tiny: one layer, whose matrices are of blocks drawn at random."""
    needs("smollm2")
    from gguf import GGMLQuantizationType, GGUFWriter

    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(128)
    writer.add_embedding_length(D_MODEL)
    writer.add_feed_forward_length(D_FF)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(100000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(WORDS)
    writer.add_token_types([3] * len(SPECIALS) + [1] * (len(WORDS) - len(SPECIALS)))
    writer.add_token_merges(MERGES)
    for name, token in {"bos": 1, "eos": 2, "unk": 0, "pad": 2}.items():
        getattr(writer, f"add_{name}_token_id")(token)
    drawn = np.random.default_rng(0)
    shapes = {
        "token_embd": (len(WORDS), D_MODEL),
        "blk.0.attn_q": (D_MODEL, D_MODEL),
        "blk.0.attn_k": (KEY_HEADS * D_MODEL // HEADS, D_MODEL),
        "blk.0.attn_v": (KEY_HEADS * D_MODEL // HEADS, D_MODEL),
        "blk.0.attn_output": (D_MODEL, D_MODEL),
        "blk.0.ffn_gate": (D_FF, D_MODEL),
        "blk.0.ffn_up": (D_FF, D_MODEL),
        "blk.0.ffn_down": (D_MODEL, D_FF),
    }
    for name, (rows, columns) in shapes.items():
        blocks = [
            q4_1(drawn.normal(), drawn.normal(), drawn.integers(0, 16, 32).tolist())
            for _ in range(rows * columns // 32)
        ]
        if name == "blk.0.attn_v":
            blocks[0] = q4_1(0.5, -1.0, list(range(16)) + [15] * 16)
        raw = np.concatenate(blocks).reshape(rows, -1)
        writer.add_tensor(f"{name}.weight", raw, raw_dtype=GGMLQuantizationType.Q4_1)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", drawn.normal(size=D_MODEL).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def folder(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    smollm2.convert(source, folder)
    return folder


def test_a_block_of_four_bits_is_worth_n_times_d_plus_m(folder: Path):
    row = load_file(folder / "model.safetensors")["model.layers.0.self_attn.v_proj.weight"][0, :32]
    assert row.tolist() == [0.5 * n - 1.0 for n in range(16)] + [6.5] * 16


def test_all_weights_are_those_that_the_library_s_own_reader_gives(source: Path, folder: Path):
    from transformers import AutoConfig, LlamaForCausalLM
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    config = AutoConfig.from_pretrained(source.parent, gguf_file=source.name)
    theirs: dict[str, Any] = load_gguf_checkpoint(source, return_tensors=True, model_to_load=LlamaForCausalLM(config))[
        "tensors"
    ]
    ours = load_file(folder / "model.safetensors")
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, torch.as_tensor(theirs[name])), name
    own = AutoConfig.from_pretrained(folder)
    same = ("num_attention_heads", "num_key_value_heads", "head_dim", "hidden_size", "intermediate_size", "vocab_size")
    told = (*same, "num_hidden_layers", "rms_norm_eps", "max_position_embeddings", "rope_parameters", "hidden_act")
    assert {name: getattr(own, name) for name in told} == {name: getattr(config, name) for name in told}
    assert own.tie_word_embeddings
    assert (own.bos_token_id, own.eos_token_id, own.pad_token_id) == (1, 2, 2)


def test_rows_of_a_head_are_put_back_by_pairs_and_heads_stay_apart():
    rows = np.arange(12, dtype=np.float32)[:, None]  # two heads of three pairs
    assert smollm2.unpermuted(rows, heads=2).ravel().tolist() == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]


def test_the_tokenizer_merges_letters_keeps_digits_apart_and_puts_nothing_before(folder: Path):
    read = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert read.encode("the the").tokens == ["the", "Ġthe"]
    assert read.encode("a12").tokens == ["a", "1", "2"], "though 1 and 2 would merge"
    assert read.encode("a ½").tokens == ["a", "Ġ", "Â", "½"], "a digit too, and no space goes with it"
    assert read.encode("the<|im_end|>").tokens == ["the", "<|im_end|>"]
    assert read.encode("").ids == []
    told = json.loads((folder / "tokenizer_config.json").read_text())
    assert (told["bos_token"], told["unk_token"], told["model_max_length"]) == ("<|im_start|>", "<|endoftext|>", 128)
