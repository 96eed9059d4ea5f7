"""From-scratch transformers of any shape as models, with weights drawn large enough to matter."""

from __future__ import annotations

import torch

from attnviz.models.names import Run
from attnviz.models.trained import TextModel
from attnviz.training.checkpoint import Checkpoint
from attnviz.training.loop import Snapshot, TrainingOptions
from attnviz.training.measures import Measures
from attnviz.training.registry import TASKS
from attnviz.transformer import Transformer, TransformerConfig


def trained_with(seed: int = 0, **design: object) -> TextModel:
    """A model of the grammar's words with this design; also its biases and norms are drawn."""
    options, vocabulary = TrainingOptions("grammar"), TASKS["grammar"].vocabulary
    config = TransformerConfig(len(vocabulary), **design)  # type: ignore[arg-type]
    drawn = torch.Generator().manual_seed(seed)
    weights = {
        name: torch.randn(value.shape, generator=drawn) * 0.3 + value * ("norm" in name)
        for name, value in Transformer(config).state_dict().items()
    }
    snapshot = Snapshot(0, 0.0, Measures({}, {}), weights)
    return TextModel(Checkpoint(options, config, vocabulary, (snapshot,), ()), Run(options), device="cpu")
