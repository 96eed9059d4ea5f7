"""Runs with changes from the transformer's own parts, by torch and in float64: what the page's runs must come to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from attnviz.changes.applying import allowed_mask
from attnviz.models.scratch import random_embeddings
from attnviz.positions import rotary_angles, rotated, sinusoidal_positions
from attnviz.request import Masked
from attnviz.transformer import Block, Transformer


def run_of(network: Transformer, ids: list[int], changes: dict[str, Any]) -> dict[str, Tensor]:
    """The way of a transformer with these changes, from its own parts, in float64."""
    config, n = network.config, len(ids)
    placed = changes.get("places", True)
    found = {"embedded": network.embedding[ids].double()}
    x = found["embedded"]
    if placed and network.places is not None:
        x = x + network.places[:n].double()
    if placed and config.positions == "sinusoidal":
        x = x + sinusoidal_positions(n, config.d_model).double()
    angles = rotary_angles(n, config.d_head).double() if placed and config.positions == "rotary" else None
    mask = torch.full((n, n), -math.inf).triu(1) if config.causal else torch.zeros(n, n)
    found["placed"] = x
    for layer, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        inside = norm(x, block.norm_1) if block.pre else x
        heads = attended(inside, block.attention, mask, 1.0, changes, layer, angles)
        found |= {f"{layer}.{name}": value for name, value in heads.items()} | {f"{layer}.input": inside}
        attended_to = x + heads["output"] if block.pre else norm(x + heads["output"], block.norm_1)
        found[f"{layer}.attended"] = x = attended_to
        if block.feed_forward is not None:
            inner = block.feed_forward
            between = norm(x, block.norm_2) if block.pre else x
            hidden = (between @ inner.w_1.double() + inner.b_1.double()).clamp(min=0.0)
            x = x + hidden @ inner.w_2.double() + inner.b_2.double()
            x = x if block.pre else norm(x, block.norm_2)
            found[f"{layer}.hidden"] = hidden
        found[f"{layer}.after"] = x
    found["final"] = x if network.norm is None else norm(x, network.norm)
    unembedding = network.embedding if network.unembedding is None else network.unembedding
    found["logits"] = found["final"] @ unembedding.double().T + network.bias.double()
    return found


def norm(x: Tensor, by: Any) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], by.weight.double(), by.bias.double(), by.eps)


def module_run(model: Any, ids: list[int], changes: dict[str, Any]) -> dict[str, Tensor]:
    """The same of the random model's only module."""
    x = random_embeddings(ids, model.options.d_model, seed=model.options.seed).double()
    if changes.get("places", True):
        x = x + sinusoidal_positions(len(ids), model.options.d_model).double()
    nothing = torch.zeros(len(ids), len(ids))
    found = attended(x, model.module, nothing, model.options.temperature, changes, 0, None)
    return {f"0.{name}": value for name, value in found.items()}


def attended(
    x: Tensor,
    module: Any,
    mask: Tensor,
    temperature: float,
    changes: dict[str, Any],
    layer: int,
    angles: Tensor | None,
    biases: Mapping[str, Tensor] = MappingProxyType({}),
) -> dict[str, Tensor]:
    """What an attention module makes of x [token, d_model] with these changes."""
    matrices = {name: getattr(module, name).double().clone() for name in ("w_q", "w_k", "w_v", "w_o")}
    for one in changes.get("numbers", []):
        if one["layer"] == layer:
            matrices[one["matrix"]][one["row"], one["column"]] = one["value"]
    bias = {name: biases[f"b_{name}"].double() if biases else 0.0 for name in "qkvo"}
    projected = (x @ matrices[f"w_{name}"] + bias[name] for name in "qkv")
    q, k, v = (one.unflatten(-1, (module.heads, module.d_head)).transpose(0, 1) for one in projected)
    if angles is not None:
        q, k = rotated(q, angles), rotated(k, angles)
    scale = module.d_head**-0.5 if changes.get("root", True) else 1.0
    if changes.get("mask") == {"kind": "bidirectional"}:
        mask = torch.zeros_like(mask)
    elif "mask" in changes:
        mask = mask + allowed_mask(Masked(**changes["mask"]), len(x))
    masked = (q @ k.transpose(-1, -2)) * scale + mask
    weights = normalized(masked / (temperature * changes.get("temperature", 1.0)), changes.get("normalizer", "softmax"))
    for one in changes.get("rows", []):
        if one["layer"] == layer:
            weights[one["head"], one["query"]] = torch.tensor(one["weights"], dtype=torch.float64)
    context = weights @ v
    for off_layer, head in changes.get("off", []):
        if off_layer == layer:
            context[head] = 0.0
    found = {"concatenated": context.transpose(0, 1).flatten(1)}
    found["output"] = found["concatenated"] @ matrices["w_o"] + bias["o"]
    for name, value in {"q": q, "k": k, "v": v, "masked": masked, "weights": weights, "context": context}.items():
        found |= {f"{head}.{name}": value[head] for head in range(module.heads)}
    return found


def normalized(x: Tensor, kind: str) -> Tensor:
    """Weights of scores over the temperature, as the four are defined."""
    seen = x > -math.inf
    n = seen.sum(-1, keepdim=True).double()
    match kind:
        case "softmax":
            return x.softmax(-1)
        case "relu":
            return torch.where(seen, x.clamp(min=0.0), 0.0) / n
        case "polynomial":
            return torch.where(seen, x, 0.0).pow(3) / n.sqrt()
        case "hard":
            return torch.nn.functional.one_hot(x.argmax(-1), x.shape[-1]).double()
    raise AssertionError(kind)
