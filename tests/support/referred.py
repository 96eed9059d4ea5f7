"""References of a lesson, measured."""

from __future__ import annotations

from attnviz.lessons.measures.references import Place, Reference, measured
from attnviz.lessons.runs import Runs, load

CAT = "The cat, which was black, sat on the mat"


def place(model: str = "grammar", sentence: str = CAT) -> Place:
    return Place(Runs(load), model, sentence)


def number(written: str, at: Place | None = None) -> float:
    found = measured(Reference.of(written), at or place()).number
    assert found is not None
    return found


def shown(written: str, at: Place | None = None) -> str:
    return measured(Reference.of(written), at or place()).shown
