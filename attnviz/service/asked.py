"""What a page asks for: what is read, by which weights, with what changed. Everything that is derived from a trace is
remembered under it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b

from attnviz.contents import Pixels, Samples
from attnviz.heads import Head
from attnviz.models.inputs.asking import input_of
from attnviz.models.names import Weights, at_step
from attnviz.request import Change, HeadOff, Input, Picture, Sound, Text
from attnviz.tokens import TOKEN_LIMIT


@dataclass(frozen=True)
class Asked:
    """What is read by which weights: the name under which everything that is derived from a trace is remembered."""

    text: str  # of a picture, what is asked about it
    pair: str  # the second sentence; "" if there is none
    weights: Weights
    target: str = ""  # of an encoder–decoder; "" if there is none
    off: frozenset[Head] = frozenset()
    changes: tuple[Change, ...] = ()
    special_tokens: bool | None = None  # whether typed special tokens are read as such; None: by default
    part: str = ""  # of a model of several: the one that what is derived is of
    pixels: Pixels | None = None  # a picture, for a model that looks at one
    most: int = TOKEN_LIMIT  # tokens of a text that are read
    samples: Samples | None = None  # a sound, for one that hears; `target` is what it is to have written

    @property
    def unchanged(self) -> Asked:
        """The same with all heads on, and nothing else changed."""
        return replace(self, off=frozenset(), changes=())

    @property
    def whole(self) -> Asked:
        """The same of all parts."""
        return replace(self, part="")

    @property
    def input(self) -> Input:
        """What is read: of a text as many tokens as the page shows."""
        if self.pixels is not None:
            return Picture(self.pixels, self.text)
        if self.samples is not None:
            return Sound(self.samples, self.target or None)
        asked = input_of(self.text, self.pair or None, self.target or None, self.special_tokens)
        return replace(asked, most=self.most) if isinstance(asked, Text) else asked

    @property
    def all_changes(self) -> tuple[Change, ...]:
        """Heads off, and what else is changed."""
        return (*map(HeadOff, sorted(self.off)), *self.changes)

    @cached_property
    def identity(self) -> str:
        """A short name for it, the same on every run and for every part: that of its words and heads, a dash, and which
        weights."""
        words: tuple[object, ...] = (
            self.text,
            self.pair,
            self.target,
            at_step(self.weights, None),
            self.special_tokens,
            self.most,
        )
        if self.pixels is not None:
            words = (*words, self.pixels.data)
        if self.samples is not None:
            words = (*words, self.samples.rate, self.samples.data)
        return "-".join(_digest(part) for part in (words, (self.weights, sorted(self.off), self.changes)))

    def has_words_of(self, identity: object) -> bool:
        """Whether another has the same tokens and heads: another step of one training, or with other heads off."""
        return isinstance(identity, str) and identity.partition("-")[0] == self.identity.partition("-")[0]


def _digest(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=8).hexdigest()
