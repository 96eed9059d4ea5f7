"""A model that was trained here: the from-scratch transformer with the weights of a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock

import torch
from torch import Tensor

from attnviz._trace import BlockStages, Stages, Trace
from attnviz.heads import Head, Shape
from attnviz.layer import PLAIN, TURNED, LayerTrace
from attnviz.models.base import Model, ModelError
from attnviz.models.device import choose_device
from attnviz.models.growing import Read
from attnviz.models.names import Learned
from attnviz.models.parameters import Parameters, of_transformer
from attnviz.models.reading_out import ReadOut
from attnviz.models.reference import check_torch_knows, torch_weights
from attnviz.models.takes import FROM_SCRATCH, check_takes
from attnviz.request import Change, HeadOff, Input, Request, Text, Unplaced, of_one_text
from attnviz.tokens import TextToken, Tokens, word_tokens
from attnviz.training.checkpoint import Checkpoint
from attnviz.training.lexicon import SPECIALS
from attnviz.training.measures import Measures
from attnviz.training.registry import TASKS
from attnviz.training.tasks import Task
from attnviz.training.vocabulary import MASK, START, UNKNOWN, Vocabulary
from attnviz.transformer import BlockRecord, TransformerRecord


class TrainedModel(Model):
    """A checkpoint at one moment of its training. Words that it does not know are read as [UNK]."""

    weights: Learned
    reference = "torch's scaled_dot_product_attention"

    def __init__(self, checkpoint: Checkpoint, weights: Learned, *, device: str | None = None) -> None:
        """At the snapshot nearest to the step that the weights are of. It is so small that the CPU is the fastest
        device."""
        self.checkpoint = checkpoint
        self.step = checkpoint.snapshot(weights.step).step
        self.weights = replace(weights, step=self.step)
        self.device = choose_device(device or "cpu")
        self.network = checkpoint.network(self.step).to(self.device)
        self._lock, self._untrained = Lock(), None if self.step > checkpoint.steps[0] else self

    @property
    def task(self) -> Task:
        return TASKS[self.checkpoint.options.task]

    @property
    def takes(self) -> frozenset[type[Change]]:
        return FROM_SCRATCH if self.network.config.positions != "none" else FROM_SCRATCH - {Unplaced}

    @property
    def predicts(self) -> str:
        return "next" if self.network.config.causal else "masked"

    @property
    def words(self) -> tuple[str, ...]:
        """The words it knows, by id."""
        return self.checkpoint.vocabulary.words

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @property
    def embedding(self) -> Tensor:
        return self.network.embedding.detach()

    @cached_property
    def first_look(self) -> Head:
        """The head that does what was learned: the one to show first."""
        return Head.of(self.checkpoint.snapshot().measures.best_head(self.task.learned))

    def shape(self, asked: Input) -> Shape:
        return Shape(self.name, {"": (self.network.config.heads,) * self.network.config.layers})

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        """A text; a typed [MASK] is a hidden word."""
        assert isinstance(request.input, Text)
        tokens = self._tokens(request.input)
        record, network = self._run(tokens, request.changes), self.network
        turned = network.angles(len(tokens), request.changes) is not None
        layers = tuple(
            LayerTrace(
                block.attention.q[0],
                block.attention.k[0],
                block.attention.v[0],
                rule if rule.mask is None or rule.mask.dim() == 3 else replace(rule, mask=rule.mask[None]),
                tokens,
                tokens,
                i,
                w_o=self._matrices(i, request.changes)["w_o"],
                projection=TURNED if turned else PLAIN,
            )
            for i, (block, rule) in enumerate(
                zip(record.blocks, network.rules(len(tokens), changes=request.changes), strict=True)
            )
        )
        return Trace(
            request,
            {"": layers},
            {"text": record.final[0]},
            str(self.device),
            self._stages(record),
            spelled=_spelled(request.input.text, request.input.special_tokens),
        )

    def untrained(self) -> TrainedModel | None:
        """The same model at the first step of its training; None if it stands there."""
        with self._lock:
            if self._untrained is None:
                first = self.checkpoint.steps[0]
                weights = replace(self.weights, step=first)
                self._untrained = TrainedModel(self.checkpoint, weights, device=str(self.device))
        return None if self._untrained is self else self._untrained

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: for each of these tokens, hidden, what stands there; or, of a causal model, what comes after
        it."""
        assert isinstance(request.input, Text)
        tokens = self._tokens(request.input)
        for one in at:
            if not 0 <= one < len(tokens):
                raise ModelError(f"There is no token {one}: the text has tokens 0 to {len(tokens) - 1}.")
        if self.predicts == "next":
            return self._run(tokens, request.changes).logits[0, at].softmax(-1).cpu()
        record = self._run(tokens, request.changes, hidden=at)
        return record.logits[range(len(at)), at].softmax(-1).cpu()

    @property
    def read_out(self) -> ReadOut | None:
        network = self.network
        if network.norm is None:
            return None
        norm, u = network.norm, network.embedding if network.unembedding is None else network.unembedding
        return ReadOut(u.detach(), network.bias.detach(), norm.weight.detach(), norm.bias.detach(), norm.eps)

    @torch.no_grad()
    def following(self, request: Request, read: Read | None = None) -> tuple[Tensor, int]:
        if not self.continues:
            return super().following(request)
        assert isinstance(request.input, Text)
        tokens = self._tokens(request.input)
        if tokens.cut is not None or len(tokens) >= self.network.config.longest:
            raise ModelError(f"The text is as long as this model can read: {self.network.config.longest} tokens.")
        return self._run(tokens, request.changes).logits[0, -1].softmax(-1).cpu(), len(tokens) - 1

    def continued(self, text: str, index: int) -> str | None:
        if not self.continues:
            return super().continued(text, index)
        if not 0 <= index < len(self.words):
            raise ModelError(f"There is no word {index}: the model knows words 0 to {len(self.words) - 1}.")
        return None if index < len(SPECIALS) else self.task.continued(text, self.words[index])

    def ends(self, index: int) -> bool:
        return index == START

    def word(self, index: int) -> str:
        """The word with that id."""
        return self.words[index]

    def measure(self, off: Collection[Head | tuple[int, int]] = ()) -> Measures:
        """What it can do on held-out examples of its task, with heads switched off."""
        return self._measured([*map(HeadOff, off)])

    def measures(self, changes: Collection[Change] = ()) -> Mapping[str, float] | None:
        check_takes(changes, self.takes, self.name)
        return None if any(map(of_one_text, changes)) else self._measured(changes).figures

    def _measured(self, changes: Collection[Change]) -> Measures:
        network = self.network if self.device.type == "cpu" else self.checkpoint.network(self.step)
        return self.task.measure(network, changes)

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer."""
        check_torch_knows(trace.changes)
        angles = self.network.angles(len(trace), trace.changes)
        if trace.stages is None:
            raise ModelError("The trace is not of this model: it has no stages.")
        rules = self.network.rules(len(trace), changes=trace.changes)
        heads = self.network.config.heads
        return {
            "": [
                torch_weights(
                    stages.attention_input,
                    self._matrices(i, trace.changes),
                    heads=heads,
                    mask=rule.mask,
                    scale=rule.scale / rule.temperature,
                    angles=angles,
                )
                for i, (stages, rule) in enumerate(zip(trace.stages.blocks, rules, strict=True))
            ]
        }

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """All of them: it reads any text with these, so none need be given."""
        return of_transformer(self.network, self.words, self.predicts)

    def _matrices(self, layer: int, changes: Collection[Change]) -> dict[str, Tensor]:
        """W_Q, W_K, W_V and W_O of a layer, as they are in a run with these changes."""
        return self.network.attentions()[layer].matrices() | self.network.numbers_set(layer, changes)

    def _tokens(self, asked: Text) -> Tokens:
        """[CLS] and the words, with the ids of this vocabulary."""
        words, cut = known_words(asked, self.checkpoint.vocabulary, self.network.config.longest - 1)
        if not words:
            raise ModelError("There is no word in this text. Type a sentence.")
        first = TextToken("[CLS]", START, 0, 0, special=True, piece="[CLS]")
        return Tokens("text", (first, *words), asked.text, cut)

    def _run(self, tokens: Tokens, changes: Collection[Change], hidden: Sequence[int] = ()) -> TransformerRecord:
        """A batch of one; or of as many as are `hidden`, each with one of these tokens hidden."""
        ids = torch.tensor([[token.id for token in tokens]] * max(1, len(hidden)), device=self.device)
        for text, token in enumerate(hidden):
            ids[text, token] = MASK
        record: TransformerRecord = self.network(ids, changes=changes)
        return record

    def _stages(self, record: TransformerRecord) -> Stages:
        return Stages(
            record.embedded[0],
            record.placed[0],
            tuple(_first(block) for block in record.blocks),
            record.final[0],
            record.logits[0],
            self.words,
        )


def known_words(asked: Text, vocabulary: Vocabulary, limit: int) -> tuple[list[TextToken], int | None]:
    """The words of a text as a model with this vocabulary reads them, and where it was cut to `limit` words (None:
    whole)."""
    words, cut = word_tokens(asked.text, limit, whole=_readable(asked.special_tokens))
    return [_known(word, vocabulary) for word in words], cut


def _known(token: TextToken, vocabulary: Vocabulary) -> TextToken:
    marker = token.piece.upper() in SPECIALS  # the only words with brackets, and one token where they are read
    index = vocabulary.id(token.piece.upper() if marker else token.piece)
    return TextToken(
        token.label,
        index,
        token.start,
        token.end,
        word=token.word,
        piece=vocabulary.words[index],
        unknown=index == UNKNOWN and not marker,
        marker=marker,
        mask=index == MASK,
    )


def _readable(special_tokens: bool | None) -> tuple[str, ...]:
    """The special tokens that are read where they are typed: by default the one that is made to be typed."""
    return SPECIALS[MASK : MASK + 1] if special_tokens is None else SPECIALS * special_tokens


def _spelled(text: str, special_tokens: bool | None) -> tuple[str, ...]:
    """The others, where the text has them."""
    read, upper = _readable(special_tokens), text.upper()
    return tuple(special for special in SPECIALS if special in upper and special not in read)


def _first(block: BlockRecord) -> BlockStages:
    """Of a batch of one, without the n² numbers, which the trace computes when somebody looks."""
    return BlockStages(
        block.attention_input[0],
        block.attention.concatenated[0],
        block.attention.output[0],
        block.attended[0],
        block.feed_forward_input[0],
        block.hidden[0],
        block.feed_forward[0],
        block.output[0],
    )
