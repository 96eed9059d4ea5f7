"""A model that was trained here to translate: the from-scratch encoder–decoder with the weights of a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.attention import MultiHeadAttention, SelfAttention
from attnviz.changing import heads_off
from attnviz.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.heads import Shape
from attnviz.layer import PLAIN, TURNED, LayerTrace, Projection
from attnviz.models.base import ModelError
from attnviz.models.parameters import Parameters, asked_text
from attnviz.models.projections import of_attention
from attnviz.models.reference import check_torch_knows, torch_weights
from attnviz.models.takes import ANY
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.words import row_of, spelled
from attnviz.request import Change, Input, Request, Text, Translation, Unplaced
from attnviz.rule import Rule
from attnviz.tokens import Tokens, as_written
from attnviz.training.vocabulary import START

Attentions = tuple[MultiHeadAttention, SelfAttention, Tensor, Tensor | None]  # module, its record, its x, its memory


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
        rules = self.network.rules(len(target), len(source), changes=request.changes)
        rows = {"encoder": (source, source), "decoder": (target, target), "cross": (as_written(target), source)}
        parts = {
            part: tuple(
                _layer(part, i, one, rule, rows[part], self._projection(part, request.changes))
                for i, (one, rule) in enumerate(zip(attentions, rules[part], strict=True))
            )
            for part, attentions in self._attentions(record).items()
        }
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
        rules = self.network.rules(len(target), len(source), changes=trace.changes)
        config = self.network.config
        sides = {"encoder": (len(source), config.source), "decoder": (len(target), config.target)}
        return {
            part: [
                torch_weights(
                    x[0],
                    module.matrices(),
                    memory=None if memory is None else memory[0],
                    heads=module.heads,
                    mask=rule.mask,
                    scale=rule.scale / rule.temperature,
                    angles=self.network.angles(*sides[part], trace.changes) if part in sides else None,
                )
                for (module, _, x, memory), rule in zip(attentions, rules[part], strict=True)
            ]
            for part, attentions in self._attentions(record).items()
            if part in trace.parts
        }

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

    def _attentions(self, record: EncoderDecoderRecord) -> Mapping[str, Sequence[Attentions]]:
        """By part, what attends in each layer: its module, what it computed, and from what."""
        network, blocks = self.network, record.decoder
        return {
            "encoder": [
                (_module(block.attention), one.attention, one.attention_input, None)
                for block, one in zip(network.encoder, record.encoder, strict=True)
            ],
            "decoder": [
                (_module(block.attention), one.attention, one.attention_input, None)
                for block, one in zip(network.decoder, blocks, strict=True)
            ],
            "cross": [
                (_module(block.cross), one.cross, one.cross_input, record.memory)
                for block, one in zip(network.decoder, blocks, strict=True)
            ],
        }

    def _projection(self, part: str, changes: Collection[Change]) -> Projection:
        """How Q, K and V are made: turned by their places within a row of words, not from one row to the other."""
        return PLAIN if part == "cross" or any(isinstance(one, Unplaced) for one in changes) else TURNED

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


def _module(module: object) -> MultiHeadAttention:
    """A module of a list, which torch leaves untyped."""
    assert isinstance(module, MultiHeadAttention)
    return module


def _layer(
    part: str, layer: int, attends: Attentions, rule: Rule, rows: tuple[Tokens, Tokens], projection: Projection
) -> LayerTrace:
    module, record, _, _ = attends
    plain = rule if rule.mask is None or rule.mask.dim() == 3 else replace(rule, mask=rule.mask[None])
    return LayerTrace(
        *(record.q[0], record.k[0], record.v[0], plain, *rows, layer, part), w_o=module.w_o, projection=projection
    )
