"""A lesson as data: steps, each of which says something and shows something, and what a teacher does with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from attnviz.errors import AttnvizError
from attnviz.texts import clean_text

PANES = ("way", "explore", "why", "row", "build", "kinds", "next", "tries")  # what the Learn page can show
STEPS = (  # the steps of the way from words to a prediction, in their order
    *("words", "ids", "embeddings", "positions", "projections", "score", "row", "scores", "scaled", "masked"),
    *("softmax", "context", "heads", "concatenated", "output", "residual", "feed_forward", "second_residual"),
    *("layers", "probabilities"),
)
ASKS = ("most", "spread", "next word")  # what may be asked before a step is shown; the page makes the question
SENTENCE, MODEL = "The cat, which was black, sat on the mat", "grammar"  # of a lesson that names none

MOST_STEPS = 60
MOST_CHARACTERS = 100_000  # of a lesson's file
LONGEST_TITLE, LONGEST_TEXT, LONGEST_SENTENCE = 200, 4_000, 500  # characters
MOST_CHANGES, MOST_CLAIMS = 20, 20  # of a step
MOST_PROBLEMS = 100  # that are told
LONGEST_NAME = 200  # characters of a word, a head, a change, a claim


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong in a lesson, and in which line of its file: 0 where it is in no line."""

    line: int
    said: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.said}" if self.line else self.said


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, by line; of very many the first."""
    found = sorted(set(problems))
    more = len(found) - MOST_PROBLEMS
    rest = (Problem(0, f"There are {more} more problems like these."),) if more > 0 else ()
    return (*found[:MOST_PROBLEMS], *rest)


@dataclass(frozen=True)
class Source:
    """The lines of a file that a part of a lesson was read from."""

    first: int = 0  # the number of the first of them, from 1; 0 where there is no file
    lines: tuple[str, ...] = ()
    keys: tuple[tuple[str, int], ...] = ()  # ("view.head", 12): where each is said

    @cached_property
    def _lines(self) -> dict[str, int]:
        return dict(self.keys)

    @property
    def last_key(self) -> int:
        """The number of the line of the last key that is said."""
        return max((line for _, line in self.keys), default=self.first)

    def line(self, key: str = "", snippet: str = "") -> int:
        """The number of the line where a key is said; of a text of several lines, where this snippet of it stands."""
        found = self._lines.get(key) or self._lines.get(key.rpartition(".")[0], self.first)
        if snippet and found:
            for at, line in enumerate(self.lines[found - self.first :], found):
                if snippet in line:
                    return at
        return found


@dataclass(frozen=True)
class View:
    """What a step shows. Nothing said: what is there to see anyway."""

    pane: str = "way"
    step: str = "words"  # of the way
    head: str = ""  # "1.0"
    query: str = ""  # a word: "sat", or "the#2" for the second of several
    key: str = ""
    changes: tuple[str, ...] = ()  # "causal", "temperature:2", "off:1.0"; see `changes.py`
    heads: tuple[str, ...] = ()  # of the pane `kinds`: the head that is shown of a part, "encoder.0.2"
    tries: tuple[str, ...] = ()  # of the pane `tries`: what is changed in each, "unseen:cat, off:cross.0.0"


@dataclass(frozen=True)
class Step:
    """One step of a lesson."""

    title: str
    text: str = ""  # paragraphs; numbers are references into the trace: {weight(1.0, sat, cat)}
    view: View = View()
    sentence: str = ""  # the lesson's, if none
    model: str = ""  # the lesson's, if none
    ask: str = ""  # one of ASKS, asked before it is shown
    claims: tuple[str, ...] = ()  # what has to be true: "weight(1.0, sat, cat) > 0.9"
    source: Source = field(default=Source(), compare=False, repr=False)


@dataclass(frozen=True)
class Lesson:
    """A lesson. Whatever is wrong in it stands in `problems`, and the rest of it is there."""

    title: str
    steps: tuple[Step, ...] = ()
    about: str = ""  # what one learns, in a line
    minutes: int = 10  # to read it
    sentence: str = SENTENCE
    model: str = MODEL
    name: str = field(default="", compare=False)  # of one that comes with attnviz: "who-sat"
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    source: Source = field(default=Source(), compare=False, repr=False)

    def with_step(self, view: View, text: str, *, title: str = "", sentence: str = "", model: str = "") -> Lesson:
        """With one more step at the end.

        Raises:
            AttnvizError: more steps than a lesson may have, or a text that is too long.
        """
        if len(self.steps) >= MOST_STEPS:
            raise AttnvizError(f"A lesson has at most {MOST_STEPS} steps. Begin another one.")
        title = title or f"Step {len(self.steps) + 1}"
        return replace(self, steps=(*self.steps, _checked(Step(title, text, view, sentence, model))))

    def moved(self, i: int, j: int) -> Lesson:
        """With step i at place j, both from 0.

        Raises:
            AttnvizError: no such step.
        """
        self._check(i)
        self._check(j)
        steps = [*self.steps[:i], *self.steps[i + 1 :]]
        return replace(self, steps=(*steps[:j], self.steps[i], *steps[j:]))

    def without(self, i: int) -> Lesson:
        """Without step i, from 0.

        Raises:
            AttnvizError: no such step.
        """
        self._check(i)
        return replace(self, steps=(*self.steps[:i], *self.steps[i + 1 :]))

    def renamed(self, title: str, *, about: str | None = None) -> Lesson:
        """Under another title, and with another line of what one learns.

        Raises:
            AttnvizError: a title that is blank or too long.
        """
        told = clean_text(self.about if about is None else about)
        if not title.strip() or max(len(title), len(told)) > LONGEST_TITLE:
            raise AttnvizError(f"A lesson's title has 1 to {LONGEST_TITLE} characters, and so has what one learns.")
        return replace(self, title=clean_text(title).strip(), about=told)

    def rewritten(self, i: int, *, text: str | None = None, title: str | None = None) -> Lesson:
        """With another text or title of step i, from 0.

        Raises:
            AttnvizError: no such step, or a text or title that is too long.
        """
        self._check(i)
        old = self.steps[i]
        new = _checked(replace(old, text=old.text if text is None else text, title=title or old.title, source=Source()))
        return replace(self, steps=(*self.steps[:i], new, *self.steps[i + 1 :]))

    def _check(self, i: int) -> None:
        if not 0 <= i < len(self.steps):
            raise AttnvizError(f"There is no step {i}: the lesson has {len(self.steps)}, which count from 0.")


def _checked(step: Step) -> Step:
    for what, text, longest in (
        ("text", step.text, LONGEST_TEXT),
        ("title", step.title, LONGEST_TITLE),
        ("sentence", step.sentence, LONGEST_SENTENCE),
    ):
        if len(text) > longest:
            raise AttnvizError(f"The {what} of a step has at most {longest:,} characters, and this has {len(text):,}.")
    text, title = clean_text(step.text).strip("\n"), clean_text(step.title)
    return replace(step, text=text, title=title, sentence=clean_text(step.sentence).strip())
