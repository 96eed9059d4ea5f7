"""Parts of a transformers model: each attention's output projection, and a twin with the weights of before training."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

# What the output projection is called in Llama and its kin, BART, DistilBERT, GPT-2, ModernBERT, T5, and in ALBERT and
# GPT-NeoX. In BERT and its kin it is `dense` of the module `output` beside the attention, which is called `self`.
_NAMES = ("o_proj", "out_proj", "out_lin", "c_proj", "Wo", "o", "dense")
_SPREAD = 0.02  # of the first weights, where the configuration does not say


def output_projections(network: nn.Module) -> dict[nn.Module, Tensor]:
    """W_O, [head · d_head, d_model], by the attention module that it belongs to: the parameter itself, no copy.

    Modules that are no attention may be in it too; only an attention asks for its own.
    """
    found = {}
    for module in network.modules():
        inner = getattr(module, "self", None)
        if isinstance(inner, nn.Module) and isinstance(getattr(module, "output", None), nn.Module):
            found[inner] = _matrix(getattr(module.output, "dense", None))
        found.setdefault(
            module, next((m for name in _NAMES if (m := _matrix(getattr(module, name, None))) is not None), None)
        )
    return {module: matrix for module, matrix in found.items() if matrix is not None}


def _matrix(projection: object) -> Tensor | None:
    """What x is multiplied by from the right: of an nn.Linear its weight transposed, of GPT-2's Conv1D its weight."""
    weight = getattr(projection, "weight", None)
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        return None
    if isinstance(projection, nn.Linear):
        return weight.T
    return weight if hasattr(projection, "nf") else None


def before_training(model: Any, *, seed: int = 0) -> Any:
    """A twin with weights as they are drawn before training: normal with the configuration's `initializer_range`,
    biases 0, norms 1.

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
    return copy.deepcopy(model, memo=twin_of)


def _drawn(module: nn.Module, name: str, parameter: Tensor, spread: float, generator: torch.Generator) -> Tensor:
    if parameter.dim() > 1:
        drawn = torch.randn(parameter.shape, generator=generator) * spread
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            drawn[module.padding_idx] = 0.0
        return drawn
    return torch.full(parameter.shape, float("Norm" in type(module).__name__ and name == "weight"))
