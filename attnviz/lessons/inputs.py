"""What a lesson's sentence is to a model: words; a picture's name and a question, “scene-0: which digit is white?”; the
letters that a sound says, “masoti”. And what a model makes of it by itself.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache

from attnviz._trace import Trace
from attnviz.contents import Pixels, Samples
from attnviz.errors import AttnvizError
from attnviz.models.base import Model
from attnviz.request import Change, Input, Picture, Request, Sound, Translation
from attnviz.training.pictures.looking import SceneTask
from attnviz.training.scenes import Scenes
from attnviz.training.sounds.hearing import HearingTask
from attnviz.training.synthesis import RATE

MOST_WRITTEN = 24  # words that a model writes of a sentence; one that is disturbed may never end


def read_by(model: Model, sentence: str, changes: tuple[Change, ...] = ()) -> Trace:
    """What a model leaves behind of a lesson's sentence. One that writes (an encoder–decoder) is given what it writes
    by itself, with nothing changed: so a lesson names what is read and what is written.

    Raises:
        AttnvizError: what it cannot read.
    """
    if Translation in model.reads:
        return model.trace(sentence, target=written_by(model, sentence), changes=changes)
    asked = _input(model, sentence)
    if asked is None:
        return model.trace(sentence, changes=changes)
    return model.trace(Request(asked, model.weights, changes))


def _input(model: Model, sentence: str) -> Input | None:
    """A picture or a sound; None where words are read."""
    task = model.task
    if Picture in model.reads:
        name, colon, question = sentence.partition(":")
        if not colon:
            raise AttnvizError(f"Of a picture a lesson writes “scene-0: which digit is white?”, not “{sentence[:60]}”.")
        assert isinstance(task, SceneTask)  # a lesson names no other that looks
        return Picture(Pixels.of(scene_of(task, name.strip()).picture(0)), question.strip())
    if Sound in model.reads:
        assert isinstance(task, HearingTask)  # a lesson names no other that hears
        letters = "".join(sentence.split())
        fitting = letters.lower() if task.letters.islower() else letters.upper()
        heard = Sound(Samples.of(task.sound(fitting).samples, RATE))
        return Sound(heard.samples, written_by(model, heard))
    return None


def scene_of(task: SceneTask, name: str) -> Scenes:
    """The scene of that name, of those that the page offers to who has learned that task.

    Raises:
        AttnvizError: no such scene.
    """
    known = [f"scene-{i}" for i in range(len(task.shown))]
    if name not in known:
        raise AttnvizError(f"There is no scene “{name[:40]}”. There are {known[0]} to {known[-1]}.")
    return task.scenes(task.shown[known.index(name)])


@lru_cache(maxsize=64)
def written_by(model: Model, source: str | Sound, changes: tuple[Change, ...] = ()) -> str:
    """What a model writes by itself of a sentence or a sound, with these changes in every step.

    Raises:
        AttnvizError: a model that writes nothing, a sentence that it cannot read.
    """
    steps = model.generate(source, changes=changes, limit=MOST_WRITTEN)
    return next(iter(deque(steps, maxlen=1)), "")


def written_in(model: Model, trace: Trace) -> str:
    """The same of what a trace is of, with what is changed in its run.

    Raises:
        AttnvizError: of a model that neither translates nor writes what it hears.
    """
    asked = trace.request.input
    if isinstance(asked, Translation):
        return written_by(model, asked.source, trace.changes)
    if isinstance(asked, Sound):
        return written_by(model, Sound(asked.samples), trace.changes)
    raise AttnvizError(f"{model.name} writes nothing of what it reads.")


def made_of(model: Model, trace: Trace) -> list[str]:
    """What a model makes of it by itself: the words of a translation, the letters of a sound, the answer to a question
    about a picture.

    Raises:
        AttnvizError: of a model that does none of these.
    """
    if isinstance(trace.request.input, Picture):
        told = model.probabilities(trace.request, trace.tokens.patches[0] - 1)  # where it is read
        return [model.word(int(told.argmax()))]
    written = written_in(model, trace)
    found = list(written) if isinstance(trace.request.input, Sound) else written.split()
    return [*found, "…"] if len(found) >= MOST_WRITTEN else found  # it was stopped


def makes(model: Model) -> str | None:
    """What that is called; None of a model that makes nothing by itself."""
    for kind, name in ((Translation, "translation"), (Sound, "letters"), (Picture, "answer")):
        if kind in model.reads:
            return name
    return None
