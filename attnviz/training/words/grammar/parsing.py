"""Whether words make a sentence of the small English, and who is who in it: `grammar`, read backwards.

What the grammar writes, this reads, with any word hidden by [MASK], and with or without the full stop. It asks how a
sentence is built and whether its words go together (verb, copula, relative and pronoun with their nouns), not how often
that was seen: combinations that never occur in training are built as the others are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from attnviz.training.words.grammar.lexicon import (
    ADJECTIVES,
    ADVERBS,
    COPULAS,
    DETERMINERS,
    NOUNS,
    OWN_VERBS,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SHARED_VERBS,
    STATES,
    TRANSITIVE,
    Noun,
    own_verbs,
)

HIDDEN = "[mask]"
MOST_ATTRACTORS = 3  # nested: what the grammar ever writes
_LONGEST = 64  # words; no sentence of the grammar has more
_MOST_HIDDEN = 3  # words; with more of them a sentence can be read in so many ways that nobody is named
_VERBS = frozenset(form for verbs in (*OWN_VERBS.values(), SHARED_VERBS) for v in verbs for form in vars(v).values())

Who = frozenset[tuple[Noun, bool]]  # the nouns, one or many of each, that a place may hold: several where it is hidden
_ALL: Who = frozenset((noun, plural) for noun in NOUNS for plural in (False, True))
_BY_FORM: dict[str, Who] = {noun.form(plural): frozenset({(noun, plural)}) for noun, plural in _ALL}


@dataclass(frozen=True)
class Parse:
    """Who is who in a sentence: places of words, which count from 0. Hidden words may leave some open."""

    subject: int | None = None
    verb: int | None = None
    attractors: tuple[int, ...] = ()
    pronoun: int | None = None
    antecedent: int | None = None  # the noun that the pronoun stands for
    agrees: bool = True  # the verb, and every copula, fits its subject: else it is no sentence of the grammar


@lru_cache(maxsize=256)
def parse(words: tuple[str, ...]) -> Parse | None:
    """Read a sentence; None if it is not built as those of the grammar. Commas and the full stop are words.

    >>> parse(("The", "cat", "near", "my", "dogs", "[MASK]", "."))
    Parse(subject=1, verb=5, attractors=(4,), pronoun=None, antecedent=None, agrees=True)
    >>> parse(("The", "cat", "and", "the", "dog", "bark")) is None
    True
    """
    read = tuple(word.casefold() for word in words)
    if len(read) > _LONGEST:
        return None
    return _Reader(read).sentence() or _Reader(read, agrees=False).sentence()


@dataclass(frozen=True)
class _Clause:
    """A clause up to its verb, and after that verb."""

    end: int
    subject: int
    who: Who
    attractors: tuple[int, ...]


@dataclass(frozen=True)
class _After:
    """What follows a noun, up to `end`: what it leaves of that noun and of the clause's subject."""

    end: int
    noun: Who
    subject: Who
    attractors: tuple[int, ...] = ()
    comma: bool = False  # it ends with one


