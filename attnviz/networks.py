"""The networks that can be trained here, by their shape: a transformer of words, one that is asked about a picture, an
encoder–decoder."""

from __future__ import annotations

from typing import Any

from attnviz.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from attnviz.picture_transformer import PictureConfig
from attnviz.transformer import Transformer, TransformerConfig

Config = TransformerConfig | EncoderDecoderConfig  # a PictureConfig is a TransformerConfig too
Network = Transformer | EncoderDecoder


def config_from(described: dict[str, Any]) -> Config:
    """A model's shape, from what `dataclasses.asdict` made of it."""
    if "source" in described:
        return EncoderDecoderConfig(TransformerConfig(**described["source"]), TransformerConfig(**described["target"]))
    return PictureConfig(**described) if "patch" in described else TransformerConfig(**described)
