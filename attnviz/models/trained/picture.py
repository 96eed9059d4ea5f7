"""A model that was trained here to be asked about a picture: "which digit is red?", "which colour is the 7?".

Its trace has one row of tokens, "image": the two words of the question, and the patches. The question's row of weights
is what was learned; in a model of one layer nobody reads what the patches gather from one another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import torch
from torch import Tensor

from attnviz._trace import Stages, Trace
from attnviz.heads import Shape
from attnviz.layer import PLAIN, TURNED, LayerTrace
from attnviz.models.base import ModelError
from attnviz.models.parameters import Parameters
from attnviz.models.reference import check_torch_knows, torch_weights
from attnviz.models.takes import FROM_SCRATCH
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.text import block_stages
from attnviz.picture_transformer import ASKED, PictureTransformer
from attnviz.request import Change, Input, Masked, Picture, Request
from attnviz.tokens import PatchToken, TextToken, Tokens, word_tokens
from attnviz.training.picture import KINDS
from attnviz.training.scenes import COLOURS, DIGITS
from attnviz.training.vocabulary import Vocabulary
from attnviz.transformer import TransformerRecord

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_OTHERWISE = {  # what is said for a word that it knows
    "color": "colour",
    "number": "digit",
    **dict(zip(_NUMBERS, DIGITS, strict=True)),
}
_BESIDE = frozenset({"which", "what", "is", "the", "of", "a", "has", "?", "."})  # words that change nothing


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

    def shape(self, asked: Input) -> Shape:
        return Shape(self.name, self.network.config.shape)

    def _accepted(self, asked: Input) -> Input:
        from attnviz.models.inputs.image import fitted  # with Pillow, which nobody else needs

        checked = super()._accepted(asked)
        assert isinstance(checked, Picture)
        asked_words(checked.question, self.checkpoint.vocabulary)  # what it does not know is said at once
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
            if one != ASKED - 1:
                raise ModelError(
                    f"The answer is read at token {ASKED - 1}, the last word of the question, not at token {one}."
                )
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
        """The two words of the question, then patch after patch, row by row from the top left."""
        config, words = self.network.config, asked_words(asked.question, self.checkpoint.vocabulary)
        side = config.patch
        patches = [
            PatchToken(f"{row},{column}", word=len(words) + row * config.across + column, box=box)
            for row in range(config.across)
            for column in range(config.across)
            for box in [(column * side, row * side, side, side)]
        ]
        return Tokens("image", (*words, *patches), asked.pixels, asked=asked.question)

    def _run(self, request: Request) -> TransformerRecord:
        """A batch of one."""
        asked = request.input
        assert isinstance(asked, Picture)
        words = asked_words(asked.question, self.checkpoint.vocabulary)
        ids = torch.tensor([[word.id for word in words]], device=self.device)
        pixels = torch.tensor(asked.pixels.array, device=self.device)[None]
        record: TransformerRecord = self.network(ids, pictures=pixels, changes=request.changes)
        return record


def asked_words(question: str, vocabulary: Vocabulary) -> tuple[TextToken, TextToken]:
    """The two words of a question that the model reads: what is asked, and of which. They stand in the question where
    they were typed.

    >>> from attnviz.training.picture import PictureTask
    >>> [word.piece for word in asked_words("Which colour is the seven?", PictureTask.vocabulary)]
    ['colour', '7']

    Raises:
        ModelError: another question.
    """
    found: list[TextToken] = []
    for token in word_tokens(question)[0]:
        piece = _OTHERWISE.get(token.piece, token.piece)
        if piece in KINDS or piece in COLOURS or piece in DIGITS:
            found.append(replace(token, id=vocabulary.id(piece), piece=piece, word=len(found)))
        elif piece not in _BESIDE:
            raise ModelError(_not_known(question, f"it does not know the word “{token.label[:30]}”"))
    match [token.piece for token in found]:
        case [("digit"), of] if of in COLOURS:
            return found[0], found[1]
        case [("colour"), of] if of in DIGITS:
            return found[0], found[1]
    raise ModelError(_not_known(question, "it asks for one digit by its colour, or for one colour by its digit"))


def _not_known(question: str, why: str) -> str:
    return (
        f"The model cannot be asked “{question[:60]}”: {why}. Ask “which digit is red?” ({', '.join(COLOURS)}) "
        "or “which colour is the 7?” (0 to 9)."
    )
