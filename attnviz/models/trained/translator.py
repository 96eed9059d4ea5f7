"""A model that was trained here to translate: the from-scratch encoder–decoder with the weights of a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.changes.applying import heads_off
from attnviz.models.errors import check_there
from attnviz.models.parameters import Parameters, asked_text, of_attention
from attnviz.models.reference import check_torch_knows
from attnviz.models.takes import ANY
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.sides import layers_of, torch_sides
from attnviz.models.trained.words import row_of, spelled
from attnviz.models.writers import Translating, outputs_of, rows_of
from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.request import Change, Input, Request, Text, Translation, Unplaced
from attnviz.tokens import Tokens
from attnviz.training.vocabulary import START


class Translator(Translating, TrainedModel):
    """It has learned to translate, from a checkpoint's first word to its last."""

    network: EncoderDecoder

    @property
    def takes(self) -> frozenset[type[Change]]:
        return ANY | {Unplaced}

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        source, target = self._sides(request.input)
        record = self._run(source, target.ids, request.changes)
        parts = layers_of(self.network, record, rows_of(source, target), request.changes)
        outputs = outputs_of(source, record.memory[0], record.final[0])
        found = tuple(
            dict.fromkeys(s for row in (source, target) for s in spelled(row.text, request.input.special_tokens))
        )
        if isinstance(request.input, Text):
            parts, outputs = {"encoder": parts["encoder"]}, {source.name: outputs[source.name]}
        return Trace(request, parts, outputs, str(self.device), spelled=found)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: what comes after each of these tokens of the target."""
        self.check_has_target(request.input)
        source, target = self._sides(request.input)
        check_there(at, target)
        return self._run(source, target.ids, request.changes).logits[0, at].softmax(-1).cpu()

    @torch.no_grad()
    def _grown(self, request: Request, limit: int | None) -> Iterator[str]:
        read, begun = self._sides(request.input)
        longest = self.network.config.target.longest
        most = longest - len(begun) if limit is None else min(limit, longest - len(begun))
        assert isinstance(request.input, Translation)
        ids, text = begun.ids, request.input.target
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
        record = self._run(source, target.ids, trace.changes)
        found = torch_sides(self.network, record, trace.changes)
        return {part: weights for part, weights in found.items() if part in trace.parts}

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """The attention of one layer of the encoder, as it ran on a text."""
        asked = asked_text(request)
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
        read, ids = (torch.tensor([row], device=self.device) for row in (source.ids, target))
        record: EncoderDecoderRecord = self.network(ids, source=read, changes=changes)
        return record
