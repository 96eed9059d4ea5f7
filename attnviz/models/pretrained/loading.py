"""Pretrained models of the transformers library, of a package, a folder or the hub, run through our attention."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from attnviz.contents import Samples
from attnviz.models.base import Model
from attnviz.models.checking import check
from attnviz.models.errors import ModelError
from attnviz.models.machine.device import choose_device
from attnviz.models.names import Folder, Hub, Packaged
from attnviz.models.names.places import PICTURE_KINDS, TOWER_KINDS
from attnviz.models.pretrained import library, towers, vision
from attnviz.models.pretrained.acceptance import accepted
from attnviz.models.pretrained.files.completeness import check_configuration, check_input, check_weights
from attnviz.models.pretrained.files.folder import narrow_numbers
from attnviz.models.pretrained.files.sources import (
    Source,
    find_source,
    loading_errors_in_words,
    tokenizer_errors_in_words,
)
from attnviz.models.pretrained.hearing import HearingModel
from attnviz.models.pretrained.shown import in_float32, settled, shown
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.texts.reader import Reader
from attnviz.models.pretrained.towers import TwoTowers
from attnviz.models.pretrained.vision import VisionModel
from attnviz.request import Sound


def load_pretrained(weights: Packaged | Folder | Hub, *, device: str | None = None) -> PretrainedModel:
    """A model that reads text, as `load` has it.

    Raises:
        ModelError: as `load`; or it reads no text.
    """
    found = load(weights, device=device)
    if not isinstance(found, PretrainedModel):
        raise ModelError(f"{weights.name} looks at pictures or hears sounds, and reads no text.")
    return found


def load(weights: Packaged | Folder | Hub, *, device: str | None = None) -> Model:
    """A packaged model, that of a local folder, or one of the Hugging Face hub; be it of texts, pictures or sounds.

    Raises:
        ModelError: why it cannot be had or shown, and what to do.
    """
    where, name = choose_device(device), weights.name
    source = find_source(weights)
    with loading_errors_in_words(source):
        config = library.configuration_of(source)
        cls = library.class_of(config)
        check_configuration(name, config)
        if cls is library.HEARING:
            return _hearing(weights, source, where, config)
    if config.model_type in PICTURE_KINDS:
        return _vision(weights, source, where, config)
    if config.model_type in TOWER_KINDS:
        return _towers(weights, source, where, config)
    with loading_errors_in_words(source):
        check_input(name, cls, config)
    with tokenizer_errors_in_words(source):
        tokenizer = library.tokenizer_of(source)
    with loading_errors_in_words(source):
        model, info = library.loaded(cls, source, config, where)
        notices = _notices(source)
    has_own_head = cls is library.PLAIN and bool(config.architectures)
    return shown(weights, model, tokenizer, info=info, notices=notices, has_own_head=has_own_head)


def _vision(weights: Packaged | Folder | Hub, source: Source, where: torch.device, config: Any) -> VisionModel:
    """A model that looks at pictures: what stands on its network (a classifier) is left out."""
    with loading_errors_in_words(source):
        network, info = library.loaded(library.PLAIN, source, config, where)
        check_weights(weights.name, network.eval(), network, info)
        preparation = vision.Preparation.of(library.preparation_of(source), network.config)
    return vision.accepted(VisionModel(weights, network, preparation, notices=source.notices))


def _towers(weights: Packaged | Folder | Hub, source: Source, where: torch.device, config: Any) -> TwoTowers:
    """A model that reads a picture and a text, each by a tower of its own (CLIP)."""
    with tokenizer_errors_in_words(source):
        tokenizer = settled(library.tokenizer_of(source), source.name)
    with loading_errors_in_words(source):
        network, info = library.loaded(library.TOWERS, source, config, where)
        check_weights(source.name, network.eval(), network, info)
        preparation = vision.Preparation.of(library.preparation_of(source), network.config.vision_config)
        notices = _notices(source)
    image = vision.accepted(VisionModel(weights, network.vision_model, preparation, part="image", notices=notices))
    text = accepted(PretrainedModel(weights, network.text_model, Reader(tokenizer), part="text", takes_segments=False))
    return towers.accepted(TwoTowers(weights, network, image, text, notices=notices))


def _hearing(weights: Packaged | Folder | Hub, source: Source, where: torch.device, config: Any) -> HearingModel:
    """A Whisper of the library: its network, its tokenizer and what makes its spectrogram.

    Raises:
        ModelError: weights that are not complete, or settings that do not say how it writes.
    """
    extractor = library.extractor_of(source)
    model, info = library.loaded(library.HEARING, source, config, where)
    check_weights(source.name, model, model, info)
    if getattr(model.generation_config, "no_timestamps_token_id", None) is None:
        raise ModelError(f"{source.name} does not say how it writes: its folder has no generation_config.json.")
    found = HearingModel(weights, model.eval(), Reader(library.tokenizer_of(source)), extractor, source.notices)
    if not isinstance(weights, Packaged):  # of which it is known
        sound = Samples.of(np.sin(np.arange(found.rate // 2) / 5), found.rate)
        checked = check(found, found.trace(Sound(sound, "")))
        if not checked.agrees:
            raise ModelError(f"{source.name} cannot be shown: some weight differs by {checked.difference:.2g}.")
    return found


def _notices(source: Source) -> tuple[str, ...]:
    """What one has to know of where it comes from, to read its numbers rightly."""
    narrow = narrow_numbers(source.folder, source.name) if source.folder is not None else ""
    return (*source.notices, *([in_float32(narrow)] if narrow else []))
