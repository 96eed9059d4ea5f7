"""Tiny models of any class, saved in folders as people save them, for tests of what loading makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from attnviz import AttnvizError, load_model
from tests.support.tiny import save_tokenizer

SIZE = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 16}
TABLE = {"max_position_embeddings": 40, "pad_token_id": 0}
SPREAD = {"initializer_range": 0.5}
PAIR = {
    "vocab_size": 32,
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
    "decoder_start_token_id": 0,
    "init_std": 0.5,
}
T5 = {"vocab_size": 32, "d_model": 16, "d_kv": 4, "d_ff": 16, "num_layers": 2, "num_heads": 4, "pad_token_id": 0}


def made(name: str, **more: object) -> Any:
    """A random model of that class of the transformers library."""
    import transformers

    cls = getattr(transformers, name)
    kind = cls.config_class.__name__
    if kind in ("BartConfig", "MarianConfig", "PegasusConfig", "WhisperConfig"):
        size = PAIR
    elif kind in ("T5Config", "MT5Config", "UMT5Config"):
        size = T5
    elif kind in ("XLNetConfig", "CLIPConfig", "SiglipConfig", "ViTConfig"):
        size = {}
    else:
        size = SIZE | TABLE | SPREAD
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return cls(cls.config_class(**{**size, **more}))


def saved(folder: Path, model: Any, *, tokenizer: bool = True) -> Path:
    """The model in a folder, with a tokenizer of 20 words unless there is to be none."""
    model.save_pretrained(folder)
    if tokenizer:
        save_tokenizer(folder)
    return folder


def edit(path: Path, **more: object) -> None:
    """Change some settings in a file of them."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


def refusal(name: object, text: str = "the cat sat") -> str:
    """The sentence with which a model is refused; anything but an `AttnvizError` is an error."""
    try:
        load_model(name, device="cpu").trace(text)  # type: ignore[arg-type]
    except AttnvizError as error:
        return str(error)
    raise AssertionError(f"{name} was shown")
