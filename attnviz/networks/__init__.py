"""The networks that can be trained here, by their shape: a transformer of words, one that is asked about a picture, an
encoder–decoder, of words or of a sound."""

from __future__ import annotations

from typing import Any

from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from attnviz.networks.picture_transformer import PictureConfig
from attnviz.networks.sound_transformer import SoundConfig
from attnviz.transformer import Transformer, TransformerConfig

Config = TransformerConfig | EncoderDecoderConfig  # a PictureConfig is a TransformerConfig, a SoundConfig the other
Network = Transformer | EncoderDecoder


def config_from(described: dict[str, Any]) -> Config:
    """A model's shape, from what `dataclasses.asdict` made of it."""
    if "source" in described:
        sides = {side: TransformerConfig(**described[side]) for side in ("source", "target")}
        return SoundConfig(**described | sides) if "hop" in described else EncoderDecoderConfig(**sides)
    return PictureConfig(**described) if "patch" in described else TransformerConfig(**described)
