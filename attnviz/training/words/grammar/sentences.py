"""Sentences of the small English, who is who in them, and the combinations that no training sentence has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from attnviz.training.words.grammar.lexicon import ADJECTIVES, COPULAS, NOUNS, RELATIVES, Noun

_WITHHELD_ADJECTIVES = 3  # for each noun
_WITHHELD_PAIRS = 5  # one in so many pairs of subject and attractor


@dataclass(frozen=True)
class Clause:
    """A subject, its verb, and what stands between them. Places count from 0."""

    noun: Noun  # the subject, as the dictionary has it
    plural: bool
    subject: int
    verb: int
    attractors: tuple[int, ...] = ()  # nouns between subject and verb


@dataclass(frozen=True)
class Sentence:
    """A sentence and who is who in it. Commas and the full stop are words."""

    words: tuple[str, ...]
    main: Clause
    opening: Clause | None = None  # “when the dogs bark, …”
    pronoun: int | None = None
    antecedent: int | None = None  # the noun that the pronoun stands for

    @property
    def text(self) -> str:
        """The sentence as a person writes it.

        >>> Sentence(("the", "cat", ",", "which", "is", "old", ",", "sat", "."), Clause(NOUNS[0], False, 1, 7)).text
        'The cat, which is old, sat.'
        """
        joined = " ".join(self.words).replace(" ,", ",").replace(" .", ".")
        return joined[0].upper() + joined[1:]


@cache
def withheld_adjectives(noun: Noun) -> frozenset[str]:
    """The adjectives that this noun never has in training."""
    first = NOUNS.index(noun) * 5
    return frozenset(ADJECTIVES[(first + 3 * i) % len(ADJECTIVES)] for i in range(_WITHHELD_ADJECTIVES))


@cache
def is_withheld_pair(subject: Noun, attractor: Noun) -> bool:
    """Whether this noun never stands between that subject and its verb in training."""
    digest = blake2b(f"{subject.singular} {attractor.singular}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % _WITHHELD_PAIRS == 0


def combinations(sentence: Sentence) -> set[tuple[str, str]]:
    """Every pair of a subject and an attractor, and of a noun and its adjective, read off the words alone.

    This is how a test sees that no withheld one is in a training sentence, whatever the writer meant to do.
    """
    by_form = {noun.form(plural): noun for noun in NOUNS for plural in (False, True)}
    nouns = {i: by_form[word] for i, word in enumerate(sentence.words) if word in by_form}
    pairs = set()
    for clause in (sentence.main, sentence.opening):
        if clause is not None:
            pairs |= {(clause.noun.singular, n.singular) for i, n in nouns.items() if clause.subject < i < clause.verb}
    for i, noun in nouns.items():
        pairs |= {(noun.singular, adjective) for adjective in _adjectives_of(sentence.words, i)}
    return pairs


def _adjectives_of(words: tuple[str, ...], place: int) -> Iterable[str]:
    """The adjectives of the noun at a place: before it, and after "which is"."""
    if words[place - 1] in ADJECTIVES:
        yield words[place - 1]
    after = [word for word in words[place + 1 : place + 5] if word != ","]
    if len(after) > 2 and after[0] in RELATIVES and after[1] in COPULAS:
        yield after[2]
