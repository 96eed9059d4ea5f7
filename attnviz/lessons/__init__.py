"""Lessons as data: steps that say something and show something, each number of which is measured when it is shown."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from attnviz.lessons.lesson import ASKS, PANES, STEPS, Lesson, Problem, Step, View
from attnviz.lessons.measures.references import MEASURES
from attnviz.lessons.resolving import resolved, untrue
from attnviz.lessons.runs import load, model_of
from attnviz.lessons.text.links import from_link, to_link
from attnviz.lessons.text.markup import by_hand
from attnviz.lessons.text.reading import read
from attnviz.lessons.text.writing import written
from attnviz.lessons.wording import named

__all__ = [
    "ASKS",
    "MEASURES",
    "PANES",
    "STEPS",
    "Lesson",
    "Problem",
    "Step",
    "View",
    "by_hand",
    "from_link",
    "load",
    "model_of",
    "named",
    "read",
    "resolved",
    "shipped",
    "to_link",
    "untrue",
    "written",
]

_FILE = re.compile(r"\d\d-([a-z-]+)\.toml")


@cache
def shipped() -> tuple[Lesson, ...]:
    """The lessons that come with attnviz, in the order of a course."""
    found = {file.name: file for file in (files(__name__) / "course").iterdir() if _FILE.fullmatch(file.name)}
    return tuple(read(found[name].read_text(encoding="utf-8"), name=name[3 : -len(".toml")]) for name in sorted(found))
