"""What the transformers library is asked for: the only module that imports it.

Only safetensors are loaded, and never a model's own code.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from threading import Lock
from typing import Any

import torch
import transformers
from tqdm import tqdm
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    CLIPModel,
    DynamicCache,
    ImageProcessingMixin,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.utils import logging as transformers_logging

from attnviz.models.errors import ModelError
from attnviz.models.machine.quiet import has_bars
from attnviz.models.pretrained.files.completeness import check_words
from attnviz.models.pretrained.files.folder import amount_held, check_vocabulary, settings
from attnviz.models.pretrained.files.sources import OWN_CODE, Source
from attnviz.models.pretrained.files.weighing import check_amount
from attnviz.models.pretrained.inside.recording import IMPLEMENTATION, attention_forward
from attnviz.models.pretrained.twins import in_own_memory

PLAIN: Any = AutoModel  # a network without anything that stands on it
TOWERS: Any = CLIPModel
HEARING: Any = WhisperForConditionalGeneration
KEPT: Any = DynamicCache  # what keeps keys and values, all of them

# While transformers makes a model, it changes what all threads make: two at once came out without weights.
_ONE_AT_A_TIME = Lock()


def _no_bar(_factory: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Instead of a progress bar: nothing that is seen."""
    return tqdm(*arguments, **{**options, "disable": True})


def _without_bars() -> Callable[[], object]:
    """Turn the library's progress bars off, and give what puts back what was there."""
    before = transformers_logging.set_tqdm_hook(_no_bar)
    return lambda: transformers_logging.set_tqdm_hook(before)


has_bars(_without_bars)
AttentionInterface.register(IMPLEMENTATION, attention_forward)
# Without this line transformers passes no mask at all, and padding and causality are silently ignored.
AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)


def is_model(given: Any) -> bool:
    """Whether it is a model of this library."""
    return isinstance(given, PreTrainedModel)


def is_tokenizer(given: Any) -> bool:
    """Whether it is a tokenizer of this library."""
    return isinstance(given, PreTrainedTokenizerBase)


def configuration_of(source: Source) -> Any:
    """What stands in its config.json, as this library reads it."""
    return AutoConfig.from_pretrained(source.path, **source.options)


def class_of(config: Any) -> Any:
    """The class that the model was saved as; where the library has none of that name, its plain model."""
    found = getattr(transformers, str((config.architectures or [""])[0]), None)
    return found if isinstance(found, type) and issubclass(found, PreTrainedModel) else AutoModel


def tokenizer_of(source: Source) -> Any:
    """The tokenizer beside the model.

    Raises:
        ModelError: it is of the model's own code, or has no words.
    """
    folder = source.folder
    if (
        folder is not None
        and not (folder / "tokenizer.json").is_file()
        and "auto_map" in settings(folder, "tokenizer_config.json")
    ):
        raise ModelError(f"The tokenizer of {source.name} could not be loaded: {OWN_CODE}.")
    tokenizer = AutoTokenizer.from_pretrained(source.path, **source.options)
    if folder is not None:
        check_vocabulary(folder, source.name)
    check_words(source.name, tokenizer)
    return tokenizer


def preparation_of(source: Source) -> dict[str, Any]:
    """What the model's folder says of how a picture is prepared; nothing where it says nothing."""
    try:
        return dict(ImageProcessingMixin.get_image_processor_dict(source.path, local_files_only=source.local)[0])
    except (OSError, ValueError):
        return {}


def extractor_of(source: Source) -> Any:
    """What makes the spectrogram of a sound."""
    return WhisperFeatureExtractor.from_pretrained(source.path, local_files_only=source.local)


def loaded(cls: Any, source: Source, config: Any, where: torch.device) -> tuple[Any, dict[str, Any]]:
    """The model, and what the library says of the weights in the file.

    Raises:
        ModelError: it is larger than one may be here, or asks for far more than its file holds.
    """
    make = cls.from_config if cls is AutoModel else cls
    held = None if source.folder is None else amount_held(source.folder)
    with _ONE_AT_A_TIME:
        check_amount(source.name, lambda: make(copy.deepcopy(config)), held)
        model, info = cls.from_pretrained(
            source.path,
            **source.options,
            use_safetensors=True,
            attn_implementation=IMPLEMENTATION,
            dtype=torch.float32,
            output_loading_info=True,
        )
        model = in_own_memory(model)
    return model.requires_grad_(False).to(where), info


def network_of(model: Any) -> tuple[Any, str]:
    """The network whose attention is shown, and which part of the model it is ("" if it is all of it)."""
    if model.config.is_encoder_decoder:
        encoder = model.get_encoder()
        if encoder is not model:
            whole = any(name.split(".")[-1] == "decoder" for name, _ in model.named_modules())
            return encoder, "encoder" * whole
    base = model.base_model
    return _without_heads(getattr(model, "language_model", base) if base is model else base), ""


def _without_heads(network: Any) -> Any:
    """The network inside one that is called a base and still has a head of its own (DPR's readers, Llama 4), or does
    nothing but hold it (BART's decoder alone)."""
    inner = [child for child in network.children() if isinstance(child, PreTrainedModel)]
    heads = [child for child in network.children() if child not in inner and any(True for _ in child.parameters())]
    only_holds = len([*network.children()]) == 1 and type(network).__name__.endswith("Wrapper")
    return _without_heads(inner[0]) if len(inner) == 1 and (heads or only_holds) else network
