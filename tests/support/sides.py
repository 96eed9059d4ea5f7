"""An encoder–decoder from scratch in which no parameter is 0 or 1, and a batch for it."""

from __future__ import annotations

import torch

from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderConfig, EncoderDecoderRecord
from attnviz.transformer import TransformerConfig

SOURCE_SIDE = TransformerConfig(20, layers=2, heads=4, d_model=16, d_ff=24, longest=9, scaled=True)
TARGET_SIDE = TransformerConfig(13, layers=3, heads=2, d_model=16, d_ff=32, longest=8, causal=True, scaled=True)
CONFIG = EncoderDecoderConfig(SOURCE_SIDE, TARGET_SIDE)
SOURCE = torch.tensor([[3, 1, 4, 1, 5, 9, 2], [2, 6, 5, 3, 5, 8, 7]])
IDS = torch.tensor([[3, 1, 4, 1, 5], [2, 6, 5, 3, 12]])
SOURCE_IS_TOKEN = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
IS_TOKEN = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])


def stirred(config: EncoderDecoderConfig = CONFIG, seed: int = 1) -> EncoderDecoder:
    """A model in which no parameter is 0 or 1."""
    model = EncoderDecoder(config, seed=seed).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model.requires_grad_(False)


MODEL = stirred()


def run(**options: object) -> EncoderDecoderRecord:
    record: EncoderDecoderRecord = MODEL(IDS, source=SOURCE, **options)
    return record
