"""What models have in common that write a target of a source, be the source a text (translators) or a sound (what
hears)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from torch import Tensor

from attnviz.contents import Samples
from attnviz.heads import Shape
from attnviz.models.base import Model
from attnviz.models.errors import ModelError
from attnviz.models.parameters import Parameters
from attnviz.request import Change, Input, Request, Sound, Text, Translation
from attnviz.tokens import Tokens, as_written


def rows_of(source: Tokens, target: Tokens) -> dict[str, tuple[Tokens, Tokens]]:
    """By part, what looks and what is looked at there."""
    return {"encoder": (source, source), "decoder": (target, target), "cross": (as_written(target), source)}


def outputs_of(source: Tokens, memory: Tensor, decoded: Tensor) -> dict[str, Tensor]:
    """By row, the last vectors: of what was read, and of the target, in which the next word is written."""
    return {source.name: memory, "target": decoded, "written": decoded}


class Translating(Model):
    """It writes a target of a text. Of a text alone, the encoder's attention is its trace."""

    network: Any  # its configuration says which heads each part has
    predicts = None  # of a text alone; of a target, the next word
    writes_at_once = True

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Text, Translation})

    def predicting(self, asked: Input) -> str | None:
        return "next" if isinstance(asked, Translation) else None

    def shape(self, asked: Input) -> Shape:
        parts = self.network.config.shape
        return Shape(self.name, parts if isinstance(asked, Translation) else {"encoder": parts["encoder"]})

    def check_has_target(self, asked: Input) -> None:
        """Raise `ModelError` where nothing is written yet that could be predicted."""
        if not isinstance(asked, Translation):
            raise ModelError(f"The {self.name} model predicts the words of a target: give it one.")


class Hearing(Model):
    """It writes what it hears. Where nothing is said to be written of a sound, that is what it writes by itself."""

    predicts: str | None = "next"

    @property
    def reads(self) -> frozenset[type[Input]]:
        return frozenset({Sound})

    @property
    def continues(self) -> bool:
        return False

    @property
    @abstractmethod
    def rate(self) -> int:
        """Samples a second that it reads."""

    @property
    @abstractmethod
    def most_seconds(self) -> float:
        """The longest sound that it reads."""

    @abstractmethod
    def known(self, said: str) -> str:
        """What is said, as it writes it.

        Raises:
            ModelError: what it cannot write, or more than it can.
        """

    @abstractmethod
    def is_full(self, said: str) -> bool:
        """Whether that is as much as it can write, so that it came to no end."""

    @abstractmethod
    def said_of(self, sound: Samples, changes: Collection[Change]) -> str:
        """What it writes of a sound by itself."""

    def _accepted(self, asked: Input) -> Input:
        from attnviz.models.inputs.sound import fitted  # which asks the module of models for its errors

        checked = super()._accepted(asked)
        assert isinstance(checked, Sound)
        heard = fitted(checked, self.rate, self.most_seconds)
        return heard if heard.said is None else replace(heard, said=self.known(heard.said))

    def settled(self, request: Request) -> tuple[Request, Sound, str]:
        """A request and its sound, and what is said in it: what is written, where nothing is said."""
        heard = request.input
        assert isinstance(heard, Sound)
        if heard.said is None:
            heard = replace(heard, said=self.said_of(heard.samples, request.changes))
            request = replace(request, input=heard)
        return request, heard, heard.said or ""

    def notices_of(self, heard: Sound, said: str) -> tuple[str, ...]:
        """What was done to the sound, and to what is said in it."""
        full = f"{self.name} can write no more than this: what is written may break off before its end."
        return (*heard.notices, full) if self.is_full(said) else heard.notices

    def parameters(self, request: Request | None = None, *, part: str = "", layer: int = 0) -> Parameters:
        raise ModelError("A model that hears does not run in the page yet.")
