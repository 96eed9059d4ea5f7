"""What an example is: a sentence, the head and the two words to look at, and what it claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.tokens import Tokens

Claim = Literal[
    "stands out",
    "subject",
    "again",
    "across",
    "previous",
    "next",
    "special",
    "after",
    "everybody",
    "untrained",
    "translated",
]
CLAIMS: Mapping[Claim, str] = MappingProxyType(
    {
        "stands out": "the weight is large, and other words give the key much less, as do words at the same distance",
        "subject": "that, from a verb to its subject, and the nouns between them get little",
        "again": "that, from a word to the same word at another place",
        "across": "that, from a word of one sentence to a word of the other",
        "previous": "most words look at the token before them",
        "next": "most words look at the token after them",
        "special": "most words look at a special token",
        "after": "where a word comes again, it looks at what came after it before",
        "everybody": "the weight is large, but the other words give the key nearly as much",
        "untrained": "the weight is large by chance: with other random numbers it goes elsewhere",
        "translated": "the weight is large, other words give the key much less, and the two words say the same",
    }
)


@dataclass(frozen=True)
class Word:
    """A token, as it is written: the word, or the piece of it that the model reads."""

    label: str
    nth: int = 1  # which of those that are written so, from 1; of a pair, counted through both sentences

    def at(self, tokens: Tokens) -> int:
        """Its index.

        Raises:
            AttnvizError: there are not so many.
        """
        places = [i for i, token in enumerate(tokens) if token.label == self.label]
        if not 1 <= self.nth <= len(places):
            raise AttnvizError(f"“{self.label}” is {len(places)} times in the {tokens.name}: there is no {self.nth}.")
        return places[self.nth - 1]


@dataclass(frozen=True)
class Example:
    """Where to look, and what there is to see."""

    title: str  # in a menu
    text: str
    model: str
    where: Head
    query: Word  # the word that looks
    key: Word  # the word that it looks at
    claim: Claim
    see: str  # for who has read one introduction to attention
    pair: str = ""  # a second sentence, for a model that reads two
    target: str = ""  # what a model writes of the text, for one that translates
    language: str = "English"

    @property
    def layer(self) -> int:
        """From 0."""
        return self.where.layer

    @property
    def head(self) -> int:
        """Of its layer, from 0."""
        return self.where.head
