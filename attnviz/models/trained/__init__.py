"""Models that were trained here: a checkpoint's weights at one moment of its training, whatever they read."""

from __future__ import annotations

from attnviz.models.names import Learned
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.listener import Listener
from attnviz.models.trained.picture import PictureModel
from attnviz.models.trained.text import TextModel
from attnviz.models.trained.translator import Translator
from attnviz.models.trained.words import known_words
from attnviz.request import Picture, Sound, Text, Translation
from attnviz.training.checkpoint import Checkpoint

__all__ = ["Listener", "PictureModel", "TextModel", "TrainedModel", "Translator", "known_words", "trained_model"]


def trained_model(checkpoint: Checkpoint, weights: Learned, *, device: str | None = None) -> TrainedModel:
    """The model of a checkpoint, at the snapshot nearest to the step that the weights are of."""
    kinds: dict[type, type[TrainedModel]] = {
        Text: TextModel,
        Translation: Translator,
        Picture: PictureModel,
        Sound: Listener,
    }
    return kinds[checkpoint.task.reads](checkpoint, weights, device=device)
