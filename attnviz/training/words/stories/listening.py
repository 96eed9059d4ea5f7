"""How far words are the beginning of a story, and what may come then."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from attnviz.training.words.stories.telling import story


@dataclass(frozen=True)
class Heard:
    """How far words are the beginning of a story."""

    count: int  # of the words that can be
    following: tuple[str, ...]  # the words that may come then, all alike probable; none after a story's end
    known: dict[int, str]  # as a Story has them


class _StopError(Exception):
    """The words that are followed have come to an end, or go another way."""


class _Following:
    """Follows words that are given."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.count = 0
        self.following: tuple[str, ...] = ()
        self.known: dict[int, str] = {}

    def choose(self, among: Sequence[str], kind: str = "") -> str:
        if self.count == len(self.words) or self.words[self.count] not in among:
            self.following = tuple(among)
            raise _StopError
        if kind:
            self.known[self.count] = kind
        self.count += 1
        return self.words[self.count - 1]


def heard(words: Sequence[str]) -> Heard:
    """What a story that begins with these words may go on with, as far as they are the beginning of one.

    >>> heard("one day a".split()).following
    ('girl', 'boy')
    >>> heard("one day the cat".split())
    Heard(count=2, following=('a',), known={})
    """
    found = Heard(0, (), {})
    for withheld in (False, True):  # what no story to learn from has is a story all the same
        following = _Following(words)
        with suppress(_StopError):
            story(following, withheld=withheld)
        if withheld and following.count <= found.count:
            break
        found = Heard(following.count, following.following, following.known)
    return found
