"""Lessons as pages ask for them: found by name or in a link, measured, and packed with the models that they need."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Any

from attnviz import lessons
from attnviz._trace import Trace
from attnviz.client import lesson_html, notes, packed_lesson, packed_trace
from attnviz.client.lessons import Reader
from attnviz.client.models import packed_model
from attnviz.errors import AttnvizError
from attnviz.lessons import Lesson, Problem
from attnviz.models.base import Model
from attnviz.models.names import Shipped
from attnviz.request import Change, Picture
from attnviz.service.asked import Asked
from attnviz.service.predictions import guesses_told

OWN = "~"  # before a lesson that stands in the link itself


@lru_cache(maxsize=16)
def lesson_of(asked: str) -> Lesson:
    """The lesson of that name, or the one in a link; one that says what is wrong where there is none."""
    if asked.startswith(OWN):
        return lessons.from_link(asked.removeprefix(OWN))
    found = next((one for one in lessons.shipped() if one.name == asked), None)
    if found is not None:
        return found
    return Lesson("No such lesson", problems=(Problem(0, f"There is no lesson “{asked[:60]}”. Choose one above."),))


def in_a_link(lesson: Lesson) -> str:
    """The lesson as a link names it: a shipped one by its name, another whole.

    Raises:
        AttnvizError: one that is too long for a link.
    """
    return lesson.name or OWN + lessons.to_link(lesson)


@lru_cache(maxsize=16)
def packed_of(asked: str) -> bytes:
    """The lesson for the page, with its models."""
    return packed(lesson_of(asked))


def packed(lesson: Lesson) -> bytes:
    """The same of a lesson at hand."""
    course = lessons.resolved(lesson)
    return packed_lesson(course, _readers(course))


def as_file(lesson: Lesson) -> str:
    """The lesson as one HTML file."""
    return lesson_html(lesson.title, packed(lesson))


def _readers(course: dict[str, Any]) -> list[Reader]:
    """Who reads each sentence. A model that was trained here reads any; of another, the page gets what it has read, and
    a layer's matrices where a step shows more than heads."""
    found: dict[tuple[object, ...], Reader] = {}
    for step in course["steps"]:
        name, sentence = step["model"], step["sentence"]
        has_more = step["view"]["pane"] not in ("explore", "build", "kinds", "tries")
        layer = step["view"]["layer"] if has_more else None
        if (name,) in found or (name, sentence, layer) in found:
            continue
        reader = _reader(name, sentence, layer)
        found[(name,) if reader.sentence is None else (name, sentence, layer)] = reader
    return list(found.values())


def _reader(name: str, sentence: str, layer: int | None) -> Reader:
    model = lessons.model_of(name)
    with suppress(AttnvizError):  # one that is known on a text alone needs one
        return Reader(name, packed_model(model))
    unchanged: tuple[Change, ...] = ()
    model, trace = lessons.load(name, sentence, unchanged)
    matrices = None if layer is None else packed_model(model, trace.request, layer=layer)
    first = {"part": trace.shape.opening, "layer": layer or 0, "head": 0, "query": 0}
    packed = packed_trace(trace, identity="", first=first, exact=True)
    return Reader(name, matrices, sentence, layer, packed, _notes(model, trace))


def _notes(model: Model, trace: Trace) -> dict[str, Any]:
    """On the heads of a trace; of a picture that is asked about, what is answered, with each head and without it."""
    told, asked, weights = notes(trace, identity=""), trace.request.input, model.weights
    if isinstance(asked, Picture) and isinstance(weights, Shipped):
        answered = guesses_told(Asked(asked.question, "", weights, pixels=asked.pixels))
        told["parts"] = {part: own | answered for part, own in told["parts"].items()}
    return told
