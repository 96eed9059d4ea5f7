"""What it takes to measure something for a lesson: where it is measured, and what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis import saying
from attnviz.attention import Attention
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.layer import LayerTrace, to_cpu
from attnviz.lessons.wording import found_at
from attnviz.models.base import Model


@dataclass(frozen=True)
class Value:
    """What a reference says: a number as it is shown; of a word there is no number."""

    shown: str
    number: float | None = None


@dataclass(frozen=True)
class Where:
    """What it is measured on."""

    model: Model
    trace: Trace
    before: Trace  # with nothing changed

    def at(self, word: str) -> int:
        """The index of a word: of the sentence, or of what is written, where the model writes."""
        return found_at(word, self.trace.inputs.get("written") or self.trace.tokens)

    def place(self, head: str) -> Head:
        """A head with the name of its part, after a check that it is there."""
        return self.trace.shape.head(Head.of(head))

    def layer(self, head: str) -> LayerTrace:
        """The layer of a head."""
        place = self.place(head)
        return self.trace.parts[place.part][place.layer]

    def query(self, head: str, word: str) -> int:
        """The index of a word among those that look in a head."""
        return found_at(word, self.layer(head).queries)

    def key(self, head: str, word: str) -> int:
        """The index of a word among those that are looked at in a head."""
        return found_at(word, self.layer(head).keys)

    def row(self, head: str, query: str) -> Attention:
        """One row of a head: [1, key], and [1, d_head]."""
        return self.layer(head).head(Head.of(head).head, self.query(head, query))

    def heads_row(self, head: str, query: str) -> Tensor:
        """[key]: the weights of one row."""
        return to_cpu(self.row(head, query).weights[0])


@dataclass(frozen=True)
class Measure:
    """One that can be referred to."""

    of: Callable[..., Value]

    @property
    def _parameters(self) -> list[inspect.Parameter]:
        return [*inspect.signature(self.of).parameters.values()][1:]

    @property
    def least(self) -> int:
        """How many arguments it takes at least."""
        return sum(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in self._parameters)

    @property
    def most(self) -> int | None:
        """And at most; None: any number."""
        many = any(p.kind is p.VAR_POSITIONAL for p in self._parameters)
        return None if many else len(self._parameters)

    @property
    def written(self) -> str:
        """As one writes it."""
        named = [f"{p.name} …" if p.kind is p.VAR_POSITIONAL else p.name for p in self._parameters]
        return f"{self.of.__name__}({', '.join(named)})"

    @property
    def said(self) -> str:
        """What it is, in a line."""
        return " ".join((self.of.__doc__ or "").split())


class Registry(dict[str, Measure]):
    """Measures by name."""

    def add(self, of: Callable[..., Value]) -> Callable[..., Value]:
        """One more: a function of `Where` and of what stands in the brackets; its docstring says what it is."""
        self[of.__name__] = Measure(of)
        return of


def share(x: float | Tensor) -> Value:
    """A share, such as a weight, as the page writes it: 0.64."""
    return Value(saying.weight(float(x)), float(x))


def number(x: float | Tensor) -> Value:
    """Any number, as the page writes it."""
    return Value(saying.number(float(x)), float(x))


def count(n: int) -> Value:
    """How many: 1,276."""
    return Value(f"{n:,}", float(n))


def whole(written: str, below: int, what: str) -> int:
    """The whole number that is written, from 0 to one less than `below`; `what` it is of, to say so.

    Raises:
        AttnvizError: what is no such number.
    """
    if not written.isdecimal() or len(written) > 6 or int(written) >= below:
        raise AttnvizError(f"{what} is a whole number from 0 to {below - 1}, not “{written[:40]}”.")
    return int(written)
