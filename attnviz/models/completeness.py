"""What a model must be to be shown: one that reads text, read as it was meant, complete, with nothing left out."""

from __future__ import annotations

from typing import Any

from torch import nn

from attnviz.models.base import ModelError
from attnviz.models.folder import no_tokenizer
from attnviz.models.sources import OWN_CODE

# What a model's class says that it reads: its main input, by name, or all of its kinds of input.
_OTHER_INPUTS = {
    "pixel_values": "an image model: it reads pictures",
    "flattened_patches": "an image model: it reads pictures",
    "image": "an image model: it reads pictures",
    "pixel_values_videos": "a video model: it reads moving pictures",
    "video": "a video model: it reads moving pictures",
    "input_features": "a speech model: it reads sound",
    "input_values": "a speech model: it reads sound",
    "audio": "a speech model: it reads sound",
    "time": "a model of time series: it reads numbers",
}


def check_configuration(name: str, config: Any) -> None:
    """Raise `ModelError` for a saved model that loading would make something else of than was saved."""
    if getattr(config, "auto_map", None):
        raise ModelError(f"The model {name} could not be loaded: {OWN_CODE}.")
    if getattr(config, "quantization_config", None):
        raise ModelError(quantised(name))
    positions = str(getattr(config, "position_embedding_type", ""))
    if positions.startswith("relative"):
        raise ModelError(
            f"The model {name} was trained with positions of the kind “{positions}”, which the installed transformers "
            "library leaves out, so its true weights cannot be shown. Choose another model."
        )


def quantised(name: str) -> str:
    """Its weights are no plain numbers, and what to do."""
    return (
        f"The weights of {name} are quantised, so attnviz cannot read them as numbers. Undo it (model.dequantize()) "
        "and save the model again, or hand it to attnviz.wrap(model, tokenizer)."
    )


def check_input(name: str, cls: Any, config: Any) -> None:
    """Raise `ModelError` for a model's class that reads something else than words."""
    given = getattr(cls, "input_modalities", None) or "text"
    kinds = (given,) if isinstance(given, str) else tuple(given)
    other = _OTHER_INPUTS.get(getattr(cls, "main_input_name", ""))
    if other is None and "text" not in kinds and not getattr(config, "vocab_size", None):
        other = _OTHER_INPUTS.get(kinds[0])
    if other is not None:
        beside = "and not text alone" if "text" in kinds else "and no text"
        raise ModelError(f"{name} is {other}, {beside}. attnviz shows models that read text.")


def check_words(name: str, tokenizer: Any) -> None:
    """Raise `ModelError` for a vocabulary that holds nothing but special tokens."""
    words = set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens)
    if not words - {str(token) for token in tokenizer.added_tokens_decoder.values()}:
        raise ModelError(no_tokenizer(name))


def check_weights(name: str, model: Any, network: nn.Module, info: dict[str, Any]) -> None:
    """Raise `ModelError` if the network that is shown lacks weights, or the file has more of them than it takes."""
    missing = lacking(model, network, info)
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} parts (“{missing[0]}” is one), so it is not shown."
        )
    inner = set(network.modules()) - {network, model}
    modules = {n: m in inner for n, m in (*model.base_model.named_modules(), *model.named_modules())}
    left = sorted(key for key in info["unexpected_keys"] if _belongs(key, modules))
    if left:
        raise ModelError(
            f"The file of {name} has weights that the installed transformers library does not use (“{left[0]}” is one "
            f"of {len(left)}), so what it computes is not what was trained. Choose another model."
        )


def lacking(model: Any, network: nn.Module, info: dict[str, Any]) -> list[str]:
    """The parameters of a network that the file lacks, and that are therefore random. (Only the pooler's do not
    matter: it plays no part in attention.)"""
    inside = {id(x) for x in (*network.parameters(), *network.buffers())}
    named = dict((*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)))
    return sorted(
        key
        for key in info["missing_keys"]
        if "pooler" not in key.split(".") and (key not in named or id(named[key]) in inside)
    )


def _belongs(key: str, modules: dict[str, bool]) -> bool:
    """Whether a weight's nearest module is one of the network that is shown."""
    parts = key.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if ".".join(parts[:end]) in modules:
            return modules[".".join(parts[:end])]
    return False
