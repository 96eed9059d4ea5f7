"""A Vision Transformer of the transformers library whose attention is ours: ViT, DeiT, DINOv2, and CLIP's.

Its trace has one row of tokens, "image": [CLS] (and what else the model adds), then the patches, row by row from the
top left. Nothing is asked of it: the row of [CLS], which gathers what it makes of the whole picture, is shown first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.contents import Pixels
from attnviz.heads import Head, Shape
from attnviz.models.checking import check
from attnviz.models.errors import ModelError
from attnviz.models.parameters import Parameters
from attnviz.models.pretrained.base import LibraryModel, OnePart
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.probe import Measured, measured
from attnviz.models.pretrained.inside.recording import recording
from attnviz.models.pretrained.twins import before_training
from attnviz.models.takes import ANY
from attnviz.request import Change, Input, Masked, Picture, Request, Weights
from attnviz.tokens import PatchToken, Token, Tokens

_ADDED = {"deit": ("[CLS]", "[DIST]")}  # the special tokens of a kind, [CLS] if not said; registers are counted
_INTERPOLATES = ("vit", "deit", "clip_vision_model")  # kinds that are told when a picture is of another size
_HALF = (0.5, 0.5, 0.5)
# The mean and the spread of the pictures that CLIP was trained on, as the library has them.
_CLIP_S = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


@dataclass(frozen=True)
class Preparation:
    """What is done to a picture before it is read: its middle square is made so large, then (colour − mean) ÷ spread.
    A colour is from 0 to 1."""

    side: int
    mean: tuple[float, ...] = _HALF
    spread: tuple[float, ...] = _HALF

    @classmethod
    def of(cls, told: dict[str, Any], config: Any) -> Preparation:
        """As the model's folder says (preprocessor_config.json); its network's size and its kind's colours where that
        says none."""
        found = told.get("crop_size") or told.get("size") or config.image_size
        side = found.get("height") or found.get("shortest_edge") if isinstance(found, dict) else found
        side = int(side or config.image_size) // config.patch_size * config.patch_size
        mean, spread = _CLIP_S if config.model_type == "clip_vision_model" else (_HALF, _HALF)
        return cls(side, tuple(told.get("image_mean") or mean), tuple(told.get("image_std") or spread))

    def apply(self, pixels: Pixels) -> Tensor:
        """[1, channel, row, column]"""
        colours = torch.from_numpy(pixels.array.copy()).permute(2, 0, 1)[None] / 255
        mean, spread = (torch.tensor(x).view(1, 3, 1, 1) for x in (self.mean, self.spread))
        return (colours - mean) / spread


class LooksAtPictures(LibraryModel):
    """What a model of the library that looks at a picture has, be there a text beside it or not."""

    predicts: str | None = None

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Picture})

    @property
    def takes(self) -> frozenset[type[Change]]:
        return ANY - {Masked}

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        raise ModelError("A model that looks at pictures does not run in the page.")


@dataclass(eq=False, repr=False)
class VisionModel(OnePart, LooksAtPictures):
    """A transformers picture model whose attention is ours. Threads may share it."""

    weights: Weights
    network: Any  # a transformers PreTrainedModel
    preparation: Preparation
    part: str = ""  # which part of a larger model the network is: "image"
    notices: tuple[str, ...] = ()
    measured: Measured = field(default_factory=lambda: Measured(0))
    _lock: Lock = field(default_factory=Lock)
    _untrained: VisionModel | None = None

    @property
    def first_look(self) -> Head:
        """In the last layer [CLS] looks at what the picture is of."""
        return Head(max(0, self.measured.layers - 1), 0, self.part)

    def shape(self, asked: Input) -> Shape:
        return Shape(self.name, {self.part: self.measured.heads})

    def _accepted(self, asked: Input) -> Input:
        from attnviz.models.inputs.image import fitted  # with Pillow, which nobody else needs

        checked = super()._accepted(asked)
        assert isinstance(checked, Picture)
        if checked.question.strip():
            raise ModelError(f"The model {self.name} looks at a picture, and is asked nothing. Leave the question out.")
        return fitted(checked, self.preparation.side, larger=True)

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        assert isinstance(request.input, Picture)
        tokens = self.tokens_of(request.input.pixels)
        with running_errors_in_words(self.name), recording(request.changes, self.places) as record:
            output = self.run(self.network, request.input.pixels).last_hidden_state[0]
        if len(record.calls) != self.measured.layers:
            raise ModelError(
                f"{self.name} ran {len(record.calls)} of its {self.measured.layers} layers through attnviz's "
                "attention, so its true weights cannot be shown. Choose another model."
            )
        notices = (*self.notices, *request.input.notices)
        layers = self.layers_of(record, tokens)
        return Trace(request, layers, {tokens.name: output}, str(self.network.device), notices=notices)

    def tokens_of(self, pixels: Pixels) -> Tokens:
        """What it adds, then the patches."""
        side = self.network.config.patch_size
        across, down = pixels.columns // side, pixels.rows // side
        added = self._added
        patches = [
            PatchToken(f"{row},{column}", word=row * across + column, box=(column * side, row * side, side, side))
            for row in range(down)
            for column in range(across)
        ]
        return Tokens("image", (*(Token(label, special=True) for label in added), *patches), pixels)

    @property
    def _added(self) -> tuple[str, ...]:
        config = self.network.config
        registers = getattr(config, "num_register_tokens", 0) or 0
        named = _ADDED.get(config.model_type, ("[CLS]",))
        return (*named, *(f"[REG{i}]" for i in range(registers)))

    def run(self, network: Any, pixels: Pixels, **options: Any) -> Any:
        """What a network (this model's, its eager twin) gives for a picture."""
        return network(**self.given(pixels), return_dict=True, **options)

    def given(self, pixels: Pixels) -> dict[str, Any]:
        """What a network is given of a picture, by the names that the library has for it."""
        config, given = self.network.config, self.preparation.apply(pixels).to(self.network.device)
        is_other = self.preparation.side != config.image_size and config.model_type in _INTERPOLATES
        return {"pixel_values": given} | ({"interpolate_pos_encoding": True} if is_other else {})

    def _eager_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        assert isinstance(trace.request.input, Picture)
        outputs = self.run(self.eager, trace.request.input.pixels, output_attentions=True)
        return {self.part: [weights[0] for weights in outputs.attentions]}

    def untrained(self) -> VisionModel | None:
        """The same architecture with weights drawn as before training; None if it is that model."""
        with self._lock:
            if self._untrained is None:
                twin = replace(self, network=before_training(self.network), _lock=Lock())
                twin._untrained = self._untrained = twin
        return None if self._untrained is self else self._untrained


@torch.no_grad()
def accepted(model: VisionModel) -> VisionModel:
    """The model, with what a run of it showed.

    Raises:
        ModelError: its attention does not go through ours, or gives other weights than the library's own.
    """
    side = model.preparation.side
    pixels = Pixels.of((torch.arange(side * side * 3) % 251).to(torch.uint8).reshape(side, side, 3).numpy())
    with running_errors_in_words(model.name):
        found, record = measured(model.network, lambda: model.run(model.network, pixels))
    model = replace(model, measured=found)
    tokens = model.tokens_of(pixels)
    seen = {call.q.shape[1] for call in record.calls}
    if seen != {len(tokens)} or len(record.calls) != model.network.config.num_hidden_layers:
        raise ModelError(
            f"The model {model.name} cannot be shown: its attention does not go through attnviz's, or its tokens are "
            "not [CLS] and the patches. Choose another model."
        )
    checked = check(model, model.trace(Request(Picture(pixels, ""), model.weights)))
    if not checked.agrees:
        raise ModelError(
            f"The model {model.name} cannot be shown: some weight differs from its own by {checked.difference:.2g}."
        )
    return model
