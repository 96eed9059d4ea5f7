"""What can be learned here: a task gives batches to learn from, measures what has been learned, and says in its own
words what it is. Nothing outside its own module knows a task by name (`registry.py` lists them)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from torch import Tensor

from attnviz._brief import brief
from attnviz.networks import Config
from attnviz.request import Change, Text
from attnviz.training.measures import Measures
from attnviz.training.vocabulary import Vocabulary

NOT_ASKED = -100  # a target that does not count, as in torch's cross_entropy
HELD_OUT = 2**31  # the seeds of training runs end before it


@dataclass(frozen=True, eq=False)
class Batch:
    """Texts to learn from, or questions about pictures."""

    ids: Tensor  # [text, token], what the model reads
    targets: Tensor  # [text, token], the word to be given here, or NOT_ASKED
    is_token: Tensor | None = None  # [text, token], False where a text is filled up
    source: Tensor | None = None  # [text, source token], what the ids are written of, for an encoder–decoder
    source_is_token: Tensor | None = None  # [text, source token]
    pictures: Tensor | None = None  # [text, row, column, channel], what the texts ask about

    __repr__ = brief

    def given(self) -> dict[str, Tensor | None]:
        """What the model is given beside the ids."""
        source = {} if self.source is None else {"source": self.source, "source_is_token": self.source_is_token}
        pictures = {} if self.pictures is None else {"pictures": self.pictures}
        return {"is_token": self.is_token, **source, **pictures}


@dataclass(frozen=True)
class HeldOut:
    """How figures on examples that were held out are told."""

    titles: Mapping[str, str]  # of the figures that are told, the first one in short as well
    guessing: Mapping[str, str]  # what each of them is to be held against
    examples: str  # what they are measured on, after “on”
    in_short: str


class Task(Protocol):
    """A task, by name."""

    name: ClassVar[str]
    title: ClassVar[str]
    offered: ClassVar[str]  # what the shipped model that learned it is called in a list of models
    in_short: ClassVar[str]  # what is learned, for who chooses among tasks
    explained: ClassVar[str]  # what is asked and measured, for who has never heard of it
    readable: ClassVar[str]  # what a model that learned it can read
    invitation: ClassVar[str]  # to read an example, on a button
    vocabulary: Vocabulary  # of what is read
    categories: ClassVar[Mapping[str, Sequence[str]]]  # its words by what they are; "" where they are all alike
    figures: ClassVar[dict[str, str]]  # the measures that become curves, and what they are called
    held_out: ClassVar[HeldOut]
    longest: ClassVar[int]  # words of a text that it learns from
    learned: ClassVar[str]  # the measure of heads that tells the one which does what is learned
    recipe: ClassVar[
        Mapping[str, float]
    ] = {}  # options of a run (`TrainingOptions`) that learns it, if not the usual ones
    part: ClassVar[str] = ""  # whose heads those are; "" in a model with one part
    reads: ClassVar[type] = Text  # what a model that learned it is given: a Text, a Translation or a Picture

    @property
    def target_vocabulary(self) -> Vocabulary | None:
        """The words of what is written of it, by an encoder–decoder; None of another model."""
        return None

    def config(self, *, layers: int, heads: int, d_model: int) -> Config:
        """The model that learns it."""

    def batches(self, seed: int) -> Iterator[Batch]:
        """Endless; the same seed gives the same."""

    def example(self, seed: int) -> tuple[str, int]:
        """A text that it has not learned from, and the token in it that one would look at first."""

    def continued(self, text: str, word: str) -> str:
        """The text with that word of its vocabulary after it, as a person writes it."""
        return f"{text} {word}".strip()

    def unlike(self, words: Sequence[str]) -> str:
        """What sets these words of its vocabulary apart from all that it learns from, in a sentence for the page; "" if
        they are like it, or if words alone do not tell."""
        return ""

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        """Who is who in these words, by place; nobody where the task has no such thing, or cannot read them."""
        return {}

    def measure(self, model: Any, changes: Collection[Change] = ()) -> Measures:
        """What the model can do on what it has not seen, with these changes in the run."""

    def examine(self, model: Any) -> dict[str, float]:
        """The examination after training, larger and stricter: every figure by its name, in the order in which it is
        read."""
