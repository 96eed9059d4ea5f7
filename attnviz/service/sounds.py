"""The sounds that the page makes: a voice that says syllables, and a telephone's keys."""

from __future__ import annotations

from functools import lru_cache

from attnviz.contents import Samples
from attnviz.models.inputs.sound import resampled
from attnviz.training.registry import TASKS
from attnviz.training.sounds.hearing import HearingTask
from attnviz.training.synthesis import RATE, spoken

VOICE = "voice"  # the task whose synthesis speaks where a model has none of its own
ELSEWHERE = 16_000  # samples a second, as Whisper hears: so nothing has to be said of a rate that was changed
_MOST = 16  # letters that are said at a time


def task_of(name: str) -> HearingTask | None:
    """The task whose sounds a model of that name hears; None of a model from elsewhere."""
    found = TASKS.get(name)
    return found if isinstance(found, HearingTask) else None


def examples(name: str) -> tuple[str, ...]:
    """What can be said to the model that learned that task, the first one first."""
    task = task_of(name) or task_of(VOICE)
    return () if task is None else tuple(task.examples)


@lru_cache(maxsize=128)
def said(name: str, letters: str) -> Samples:
    """How these letters sound.

    Raises:
        AttnvizError: letters that the voice, or a telephone, does not have.
    """
    task = task_of(name)
    letters = "".join(letters.split())[:_MOST]
    if task is None:
        return Samples.of(resampled(spoken(letters.lower()).samples, RATE, ELSEWHERE), ELSEWHERE)
    fitting = letters.lower() if name == VOICE else letters.upper()
    return Samples.of(task.sound(fitting).samples, RATE)
