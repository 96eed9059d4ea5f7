"""A voice as a task: write the syllables that it says, letter after letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from attnviz.training.sounds.hearing import HearingTask
from attnviz.training.synthesis import CONSONANTS, LETTERS, VOWELS, Speaker, Utterance, spoken
from attnviz.training.tasks import HeldOut
from attnviz.training.vocabulary import SPECIALS, Vocabulary

WITHHELD = ("so", "ca", "mi", "tu", "re")  # syllables that no training has: one of each consonant and of each vowel
_SYLLABLES = tuple(c + v for c in CONSONANTS for v in VOWELS if c + v not in WITHHELD)


class VoiceTask(HearingTask):
    """Write what a voice says."""

    name: ClassVar[str] = "voice"
    title: ClassVar[str] = "A voice: what does it say?"
    offered: ClassVar[str] = "Trained here · a voice"
    in_short: ClassVar[str] = "syllables that a voice says; cross-attention looks at the sound of each letter."
    explained: ClassVar[str] = (
        "Asked: the next letter, given the sound and the letters before it. When each letter sounds is known, so it "
        "can be counted how often a head of the cross-attention looks most at its frames. All voices are new, and each "
        "says a syllable that none has said in training."
    )
    readable: ClassVar[str] = (
        "Sounds of a robot’s voice that says syllables of a e i o u and s c m t r, such as “masoti”."
    )
    invitation: ClassVar[str] = "Try some syllables"
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "next letter right"},
        {"agreement": "always would be 1, guessing about 0.1"},
        "60 sounds with a syllable that it has never heard",
        "sounds it has never heard",
    )
    letters: ClassVar[str] = LETTERS
    examples: ClassVar[tuple[str, ...]] = ("masoti", "camiture", "oresucami", "tamiresa", "soticure")
    hop: ClassVar[int] = 320
    longest: ClassVar[int] = 112
    recipe: ClassVar[Mapping[str, float]] = {"d_model": 64, "steps": 1500, "dropout": 0.1, "decay": 0.01}
    target_vocabulary = Vocabulary((*SPECIALS, *LETTERS))

    def text(self, count: int, generator: np.random.Generator, *, withheld: bool = False) -> str:
        """Syllables of two letters, or a vowel by itself; two equal vowels in a row would be one sound."""
        while True:
            found = ""
            at = int(generator.integers(0, max(count - 1, 1))) if withheld else count
            while len(found) < count:
                if len(found) >= at:
                    found, at = found + str(generator.choice(WITHHELD)), count
                elif generator.random() < 0.2:
                    found += str(generator.choice([v for v in VOWELS if not found.endswith(v)]))
                else:
                    found += str(generator.choice(_SYLLABLES))
            if len(found) == count and at == count:
                return found

    def sound(self, letters: str, generator: np.random.Generator | None = None) -> Utterance:
        return spoken(letters, None if generator is None else Speaker.drawn(generator), generator=generator)
