"""A lesson as TOML again: tomllib reads, and does not write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attnviz.lessons.lesson import Lesson, Step, View

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_HEADER = re.compile(r"^(\s*)\[", re.MULTILINE)


def written(lesson: Lesson) -> str:
    """The lesson as a file has it; read again, it is the same.

    >>> from attnviz.lessons import View, read
    >>> lesson = Lesson("Cats").with_step(View(query="sat"), "It gives {weight(1.0, sat, cat)}.", title="One")
    >>> read(written(lesson)) == lesson
    True
    """
    head: list[tuple[str, Any]] = [("title", lesson.title), ("about", lesson.about), ("minutes", lesson.minutes)]
    head += [("sentence", lesson.sentence), ("model", lesson.model)]
    return "\n".join([_pairs(head), *map(_step, lesson.steps)])


def _step(step: Step) -> str:
    pairs = [(name, getattr(step, name)) for name in ("title", "text", "sentence", "model", "claims")]
    plain, view = vars(View()), vars(step.view)
    told = [(name, value) for name, value in view.items() if value != plain[name]]
    parts = ["[[step]]\n" + _pairs(pairs)]
    parts += ["[step.view]\n" + _pairs(told)] * bool(told)
    parts += ["[step.question]\n" + _pairs([("ask", step.ask)])] * bool(step.ask)
    return "\n".join(parts)


def _pairs(pairs: Sequence[tuple[str, Any]]) -> str:
    return "".join(f"{key} = {_value(value, long=key == 'text')}\n" for key, value in pairs if value not in ("", ()))


def _value(value: str | int | tuple[str, ...], *, long: bool = False) -> str:
    """A value of TOML.

    >>> print(_value('a "b"'), _value(3), _value(("x", "y")), _value("one\\ntwo", long=True))
    "a \\"b\\"" 3 ["x", "y"] \"\"\"
    one
    two\"\"\"
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if long:
        return '"""\n' + _long(value) + '"""'
    return '"' + "".join(_ESCAPES.get(c, c) for c in value) + '"'


def _long(text: str) -> str:
    """A text of several lines. No line of it looks like a header, where a part of a damaged file would begin."""
    kept = "".join(c if c == "\n" else _ESCAPES.get(c, c) for c in text)
    return _HEADER.sub(r"\1\\u005B", kept)
