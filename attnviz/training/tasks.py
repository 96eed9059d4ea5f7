"""What can be learned here: a task gives batches to learn from and measures what has been learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from attnviz._brief import brief
from attnviz.training.measures import Measures
from attnviz.training.vocabulary import Vocabulary
from attnviz.transformer import Head, Transformer, TransformerConfig

NOT_ASKED = -100  # a target that does not count, as in torch's cross_entropy


@dataclass(frozen=True, eq=False)
class Batch:
    """Texts to learn from."""

    ids: Tensor  # [text, token], what the model reads
    targets: Tensor  # [text, token], the word to be given here, or NOT_ASKED
    is_token: Tensor | None = None  # [text, token], False where a text is filled up

    __repr__ = brief


class Task(Protocol):
    """A task, by name."""

    name: ClassVar[str]
    title: ClassVar[str]
    vocabulary: Vocabulary
    explained: ClassVar[str]  # what is asked and measured, for who has never heard of it
    figures: ClassVar[dict[str, str]]  # the measures that become curves, and what they are called
    longest: ClassVar[int]  # words of a text that it learns from
    learned: ClassVar[str]  # the measure of heads that tells the one which does what is learned

    def config(self, *, layers: int, heads: int, d_model: int) -> TransformerConfig:
        """The model that learns it."""

    def batches(self, seed: int) -> Iterator[Batch]:
        """Endless; the same seed gives the same."""

    def unlike(self, words: Sequence[str]) -> str:
        """What sets these words of its vocabulary apart from all that it learns from, in a sentence for the page; "" if
        they are like it."""

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        """Who is who in these words, by place; nobody where the task has no such thing, or cannot read them."""

    def measure(self, model: Transformer, off: frozenset[Head] = frozenset()) -> Measures:
        """What the model can do on what it has not seen."""
