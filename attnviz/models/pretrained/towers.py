"""CLIP: a model of the transformers library that reads a picture and a text, each by a tower of its own. Its attention
is ours.

The towers do not look at each other: each makes one vector, the picture's of what [CLS] gathers, the text's of what
the token that ends it gathers (each word sees those before it, so the last one sees all). What the model gives in the
end is how alike the two are. Its trace has two parts, "image" and "text"; of a picture without a text the first alone.
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
from attnviz.models.inputs.image import fitted
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.recording import Recording, recording
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.twins import before_training
from attnviz.models.pretrained.vision import LooksAtPictures, VisionModel
from attnviz.request import Input, Picture, Request, Text, Weights
from attnviz.similarity import Similarity
from attnviz.texts import checked_text
from attnviz.tokens import Tokens

# What the library calls what each tower gives.
_OUTPUTS = {"image": "vision_model_output", "text": "text_model_output"}


@dataclass(eq=False, repr=False)
class TwoTowers(LooksAtPictures):
    """CLIP, with each of its towers as a model that runs alone. Threads may share it."""

    weights: Weights
    network: Any  # a transformers CLIPModel
    image: VisionModel  # of its vision tower
    text: PretrainedModel  # of its text tower
    notices: tuple[str, ...] = ()
    _lock: Lock = field(default_factory=Lock)
    _untrained: TwoTowers | None = None

    def __repr__(self) -> str:
        return f"<Model {self.name}: {self._shape.counts}>"

    @property
    def compares(self) -> bool:
        return True

    @property
    def first_look(self) -> Head:
        return self.image.first_look

    @property
    def limit(self) -> int:
        return self.text.limit

    @property
    def _shape(self) -> Shape:
        return Shape(self.name, {"image": self.image.measured.heads, "text": self.text.measured.heads})

    def shape(self, asked: Input) -> Shape:
        return self._shape if isinstance(asked, Picture) and asked.question else self.image.shape(asked)

    @property
    def places(self) -> list[tuple[str, int]]:
        """Part and layer of each call of attention, in their order."""
        return [*self.image.places, *self.text.places]

    def _accepted(self, asked: Input) -> Input:
        checked = super()._accepted(asked)
        assert isinstance(checked, Picture)
        said = checked_text(checked.question) if checked.question.strip() else ""
        return replace(fitted(checked, self.image.preparation.side, larger=True), question=said)

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        asked = request.input
        assert isinstance(asked, Picture)
        if not asked.question:
            return self.image.trace(request)
        image, (text, spelled) = self.image.tokens_of(asked.pixels), self._words(asked)
        with running_errors_in_words(self.name), recording(request.changes, self.places) as record:
            found = self._run(self.network, asked.pixels, text)
        self.check_calls(record, len(self.places))
        first = self.image.measured.layers
        seen, said = Recording(calls=record.calls[:first]), Recording(calls=record.calls[first:])
        return Trace(
            request,
            {**self.image.layers_of(seen, image), **self.text.layers_of(said, text)},
            {part: getattr(found, name).last_hidden_state[0] for part, name in _OUTPUTS.items()},
            str(self.network.device),
            notices=(*self.notices, *asked.notices),
            spelled=spelled,
            similarity=Similarity(
                float((found.image_embeds[0] * found.text_embeds[0]).sum()), float(self.network.logit_scale.exp())
            ),
        )

    def _words(self, asked: Picture) -> tuple[Tokens, tuple[str, ...]]:
        """The tokens of the text, and the special tokens that were read as text."""
        return self.text.tokens_of(Text(asked.question))

    def _run(self, network: Any, pixels: Pixels, text: Tokens, **options: object) -> Any:
        """What a network (this model's, its eager twin) gives for a picture and a text."""
        ids = torch.tensor([self.text.known(text).ids], device=network.device)
        return network(
            **self.image.given(pixels), input_ids=ids, attention_mask=torch.ones_like(ids), return_dict=True, **options
        )

    def _eager_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        asked = trace.request.input
        assert isinstance(asked, Picture)
        if not asked.question:
            return self.image.reference_weights(trace)
        found = self._run(self.eager, asked.pixels, self._words(asked)[0], output_attentions=True)
        return {part: [one[0] for one in getattr(found, name).attentions] for part, name in _OUTPUTS.items()}

    def untrained(self) -> TwoTowers | None:
        """The same architecture with weights drawn as before training; None if it is that model."""
        with self._lock:
            if self._untrained is None:
                network = before_training(self.network)
                network.logit_scale.fill_(network.config.logit_scale_init_value)
                image = replace(self.image, network=network.vision_model, _lock=Lock())
                # The lock is shared, since the tokenizer is.
                text = replace(self.text, network=network.text_model, _drawing=Lock())
                twin = replace(self, network=network, image=image, text=text, _lock=Lock())
                twin._untrained = self._untrained = twin
        return None if self._untrained is self else self._untrained


def accepted(model: TwoTowers) -> TwoTowers:
    """The model, whose towers were accepted each for itself, after a run of both together.

    Raises:
        ModelError: the whole gives other weights than the library's own.
    """
    side = model.image.preparation.side
    pixels = Pixels.of(torch.full((side, side, 3), 128, dtype=torch.uint8).numpy())
    checked = check(model, model.trace(Request(Picture(pixels, "a"), model.weights)))
    if not checked.agrees:
        raise ModelError(
            f"The model {model.name} cannot be shown: some weight differs from its own by {checked.difference:.2g}."
        )
    return model
