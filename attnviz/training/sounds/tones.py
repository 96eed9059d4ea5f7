"""A telephone's tones as a task: write the keys that are pressed, one after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from attnviz.training.sounds.hearing import HearingTask
from attnviz.training.synthesis import KEYS, Dialling, Utterance, dialled
from attnviz.training.tasks import HeldOut
from attnviz.training.vocabulary import SPECIALS, Vocabulary


class TonesTask(HearingTask):
    """Write which keys of a telephone sound."""

    name: ClassVar[str] = "tones"
    title: ClassVar[str] = "Telephone tones: which keys?"
    offered: ClassVar[str] = "Trained here · telephone tones"
    in_short: ClassVar[str] = "the keys of a telephone by their tones; cross-attention looks at the tone of each key."
    explained: ClassVar[str] = (
        "Asked: the next key, given the sound and the keys before it. When each key sounds is known, so it can be "
        "counted how often a head of the cross-attention looks most at its frames. Two keys that never followed one "
        "another in training do so in each of these sounds."
    )
    readable: ClassVar[str] = "Sounds of a telephone’s keys (1 to 9, 0, *, # and A to D), with pauses between them."
    invitation: ClassVar[str] = "Try some keys"
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "next key right"},
        {"agreement": "always would be 1, guessing about 0.06"},
        "60 sounds with two keys that it has never heard one after the other",
        "sounds it has never heard",
    )
    letters: ClassVar[str] = KEYS
    examples: ClassVar[tuple[str, ...]] = ("1234", "555*0199", "A7B8C9D0", "31415926", "#42#")
    hop: ClassVar[int] = 320
    longest: ClassVar[int] = 112
    around: ClassVar[int] = 4  # about a key and its pause
    gain: ClassVar[float] = 0.3  # with 1, a run in five looks at frames to which a key was carried
    recipe: ClassVar[Mapping[str, float]] = {"heads": 2, "d_model": 64, "steps": 2000, "decay": 0.01}
    target_vocabulary = Vocabulary((*SPECIALS, *KEYS))

    def text(self, count: int, generator: np.random.Generator, *, withheld: bool = False) -> str:
        """Any keys after one another, but for an eighth of the pairs, of which there is none, or one at least."""
        at = int(generator.integers(1, count)) if withheld and count > 1 else count
        found = [int(generator.integers(len(KEYS)))]
        for place in range(1, count):
            is_withheld = place == at
            following = [key for key in range(len(KEYS)) if _never(found[-1], key) == is_withheld]
            found.append(int(generator.choice(following)))
        return "".join(KEYS[key] for key in found)

    def sound(self, letters: str, generator: np.random.Generator | None = None) -> Utterance:
        return dialled(letters, None if generator is None else Dialling.drawn(generator), generator=generator)


def _never(first: int, second: int) -> bool:
    """Whether no training has these keys one after the other: two of the sixteen that may follow each, never itself."""
    return (3 * first + 5 * second) % 8 == 2
