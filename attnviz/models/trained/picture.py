"""A model that was trained here to be asked about a picture: "which digit is red?", "which colour is the 7?".

Its trace has one row of tokens, "image": the words of the question that are read, or [CLS], and the patches. Their last
row of weights is what was learned; in a model of one layer nobody reads what the patches gather from one another. What
can be asked its task knows.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.heads import Shape
from attnviz.models.errors import ModelError
from attnviz.models.parameters import Parameters
from attnviz.models.takes import FROM_SCRATCH
from attnviz.models.trained.one_row import OneRow
from attnviz.networks.picture_transformer import PictureTransformer
from attnviz.request import Change, Input, Masked, Picture, Request
from attnviz.tokens import PatchToken, TextToken, Tokens
from attnviz.training.pictures.looking import SceneTask
from attnviz.transformer import TransformerRecord


class PictureModel(OneRow):
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
        tokens, record = self._tokens(request.input), self._run(request)
        return Trace(
            request,
            self.layers_of(record, tokens, request.changes),
            {tokens.name: record.final[0]},
            str(self.device),
            self.stages_of(record),
            request.input.notices,
        )

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: the answer, which is read at the last word of the question and nowhere else."""
        for one in at:
            if one != self.task.longest - 1:
                name = "the last word of the question" if self.question else "[CLS]"
                raise ModelError(f"The answer is read at token {self.task.longest - 1}, {name}, not at token {one}.")
        return self._run(request).logits[0, at].softmax(-1).cpu()

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        raise ModelError("A model that is asked about pictures does not run in the page yet.")

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
