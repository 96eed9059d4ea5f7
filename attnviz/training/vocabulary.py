"""The words that a trained model knows, and their ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from attnviz._brief import brief
from attnviz.errors import AttnvizError

SPECIALS = ("[PAD]", "[MASK]", "[UNK]", "[CLS]")
PAD, MASK, UNKNOWN, START = range(len(SPECIALS))  # [PAD] [MASK] [UNK] [CLS] are ids 0 to 3 of every vocabulary


@dataclass(frozen=True)
class Vocabulary:
    """Words by id. The first four are the special tokens.

    Raises:
        AttnvizError: other first four, or a word that stands there twice.
    """

    words: tuple[str, ...]

    __repr__ = brief

    def __post_init__(self) -> None:
        if self.words[: len(SPECIALS)] != SPECIALS:
            raise AttnvizError(f"A vocabulary begins with {', '.join(SPECIALS)}.")
        if len(set(self.words)) != len(self.words):
            raise AttnvizError("A word stands twice in the vocabulary.")

    def __len__(self) -> int:
        return len(self.words)

    def id(self, word: str) -> int:
        """The id of a word; that of [UNK] if it is not known.

        >>> Vocabulary((*SPECIALS, "cat")).id("cat"), Vocabulary((*SPECIALS, "cat")).id("dog")
        (4, 2)
        """
        return self._ids.get(word, UNKNOWN)

    def ids(self, words: Iterable[str]) -> list[int]:
        """The id of each word."""
        return [self.id(word) for word in words]

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}