class _Reader:
    """Reads words from left to right: each method yields every end that its part may have."""

    def __init__(self, words: Sequence[str], *, agrees: bool = True) -> None:
        self.words, self.agrees = words, agrees
        self.names = sum(word == HIDDEN for word in words) <= _MOST_HIDDEN
        self._followed: dict[tuple[object, ...], list[_After]] = {}

    def sentence(self) -> Parse | None:
        """What all ways to read it have in common; None if there is none."""
        common = None
        for found in self._sentences():
            if not self.names:
                return Parse(agrees=self.agrees)
            common = found if common is None else _common(common, found)
        return None if common is None else replace(common, agrees=self.agrees)

    def _sentences(self) -> Iterator[Parse]:
        for start in dict.fromkeys(self._openings()):
            for main in self._clauses(start, MOST_ATTRACTORS):
                for end, found in self._endings(main):
                    if end == len(self.words) or (self._is(end, ".") and end + 1 == len(self.words)):
                        yield found

    def _is(self, at: int, *among: str) -> bool:
        return at < len(self.words) and (self.words[at] in among or self.words[at] == HIDDEN)

    def _openings(self) -> Iterator[int]:
        """Nothing, a place, "when" and a clause, or a clause and "and"."""
        yield 0
        for end in self._places(0):
            if self._is(end, ","):
                yield end + 1
        if self._is(0, "when"):
            for clause in self._clauses(1, 0):
                if self._is(clause.end, ","):
                    yield clause.end + 1
        for clause in self._clauses(0, 0):
            if self._is(clause.end, "and"):
                yield clause.end + 1

    def _clauses(self, at: int, attractors: int) -> Iterator[_Clause]:
        """Subject, what belongs to it, and verb."""
        known = set()
        for end, subject, who in self._nouns(at):
            ways = [_After(end, who, who), *self._copulars(end, who, who)]
            for count in range(1, attractors + 1):
                ways += self._attracted(end, who, None, count)
            for way in ways:
                fitting = self._fitting(way.end, way.subject)
                if not fitting or (not self.names and (way.end, fitting) in known):
                    continue
                known.add((way.end, fitting))
                yield _Clause(way.end + 1, subject, fitting, way.attractors)

    def _nouns(self, at: int) -> Iterator[tuple[int, int, Who]]:
        """A noun with its determiner and perhaps an adjective: its end, its place, and what it may be."""
        if not self._is(at, *DETERMINERS):
            return
        for place in (at + 1, at + 2) if self._is(at + 1, *ADJECTIVES) else (at + 1,):
            if place < len(self.words):
                who = _ALL if self.words[place] == HIDDEN else _BY_FORM.get(self.words[place])
                if who:
                    yield place + 1, place, who

    def _fitting(self, at: int, who: Who) -> Who:
        """Of these subjects, those that the verb fits."""
        if not self._is(at, *_VERBS):
            return frozenset()
        if self.words[at] == HIDDEN or not self.agrees:
            return who
        return frozenset((noun, plural) for noun, plural in who if self.words[at] in _verb_forms(noun, plural))

    def _relatives(self, at: int, who: Who, *, commas: bool = False) -> Who:
        """Of these nouns, those that the relative fits."""
        if not self._is(at, *RELATIVES) or (commas and self.words[at] == "that"):
            return frozenset()
        if self.words[at] in (HIDDEN, "that"):
            return who
        return frozenset((n, plural) for n, plural in who if (n.kind == "person") == (self.words[at] == "who"))

    def _copulars(self, at: int, who: Who, subject: Who | None) -> Iterator[_After]:
        """ ", which was old ," or "that is old", of a noun; it is the subject itself where that is None."""
        for commas in (False, True):
            if commas and not self._is(at, ","):
                continue
            start = at + commas
            left = self._relatives(start, who, commas=commas)
            if not self._is(start + 1, *COPULAS) or not self._is(start + 2, *ADJECTIVES):
                continue
            if self.agrees and self.words[start + 1] != HIDDEN:
                many = COPULAS.index(self.words[start + 1]) % 2 == 1
                left = frozenset((noun, plural) for noun, plural in left if plural == many)
            if left and (not commas or self._is(start + 3, ",")):
                yield _After(start + 3 + commas, left, left if subject is who else subject or left, comma=commas)

    def _attracted(self, at: int, noun: Who, subject: Who | None, count: int) -> list[_After]:
        """What follows a noun and holds `count` more, one inside the other. `subject` is the clause's; None: the noun
        itself is."""
        key = (at, noun, subject, count)
        if key not in self._followed:
            ways = self._attract(at, noun, subject, count)
            self._followed[key] = list(dict.fromkeys(ways if self.names else (replace(w, attractors=()) for w in ways)))
        return self._followed[key]

    def _attract(self, at: int, noun: Who, subject: Who | None, count: int) -> Iterator[_After]:
        for kind, commas in _KINDS:
            if commas and not self._is(at, ","):
                continue
            start, left = at + commas, noun
            if kind == "preposition":
                if not self._is(start, *PREPOSITIONS):
                    continue
                start += 1
            elif kind in ("subject", "object"):
                left = self._relatives(start, noun, commas=commas)
                if kind == "subject" and not self._is(start + 1, *TRANSITIVE):
                    continue
                start += 2 if kind == "subject" else 1
            if left:
                yield from self._attractors(start, left, left if subject is None else subject, kind, commas, count)

    def _attractors(self, at: int, noun: Who, subject: Who, kind: str, commas: bool, count: int) -> Iterator[_After]:
        """The next noun of the chain, another one than the subject, what follows it, and what closes its clause."""
        for end, place, who in self._nouns(at):
            other, own = _apart(who, subject)
            if not other or not own:
                continue
            ways = self._attracted(end, other, own, count - 1) if count > 1 else self._ends(end, other, own)
            for way in ways:
                close, comma = way.end, way.comma
                if kind in ("object", "bare"):
                    if not self._is(close, *TRANSITIVE):
                        continue
                    close, comma = close + 1, False
                if commas and not comma:
                    if not self._is(close, ","):
                        continue
                    close, comma = close + 1, True
                yield _After(close, noun, way.subject, (place, *way.attractors), comma)

    def _ends(self, at: int, who: Who, subject: Who) -> list[_After]:
        """What may follow the last noun of a chain: nothing, or what it is like."""
        return [_After(at, who, subject), *(replace(way, subject=subject) for way in self._copulars(at, who, subject))]

    def _places(self, at: int) -> Iterator[int]:
        """ "on the old mat"."""
        if self._is(at, *PREPOSITIONS) and self._is(at + 1, *DETERMINERS):
            for place in (at + 2, at + 3) if self._is(at + 2, *ADJECTIVES) else (at + 2,):
                if self._is(place, *PLACES):
                    yield place + 1

    def _endings(self, main: _Clause) -> Iterator[tuple[int, Parse]]:
        """What follows the verb: nothing, a place, an adverb, or "near the girls because they felt cold"."""
        found = Parse(main.subject, main.end - 1, main.attractors)
        yield main.end, found
        for end in self._places(main.end):
            yield end, found
        if self._is(main.end, *ADVERBS):
            yield main.end + 1, found
        if not self._is(main.end, *PREPOSITIONS):
            return
        for end, place, who in self._nouns(main.end + 1):
            is_said = self._is(end, "because") and self._is(end + 1, *PRONOUNS)
            if not is_said or not self._is(end + 2, "felt") or not self._is(end + 3, *STATES):
                continue
            pairs = [(a, b) for a in _pronouns(main.who) for b in _pronouns(who) if a != b]
            of_subject, of_other = (any(self._is(end + 1, pair[side]) for pair in pairs) for side in (0, 1))
            if of_subject or of_other:
                antecedent = None if of_subject and of_other else main.subject if of_subject else place
                yield end + 4, replace(found, pronoun=end + 1, antecedent=antecedent)


