"""What a model computes with, as far as it is known: its matrices by layer, and what stands around them. From it the
page runs the model by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from attnviz._brief import brief
from attnviz.errors import AttnvizError
from attnviz.layer import LayerTrace
from attnviz.positions import ROTARY_BASE
from attnviz.request import Request
from attnviz.tokens import Tokens
from attnviz.transformer import Block, Transformer


@dataclass(frozen=True, eq=False)
class LayerParameters:
    """The parameters of one layer, matrices as [in, out]; None where it has none, or where they are not known."""

    w_q: Tensor | None = None  # [d_model, head · d_head]
    w_k: Tensor | None = None  # [d_model, kv_head · d_head]
    w_v: Tensor | None = None  # [d_model, kv_head · d_value]
    w_o: Tensor | None = None  # [head · d_value, d_model]
    b_q: Tensor | None = None
    b_k: Tensor | None = None
    b_v: Tensor | None = None
    b_o: Tensor | None = None
    norm_1: tuple[Tensor, Tensor] | None = None  # scale and shift, [d_model] each
    norm_2: tuple[Tensor, Tensor] | None = None
    w_1: Tensor | None = None  # [d_model, d_ff]
    b_1: Tensor | None = None
    w_2: Tensor | None = None  # [d_ff, d_model]
    b_2: Tensor | None = None

    __repr__ = brief


@dataclass(frozen=True)
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
        "trained",
        config.heads,
        config.heads,
        config.d_model,
        config.d_head,
        config.d_head,
        config.d_ff,
        config.positions,
        config.norm,
        config.causal,
        config.tied,
        predicts,
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
        AttnvizError: there is none.
    """
    if request is None:
        raise AttnvizError("What this model computes with is known on one text only: say which.")
    return request
