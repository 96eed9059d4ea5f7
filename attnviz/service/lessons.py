"""Lessons as pages ask for them: found by name or in a link, measured, and packed with the models that they need."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from attnviz import lessons
from attnviz.client import lesson_html, packed_lesson, packed_trace
from attnviz.client.lessons import Reader
from attnviz.client.models import packed_model
from attnviz.lessons import Lesson, Problem
from attnviz.models.names import Learned
from attnviz.request import Change

OWN = "~"  # before a lesson that stands in the link itself


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
    """Who reads each sentence. A model that was trained here reads any; of another, the page gets what it has read."""
    found: dict[tuple[str, str, int], Reader] = {}
    for step in course["steps"]:
        name, sentence, layer = step["model"], step["sentence"], step["view"]["layer"]
        model = lessons.model_of(name)
        reads_all = isinstance(model.weights, Learned)
        key = (name, "", 0) if reads_all else (name, sentence, layer)
        if key not in found:
            found[key] = Reader(name, packed_model(model)) if reads_all else _of_sentence(name, sentence, layer)
    return list(found.values())


def _of_sentence(name: str, sentence: str, layer: int) -> Reader:
    unchanged: tuple[Change, ...] = ()
    model, trace = lessons.load(name, sentence, unchanged)
    packed = packed_model(model, trace.request, layer=layer)
    first = {"part": "", "layer": layer, "head": 0, "query": 0}
    return Reader(name, packed, sentence, layer, packed_trace(trace, identity="", first=first, exact=True))
