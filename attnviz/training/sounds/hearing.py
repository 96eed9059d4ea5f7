"""What tasks of sound have in common: letters are written of a sound, one after another, as in `french`, and it is
known when each of them sounds, so it can be counted how often a head of the cross-attention looks at its frames.

The row that decides is the one that *predicts* a letter. A head looks at the right place where its largest weight is
on a frame in which the letter sounds, or on one beside these.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from attnviz.networks.mel import frames_of
from attnviz.networks.sound_transformer import SoundConfig
from attnviz.request import Sound
from attnviz.training.batches import next_words
from attnviz.training.synthesis import RATE, Utterance
from attnviz.training.tasks import HELD_OUT, NOT_ASKED, Batch
from attnviz.training.vocabulary import PAD, SPECIALS, START, Vocabulary
from attnviz.training.writing import Examined, Questions, WritingTask
from attnviz.transformer import TransformerConfig

BANDS, WINDOW = 32, 512
BATCH = 32
LENGTHS = (4, 16)  # letters to learn from: more than are shown, since places beyond them mean nothing
SHOWN = (4, 12)  # letters to be measured on
BESIDE = 1  # frames by which a head may miss
_CORPUS = 160 * BATCH  # sounds to learn from; at first each batch is made as it is needed
_MADE = 8 * BATCH  # that are made at once, so that a batch has sounds of about one length
_WRONG = 0.1  # of the letters before, in training


class HearingTask(WritingTask[Utterance]):
    """Write what is heard. What sounds, a task of its own says."""

    letters: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]  # to be sounded (`sound`), for who has none
    hop: ClassVar[int]
    longest: ClassVar[int]  # frames of a sound
    around: ClassVar[int] = 0  # frames at which one looks in the encoder, and the gain there, as `SoundConfig` says
    gain: ClassVar[float] = 1.0
    target_vocabulary: ClassVar[Vocabulary]
    figures: ClassVar[dict[str, str]] = {
        "agreement": "next letter right",
        "aligned": "best head: looks most at the frames of the letter",
    }
    reads: ClassVar[type] = Sound
    vocabulary = Vocabulary(SPECIALS)  # a sound has no words
    categories: ClassVar[Mapping[str, Sequence[str]]] = {}
    at_once: ClassVar[int] = BATCH
    half: ClassVar[int] = 200
    asked: ClassVar[int] = 60
    examined: ClassVar[Examined] = Examined(
        exact="exact, withheld",
        exact_of_others="exact, others",
        exact_of_longer=f"exact, {SHOWN[1] + 1} to {LENGTHS[1]} letters",
        next_right="next letter right",
        top="best head: peak within ±1 frame",
        weight="best head: weight there",
        cut="a letter’s frames cut: the letter right",
        cut_of_others="a letter’s frames cut: others right",
    )

    @abstractmethod
    def text(self, count: int, generator: np.random.Generator, *, withheld: bool = False) -> str:
        """So many letters, drawn. `withheld`: with some that no training has one after the other."""

    @abstractmethod
    def sound(self, letters: str, generator: np.random.Generator | None = None) -> Utterance:
        """These letters as they sound; by anybody, where there is a generator to draw who."""

    def config(self, *, layers: int, heads: int, d_model: int) -> SoundConfig:
        """As many layers in the decoder as in the encoder: the first finds its place, the next looks there."""

        def side(count: int, words: int, spread: float, **options: bool | int) -> TransformerConfig:
            shape = (words, count, heads, d_model, 3 * d_model // 2)
            return TransformerConfig(*shape, spread=spread, **options)  # type: ignore[arg-type]

        letters = len(self.target_vocabulary)
        first = 1 / math.sqrt(d_model)
        return SoundConfig(
            side(layers, BANDS, first, longest=self.longest),
            side(layers, letters, first, causal=True, scaled=True, longest=64),
            rate=RATE,
            hop=self.hop,
            window=WINDOW,
            around=self.around,
            gain=self.gain,
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        drawn = np.random.default_rng(seed)
        made: list[Batch] = []
        for _ in range(_CORPUS // _MADE):
            some = sorted(self._made(_MADE, drawn, LENGTHS), key=lambda one: len(one.samples))
            fresh = [self.batch(some[first : first + BATCH]) for first in range(0, _MADE, BATCH)]
            yield from (self._misled(fresh[i], drawn) for i in drawn.permutation(len(fresh)))
            made += fresh
        while True:
            yield from (self._misled(made[i], drawn) for i in drawn.permutation(len(made)))

    def batch(self, some: Sequence[Utterance]) -> Batch:
        """[CLS] before each; asked for: each next letter, and after the last one [CLS], which ends it."""
        frames = [self._config.frames(torch.from_numpy(one.samples)) for one in some]
        source = pad_sequence(frames, batch_first=True)
        counts = torch.tensor([len(one) for one in frames])
        ids, targets = next_words([self.ids_of(one) for one in some])
        return Batch(ids, targets, ids != PAD, source, torch.arange(source.shape[1]) < counts[:, None])

    def example(self, seed: int) -> tuple[str, int]:
        """Letters whose sound (`sound`) it has not learned from, and the place of the first."""
        drawn = np.random.default_rng(HELD_OUT + seed)
        return self.text(int(drawn.integers(6, 9)), drawn, withheld=True), 0

    def continued(self, text: str, word: str) -> str:
        return text + word

    def ids_of(self, one: Utterance) -> list[int]:
        return self.target_vocabulary.ids(one.letters)

    def longer(self) -> Questions[Utterance]:
        return self.questions(self.half // 2, 4, most=LENGTHS[1], least=SHOWN[1] + 1)

    def cut_at(self, one: Utterance) -> tuple[int, Iterable[int]]:
        """A letter in the middle; its frames, and those beside."""
        at = len(one.letters) // 2
        return at, self.frames(one.spans[at])

    def frames(self, span: tuple[float, float], beside: int = BESIDE) -> range:
        """The frames of a time in seconds, and so many beside them on both sides."""
        start, end = (round(seconds * RATE) for seconds in span)
        return range(max(start // self.hop - beside, 0), frames_of(end, self.hop) + beside)

    def questions(
        self, count: int, seed: int = 0, *, withheld: bool = True, least: int = SHOWN[0], most: int = SHOWN[1]
    ) -> Questions[Utterance]:
        """Sounds to be measured on; made once. `withheld`: each with what no training has."""
        return _questions(self, count, seed, withheld, least, most)

    def _misled(self, batch: Batch, drawn: np.random.Generator) -> Batch:
        """Some of the letters that stand before others are wrong ones: so what comes next is heard, and not guessed
        from what came before."""
        letters = self.target_vocabulary.ids(self.letters)
        wrong = torch.from_numpy(drawn.choice(letters, batch.ids.shape))
        is_wrong = torch.from_numpy(drawn.random(batch.ids.shape) < _WRONG) & (batch.ids != START) & (batch.ids != PAD)
        return replace(batch, ids=torch.where(is_wrong, wrong, batch.ids))

    @property
    def _config(self) -> SoundConfig:
        """How frames are made; the rest of the shape does not matter for it."""
        return self.config(layers=1, heads=1, d_model=8)

    def _made(
        self, count: int, drawn: np.random.Generator, lengths: tuple[int, int], *, withheld: bool = False
    ) -> list[Utterance]:
        found: list[Utterance] = []
        while len(found) < count:
            letters = self.text(int(drawn.integers(lengths[0], lengths[1] + 1)), drawn, withheld=withheld)
            one = self.sound(letters, drawn)
            if frames_of(len(one.samples), self.hop) <= self.longest:
                found.append(one)
        return found


@lru_cache(maxsize=16)
def _questions(task: HearingTask, count: int, seed: int, withheld: bool, least: int, most: int) -> Questions[Utterance]:
    drawn = np.random.default_rng(HELD_OUT + 1000 + seed)
    found = tuple(task._made(count, drawn, (least, most), withheld=withheld))
    batch = task.batch(found)
    assert batch.source is not None
    near = torch.zeros(*batch.ids.shape, batch.source.shape[1], dtype=torch.bool)
    for row, one in enumerate(found):
        for place, span in enumerate(one.spans):
            near[row, place, list(task.frames(span))] = True  # predicted one token before it
    return Questions(found, batch, near, (batch.targets != NOT_ASKED) & (batch.targets != START))
