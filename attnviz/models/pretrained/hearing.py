"""Whisper: a model of the transformers library that hears, and writes down what is said. Its attention is ours.

It always reads 30 seconds: a shorter sound goes on as silence, whose frames are special tokens, and what it gives them
of its weight is seen too. A frame is two of the spectrogram's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.contents import Samples
from attnviz.heads import Head, Shape
from attnviz.layer import LayerTrace
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.models.inputs.frames import frame_tokens
from attnviz.models.parameters import Parameters
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.probe import matrix_of
from attnviz.models.pretrained.inside.recording import recording
from attnviz.models.pretrained.pieces import read_pieces
from attnviz.models.pretrained.special_tokens import SpecialTokens
from attnviz.models.pretrained.twins import before_training, with_attention
from attnviz.request import Change, Input, Request, Sound, Weights
from attnviz.tokens import TextToken, Tokens, as_written

_PARTS = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}


@dataclass(eq=False, repr=False)
class HearingModel(Model):
    """A model that hears. Threads may share it."""

    weights: Weights
    network: Any  # a transformers WhisperForConditionalGeneration
    tokenizer: Any
    extractor: Any  # makes the spectrogram
    notices: tuple[str, ...] = ()
    predicts: str | None = "next"
    writes_at_once: bool = False
    reference: str = "the transformers library's own eager attention"
    _lock: Lock = field(default_factory=Lock)  # for the tokenizer, which keeps state, and the twin
    _eager: Any = None

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Sound})

    @property
    def continues(self) -> bool:
        return False

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @cached_property
    def places(self) -> list[tuple[str, int]]:
        """Part and layer of each call of attention, in their order."""
        encoder = [("encoder", i) for i in range(self.network.config.encoder_layers)]
        return encoder + [(part, i) for i in range(self.network.config.decoder_layers) for part in ("decoder", "cross")]

    def shape(self, asked: Input) -> Shape:
        config = self.network.config
        heads = {"encoder": config.encoder_attention_heads}
        heads |= dict.fromkeys(("decoder", "cross"), config.decoder_attention_heads)
        return Shape(
            self.name, {part: (n,) * sum(where == part for where, _ in self.places) for part, n in heads.items()}
        )

    @cached_property
    def alignment_heads(self) -> tuple[Head, ...]:
        """The heads of the cross-attention that its authors found to follow the sound; all of the last half of the
        layers where none are named."""
        named = getattr(self.network.generation_config, "alignment_heads", None)
        if named:
            return tuple(Head(layer, head, "cross") for layer, head in named)
        config = self.network.config
        layers = range(config.decoder_layers // 2, config.decoder_layers)
        return tuple(Head(layer, head, "cross") for layer in layers for head in range(config.decoder_attention_heads))

    @property
    def first_look(self) -> Head:
        return self.alignment_heads[0]

    @property
    def rate(self) -> int:
        """Samples a second that it reads."""
        return int(self.extractor.sampling_rate)

    @property
    def longest(self) -> int:
        """The most tokens that it writes, those that begin a text among them."""
        return int(self.network.config.max_target_positions)

    @property
    def start(self) -> tuple[int, ...]:
        """The tokens that every text begins with; of a model of many languages the English ones."""
        settings = self.network.generation_config
        found = [settings.decoder_start_token_id]
        if getattr(settings, "is_multilingual", False):
            found += [settings.lang_to_id["<|en|>"], settings.task_to_id["transcribe"]]
        return (*found, settings.no_timestamps_token_id)

    def word(self, index: int) -> str:
        return str(self.tokenizer.decode([index])).strip() or str(self.tokenizer.convert_ids_to_tokens(index))

    def _accepted(self, asked: Input) -> Input:
        from attnviz.models.inputs.sound import fitted  # which asks the module of models for its errors

        checked = super()._accepted(asked)
        assert isinstance(checked, Sound)
        heard = fitted(checked, self.rate, float(self.extractor.chunk_length))
        if heard.said is None:
            return heard
        said = replace(heard, said=" ".join(heard.said.split()))
        self._target(said.said or "")  # what is too long is said at once
        return said

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        request = self._settled(request)
        heard = request.input
        assert isinstance(heard, Sound)
        features, target = self.features(heard.samples), self._target(heard.said or "")
        with running_errors_in_words(self.name), recording(request.changes, self.places) as record:
            found = self._run(self.network, features, target, output_hidden_states=True)
        if len(record.calls) != len(self.places):
            raise ModelError(f"{self.name} ran {len(record.calls)} of its {len(self.places)} layers through attnviz.")
        source = self._frames(heard.samples)
        rows = {"encoder": (source, source), "decoder": (target, target), "cross": (as_written(target), source)}
        parts: dict[str, list[LayerTrace]] = {part: [] for part in _PARTS}
        for (part, layer), call in zip(self.places, record.calls, strict=True):
            w_o = matrix_of(call.module.get_submodule("out_proj"))
            parts[part].append(
                LayerTrace(*(call.q, call.k, call.v, call.rule, *rows[part], layer, part), w_o=w_o, small=call.small)
            )
        decoded = found.decoder_hidden_states[-1][0]
        outputs = {"sound": found.encoder_last_hidden_state[0], "target": decoded, "written": decoded}
        layers = {part: tuple(some) for part, some in parts.items()}
        where, notices = str(self.network.device), (*self.notices, *heard.notices)
        return Trace(request, layers, outputs, where, notices=notices, heard=features[0].T)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: what comes after each of these tokens of what is said."""
        request = self._settled(request)
        heard = request.input
        assert isinstance(heard, Sound)
        target = self._target(heard.said or "")
        for one in at:
            if not 0 <= one < len(target):
                raise ModelError(f"There is no token {one}: the target has tokens 0 to {len(target) - 1}.")
        with running_errors_in_words(self.name), recording(request.changes, self.places):
            logits: Tensor = self._run(self.network, self.features(heard.samples), target).logits[0, at]
        return logits.softmax(-1).cpu()

    def generate(
        self,
        source: object,
        *,
        target: str = "",
        special_tokens: bool | None = None,
        changes: Collection[Change] = (),
        limit: int | None = None,
    ) -> Iterator[str]:
        request = self.request(source, None, target, changes, special_tokens)
        assert isinstance(request.input, Sound)
        begun = [token.id for token in self._target(request.input.said or "").of_text]
        most = self.longest if limit is None else min(self.longest, len(begun) + limit)
        for ids in self.written(request.input.samples, begun, most, request.changes):
            with self._lock:
                yield self._decoded(ids)

    @torch.no_grad()
    def written(
        self, sound: Samples, begun: list[int], most: int, changes: Collection[Change] = ()
    ) -> Iterator[list[int]]:
        """The target as it grows, the most probable token after another ("greedily"), from the tokens it has begun
        with, up to the token that ends it or `most` tokens."""
        settings = self.network.generation_config
        never = list(getattr(settings, "suppress_tokens", None) or ())
        first = list(getattr(settings, "begin_suppress_tokens", None) or ())
        encoder = [place for place in self.places if place[0] == "encoder"]
        with running_errors_in_words(self.name), recording(changes, encoder):
            read = self.network.get_encoder()(self.features(sound), return_dict=True)
        ids, kept = list(begun), None
        while len(ids) < most:
            # What is kept of the words before holds no row of theirs that could be changed.
            new = ids if kept is None else ids[-1:]
            with (
                running_errors_in_words(self.name),
                recording(changes, [place for place in self.places if place[0] != "encoder"]),
            ):
                found = self.network(
                    encoder_outputs=read,
                    decoder_input_ids=torch.tensor([new], device=self.network.device),
                    past_key_values=kept,
                    use_cache=not changes,
                    return_dict=True,
                )
            kept = None if changes else found.past_key_values
            logits = found.logits[0, -1]
            logits[never + (first if len(ids) == len(self.start) else [])] = -torch.inf
            chosen = int(logits.argmax())
            if chosen == settings.eos_token_id or chosen > self.start[-1]:  # what is above tells times
                return
            ids = [*ids, chosen]
            yield ids

    def untrained(self) -> HearingModel:
        """The same architecture with weights drawn as before training."""
        return replace(self, network=before_training(self.network), _eager=None, _lock=self._lock)

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """The weights of transformers' eager attention, by a twin of the model with the same parameters.

        Raises:
            ModelError: a trace of a run with changes, which transformers knows nothing of.
        """
        if trace.changes:
            raise ModelError("The reference runs the model as it is: check a trace of a run with nothing changed.")
        heard = trace.request.input
        assert isinstance(heard, Sound)
        with self._lock:
            if self._eager is None:
                self._eager = with_attention(self.network, "eager")
        target = self._target(heard.said or "")
        outputs = self._run(self._eager, self.features(heard.samples), target, output_attentions=True)
        return {part: [w[0] for w in getattr(outputs, name)] for part, name in _PARTS.items() if part in trace.parts}

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        raise ModelError("A model that hears does not run in the page yet.")

    def features(self, sound: Samples) -> Tensor:
        """[1, band, frame]: the spectrogram of 30 seconds, as the library makes it."""
        made = self.extractor(sound.array, sampling_rate=self.rate, return_tensors="pt").input_features
        return torch.as_tensor(made, dtype=torch.float32).to(self.network.device)

    def _settled(self, request: Request) -> Request:
        """With what is written where nothing is said."""
        heard = request.input
        assert isinstance(heard, Sound)
        if heard.said is not None:
            return request
        ids = list(self.start)
        for longer in self.written(heard.samples, ids, self.longest, request.changes):
            ids = longer
        with self._lock:
            return replace(request, input=replace(heard, said=self._decoded(ids)))

    def _decoded(self, ids: list[int]) -> str:
        return " ".join(str(self.tokenizer.decode(ids, skip_special_tokens=True)).split())

    def _frames(self, sound: Samples) -> Tokens:
        """All frames that it reads, of the sound and of the silence after it."""
        count = int(self.network.config.max_source_positions)
        seconds = float(self.extractor.chunk_length) / count
        whole = np.zeros(int(self.extractor.chunk_length) * self.rate, np.float32)
        whole[: len(sound)] = sound.array
        return frame_tokens(Samples.of(whole, self.rate), count, seconds, sound.seconds)

    def _target(self, said: str) -> Tokens:
        """The tokens that begin a text, and those of what is said; each word is read with the space before it.

        Raises:
            ModelError: more than it can write.
        """
        with self._lock:
            labels = self.tokenizer.convert_ids_to_tokens(list(self.start))
            pieces: tuple[TextToken, ...] = ()
            if said:
                found, cut, _ = read_pieces(self._specials, f" {said}", None, limit=self.longest, special_tokens=False)
                pieces = tuple(token for token in found if not token.special)
                if cut is not None or len(pieces) + len(labels) > self.longest:
                    raise ModelError(f"The target is too long: {self.name} writes up to {self.longest} tokens.")
        begun = [
            TextToken(str(label), one, 0, 0, piece=str(label), special=True)
            for label, one in zip(labels, self.start, strict=True)
        ]
        moved = [replace(one, start=max(one.start - 1, 0), end=max(one.end - 1, 0)) for one in pieces]
        return Tokens("target", (*begun, *moved), said)

    @cached_property
    def _specials(self) -> SpecialTokens:
        return SpecialTokens(self.tokenizer)

    def _run(self, network: Any, features: Tensor, target: Tokens, **options: object) -> Any:
        ids = torch.tensor([[token.id for token in target.of_text]], device=network.device)
        return network(input_features=features, decoder_input_ids=ids, use_cache=False, return_dict=True, **options)
