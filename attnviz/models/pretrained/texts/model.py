"""A model of the transformers library whose attention is ours: what it reads, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.changes.applying import heads_off
from attnviz.heads import Shape
from attnviz.models.errors import ModelError, check_there
from attnviz.models.parameters import Parameters, asked_text, of_attention
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.probe import Measured, watching
from attnviz.models.pretrained.inside.projections import made_of
from attnviz.models.pretrained.inside.recording import recording
from attnviz.models.pretrained.texts import growing
from attnviz.models.pretrained.texts.encoder_decoder import EncoderDecoder
from attnviz.models.pretrained.texts.pieces import takes_pairs
from attnviz.models.pretrained.texts.reader import Reader
from attnviz.models.pretrained.texts.reading import ReadsText
from attnviz.models.pretrained.twins import before_training
from attnviz.models.writers import outputs_of
from attnviz.request import Input, Pair, Request, Text, Translation, Weights
from attnviz.tokens import Tokens


@dataclass(eq=False, repr=False)
class PretrainedModel(ReadsText):
    """A transformers model whose attention is ours. Threads may share it."""

    weights: Weights
    network: Any  # a transformers PreTrainedModel
    reader: Reader  # its tokenizer; shared with the untrained model
    predicts: str | None = None  # "masked" or "next" word, where it has a language-model head
    with_words: Any = None  # the network and that head
    part: str = ""  # which part of a larger model the network is: "encoder"
    both: EncoderDecoder | None = None  # that larger model, with its decoder
    lacks_target: str = ""  # why its decoder cannot be shown, in a sentence
    takes_segments: bool = True  # the model as it was saved hands the network which sentence of a pair a token is of
    notices: tuple[str, ...] = ()  # what one has to know to read its numbers rightly
    measured: Measured = field(default_factory=lambda: Measured(0))  # what a run of it showed
    empty_cache: Callable[[], Any] | None = None  # makes what keeps keys and values, all of them
    reads_on: bool = False  # a run showed that it can go on from what it keeps
    _drawing: Lock = field(default_factory=Lock)  # for the untrained model
    _untrained: PretrainedModel | None = None  # itself, where it is the untrained one

    @cached_property
    def reads(self) -> frozenset[type[Input]]:
        pairs = self.predicts != "next" and takes_pairs(self.tokenizer)
        kinds: set[type[Input]] = {Text, Pair} if pairs else {Text}
        return frozenset(kinds | ({Translation} if self.both else set()))

    def shape(self, asked: Input) -> Shape:
        if isinstance(asked, Translation) and self.both:
            return Shape(self.name, self.both.heads)
        return Shape(self.name, {self.part: self.measured.heads})

    def predicting(self, asked: Input) -> str | None:
        if isinstance(asked, Translation):
            return "next" if self.both and self.both.has_words else None
        return self.predicts

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        """A text, a pair or a translation (up to `limit` tokens; the rest is cut)."""
        if isinstance(request.input, Translation):
            return self._read_both(request, request.input)
        tokens, spelled = self.tokens_of(request.input)
        with running_errors_in_words(self.name), recording(request.changes, self.places) as record:
            output = self.run(self.network, tokens).last_hidden_state[0]
        self.check_calls(record, self.measured.layers)
        layers = self.layers_of(record, tokens)
        return self.traced(request, layers, {"text": output}, spelled)

    def read_on(self, request: Request, before: Iterable[growing.Read] = ()) -> growing.Read | None:
        found = growing.read(self, request, before) if self.reads_on else None
        if found is not None:
            self._check_finite(found.trace)
        return found

    def _read_both(self, request: Request, asked: Translation) -> Trace:
        both, (source, target, spelled) = self._both, self._sides(asked)
        with running_errors_in_words(self.name), recording(request.changes, both.places) as record:
            found = both.run(both.network, source, target, output_hidden_states=True)
        self.check_calls(record, len(both.places))
        outputs = outputs_of(source, found.encoder_last_hidden_state[0], found.decoder_hidden_states[-1][0])
        return self.traced(request, both.layers(record, source, target), outputs, spelled)

    def _accepted(self, asked: Input) -> Input:
        if isinstance(asked, Translation) and self.lacks_target:
            raise ModelError(self.lacks_target)
        return super()._accepted(asked)

    def _grown(self, request: Request, limit: int | None) -> Iterator[str]:
        assert isinstance(request.input, Translation)
        if not self._both.has_words:
            raise ModelError(f"{self.name} has no language-model head: it writes no words.")
        read, begun, _ = self._sides(request.input)
        words = begun.ids[1:]
        most = min(self.limit - 1, self.limit if limit is None else limit + len(words))
        for ids in self._both.written(read, words, limit=most, changes=request.changes):
            yield self.reader.decoded(ids)

    def untrained(self) -> PretrainedModel | None:
        """The same architecture and tokenizer with weights drawn as before training; None if it is that model."""
        with self._drawing:
            if self._untrained is None:
                whole = self.both.network if self.both else self.with_words or self.network
                place = next(name for name, module in whole.named_modules() if module is self.network)
                twin = before_training(whole)
                network, words = twin.get_submodule(place), None if self.with_words is None else twin
                both = self.both.untrained(twin) if self.both else None
                model = replace(self, network=network, with_words=words, both=both, _drawing=Lock())
                model._untrained, self._untrained = model, model
        return None if self._untrained is self else self._untrained

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: what its language-model head gives for each of these, hidden, or for the token after it."""
        if isinstance(request.input, Translation):
            return self._predicted_next(request, request.input, at)
        if self.with_words is None:
            raise ModelError(f"{self.name} has no language-model head: it predicts no words.")
        tokens, _ = self.tokens_of(request.input)
        check_there(at, tokens)
        if self.predicts == "next":
            return self._logits(request, tokens)[at].softmax(-1).cpu()
        hidden = self.tokenizer.mask_token_id
        words = tokens.of_text
        read = (replace(tokens, items=(*words[:one], replace(words[one], id=hidden), *words[one + 1 :])) for one in at)
        logits = [self._logits(request, text)[one] for text, one in zip(read, at, strict=True)]
        return torch.stack(logits).softmax(-1).cpu()

    @torch.no_grad()
    def following(self, request: Request, read: growing.Read | None = None) -> tuple[Tensor, int]:
        if not self.continues:
            return super().following(request)
        tokens = self.tokens_of(request.input)[0] if read is None else read.trace.tokens
        limit = self._limit_of(request.input)
        if tokens.cut is not None or len(tokens) >= limit:
            whose = "this model can read" if limit == self.limit else "is read of one here"
            raise ModelError(f"The text is as long as {whose}: {limit:,} tokens.")
        last = growing.last_word(tokens)
        logits = self._logits(request, tokens, since=last)[0] if read is None else read.logits
        return logits.float().softmax(-1).cpu(), last

    def continued(self, text: str, index: int) -> str | None:
        if not self.continues:
            return super().continued(text, index)
        return self.reader.continued(text, index)

    def ends(self, index: int) -> bool:
        settings = (self.network.config, getattr(self.with_words, "generation_config", None), self.tokenizer)
        ends = (getattr(one, "eos_token_id", None) for one in settings)
        return any(index in end if isinstance(end, list) else index == end for end in ends)

    def _logits(self, request: Request, tokens: Tokens, since: int = 0) -> Tensor:
        """[token, word]: what its language-model head gives for the tokens from `since` on. (Of 4,096 tokens and 49,152
        words all would be 0.8 GB.)"""
        can_leave_out = since and "logits_to_keep" in signature(self.with_words.forward).parameters
        some = {"logits_to_keep": len(tokens) - since} if can_leave_out else {}
        with running_errors_in_words(self.name), recording(request.changes, self.places):
            logits: Tensor = self.run(self.with_words, tokens, **some).logits[0]
        return logits if can_leave_out else logits[since:]

    def _predicted_next(self, request: Request, asked: Translation, at: list[int]) -> Tensor:
        """[token, word]: what comes after each of these tokens of the target."""
        both, (source, target, _) = self._both, self._sides(asked)
        if not both.has_words:
            raise ModelError(f"{self.name} has no language-model head: it predicts no words.")
        check_there(at, target)
        with running_errors_in_words(self.name), recording(request.changes, both.places):
            logits: Tensor = both.run(both.network, source, target).logits[0, at]
        return logits.softmax(-1).cpu()

    def word(self, index: int) -> str:
        """The vocabulary's entry with that index, as a person reads it."""
        return self.reader.word(index)

    def _eager_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        if isinstance(trace.request.input, Translation):
            source, target, _ = self._sides(trace.request.input)
            return self._both.eager_weights(source, target)
        outputs = self.run(self.eager, trace.tokens, output_attentions=True)
        return {self.part: [weights[0] for weights in outputs.attentions]}

    @torch.no_grad()
    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """The attention of one layer, as it ran on a text or a pair with the changes of the request."""
        asked = asked_text(request)
        shape = self.shape(asked.input)
        shape.check_layer(layer, shape.part(part))
        tokens, _ = self.tokens_of(asked.input)
        module = self._recorded(tokens, asked.changes).calls[layer].module
        with watching(module) as seen:
            record = self._recorded(tokens, asked.changes)
        time = sum(call.module is module for call in record.calls[:layer])  # layers may share a module (ALBERT)
        return of_attention(
            self.layers_of(record, tokens)[self.part][layer],
            made_of(record.calls[layer], seen, time),
            self.measured.output(self.network, module),
            predicts=self.predicts,
            off=tuple(sorted(heads_off(asked.changes, layer, self.part))),
        )
