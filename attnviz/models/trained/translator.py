"""A model that was trained here to translate: the from-scratch encoder–decoder with the weights of a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.changing import heads_off
from attnviz.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.heads import Shape
from attnviz.models.errors import ModelError
from attnviz.models.parameters import Parameters, asked_text, of_attention
from attnviz.models.reference import check_torch_knows
from attnviz.models.takes import ANY
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.sides import layers_of, torch_sides
from attnviz.models.trained.words import row_of, spelled
from attnviz.request import Change, Input, Request, Text, Translation, Unplaced
from attnviz.tokens import Tokens, as_written
from attnviz.training.vocabulary import START


class Translator(TrainedModel):
    """It writes a target of a source. Of a source alone, the encoder's attention is its trace."""

    network: EncoderDecoder
    predicts = None  # of a text alone; of a target, the next word
    writes_at_once = True

    @property
    def takes(self) -> frozenset[type[Change]]:
        return ANY | {Unplaced}

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Text, Translation})

    def predicting(self, asked: Input) -> str | None:
        return "next" if isinstance(asked, Translation) else None

    def shape(self, asked: Input) -> Shape:
        parts = self.network.config.shape
        return Shape(self.name, parts if isinstance(asked, Translation) else {"encoder": parts["encoder"]})

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        source, target = self._sides(request.input)
        record = self._run(source, _ids(target), request.changes)
        rows = {"encoder": (source, source), "decoder": (target, target), "cross": (as_written(target), source)}
        parts = layers_of(self.network, record, rows, request.changes)
        outputs = {source.name: record.memory[0], "target": record.final[0], "written": record.final[0]}
        found = tuple(
            dict.fromkeys(s for row in (source, target) for s in spelled(row.text, request.input.special_tokens))
        )
        if isinstance(request.input, Text):
            parts, outputs = {"encoder": parts["encoder"]}, {source.name: outputs[source.name]}
        return Trace(request, parts, outputs, str(self.device), spelled=found)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: what comes after each of these tokens of the target."""
        if not isinstance(request.input, Translation):
            raise ModelError(f"The {self.name} model predicts the words of a target: give it one.")
        source, target = self._sides(request.input)
        for one in at:
            if not 0 <= one < len(target):
                raise ModelError(f"There is no token {one}: the target has tokens 0 to {len(target) - 1}.")
        return self._run(source, _ids(target), request.changes).logits[0, at].softmax(-1).cpu()

    @torch.no_grad()
    def generate(
        self,
        source: str,
        *,
        target: str = "",
        special_tokens: bool | None = None,
        changes: Collection[Change] = (),
        limit: int | None = None,
    ) -> Iterator[str]:
        request = self.request(source, None, target, changes, special_tokens)
        read, begun = self._sides(request.input)
        longest = self.network.config.target.longest
        most = longest - len(begun) if limit is None else min(limit, longest - len(begun))
        assert isinstance(request.input, Translation)
        ids, text = _ids(begun), request.input.target
        for _ in range(most):
            index = int(self._run(read, ids, request.changes).logits[0, -1].argmax())
            if index == START:
                return
            ids.append(index)
            text = self.task.continued(text, self.words[index])
            yield text

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer."""
        check_torch_knows(trace.changes)
        source, target = self._sides(trace.request.input)
        record = self._run(source, _ids(target), trace.changes)
        found = torch_sides(self.network, record, trace.changes)
        return {part: weights for part, weights in found.items() if part in trace.parts}

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """The attention of one layer of the encoder, as it ran on a text."""
        asked = asked_text(request)
        if not isinstance(asked.input, Text):
            raise ModelError("The attention of a layer is opened on one row of words, not on a source and a target.")
        found = self._read(asked).layer(layer, part=part or "encoder")
        known = of_attention(
            found, None, None, predicts=None, off=tuple(sorted(heads_off(asked.changes, layer, "encoder")))
        )
        return replace(known, words=self.checkpoint.vocabulary.words)

    def _sides(self, asked: Input) -> tuple[Tokens, Tokens]:
        """The tokens of the source and of the target, each after [CLS]; of a text alone, one that has not begun."""
        vocabulary, longest = self.checkpoint.vocabulary, self.network.config.source.longest
        if isinstance(asked, Translation):
            source = row_of(Text(asked.source, asked.special_tokens), vocabulary, longest, name="source")
            return source, self._target(asked.target, special_tokens=asked.special_tokens)
        assert isinstance(asked, Text)
        return row_of(asked, vocabulary, longest), self._target("")

    def _target(self, text: str, *, special_tokens: bool | None = None) -> Tokens:
        vocabulary, longest = self.task.target_vocabulary, self.network.config.target.longest
        assert vocabulary is not None
        return row_of(Text(text, special_tokens), vocabulary, longest, name="target", may_be_empty=True)

    def _run(self, source: Tokens, target: Sequence[int], changes: Collection[Change]) -> EncoderDecoderRecord:
        """A batch of one; of the target, the ids."""
        read, ids = (torch.tensor([row], device=self.device) for row in (_ids(source), target))
        record: EncoderDecoderRecord = self.network(ids, source=read, changes=changes)
        return record


def _ids(row: Tokens) -> list[int]:
    return [token.id for token in row.of_text]
