"""What a model must be to be shown: one that reads text, read as it was meant, complete, with nothing left out."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from torch import nn

from attnviz.models.errors import ModelError
from attnviz.models.pretrained.files.folder import no_tokenizer, quantised
from attnviz.models.pretrained.files.sources import OWN_CODE

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

# How what stands on a network, and plays no part in its attention, is called.
_HEAD = re.compile(
    r"(.*head.*|cls|.*classifier.*|score|pooler|.*predictions?|qa_outputs|vocab_\w+|embed_out|summary|"
    r"seq_relationship|final_logits_bias|lm_\w+|mtp\w*|\w*_loss|position_ids|decoder|(visual|text)_projection)$"
)


def check_configuration(name: str, config: Any) -> None:
    """Raise `ModelError` for a saved model that loading would make something else of than was saved."""
    if getattr(config, "auto_map", None):
        raise ModelError(f"The model {name} could not be loaded: {OWN_CODE}.")
    if getattr(config, "quantization_config", None):
        raise ModelError(quantised(name))
    check_positions(name, config)


def check_positions(name: str, config: Any) -> None:
    """Raise `ModelError` for positions that the library has given up, and would leave out."""
    positions = str(getattr(config, "position_embedding_type", ""))
    if positions.startswith("relative"):
        raise ModelError(
            f"The model {name} was trained with positions of the kind “{positions}”, which the installed transformers "
            "library leaves out, so its true weights cannot be shown. Choose another model."
        )


def check_input(name: str, cls: Any, config: Any) -> None:
    """Raise `ModelError` for a model's class that reads something else than words."""
    given = getattr(cls, "input_modalities", None) or "text"
    kinds = (given,) if isinstance(given, str) else tuple(given)
    other = _OTHER_INPUTS.get(getattr(cls, "main_input_name", ""))
    if other is None and "text" not in kinds and not getattr(config, "vocab_size", None):
        other = _OTHER_INPUTS.get(kinds[0])
    if other is not None:
        beside = "and not text alone" if "text" in kinds and len(kinds) > 1 else "and no text"
        raise ModelError(f"{name} is {other}, {beside}. attnviz shows models that read text.")


def check_words(name: str, tokenizer: Any) -> None:
    """Raise `ModelError` for a vocabulary that holds nothing but special tokens."""
    words = set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens)
    if not words - {str(token) for token in tokenizer.added_tokens_decoder.values()}:
        raise ModelError(no_tokenizer(name))


def check_weights(
    name: str, model: Any, network: nn.Module, info: dict[str, Any], *, has_own_head: bool = False
) -> None:
    """Raise `ModelError` if the network that is shown lacks weights, or the file has more of them than it takes.

    `has_own_head`: it was saved by a class that the library does not have (ColBERT), so what stands beside the network
    in the file is that class's.
    """
    missing = lacking(model, network, info)
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} parts (“{missing[0]}” is one), so it is not shown."
        )
    inside = set(network.modules())
    named = {n: m for n, m in (*model.base_model.named_modules(), *model.named_modules()) if n}
    # A file that was saved with a head on it has the network's name before its weights.
    prefixes = (f"{model.base_model_prefix}.", "base_model.model.")
    left = sorted(
        key
        for key in info["unexpected_keys"]
        if not (has_own_head and "." not in key.removesuffix(".weight").removesuffix(".bias"))
        if any(_belongs(name, named, inside, network) for name in {key, *map(key.removeprefix, prefixes)})
    )
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


def _belongs(key: str, named: Mapping[str, nn.Module], inside: Container[nn.Module], network: nn.Module) -> bool:
    """Whether a weight of the file is one of the network that is shown: its nearest module is, and what follows is no
    head on it."""
    parts = key.split(".")
    for end in range(len(parts) - 1, -1, -1):
        module = named.get(".".join(parts[:end])) if end else network
        if module is not None:
            return module in inside and (module is not network or not _HEAD.match(parts[end]))
    return False
