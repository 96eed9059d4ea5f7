"""What a model computes with, as far as it is known: its matrices by layer, and what stands around them. From it the
page runs the model by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.attention import causal_mask
from attnviz.errors import AttnvizError
from attnviz.layer import LayerTrace
from attnviz.models.errors import ModelError
from attnviz.positions import ROTARY_BASE
from attnviz.request import Request, Translation
from attnviz.tokens import Tokens
from attnviz.transformer import Block, Transformer

_TURNED = (
    "Here queries and keys are made of X and then turned by their place, so the matrices alone do not give them: they "
    "are shown as they are compared."
)
_UNSEEN = (
    "How this model makes its queries, keys and values of X could not be seen in a run of it: they are shown as they "
    "are compared."
)


@dataclass(frozen=True, eq=False)
class LayerParameters:
    """The parameters of one layer, matrices as [in, out]; None where it has none, or where they are not known."""

    w_q: Tensor | None = None  # [d_model, head · d_head]
    w_k: Tensor | None = None  # [d_model, kv_head · d_head]
    w_v: Tensor | None = None  # [d_model, kv_head · d_value]
    w_o: Tensor | None = None  # [head · d_value, d_model]
    b_q: Tensor | None = None  # [head · d_head]
    b_k: Tensor | None = None  # [kv_head · d_head]
    b_v: Tensor | None = None  # [kv_head · d_value]
    b_o: Tensor | None = None  # [d_model]
    norm_1: tuple[Tensor, Tensor] | None = None  # scale and shift, [d_model] each
    norm_2: tuple[Tensor, Tensor] | None = None
    w_1: Tensor | None = None  # [d_model, d_ff]
    b_1: Tensor | None = None  # [d_ff]
    w_2: Tensor | None = None  # [d_ff, d_model]
    b_2: Tensor | None = None  # [d_model]

    __repr__ = brief


@dataclass(frozen=True, kw_only=True)
class Design:
    """The shape of a model, and what is fixed in it. None: not known, as of a pretrained model, of which no more than
    the attention of one layer is looked at."""

    kind: Literal["trained", "random", "pretrained"]
    heads: int
    kv_heads: int
    d_model: int
    d_head: int
    d_value: int
    d_ff: int | None  # 0: no feed-forward
    positions: str | None
    norm: str | None
    causal: bool
    tied: bool
    predicts: str | None
    scale: float
    temperature: float = 1.0
    epsilon: float = 1e-5  # of the layer norms
    rotary_base: float = 1.0
    longest: int = 512
    layer: int = 0  # the number of the first layer
    off: tuple[int, ...] = ()  # heads of that layer that were off in the run that it was taken from
    unknown: str | None = None  # why X and its matrices are not known, in a sentence


@dataclass(frozen=True, eq=False)
class Parameters:
    """All that a model computes with, or what is known of one layer of it.

    What is of one text alone, `tokens` with `vectors`, or with `x` or `recorded`, is there of a model that does not
    read another one in the page.
    """

    design: Design
    layers: tuple[LayerParameters, ...]
    words: tuple[str, ...] = ()
    embedding: Tensor | None = None  # [word, d_model]
    unembedding: Tensor | None = None  # [word, d_model]; None where it is the embedding
    bias: Tensor | None = None  # [word]
    norm: tuple[Tensor, Tensor] | None = None  # the last
    places: Tensor | None = None  # [place, d_model], of learned positions
    tokens: Tokens | None = None
    vectors: Tensor | None = None  # [token, d_model], before positions
    x: Tensor | None = None  # [token, d_model]: what the layer's Q, K and V are made of
    recorded: LayerTrace | None = None  # the layer of a pretrained model, as it ran

    __repr__ = brief


def of_transformer(network: Transformer, words: tuple[str, ...], predicts: str | None) -> Parameters:
    """All parameters of a from-scratch transformer."""
    config = network.config
    design = Design(
        kind="trained",
        heads=config.heads,
        kv_heads=config.heads,
        d_model=config.d_model,
        d_head=config.d_head,
        d_value=config.d_head,
        d_ff=config.d_ff,
        positions=config.positions,
        norm=config.norm,
        causal=config.causal,
        tied=config.tied,
        predicts=predicts,
        scale=config.d_head**-0.5,
        rotary_base=ROTARY_BASE,
        longest=config.longest,
    )
    return Parameters(
        design,
        tuple(_of_block(block) for block in network.blocks if isinstance(block, Block)),
        words,
        embedding=network.embedding,
        unembedding=network.unembedding,
        bias=network.bias,
        norm=_of_norm(network.norm),
        places=network.places,
    )


def of_attention(
    layer: LayerTrace, made: tuple[Tensor, LayerParameters] | None, output: nn.Module | None, **more: Any
) -> Parameters:
    """What is known of one layer of a pretrained model: how it ran, X and the matrices that are `made_of`, and W_O with
    its bias, of the layer that takes the heads' contexts. `more` goes into the design (`predicts`, `off`)."""
    x, matrices = (None, LayerParameters()) if made is None else made
    turned = layer.projection is not None and "rotary" in layer.projection.q
    w_o, b_o = layer.w_o, getattr(output, "bias", None) if layer.w_o is not None else None
    heads, d_value = layer.heads, layer.d_value
    design = Design(
        kind="pretrained",
        heads=heads,
        kv_heads=layer.k.shape[0],
        d_model=heads * d_value if w_o is None else w_o.shape[1],
        d_head=layer.d_head,
        d_value=d_value,
        d_ff=None,
        positions=None,
        norm=None,
        causal=_is_causal(layer.mask),
        tied=False,
        scale=layer.scale,
        temperature=layer.temperature,
        layer=layer.layer,
        unknown=(_TURNED if turned else _UNSEEN) if made is None else None,
        **more,
    )
    own = replace(matrices, w_o=w_o, b_o=b_o)
    return Parameters(design, (own,), tokens=layer.queries, x=x, recorded=layer)


def _is_causal(mask: Tensor | None) -> bool:
    """Whether a mask [head or 1, query, key] is the causal one in all heads."""
    return mask is not None and len(mask) == 1 and torch.equal(mask[0], causal_mask(mask.shape[-1]))


def _of_block(block: Block) -> LayerParameters:
    attention, inside = block.attention, block.feed_forward
    return LayerParameters(
        attention.w_q,
        attention.w_k,
        attention.w_v,
        attention.w_o,
        norm_1=_of_norm(block.norm_1),
        norm_2=_of_norm(block.norm_2),
        **({} if inside is None else {name: getattr(inside, name) for name in ("w_1", "b_1", "w_2", "b_2")}),
    )


def _of_norm(norm: nn.LayerNorm | None) -> tuple[Tensor, Tensor] | None:
    return None if norm is None else (norm.weight, norm.bias)


def asked_text(request: Request | None) -> Request:
    """The request, for a model that is known on one text alone.

    Raises:
        AttnvizError: there is none, or a source and a target.
    """
    if request is None:
        raise AttnvizError("What this model computes with is known on one text only: say which.")
    if isinstance(request.input, Translation):
        raise ModelError("The attention of a layer is opened on one row of words, not on a source and a target.")
    return request
