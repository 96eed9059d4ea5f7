"""A model that was trained here to be asked about a picture: "which digit is red?", "which colour is the 7?".

Its trace has one row of tokens, "image": the words of the question that are read, or [CLS], and the patches. Their last
row of weights is what was learned; in a model of one layer nobody reads what the patches gather from one another. What
can be asked its task knows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor

from attnviz._trace import Stages, Trace
from attnviz.errors import AttnvizError
from attnviz.heads import Shape
from attnviz.layer import PLAIN, TURNED, LayerTrace
from attnviz.models.errors import ModelError
from attnviz.models.parameters import Parameters
from attnviz.models.reference import check_torch_knows, torch_weights
from attnviz.models.takes import FROM_SCRATCH
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.text import block_stages
from attnviz.picture_transformer import PictureTransformer
from attnviz.request import Change, Input, Masked, Picture, Request
from attnviz.tokens import PatchToken, TextToken, Tokens
from attnviz.training.pictures.looking import SceneTask
from attnviz.transformer import TransformerRecord


class PictureModel(TrainedModel):
    """It answers a question about a picture."""

    network: PictureTransformer
    predicts = "answer"

    @property
    def takes(self) -> frozenset[type[Change]]:
        return FROM_SCRATCH - {Masked}  # masks go by the distance of words in a line

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Picture})

    @property
    def task(self) -> SceneTask:
        return cast(SceneTask, self.checkpoint.task)  # what reads pictures is such a one

    @property
    def question(self) -> str:
        return self.task.question

    def shape(self, asked: Input) -> Shape:
        return Shape(self.name, self.network.config.shape)

    def _accepted(self, asked: Input) -> Input:
        from attnviz.models.inputs.image import fitted  # with Pillow, which nobody else needs

        checked = super()._accepted(asked)
        assert isinstance(checked, Picture)
        self._words(checked)  # what it does not know is said at once
        return fitted(checked, self.network.config.side)

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        assert isinstance(request.input, Picture)
        tokens, changes = self._tokens(request.input), request.changes
        record, rules = self._run(request), self.network.rules(len(tokens), changes=changes)
        projection = PLAIN if self.network.angles(len(tokens), changes) is None else TURNED
        layers = []
        for i, (block, rule) in enumerate(zip(record.blocks, rules, strict=True)):
            assert rule.mask is not None
            whole = rule if rule.mask.dim() == 3 else replace(rule, mask=rule.mask[None])
            q, k, v = (x[0] for x in (block.attention.q, block.attention.k, block.attention.v))
            w_o = self._matrices(i, changes)["w_o"]
            layers.append(LayerTrace(q, k, v, whole, tokens, tokens, i, w_o=w_o, projection=projection))
        stages = Stages(
            record.embedded[0],
            record.placed[0],
            tuple(map(block_stages, record.blocks)),
            record.final[0],
            record.logits[0],
            self.words,
        )
        outputs = {tokens.name: record.final[0]}
        return Trace(request, {"": tuple(layers)}, outputs, str(self.device), stages, request.input.notices)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: the answer, which is read at the last word of the question and nowhere else."""
        for one in at:
            if one != self.task.longest - 1:
                name = "the last word of the question" if self.question else "[CLS]"
                raise ModelError(f"The answer is read at token {self.task.longest - 1}, {name}, not at token {one}.")
        return self._run(request).logits[0, at].softmax(-1).cpu()

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer."""
        check_torch_knows(trace.changes)
        if trace.stages is None:
            raise ModelError("The trace is not of this model: it has no stages.")
        angles = self.network.angles(len(trace), trace.changes)
        rules = self.network.rules(len(trace), changes=trace.changes)
        return {
            "": [
                torch_weights(
                    stages.attention_input,
                    self._matrices(i, trace.changes),
                    heads=self.network.config.heads,
                    mask=rule.mask,
                    scale=rule.scale / rule.temperature,
                    angles=angles,
                )
                for i, (stages, rule) in enumerate(zip(trace.stages.blocks, rules, strict=True))
            ]
        }

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        raise ModelError("A model that is asked about pictures does not run in the page yet.")

    def _matrices(self, layer: int, changes: Collection[Change]) -> dict[str, Tensor]:
        """W_Q, W_K, W_V and W_O of a layer, as they are in a run with these changes."""
        return self.network.attentions()[layer].matrices() | self.network.numbers_set(layer, changes)

    def _tokens(self, asked: Picture) -> Tokens:
        """The words of the question, then patch after patch, row by row from the top left."""
        config, words = self.network.config, self._words(asked)
        side, first = config.patch, sum(not word.special for word in words)
        patches = [
            PatchToken(f"{row},{column}", word=first + row * config.across + column, box=box)
            for row in range(config.across)
            for column in range(config.across)
            for box in [(column * side, row * side, side, side)]
        ]
        return Tokens("image", (*words, *patches), asked.pixels, asked=asked.question)

    def _run(self, request: Request) -> TransformerRecord:
        """A batch of one."""
        asked = request.input
        assert isinstance(asked, Picture)
        ids = torch.tensor([[word.id for word in self._words(asked)]], device=self.device)
        pixels = torch.tensor(asked.pixels.array, device=self.device)[None]
        record: TransformerRecord = self.network(ids, pictures=pixels, changes=request.changes)
        return record

    def _words(self, asked: Picture) -> tuple[TextToken, ...]:
        try:
            return self.task.words(asked.question)
        except AttnvizError as error:
            raise ModelError(str(error)) from None
