"""Tiny pretrained models of several families, made on the spot, and the sentence that tests read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import torch

SENTENCE = "The cat, which was black, sat on the mat"
_WORDS = ["the", "a", "cat", "dog", "which", "was", "black", "sat", "on", "mat", ",", ".", "[", "]", "mask"]


def _transformers() -> Any:
    """The library, whole. A page imports it in a thread, by this module: whoever asks for the library alone meanwhile
    may find half of it."""
    import_module("attnviz.models.pretrained.library")
    return import_module("transformers")


def tiny_config(family: str) -> Any:
    """The smallest configuration of a family that has more than one layer and head."""
    t = _transformers()
    size = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
    table = {"max_position_embeddings": 40}
    match family:
        case "bert":
            return t.BertConfig(**size, **table, intermediate_size=16, initializer_range=0.5)
        case "roberta":
            return t.RobertaConfig(**size, **table, intermediate_size=16, pad_token_id=1, initializer_range=0.5)
        case "distilbert":
            return t.DistilBertConfig(
                vocab_size=32, dim=16, n_layers=2, n_heads=4, hidden_dim=16, initializer_range=0.5, **table
            )
        case "gpt2":
            return t.GPT2Config(vocab_size=32, n_embd=16, n_layer=2, n_head=4, n_positions=40, initializer_range=0.5)
        case "llama":
            return t.LlamaConfig(
                **size, **table, intermediate_size=16, num_key_value_heads=2, initializer_range=0.5, pad_token_id=0
            )
        case "mistral":  # its window is narrower than the texts of the tests
            return t.MistralConfig(
                **size, **table, intermediate_size=16, num_key_value_heads=2, sliding_window=3, initializer_range=0.5
            )
        case "gemma3":  # a layer with a window, and one without
            return t.Gemma3TextConfig(
                **(size | table),
                intermediate_size=16,
                num_key_value_heads=2,
                head_dim=4,
                sliding_window=3,
                layer_types=["sliding_attention", "full_attention"],
                initializer_range=0.5,
            )
        case "opt":  # learned positions, counted from 2
            return t.OPTConfig(
                **(size | table), ffn_dim=16, word_embed_proj_dim=16, pad_token_id=1, init_std=0.5, dropout=0.0
            )
        case "t5":
            return t.T5Config(vocab_size=32, d_model=16, d_kv=4, d_ff=16, num_layers=2, num_heads=4)
        case "gemma2":
            return t.Gemma2Config(**size, **table, intermediate_size=16, num_key_value_heads=2, head_dim=4)
        case "gpt_neox":
            return t.GPTNeoXConfig(**size, **table, intermediate_size=16, initializer_range=0.5)
        case "bart":
            return t.BartConfig(
                vocab_size=32,
                d_model=16,
                encoder_layers=2,
                decoder_layers=2,
                encoder_attention_heads=4,
                decoder_attention_heads=4,
                encoder_ffn_dim=16,
                decoder_ffn_dim=16,
                max_position_embeddings=40,
                pad_token_id=0,
                init_std=0.5,
            )
        case "albert":
            return t.AlbertConfig(**size, **table, embedding_size=8, intermediate_size=16, initializer_range=0.5)
        case "modernbert":
            tokens = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
            return t.ModernBertConfig(**size, **table, **tokens, intermediate_size=16)
        case "deberta-v2":
            return t.DebertaV2Config(**size, **table, intermediate_size=16)
    raise AssertionError(family)


def save_tokenizer(folder: Path, *, has_mask: bool = True) -> None:
    """A fast word tokenizer with [CLS] and [SEP], and with [MASK] unless it is for a model that hides no words."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: i for i, word in enumerate([*specials, *_WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    _transformers().PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=1000,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        **({"mask_token": "[MASK]"} if has_mask else {}),
    ).save_pretrained(folder)


def save_clip(folder: Path, seed: int = 0) -> Path:
    """A random CLIP of two towers, of 2 layers × 3 heads for a picture of 32 × 32 pixels, and 3 × 2 for a text of up to
    12 tokens."""
    t = _transformers()
    drawn = {"initializer_factor": 6.0, "intermediate_size": 16}
    vision = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 32, "patch_size": 8}
    text = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "max_position_embeddings": 12}
    text |= {"vocab_size": 32, "bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = t.CLIPConfig(text_config=text | drawn, vision_config=vision | drawn, projection_dim=8)
        t.CLIPModel(config).save_pretrained(folder)
    save_tokenizer(folder, has_mask=False)
    return folder


def save_tiny(folder: Path, family: str, seed: int = 0, *, with_head: bool = False, has_mask: bool = True) -> Path:
    """A random model of that family, saved as a person would have it in a folder; `with_head` for words."""
    t = _transformers()
    kind = (t.AutoModelForMaskedLM if has_mask else t.AutoModelForCausalLM) if with_head else t.AutoModel
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        kind.from_config(tiny_config(family)).save_pretrained(folder)
    save_tokenizer(folder, has_mask=has_mask)
    return folder
