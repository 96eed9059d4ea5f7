"""When the letters of a sound are said, by the synthesis that says them: what a lesson speaks of, and cuts."""

from __future__ import annotations

from attnviz._trace import Trace
from attnviz.contents import Samples
from attnviz.errors import AttnvizError
from attnviz.request import Sound
from attnviz.training.registry import TASKS
from attnviz.training.sounds.hearing import HearingTask
from attnviz.training.synthesis import RATE


def span_of(trace: Trace, at: int) -> tuple[float, float]:
    """From when to when a letter that is written sounds, in seconds; `at` counts them from 0.

    Raises:
        AttnvizError: of a trace of no sound that was made here, or that has other letters written than are said.
    """
    task, heard = TASKS.get(trace.request.weights.name), trace.request.input
    if not isinstance(task, HearingTask) or not isinstance(heard, Sound):
        raise AttnvizError(f"{trace.model} hears nothing: letters sound to voice and tones.")
    said = heard.said or ""
    made = task.sound(said) if said else None
    if made is None or Samples.of(made.samples, RATE) != heard.samples:
        raise AttnvizError(f"The model has written “{said}”, and other letters are said: when they sound is not known.")
    if at >= len(said):
        raise AttnvizError("The end makes no sound.")
    return made.spans[at]


def frames_of(trace: Trace, at: int) -> range:
    """The frames in which it sounds, and one beside on both sides.

    Raises:
        AttnvizError: as `span_of`.
    """
    span = span_of(trace, at)
    task = TASKS[trace.request.weights.name]
    assert isinstance(task, HearingTask)
    return task.frames(span)
