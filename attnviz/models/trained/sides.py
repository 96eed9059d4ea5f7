"""The three attentions of an encoder–decoder that was trained here, as parts of a trace: of the source among itself, of
the target among itself, and from the target to the source. What the source is, its model knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from torch import Tensor

from attnviz.attention import MultiHeadAttention, SelfAttention
from attnviz.layer import PLAIN, TURNED, LayerTrace, Projection
from attnviz.models.reference import torch_weights
from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.request import Change, Unplaced
from attnviz.rule import Rule
from attnviz.tokens import Tokens

Attentions = tuple[MultiHeadAttention, SelfAttention, Tensor, Tensor | None]  # module, its record, its x, its memory


def layers_of(
    network: EncoderDecoder,
    record: EncoderDecoderRecord,
    rows: Mapping[str, tuple[Tokens, Tokens]],
    changes: Collection[Change],
) -> dict[str, tuple[LayerTrace, ...]]:
    """By part, its layers; `rows` are what looks and what is looked at there."""
    rules = network.rules(*_counts(record), changes=changes)
    return {
        part: tuple(
            _layer(part, i, one, rule, rows[part], _projection(part, changes))
            for i, (one, rule) in enumerate(zip(attentions, rules[part], strict=True))
        )
        for part, attentions in _attentions(network, record).items()
    }


def torch_sides(
    network: EncoderDecoder, record: EncoderDecoderRecord, changes: Collection[Change]
) -> dict[str, list[Tensor]]:
    """By part, each layer's weights by torch's own attention, from what went into the layer."""
    target, source = _counts(record)
    rules = network.rules(target, source, changes=changes)
    sides = {"encoder": (source, network.config.source), "decoder": (target, network.config.target)}
    return {
        part: [
            torch_weights(
                x[0],
                module.matrices(),
                memory=None if memory is None else memory[0],
                heads=module.heads,
                mask=rule.mask,
                scale=rule.scale / rule.temperature,
                angles=network.angles(*sides[part], changes) if part in sides else None,
            )
            for (module, _, x, memory), rule in zip(attentions, rules[part], strict=True)
        ]
        for part, attentions in _attentions(network, record).items()
    }


def _counts(record: EncoderDecoderRecord) -> tuple[int, int]:
    """Tokens of the target and of the source."""
    return record.embedded.shape[-2], record.memory.shape[-2]


def _attentions(network: EncoderDecoder, record: EncoderDecoderRecord) -> Mapping[str, Sequence[Attentions]]:
    """By part, what attends in each layer: its module, what it computed, and from what."""
    blocks = record.decoder
    return {
        "encoder": [
            (_module(block.attention), one.attention, one.attention_input, None)
            for block, one in zip(network.encoder, record.encoder, strict=True)
        ],
        "decoder": [
            (_module(block.attention), one.attention, one.attention_input, None)
            for block, one in zip(network.decoder, blocks, strict=True)
        ],
        "cross": [
            (_module(block.cross), one.cross, one.cross_input, record.memory)
            for block, one in zip(network.decoder, blocks, strict=True)
        ],
    }


def _projection(part: str, changes: Collection[Change]) -> Projection:
    """How Q, K and V are made: turned by their places within a row of tokens, not from one row to the other."""
    return PLAIN if part == "cross" or any(isinstance(one, Unplaced) for one in changes) else TURNED


def _module(module: object) -> MultiHeadAttention:
    """A module of a list, which torch leaves untyped."""
    assert isinstance(module, MultiHeadAttention)
    return module


def _layer(
    part: str, layer: int, attends: Attentions, rule: Rule, rows: tuple[Tokens, Tokens], projection: Projection
) -> LayerTrace:
    module, record, _, _ = attends
    made = (record.q[0], record.k[0], record.v[0], rule.by_head)
    return LayerTrace(*made, *rows, layer, part, w_o=module.w_o, projection=projection)
