"""Twins of a transformers model: with the weights of before training, with other attention, in memory of its own."""

from __future__ import annotations

import copy
import math
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

_SPREAD = 0.02  # of the first weights, where the configuration does not say


def before_training(model: Any, *, seed: int = 0) -> Any:
    """A twin with weights as they are drawn before training: normal with the configuration's `initializer_range`,
    biases 0, norms as the library begins them (1, or 0 where 1 is added to them, as in Gemma).

    Drawn by a generator of its own, on the CPU: the same on every device, and nobody else's random numbers move on.
    Buffers (positions, rotary frequencies) are the model's.
    """
    generator = torch.Generator().manual_seed(seed)
    config = model.config.get_text_config()
    spread = getattr(config, "initializer_range", None) or getattr(config, "init_std", None) or _SPREAD
    twin_of: dict[int, Any] = {id(buffer): buffer for buffer in model.buffers()}
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if id(parameter) not in twin_of:  # tied ones are drawn once
                drawn = _drawn(module, name, parameter, float(spread), generator)
                twin_of[id(parameter)] = nn.Parameter(drawn.to(parameter), requires_grad=False)
    twin = copy.deepcopy(model, memo=twin_of)
    for module in twin.modules():
        if "Norm" in type(module).__name__:
            twin._init_weights(module)  # nothing is drawn: a norm's numbers all begin alike
    return twin


def with_attention(network: Any, implementation: str) -> Any:
    """A twin with the same parameters under another attention. (Switching one network back and forth would mix up
    threads that share it.)"""
    shared = {id(x): x for x in (*network.parameters(), *network.buffers())}
    twin = copy.deepcopy(network, memo=dict(shared))
    twin.set_attn_implementation(implementation)
    return twin


def entries_of(network: Any) -> int | None:
    """How many tokens a network has a vector for; None if it keeps them otherwise than in one table."""
    try:
        table = network.get_input_embeddings()
    except NotImplementedError:
        return None
    weight = getattr(table, "weight", None)
    return len(weight) if isinstance(weight, Tensor) else None


def positions_of(network: Any) -> float:
    """How many positions a network has; infinity where there is no limit."""
    config = network.config
    places = getattr(config, "max_position_embeddings", None) or getattr(config, "max_target_positions", None)
    if not places or places < 0:  # XLNet's -1 says that there is no limit
        return math.inf
    # RoBERTa and its kin count positions from padding_idx + 1, so fewer are left than the table has.
    embedding = next((m for n, m in network.named_modules() if n.endswith("position_embeddings")), None)
    first = getattr(embedding, "padding_idx", None)
    return int(places) - (0 if first is None else int(first) + 1)


def in_own_memory(model: Any) -> Any:
    """The model, with its weights out of the file that they were loaded from: whoever writes over that file would
    otherwise change them."""
    for x in chain(model.parameters(), model.buffers()):
        x.data = x.data.clone()
    return model


def _drawn(module: nn.Module, name: str, parameter: Tensor, spread: float, generator: torch.Generator) -> Tensor:
    if "Sinusoidal" in type(module).__name__:
        return parameter  # positions that are computed, not learned
    if parameter.dim() > 1 or name == "class_embedding":  # CLIP's [CLS]: one vector, and no bias
        drawn = torch.randn(parameter.shape, generator=generator) * spread
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            drawn[module.padding_idx] = 0.0
        return drawn
    return torch.zeros(parameter.shape)
