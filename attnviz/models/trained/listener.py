"""A model that was trained here to hear: it writes the letters of a sound, the syllables of a voice or a telephone's
keys.

Its trace has three parts. In "cross", a row stands for a letter that is written, and a column for a frame of the sound:
the row looks at the frames in which its letter sounds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.contents import Samples
from attnviz.models.errors import ModelError, check_there
from attnviz.models.inputs.frames import frame_tokens
from attnviz.models.reference import check_torch_knows
from attnviz.models.takes import ANY
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.sides import layers_of, torch_sides
from attnviz.models.writers import Hearing, outputs_of, rows_of
from attnviz.networks.encoder_decoder import EncoderDecoderRecord
from attnviz.networks.sound_transformer import SoundTransformer
from attnviz.request import Change, Request, Sound, Unplaced
from attnviz.tokens import TextToken, Tokens
from attnviz.training.vocabulary import START


class Listener(Hearing, TrainedModel):
    """It has learned to write what it hears, letter after letter."""

    network: SoundTransformer
    writes_at_once = True

    @property
    def takes(self) -> frozenset[type[Change]]:
        return ANY | {Unplaced}

    @property
    def rate(self) -> int:
        return self.network.config.rate

    @property
    def most_seconds(self) -> float:
        return self.network.config.source.longest * self.network.config.seconds

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        request, heard, said = self.settled(request)
        source, target = self._source(heard), self._target(said)
        record = self._run(heard, said, request.changes)
        parts = layers_of(self.network, record, rows_of(source, target), request.changes)
        outputs = outputs_of(source, record.memory[0], record.final[0])
        frames = self.frames(heard.samples)
        return Trace(request, parts, outputs, str(self.device), notices=self.notices_of(heard, said), heard=frames)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, letter]: what comes after each of these tokens of what is said."""
        request, heard, said = self.settled(request)
        check_there(at, self._target(said))
        return self._run(heard, said, request.changes).logits[0, at].softmax(-1).cpu()

    @torch.no_grad()
    def _grown(self, request: Request, limit: int | None) -> Iterator[str]:
        request, heard, said = self.settled(request)
        most = self.network.config.target.longest - 1 - len(said)
        for _ in range(most if limit is None else min(limit, most)):
            index = int(self._run(heard, said, request.changes).logits[0, -1].argmax())
            if index == START:
                return
            said = self.task.continued(said, self.words[index])
            yield said

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer."""
        check_torch_knows(trace.changes)
        _, heard, said = self.settled(trace.request)
        return torch_sides(self.network, self._run(heard, said, trace.changes), trace.changes)

    def frames(self, sound: Samples) -> Tensor:
        """[frame, band] of -1 to 1: what it reads of a sound at its rate."""
        return self.network.config.frames(torch.tensor(sound.array, device=self.device))

    def said_of(self, sound: Samples, changes: Collection[Change]) -> str:
        most = self.network.config.target.longest - 1
        ids = self.network.written(self.frames(sound), None, most, begins=START, changes=changes)
        written = ids[1:].tolist()
        ends = written.index(START) if START in written else len(written)
        return "".join(self.words[index] for index in written[:ends])

    def is_full(self, said: str) -> bool:
        return len(said) >= self.network.config.target.longest - 1

    def known(self, said: str) -> str:
        """What is said in letters that it has, whatever their case; spaces are for the eye.

        Raises:
            ModelError: another letter, or more than it can write.
        """
        letters = {letter.casefold(): letter for letter in self.words[START + 1 :]}
        found = []
        for letter in "".join(said.split()):
            if letter.casefold() not in letters:
                raise ModelError(f"The model {self.name} writes {' '.join(letters.values())}, and no “{letter}”.")
            found.append(letters[letter.casefold()])
        most = self.network.config.target.longest - 1
        if len(found) > most:
            raise ModelError(f"The target has {len(found)} letters; the model {self.name} writes up to {most}.")
        return "".join(found)

    def _source(self, heard: Sound) -> Tokens:
        """The frames of the sound."""
        return frame_tokens(heard.samples, len(self.frames(heard.samples)), self.network.config.seconds)

    def _target(self, said: str) -> Tokens:
        """The letters that are said, after [CLS]."""
        vocabulary = self.task.target_vocabulary
        assert vocabulary is not None
        start = TextToken(vocabulary.words[START], START, 0, 0, piece=vocabulary.words[START], special=True)
        letters = [
            TextToken(letter, vocabulary.id(letter), i, i + 1, piece=letter, word=i) for i, letter in enumerate(said)
        ]
        return Tokens("target", (start, *letters), said)

    def _run(self, heard: Sound, said: str, changes: Collection[Change]) -> EncoderDecoderRecord:
        """A batch of one."""
        ids = torch.tensor([self._target(said).ids], device=self.device)
        record: EncoderDecoderRecord = self.network(ids, source=self.frames(heard.samples)[None], changes=changes)
        return record
