"""The runs that a lesson's numbers are measured on: which models a lesson may name, and what each has read."""

from __future__ import annotations

import re
from collections.abc import Callable

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.lessons.inputs import read_by
from attnviz.models.base import Model
from attnviz.models.catalog import load_model
from attnviz.request import Change

MOST_RUNS, MOST_MEASURED = 30, 400  # of one lesson, which may come from anybody
Load = Callable[[str, str, tuple[Change, ...]], tuple[Model, Trace]]  # a model's name, a sentence, what is changed
_NAME = re.compile(r"(grammar|induction|stories|french|picture|voice|tones)(?:@(\d{1,6}))?|random|minilm")


def is_model(name: str) -> bool:
    """Whether a lesson may name that model. Not any: a lesson comes by a link, and reads no file and no hub.

    >>> is_model("grammar@100"), is_model("minilm"), is_model("/etc/passwd")
    (True, True, False)
    """
    return _NAME.fullmatch(name) is not None


def model_of(name: str) -> Model:
    """The model of that name; “grammar@100” is grammar at the snapshot nearest to step 100 of its training.

    Raises:
        AttnvizError: a name that a lesson may not have.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise AttnvizError(f"There is no model “{name}” for a lesson.")
    if found[2] is None:
        return load_model(name, device="cpu")
    return load_model(found[1], device="cpu", step=int(found[2]))


def load(name: str, sentence: str, changes: tuple[Change, ...] = ()) -> tuple[Model, Trace]:
    """A model, and what it leaves behind of a sentence."""
    model = model_of(name)
    return model, read_by(model, sentence, changes)


class Runs:
    """What was read, each once."""

    def __init__(self, load: Load) -> None:
        self._load, self._measured = load, 0
        self._known: dict[tuple[str, str, tuple[Change, ...]], tuple[Model, Trace] | AttnvizError] = {}

    def count(self) -> None:
        """One more number is measured.

        Raises:
            AttnvizError: more than a lesson may have.
        """
        self._measured += 1
        if self._measured > MOST_MEASURED:
            raise AttnvizError(f"A lesson may have {MOST_MEASURED} numbers measured, and this has more.")

    def of(self, name: str, sentence: str, changes: tuple[Change, ...] = ()) -> tuple[Model, Trace]:
        """The model and its trace.

        Raises:
            AttnvizError: what cannot be read, or more runs than a lesson may ask for.
        """
        asked = (name, sentence, changes)
        if asked not in self._known:
            if len(self._known) >= MOST_RUNS:
                raise AttnvizError(f"A lesson may have its models run {MOST_RUNS} times, and this asks for more.")
            try:
                self._known[asked] = self._load(name, sentence, changes)
            except AttnvizError as error:
                self._known[asked] = error
        found = self._known[asked]
        if isinstance(found, AttnvizError):
            raise found
        return found