_KINDS = (  # the ways to attach a noun to another, and whether commas stand around
    ("preposition", False),
    ("subject", False),
    ("subject", True),
    ("object", False),
    ("object", True),
    ("bare", False),
)


def _common(a: Parse, b: Parse) -> Parse:
    """What two ways to read a sentence have in common."""
    return Parse(
        a.subject if a.subject == b.subject else None,
        a.verb if a.verb == b.verb else None,
        tuple(place for place in a.attractors if place in b.attractors),
        a.pronoun if a.pronoun == b.pronoun else None,
        a.antecedent if a.antecedent == b.antecedent else None,
    )


def _verb_forms(noun: Noun, plural: bool) -> frozenset[str]:
    return frozenset(form for verb in own_verbs(noun) for form in (verb.past, verb.plural if plural else verb.singular))


def _pronouns(who: Who) -> frozenset[str]:
    return frozenset("they" if plural else noun.pronoun for noun, plural in who)


def _apart(who: Who, subject: Who) -> tuple[Who, Who]:
    """What two places may hold that do not hold the same noun."""
    nouns, subjects = {noun for noun, _ in who}, {noun for noun, _ in subject}
    other = frozenset(one for one in who if subjects != {one[0]})
    own = frozenset(one for one in subject if nouns != {one[0]})
    return other, own
