"""Pretrained models of the transformers library, run through our attention.

The only module that imports transformers. Only safetensors are loaded, and never a model's own code.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
)
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from attnviz.models.base import ModelError
from attnviz.models.device import choose_device
from attnviz.models.pretrained_model import PretrainedModel
from attnviz.models.recording import IMPLEMENTATION, attention_forward
from attnviz.models.sources import Source, find_source, loading_errors_in_words

# How the class of a model with a language-model head is called, what loads it, and which word the head tells.
_HEADS = (
    ("ForMaskedLM", AutoModelForMaskedLM, "masked"),
    ("LMHeadModel", AutoModelForCausalLM, "next"),
    ("ForCausalLM", AutoModelForCausalLM, "next"),
)

AttentionInterface.register(IMPLEMENTATION, attention_forward)
# Without this line transformers passes no mask at all, and padding and causality are silently ignored.
AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)


def load_pretrained(name: str, *, device: str | None = None) -> PretrainedModel:
    """The bundled model ("minilm"), a local folder, or a model id of the Hugging Face hub.

    Raises:
        ModelError: why it cannot be had or shown, and what to do.
    """
    where = choose_device(device)
    source = find_source(name)
    with loading_errors_in_words(source):
        tokenizer = AutoTokenizer.from_pretrained(source.path, **source.options)
        config = AutoConfig.from_pretrained(source.path, **source.options)
        kind = str((config.architectures or [""])[0])
        loader, predicts = next(((load, word) for end, load, word in _HEADS if kind.endswith(end)), (AutoModel, None))
        model, missing = _loaded(loader, source)
        if missing and predicts:  # perhaps only the language-model head is not in the file
            model, missing, predicts = *_loaded(AutoModel, source), None
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} parts (“{missing[0]}” is one), so it is not shown."
        )
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(f"The tokenizer of {name} does not tell which characters a token covers; attnviz needs that.")
    tokenizer.truncation_side = "right"  # a long text loses its end, as the page says
    model = model.eval().requires_grad_(False).to(where)
    if predicts == "masked" and tokenizer.mask_token_id is None:
        predicts = None
    network = model.base_model if predicts else model
    if model.config.is_encoder_decoder:
        network, predicts = model.get_encoder(), None
    return PretrainedModel(name, source, network, tokenizer, predicts, model if predicts else None)


def _loaded(loader: Any, source: Source) -> tuple[Any, list[str]]:
    """The model, and the names of the parameters that the file lacks and that are therefore random. (Only the pooler's
    do not matter: it plays no part in attention.)"""
    model, info = loader.from_pretrained(
        source.path,
        **source.options,
        use_safetensors=True,
        attn_implementation=IMPLEMENTATION,
        dtype=torch.float32,
        output_loading_info=True,
    )
    return model, sorted(key for key in info["missing_keys"] if "pooler" not in key)
