"""A model of the transformers library whose attention is ours: what it reads, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

from attnviz._trace import Trace
from attnviz.changing import heads_off
from attnviz.heads import Shape
from attnviz.layer import LayerTrace
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.models.parameters import Parameters, asked_text, of_attention
from attnviz.models.pretrained import growing
from attnviz.models.pretrained.encoder_decoder import EncoderDecoder
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.probe import Measured, watching
from attnviz.models.pretrained.inside.projections import made_of
from attnviz.models.pretrained.inside.recording import Recording, recording
from attnviz.models.pretrained.pieces import takes_pairs
from attnviz.models.pretrained.reader import Reader
from attnviz.models.pretrained.twins import before_training, entries_of, positions_of, with_attention
from attnviz.request import Change, Input, Pair, Request, Text, Translation, Weights
from attnviz.tokens import LONG_LIMIT, TOKEN_LIMIT, TextToken, Tokens


@dataclass(eq=False, repr=False)
class PretrainedModel(Model):
    """A transformers model whose attention is ours. Threads may share it."""

    weights: Weights
    network: Any  # a transformers PreTrainedModel; its library leaves most of it untyped
    tokenizer: Any
    predicts: str | None = None  # "masked" or "next" word, where it has a language-model head
    with_words: Any = None  # the network and that head
    part: str = ""  # which part of a larger model the network is: "encoder"
    both: EncoderDecoder | None = None  # that larger model, with its decoder
    lacks_target: str = ""  # why its decoder cannot be shown, in a sentence
    takes_segments: bool = True  # the model as it was saved hands the network which sentence of a pair a token is of
    notices: tuple[str, ...] = ()  # what one has to know to read its numbers rightly
    reference: str = "the transformers library's own eager attention"
    measured: Measured = field(default_factory=lambda: Measured(0))  # what a run of it showed
    empty_cache: Callable[[], Any] | None = None  # makes what keeps keys and values, all of them
    reads_on: bool = False  # a run showed that it can go on from what it keeps
    _lock: Lock = field(default_factory=Lock)  # for the eager twin
    _eager: Any = None
    _drawing: Lock = field(default_factory=Lock)  # for the untrained model
    _untrained: PretrainedModel | None = None  # itself, where it is the untrained one
    _reader: Reader = field(default=None)  # type: ignore[assignment]  # made of the tokenizer, where none is given

    def __post_init__(self) -> None:
        self._reader = self._reader or Reader(self.tokenizer)

    @cached_property
    def reads(self) -> frozenset[type[Input]]:
        pairs = self.predicts != "next" and takes_pairs(self.tokenizer)
        kinds: set[type[Input]] = {Text, Pair} if pairs else {Text}
        return frozenset(kinds | ({Translation} if self.both else set()))

    def shape(self, asked: Input) -> Shape:
        if isinstance(asked, Translation) and self.both:
            return Shape(self.name, self.both.heads)
        return Shape(self.name, {self.part: self.measured.heads})

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

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

    def _recorded(self, tokens: Tokens, changes: Collection[Change]) -> Recording:
        """A run of the network on these tokens, for its attention."""
        with running_errors_in_words(self.name), recording(changes, self.places) as record:
            self.run(self.network, tokens)
        self.check_calls(record, self.measured.layers)
        return record

    def _read_both(self, request: Request, asked: Translation) -> Trace:
        both, (source, target, spelled) = self._both, self._sides(asked)
        with running_errors_in_words(self.name), recording(request.changes, both.places) as record:
            found = both.run(both.network, source, target, output_hidden_states=True)
        self.check_calls(record, len(both.places))
        decoded = found.decoder_hidden_states[-1][0]
        outputs = {"source": found.encoder_last_hidden_state[0], "target": decoded, "written": decoded}
        return self.traced(request, both.layers(record, source, target), outputs, spelled)

    def traced(
        self,
        request: Request,
        parts: dict[str, tuple[LayerTrace, ...]],
        outputs: dict[str, Tensor],
        spelled: tuple[str, ...],
    ) -> Trace:
        where = str(self.network.device)
        return Trace(request, parts, outputs, where, notices=self.notices, spelled=spelled)

    def check_calls(self, record: Recording, wanted: int) -> None:
        if len(record.calls) != wanted:
            raise ModelError(
                f"{self.name} ran {len(record.calls)} of its {wanted} layers through attnviz's attention on this text, "
                "so its true weights cannot be shown. Try another text or model."
            )

    @property
    def places(self) -> list[tuple[str, int]]:
        return [(self.part, layer) for layer in range(self.measured.layers)]

    @property
    def _both(self) -> EncoderDecoder:
        """Encoder and decoder. Who asks has checked that there are both (`reads`)."""
        assert self.both is not None
        return self.both

    def _accepted(self, asked: Input) -> Input:
        if isinstance(asked, Translation) and self.lacks_target:
            raise ModelError(self.lacks_target)
        return super()._accepted(asked)

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
        assert isinstance(request.input, Translation)
        if not self._both.has_words:
            raise ModelError(f"{self.name} has no language-model head: it writes no words.")
        read, begun, _ = self._sides(request.input)
        words = [token.id for token in begun.of_text[1:]]
        most = min(self.limit - 1, self.limit if limit is None else limit + len(words))
        for ids in self._both.written(read, words, limit=most, changes=request.changes):
            yield self._reader.decoded(ids)

    def layers_of(self, record: Recording, tokens: Tokens) -> dict[str, tuple[LayerTrace, ...]]:
        """The recorded calls as layers, by part."""
        projections = self.measured.projections or (None,) * len(record.calls)
        layers = (
            LayerTrace(
                *(call.q, call.k, call.v, call.rule, tokens, tokens, i, self.part),
                w_o=self._w_o.get(call.module),
                projection=projection,
                small=call.small,
            )
            for i, (call, projection) in enumerate(zip(record.calls, projections, strict=True))
        )
        return {self.part: tuple(layers)}

    def untrained(self) -> PretrainedModel | None:
        """The same architecture and tokenizer with weights drawn as before training; None if it is that model."""
        with self._drawing:
            if self._untrained is None:
                whole = self.both.network if self.both else self.with_words or self.network
                place = next(name for name, module in whole.named_modules() if module is self.network)
                twin = before_training(whole)
                network, words = twin.get_submodule(place), None if self.with_words is None else twin
                both = self.both.untrained(twin) if self.both else None
                # The reader is shared, since the tokenizer is.
                model = replace(self, network=network, with_words=words, both=both, _eager=None, _drawing=Lock())
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
        _check_tokens(at, tokens)
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
        return self._reader.continued(text, index)

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
        _check_tokens(at, target)
        with running_errors_in_words(self.name), recording(request.changes, both.places):
            logits: Tensor = both.run(both.network, source, target).logits[0, at]
        return logits.softmax(-1).cpu()

    def word(self, index: int) -> str:
        """The vocabulary's entry with that index, as a person reads it."""
        return self._reader.word(index)

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """The weights of transformers' eager attention, by a twin of the model with the same parameters.

        Raises:
            ModelError: a trace of a run with changes, which transformers knows nothing of.
        """
        if trace.changes:
            raise ModelError("The reference runs the model as it is: check a trace of a run with nothing changed.")
        if isinstance(trace.request.input, Translation):
            source, target, _ = self._sides(trace.request.input)
            return self._both.eager_weights(source, target)
        outputs = self.run(self.eager_twin(), trace.tokens, output_attentions=True)
        return {self.part: [weights[0] for weights in outputs.attentions]}

    @torch.no_grad()
    def reference_output(self, trace: Trace) -> Tensor:
        """[token, d_model]: the last hidden state of the eager twin."""
        output: Tensor = self.run(self.eager_twin(), trace.tokens).last_hidden_state[0]
        return output

    @torch.no_grad()
    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        """The attention of one layer, as it ran on a text or a pair with the changes of the request."""
        asked = asked_text(request)
        if isinstance(asked.input, Translation):
            raise ModelError("The attention of a layer is opened on one row of words, not on a source and a target.")
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

    @property
    def limit(self) -> int:
        """The most tokens it reads, special ones included."""
        most = LONG_LIMIT if self.predicts == "next" else TOKEN_LIMIT
        return int(min(most, self.tokenizer.model_max_length, self._most_places))

    def _limit_of(self, asked: Input) -> int:
        """The most tokens of what is asked."""
        most = asked.most if isinstance(asked, Text) else None
        return self.limit if most is None else min(self.limit, most)

    @cached_property
    def _most_places(self) -> float:
        return positions_of(self.network)

    def tokens_of(self, asked: Input) -> tuple[Tokens, tuple[str, ...]]:
        """The tokens with their places in the text, and the special tokens that were read as text."""
        assert isinstance(asked, Text | Pair)
        text, second = (asked.text, None) if isinstance(asked, Text) else (asked.first, asked.second)
        items, cut, spelled = self._pieces(text, second, asked.special_tokens, self._limit_of(asked))
        return Tokens("text", items, text if second is None else f"{text}\n{second}", cut), spelled

    def _sides(self, asked: Translation) -> tuple[Tokens, Tokens, tuple[str, ...]]:
        """Source and target, and the special tokens in them that were read as text."""
        items, cut, spelled = self._pieces(asked.source, None, asked.special_tokens, self.limit)
        source = Tokens("source", items, asked.source, cut)
        if not asked.target.strip():
            return source, self._both.target((), asked.target, None), spelled
        pieces, cut, more = self._pieces(asked.target, None, asked.special_tokens, self.limit)
        return source, self._both.target(pieces, asked.target, cut), tuple(dict.fromkeys((*spelled, *more)))

    def _pieces(
        self, text: str, second: str | None, special_tokens: bool | None, limit: int
    ) -> tuple[tuple[TextToken, ...], int | None, tuple[str, ...]]:
        with running_errors_in_words(self.name):
            return self._reader.pieces(text, second, limit=limit, special_tokens=special_tokens)

    def run(self, network: Any, tokens: Tokens, start: int = 0, **options: object) -> Any:
        """What a network (this model's, its eager twin) gives for these tokens; for those from `start` on, where it is
        given what it keeps of the others."""
        ids = torch.tensor([[token.id for token in self.known(tokens).of_text]], device=network.device)
        if getattr(network.config, "use_cache", None) is not None:
            options = {"use_cache": False} | options
        if self._reads_segments and any(token.token_type for token in tokens.of_text):
            kinds = [token.token_type for token in tokens.of_text]
            options["token_type_ids"] = torch.tensor([kinds], device=network.device)
        return network(input_ids=ids[:, start:], attention_mask=torch.ones_like(ids), return_dict=True, **options)

    def known(self, tokens: Tokens) -> Tokens:
        """The tokens, after a check that the model has a vector for each."""
        entries = entries_of(self.network)
        beyond = next((token for token in tokens.of_text if entries is not None and token.id >= entries), None)
        if beyond is not None:
            raise ModelError(
                f"The tokenizer has {len(self.tokenizer):,} entries, the model {entries:,}: it knows no token "
                f"{beyond.id:,} (“{beyond.piece}”). Give it the tokenizer that it was trained with, or leave out “"
                f"{beyond.text}”."
            )
        return tokens

    @cached_property
    def _reads_segments(self) -> bool:
        """Whether its network tells the two sentences of a pair apart by an embedding."""
        kinds = getattr(self.network.config, "type_vocab_size", None) or 0
        return self.takes_segments and kinds > 1 and "token_type_ids" in self.tokenizer.model_input_names

    @cached_property
    def _w_o(self) -> dict[nn.Module, Tensor]:
        return self.measured.w_o(self.network)

    def eager_twin(self) -> Any:
        """The same parameters under transformers' own attention."""
        with self._lock:
            if self._eager is None:
                self._eager = with_attention(self.network, "eager")
        return self._eager


def _check_tokens(at: list[int], tokens: Tokens) -> None:
    for one in at:
        if not 0 <= one < len(tokens):
            raise ModelError(f"There is no token {one}: the {tokens.name} has tokens 0 to {len(tokens) - 1}.")
