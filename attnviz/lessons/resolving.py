"""A lesson, measured: what the page is given, and what turned out to be wrong or untrue in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.heads import TRANSLATING, Head
from attnviz.lessons.inputs import makes
from attnviz.lessons.lesson import MODEL, SENTENCE, Lesson, Problem, Step, View, in_order
from attnviz.lessons.measures.references import Place, Reference, holds, measured
from attnviz.lessons.runs import Load, Runs, load
from attnviz.lessons.text.markup import as_html
from attnviz.lessons.tries import tried
from attnviz.lessons.wording import changes_of, found_at, switched
from attnviz.models.base import Model
from attnviz.request import Text
from attnviz.tokens import Tokens

_EMPTY = Step("Nothing to show", "This lesson has no step that can be read.")


def resolved(lesson: Lesson, load: Load = load) -> dict[str, Any]:
    """The lesson for the page, as JSON has it: words as places in their sentence, references as numbers.

    `load`: gives the model of a name and its trace of a sentence with these changes. Nothing is raised: what is wrong
    is told in `problems`, in sentences, and the rest is there.
    """
    runs = Runs(load)
    steps = [_Resolving(lesson, step, runs) for step in lesson.steps or (_EMPTY,)]
    made = [step.made() for step in steps]
    problems = in_order([*lesson.problems, *(problem for step in steps for problem in step.problems)])
    return {
        "name": lesson.name,
        "title": lesson.title,
        "about": lesson.about,
        "minutes": lesson.minutes,
        "steps": made,
        "problems": [str(problem) for problem in problems],
    }


def untrue(lesson: Lesson, load: Load = load) -> tuple[Problem, ...]:
    """The claims of a lesson that do not hold, or that cannot be measured."""
    runs, found = Runs(load), []
    for step in lesson.steps:
        place = _Resolving(lesson, step, runs).place
        for claim in step.claims:
            try:
                said = "" if holds(claim, place) else f"It is not true that {claim}."
            except AttnvizError as error:
                said = f"“{claim}” cannot be measured: {error}"
            if said:
                found.append(Problem(step.source.line("claims", claim), said))
    return tuple(found)


@dataclass
class _Resolving:
    """One step on its way to the page."""

    lesson: Lesson
    step: Step
    runs: Runs
    problems: list[Problem] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """What its numbers are measured on."""
        model, sentence = self.step.model or self.lesson.model, self.step.sentence or self.lesson.sentence
        return Place(self.runs, model, sentence)

    def made(self) -> dict[str, Any]:
        """As JSON has it."""
        place, model, trace = self._read()
        view = self._view(model, trace)
        return {
            "title": self.step.title,
            "html": as_html(self.step.text, lambda written: self._value(written, place)),
            "sentence": place.sentence,
            "model": place.model,
            "view": {**view, "switched": switched(self._known(place, trace))},
            "heads": self._beside(trace),
            "makes": makes(model),
            "tries": self._tries(place),
            "question": self.step.ask or None,
        }

    def _say(self, key: str, said: object, snippet: str = "") -> None:
        self.problems.append(Problem(self.step.source.line(key, snippet), str(said)))

    def _read(self) -> tuple[Place, Model, Trace]:
        """What reads the step's sentence; what cannot be read gives way to what can."""
        place = self.place
        ways = [
            place,
            replace(place, model=self.lesson.model, sentence=self.lesson.sentence),
            replace(place, model=MODEL, sentence=SENTENCE),
        ]
        for way in ways:
            try:
                model, trace = self.runs.of(way.model, way.sentence)
            except AttnvizError as error:
                self._say("sentence", error)
                continue
            return way, model, trace
        raise AttnvizError("No model can be run here.")  # the opening sentence can always be read

    def _known(self, place: Place, trace: Trace) -> tuple[str, ...]:
        """Those of the step's changes that the model and the page can take."""
        kept: list[str] = []
        for change in self.step.view.changes:
            try:
                switched([change])
                self.runs.of(place.model, place.sentence, changes_of([*kept, change], trace))
            except AttnvizError as error:
                self._say("view.changes", error, change)
            else:
                kept.append(change)
        return tuple(kept)

    def _value(self, written: str, place: Place) -> str | None:
        """What a reference says; of one that is wrong nothing, and that is told."""
        try:
            return measured(Reference.of(written), place).shown
        except AttnvizError as error:
            self._say("text", error, "{" + written.split("\n")[0])
            return None

    def _view(self, model: Model, trace: Trace) -> dict[str, Any]:
        """Where one looks: the head that the model is known for, where none is said."""
        view, pane = self.step.view, self._pane(model, trace)
        head = trace.shape.head(model.first_look)
        if view.head:
            head = self._head("head", view.head, trace) or head
        if pane == "kinds" and head.part != "cross":  # two words are chosen, of two texts
            head = Head(0, 0, "cross")
        layer = trace.parts[head.part][head.layer]
        return {
            "pane": pane,
            "walk": view.step,
            "part": head.part,
            "layer": head.layer,
            "head": head.head,
            "query": self._at("query", view.query, layer.queries),
            "key": self._at("key", view.key, layer.keys),
        }

    def _pane(self, model: Model, trace: Trace) -> str:
        """What is shown: what this model can, where the lesson says something else."""
        pane, has_words = self.step.view.pane, Text in model.reads
        has_way = has_words and len(trace.parts) == 1
        if not has_way and "view.pane" not in dict(self.step.source.keys) and pane == View().pane:
            return "explore"  # none is said
        why = ""
        if pane == "kinds" and set(trace.parts) != set(TRANSLATING):
            why = f"“kinds” shows a model of three parts, such as french; {model.name} has one."
        elif pane == "kinds" and not has_words:
            why = f"“kinds” shows words that look at words, as those of french; {model.name} reads none."
        elif pane == "next" and not model.continues:
            why = f"“next” shows what comes after a text, and {model.name} does not tell it. Take stories or induction."
        elif pane in ("way", "why", "row", "build") and not has_way:
            there = "explore, kinds and tries" if has_words else "explore and tries"
            why = f"“{pane}” shows a model of one part that reads words. Of {model.name} there are {there}."
        elif pane == "tries" and not self.step.view.tries:
            why = '“tries” needs a list of them: tries = ["unseen:cat"].'
        if not why:
            return pane
        self._say("view.pane", why)
        return "explore"

    def _beside(self, trace: Trace) -> dict[str, list[int]]:
        """Of the heads side by side: layer and head by part."""
        found = (self._head("heads", one, trace) for one in self.step.view.heads)
        return {head.part: [head.layer, head.head] for head in found if head is not None}

    def _tries(self, place: Place) -> list[dict[str, Any]]:
        """What is written with nothing changed, and in each try."""
        made: list[dict[str, Any]] = []
        for one in ("", *self.step.view.tries) if self.step.view.tries else ():
            try:
                made.append(tried(one, self.runs, place.model, place.sentence))
            except AttnvizError as error:
                self._say("view.tries", error, one)
        return made

    def _head(self, key: str, written: str, trace: Trace) -> Head | None:
        try:
            return trace.shape.head(Head.of(written))
        except AttnvizError as error:
            self._say(f"view.{key}", error, written)
            return None

    def _at(self, key: str, word: str, tokens: Tokens) -> int | None:
        if not word:
            return None
        try:
            return found_at(word, tokens)
        except AttnvizError as error:
            self._say(f"view.{key}", error, word)
            return None
