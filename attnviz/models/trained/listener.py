"""A model that was trained here to hear: it writes the letters of a sound, the syllables of a voice or a telephone's
keys.

Its trace has three parts. In "cross", a row stands for a letter that is written, and a column for a frame of the sound:
the row looks at the frames in which its letter sounds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.contents import Samples
from attnviz.encoder_decoder import EncoderDecoderRecord
from attnviz.models.errors import ModelError
from attnviz.models.inputs.frames import frame_tokens
from attnviz.models.parameters import Parameters
from attnviz.models.reference import check_torch_knows
from attnviz.models.takes import ANY
from attnviz.models.trained.base import TrainedModel
from attnviz.models.trained.sides import layers_of, torch_sides
from attnviz.request import Change, Input, Request, Sound, Unplaced
from attnviz.sound_transformer import SoundTransformer
from attnviz.tokens import TextToken, Tokens, as_written
from attnviz.training.vocabulary import START


class Listener(TrainedModel):
    """It writes what it hears."""

    network: SoundTransformer
    predicts = "next"
    writes_at_once = True

    @property
    def takes(self) -> frozenset[type[Change]]:
        return ANY | {Unplaced}

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Sound})

    @property
    def continues(self) -> bool:
        return False

    def _accepted(self, asked: Input) -> Input:
        from attnviz.models.inputs.sound import fitted  # which asks the module of models for its errors

        checked = super()._accepted(asked)
        assert isinstance(checked, Sound)
        config = self.network.config
        heard = fitted(checked, config.rate, config.source.longest * config.seconds)
        return heard if heard.said is None else replace(heard, said=self._known(heard.said))

    @torch.no_grad()
    def _read(self, request: Request) -> Trace:
        request = self._settled(request)
        assert isinstance(request.input, Sound)
        source, target = self._sides(request.input)
        record = self._run(request)
        rows = {"encoder": (source, source), "decoder": (target, target), "cross": (as_written(target), source)}
        parts = layers_of(self.network, record, rows, request.changes)
        outputs = {source.name: record.memory[0], "target": record.final[0], "written": record.final[0]}
        heard = self.frames(request.input.samples)
        return Trace(request, parts, outputs, str(self.device), notices=request.input.notices, heard=heard)

    @torch.no_grad()
    def _predicted(self, request: Request, at: list[int]) -> Tensor:
        """[token, letter]: what comes after each of these tokens of what is said."""
        request = self._settled(request)
        assert isinstance(request.input, Sound)
        assert request.input.said is not None
        for one in at:
            if not 0 <= one <= len(request.input.said):
                raise ModelError(f"There is no token {one}: the target has tokens 0 to {len(request.input.said)}.")
        return self._run(request).logits[0, at].softmax(-1).cpu()

    @torch.no_grad()
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
        heard = request.input
        assert isinstance(heard, Sound)
        assert heard.said is not None
        most = self.network.config.target.longest - 1 - len(heard.said)
        for _ in range(most if limit is None else min(limit, most)):
            index = int(self._run(request).logits[0, -1].argmax())
            if index == START:
                return
            heard = replace(heard, said=self.task.continued(heard.said or "", self.words[index]))
            request = replace(request, input=heard)
            assert heard.said is not None
            yield heard.said

    @torch.no_grad()
    def reference_weights(self, trace: Trace) -> dict[str, list[Tensor]]:
        """Each layer's weights by torch's own attention, from what went into the layer."""
        check_torch_knows(trace.changes)
        return torch_sides(self.network, self._run(trace.request), trace.changes)

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        raise ModelError("A model that hears does not run in the page yet.")

    def frames(self, sound: Samples) -> Tensor:
        """[frame, band] of -1 to 1: what it reads of a sound at its rate."""
        return self.network.config.frames(torch.tensor(sound.array, device=self.device))

    def _settled(self, request: Request) -> Request:
        """With what is written where nothing is said."""
        heard = request.input
        assert isinstance(heard, Sound)
        if heard.said is not None:
            return request
        config = self.network.config
        ids = self.network.written(
            *(self.frames(heard.samples), None, config.target.longest - 1), begins=START, changes=request.changes
        )
        written = ids[1:].tolist()
        ends = written.index(START) if START in written else len(written)
        return replace(request, input=replace(heard, said="".join(self.words[index] for index in written[:ends])))

    def _known(self, said: str) -> str:
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

    def _sides(self, heard: Sound) -> tuple[Tokens, Tokens]:
        """The frames of the sound, and the letters that are said, after [CLS]."""
        config, said = self.network.config, heard.said or ""
        count = len(self.frames(heard.samples))
        vocabulary = self.task.target_vocabulary
        assert vocabulary is not None
        start = TextToken(vocabulary.words[START], START, 0, 0, piece=vocabulary.words[START], special=True)
        letters = [
            TextToken(letter, vocabulary.id(letter), i, i + 1, piece=letter, word=i) for i, letter in enumerate(said)
        ]
        return frame_tokens(heard.samples, count, config.seconds), Tokens("target", (start, *letters), said)

    def _run(self, request: Request) -> EncoderDecoderRecord:
        """A batch of one."""
        heard = request.input
        assert isinstance(heard, Sound)
        _, target = self._sides(heard)
        ids = torch.tensor([[token.id for token in target.of_text]], device=self.device)
        record: EncoderDecoderRecord = self.network(
            ids, source=self.frames(heard.samples)[None], changes=request.changes
        )
        return record
