"""A lesson, read from its file. Whatever is wrong in it becomes a `Problem`, and the rest is read all the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from typing import Any

from attnviz.heads import TRANSLATING
from attnviz.lessons import lesson as limits
from attnviz.lessons.lesson import ASKS, MODEL, PANES, SENTENCE, STEPS, Lesson, Problem, Source, Step, View, in_order
from attnviz.lessons.runs import is_model
from attnviz.lessons.text.layout import parts
from attnviz.texts import clean_text

_LESSON = ("title", "about", "minutes", "sentence", "model", "step")
_STEP = ("title", "text", "view", "sentence", "model", "question", "claims")
_VIEW = ("pane", "step", "head", "query", "key", "changes", "heads", "tries")
_PLACE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")
_MOST_DOTS = 500  # in a line: tomllib takes a time that grows with their square where they are in a key
_MODELS = (
    "“grammar”, “induction”, “stories”, “french”, “picture”, “voice”, “tones”, “random” or “minilm”; "
    "“grammar@100” is grammar at step 100 of its training"
)


def read(text: str, *, name: str = "") -> Lesson:
    """The lesson in a TOML file's text (docs/lessons.md says how one is written). Nothing is raised: what is wrong
    stands in the lesson's `problems`, with its line.

    >>> lesson = read('title = "Cats"\\n[[step]]\\ntitle = "One"\\ntxt = "A typing error"')
    >>> lesson.steps[0].title, str(lesson.problems[0])[:32]
    ('One', 'Line 4: A step has no “txt”; it ')
    """
    if not isinstance(text, str):
        return _unreadable("A lesson is a text.", name)
    if len(text) > limits.MOST_CHARACTERS:
        return _unreadable(f"This is too large for a lesson: it may have {limits.MOST_CHARACTERS:,} characters.", name)
    text = clean_text(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_DOTS:
            return _unreadable(f"There are more than {_MOST_DOTS} dots in this line.", name, number)
    problems: list[Problem] = []
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError):
        table, sources = _in_parts(text, problems)
    else:
        sources = parts(text)
    return _lesson(_Table(table, sources[0], problems), sources[1:], problems, name)


def _unreadable(said: str, name: str, line: int = 0) -> Lesson:
    return Lesson("A lesson that cannot be read", name=name, problems=(Problem(line, said),))


def _in_parts(text: str, problems: list[Problem]) -> tuple[dict[str, Any], list[Source]]:
    """Of a text that is no TOML as a whole: what is before the steps, and each step, as far as it can be read alone."""
    sources = parts(text, whole=False)
    kept = sources[:1]
    head = _loaded(sources[0], problems) or {}
    head["step"] = []
    for source in sources[1 : limits.MOST_STEPS + 2]:  # one more than may be, so that it is said
        found = _loaded(source, problems)
        if found is not None:
            head["step"] += found["step"]
            kept.append(source)
    return head, kept


def _loaded(source: Source, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(source.lines))
    except RecursionError:
        problems.append(Problem(source.first, "This is nested too deeply to be read."))
    except ValueError as error:
        place = _PLACE.search(str(error))
        line = source.first - 1 + int(place[1]) if place and place[1] else source.last_key
        why = _PLACE.sub("", str(error)).rstrip(".")
        what = "This step" if source.first > 1 else "What stands before the first step"
        problems.append(Problem(line, f"{what} is not written as TOML: {why}. It is left out."))
    return None


def _lesson(table: _Table, sources: list[Source], problems: list[Problem], name: str) -> Lesson:
    table.known(_LESSON, "A lesson")
    given = table.values.get("step", [])
    if not isinstance(given, list) or not all(isinstance(step, dict) for step in given):
        table.say("step", "Steps are written as [[step]].")
        given = []
    if len(given) > limits.MOST_STEPS:
        line = sources[limits.MOST_STEPS].line() if len(sources) == len(given) else 0
        problems.append(Problem(line, f"A lesson has at most {limits.MOST_STEPS} steps: the rest is left out."))
    if not given:
        problems.append(Problem(0, "There is no step in this lesson that can be read."))
    if len(sources) != len(given):  # written otherwise than as [[step]], each
        sources = [Source()] * len(given)
    steps = tuple(
        _step(_Table(one, source, problems), i)
        for i, (one, source) in enumerate(zip(given[: limits.MOST_STEPS], sources, strict=False), 1)
    )
    return Lesson(
        table.text("title", limits.LONGEST_TITLE, required=True) or "A lesson without a title",
        steps,
        table.text("about", limits.LONGEST_TITLE),
        table.minutes(),
        table.text("sentence", limits.LONGEST_SENTENCE).strip() or SENTENCE,
        table.model() or MODEL,
        name,
        in_order(problems),
        table.source,
    )


def _step(table: _Table, number: int) -> Step:
    table.known(_STEP, "A step")
    view, question = table.inner("view"), table.inner("question")
    view.known(_VIEW, "A view")
    question.known(("ask",), "A question")
    return Step(
        table.text("title", limits.LONGEST_TITLE, required=True) or f"Step {number}",
        table.text("text", limits.LONGEST_TEXT).strip("\n"),
        View(
            view.one_of("pane", PANES) or PANES[0],
            view.one_of("step", STEPS) or STEPS[0],
            view.text("head", limits.LONGEST_NAME).strip(),
            view.text("query", limits.LONGEST_NAME).strip(),
            view.text("key", limits.LONGEST_NAME).strip(),
            view.texts("changes", limits.MOST_CHANGES),
            view.texts("heads", len(TRANSLATING)),
            view.texts("tries", limits.MOST_CHANGES),
        ),
        table.text("sentence", limits.LONGEST_SENTENCE).strip(),
        table.model(),
        question.one_of("ask", ASKS),
        table.texts("claims", limits.MOST_CLAIMS),
        table.source,
    )


class _Table:
    """A table of the file, of which each value is read as what it is to be; if it is something else, that is said."""

    def __init__(self, values: Mapping[str, Any], source: Source, problems: list[Problem], inside: str = "") -> None:
        self.values, self.source, self._problems, self._inside = values, source, problems, inside

    def say(self, key: str, said: str) -> None:
        line = self.source.line(f"{self._inside}{key}") or self.source.line(self._inside.rstrip("."))
        self._problems.append(Problem(line, said))

    def known(self, keys: Collection[str], what: str) -> None:
        for key in self.values:
            if key not in keys:
                self.say(key, f"{what} has no “{key[:40]}”; it has: {', '.join(keys)}.")

    def text(self, key: str, longest: int, *, required: bool = False) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.say(key, f"“{key}” is a text in quotes, not {_shown(value)}.")
            return ""
        if len(value) > longest:
            self.say(key, f"“{key}” has {len(value):,} characters; {longest:,} are the most. It is cut there.")
        if required and not value.strip():
            self.say(key, f"There is no “{key}” here.")
        return clean_text(value[:longest])

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.say(key, f"“{key}” is a list of texts in quotes, not {_shown(value)}.")
            return ()
        if len(value) > most or any(len(one) > limits.LONGEST_NAME for one in value):
            longest = limits.LONGEST_NAME
            self.say(key, f"“{key}” has at most {most} entries of up to {longest} characters. The rest is left out.")
        return tuple(clean_text(one).strip() for one in value[:most] if len(one) <= limits.LONGEST_NAME)

    def one_of(self, key: str, known: Collection[str]) -> str:
        value = self.text(key, limits.LONGEST_NAME)
        if value and value not in known:
            self.say(key, f"“{key}” is one of {', '.join(known)}, not “{value}”.")
            return ""
        return value

    def model(self) -> str:
        value = self.text("model", limits.LONGEST_NAME)
        if value and not is_model(value):
            self.say("model", f"A lesson's model is {_MODELS}. There is no “{value}”.")
            return ""
        return value

    def minutes(self) -> int:
        value = self.values.get("minutes", Lesson.minutes)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 600:
            return value
        self.say("minutes", f"“minutes” is a whole number from 1 to 600, not {_shown(value)}.")
        return Lesson.minutes

    def inner(self, key: str) -> _Table:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.say(key, f"“{key}” is a table, written as [step.{key}], not {_shown(value)}.")
            value = {}
        return _Table(value, self.source, self._problems, f"{self._inside}{key}.")


def _shown(value: object) -> str:
    """A value that is something else than it should be, in short."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    return f"“{value[:40]}”" if isinstance(value, str) else "a date or time"
