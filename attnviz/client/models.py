"""A model as bytes: what the page needs to run it itself (`js/model/`), without asking Python.

A trained from-scratch model goes whole, with its words: the page reads any text with it. Of the random model, whose
words' vectors torch's generator draws, and of a pretrained one, of which one layer's attention goes, only one text
travels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import torch
from torch import Tensor

from attnviz.analysis import saying
from attnviz.client.packing import Array, as_float32, packed
from attnviz.client.rows import row_of
from attnviz.layer import LayerTrace
from attnviz.models.base import Model
from attnviz.models.parameters import LayerParameters, Parameters
from attnviz.request import Request
from attnviz.tokens import Tokens


@torch.no_grad()
def packed_model(
    model: Model, request: Request | None = None, *, part: str = "", layer: int = 0, title: str = "", **more: Any
) -> bytes:
    """A model, for the page.

    Args:
        request: what was read (`trace.request`), for a model that is known on one text alone (random, pretrained).
        part, layer: which layer of a pretrained model.
        title: what the model is called; its name if none is given.
        more: goes into the header as it stands.

    Raises:
        AttnvizError: no text for such a model, or a part or layer that is not there.
    """
    parameters = model.parameters(request, part=part, layer=layer)
    header = {
        "kind": "model",
        "config": {"name": model.name, "title": title or model.name, **asdict(parameters.design)},
        "words": parameters.words,
        "layers": len(parameters.layers),
        "known": None if parameters.tokens is None else _known(parameters.tokens),
        "sentences": saying.for_page(),
        **more,
    }
    return packed(header, _arrays(parameters))


def _known(tokens: Tokens) -> dict[str, Any]:
    """A text that was read here, as the page would have read it."""
    ids = [token.id for token in tokens.of_text]
    return {"text": tokens.content, "ids": ids, "row": row_of(tokens), "cut": tokens.cut}


def _arrays(parameters: Parameters) -> dict[str, Array]:
    named = {name: getattr(parameters, name) for name in ("embedding", "unembedding", "bias", "norm", "places")}
    named |= {name: getattr(parameters, name) for name in ("vectors", "x")}
    for at, layer in enumerate(parameters.layers):
        named |= {f"{at}.{field.name}": getattr(layer, field.name) for field in fields(LayerParameters)}
    arrays = _named(named)
    if parameters.recorded is not None:
        arrays |= _named(_attention(parameters.recorded, has_x=parameters.x is not None))
    return arrays


def _attention(layer: LayerTrace, *, has_x: bool) -> dict[str, Tensor | None]:
    """A pretrained layer as it ran: its vectors where they cannot be made of X, [head, token, d], and what is added to
    its scores, [head or 1, query, key]."""
    vectors = {} if has_x else {name: getattr(layer, name) for name in ("q", "k", "v")}
    return {**vectors, "masks": layer.mask, "biases": layer.bias}


def _named(parameters: Mapping[str, Any]) -> dict[str, Array]:
    """Those that are there; of a layer norm its scale and its shift."""
    arrays: dict[str, Array] = {}
    for name, value in parameters.items():
        if isinstance(value, tuple):
            arrays |= {f"{name}.scale": as_float32(value[0]), f"{name}.shift": as_float32(value[1])}
        elif value is not None:
            arrays[name] = as_float32(value)
    return arrays
