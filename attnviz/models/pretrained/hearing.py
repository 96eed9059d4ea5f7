"""Whisper: a model of the transformers library that hears, and writes down what is said. Its attention is ours.

It always reads 30 seconds: a shorter sound goes on as silence, whose frames are special tokens, and what it gives them
of its weight is seen too. A frame is two of the spectrogram's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attnviz._trace import Trace
from attnviz.contents import Samples
from attnviz.heads import Head, Shape
from attnviz.models.errors import ModelError, check_there
from attnviz.models.inputs.frames import frame_tokens
from attnviz.models.pretrained.base import LibraryModel
from attnviz.models.pretrained.files.sources import running_errors_in_words
from attnviz.models.pretrained.inside.probe import matrix_of
from attnviz.models.pretrained.inside.recording import recording
from attnviz.models.pretrained.texts.encoder_decoder import ATTENTIONS
from attnviz.models.pretrained.texts.reader import Reader
from attnviz.models.pretrained.twins import before_training
from attnviz.models.writers import Hearing, outputs_of, rows_of
from attnviz.request import Change, Input, Request, Weights
from attnviz.tokens import TextToken, Tokens


@dataclass(eq=False, repr=False)
class HearingModel(Hearing, LibraryModel):
    """A model that hears. Threads may share it."""

    weights: Weights
    network: Any  # a transformers WhisperForConditionalGeneration
    reader: Reader  # its tokenizer
    extractor: Any  # makes the spectrogram
    notices: tuple[str, ...] = ()

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
        return int(self.extractor.sampling_rate)

    @property
    def most_seconds(self) -> float:
        return float(self.extractor.chunk_length)

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
        return self.reader.word(index)

    def known(self, said: str) -> str:
        """The words that are said, with one space between them."""
        found = " ".join(said.split())
        self._target(found)  # what is too long is said at once
        return found

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        request, heard, said = self.settled(request)
        features, target = self.features(heard.samples), self._target(said)
        with running_errors_in_words(self.name), recording(request.changes, self.places) as record:
            found = self._run(self.network, features, target, output_hidden_states=True)
        if len(record.calls) != len(self.places):
            raise ModelError(f"{self.name} ran {len(record.calls)} of its {len(self.places)} layers through attnviz.")
        source = self._frames(heard.samples)
        layers = record.layers(
            self.places, rows_of(source, target), lambda one: matrix_of(one.get_submodule("out_proj"))
        )
        outputs = outputs_of(source, found.encoder_last_hidden_state[0], found.decoder_hidden_states[-1][0])
        where, notices = str(self.network.device), (*self.notices, *self.notices_of(heard, said))
        return Trace(request, layers, outputs, where, notices=notices, heard=features[0].T)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, word]: what comes after each of these tokens of what is said."""
        request, heard, said = self.settled(request)
        target = self._target(said)
        check_there(at, target)
        with running_errors_in_words(self.name), recording(request.changes, self.places):
            logits: Tensor = self._run(self.network, self.features(heard.samples), target).logits[0, at]
        return logits.softmax(-1).cpu()

    def _grown(self, request: Request, limit: int | None) -> Iterator[str]:
        request, heard, said = self.settled(request)
        begun = self._target(said).ids
        most = self.longest if limit is None else min(self.longest, len(begun) + limit)
        for ids in self.written(heard.samples, begun, most, request.changes):
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
        return replace(self, network=before_training(self.network))

    def _eager_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        _, heard, said = self.settled(trace.request)
        outputs = self._run(self.eager, self.features(heard.samples), self._target(said), output_attentions=True)
        return {part: [w[0] for w in getattr(outputs, name)] for part, name in ATTENTIONS.items()}

    def features(self, sound: Samples) -> Tensor:
        """[1, band, frame]: the spectrogram of 30 seconds, as the library makes it."""
        made = self.extractor(sound.array, sampling_rate=self.rate, return_tensors="pt").input_features
        return torch.as_tensor(made, dtype=torch.float32).to(self.network.device)

    def said_of(self, sound: Samples, changes: Collection[Change]) -> str:
        ids = list(self.start)
        for longer in self.written(sound, ids, self.longest, changes):
            ids = longer
        while not self._is_short_enough(said := self._decoded(ids)):  # written words may be read as more tokens
            ids = ids[:-1]
        return said

    def is_full(self, said: str) -> bool:
        return len(self._target(said)) == self.longest

    def _is_short_enough(self, said: str) -> bool:
        try:
            return bool(self._target(said))
        except ModelError:
            return False

    def _decoded(self, ids: list[int]) -> str:
        return " ".join(self.reader.decoded(ids).split())

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
        labels = self.reader.tokenizer.convert_ids_to_tokens(list(self.start))
        pieces: tuple[TextToken, ...] = ()
        if said:
            # The tokenizer's own special tokens, which count too, are not those that it begins with.
            found, cut, _ = self.reader.pieces(f" {said}", None, limit=2 * self.longest, special_tokens=False)
            pieces = tuple(token for token in found if not token.special)
            if cut is not None or len(pieces) + len(labels) > self.longest:
                raise ModelError(f"The target is too long: {self.name} writes up to {self.longest} tokens.")
        begun = [
            TextToken(str(label), one, 0, 0, piece=str(label), special=True)
            for label, one in zip(labels, self.start, strict=True)
        ]
        moved = [replace(one, start=max(one.start - 1, 0), end=max(one.end - 1, 0)) for one in pieces]
        return Tokens("target", (*begun, *moved), said)

    def _run(self, network: Any, features: Tensor, target: Tokens, **options: object) -> Any:
        ids = torch.tensor([target.ids], device=network.device)
        return network(input_features=features, decoder_input_ids=ids, use_cache=False, return_dict=True, **options)


def _w_o(attention: nn.Module) -> Tensor | None:
    return matrix_of(attention.get_submodule("out_proj"))
