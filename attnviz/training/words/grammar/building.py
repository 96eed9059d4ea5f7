"""A small English in which a verb can be known only from its subject, wherever that stands.

Between subject and verb stand *attractors*: nouns of the other number and of another class ("the cat near the
dogs sits"). Nothing else tells the verb: determiners and the verbs of relative clauses agree with anybody, the end
of a sentence has nothing to do with its verb, and another clause may come first. Only a copula tells the number of
its noun, as it does in English; half of the time it is hidden or wrong when the model learns.
After Linzen, Dupoux & Goldberg 2016, "Assessing the Ability of LSTMs to Learn Syntax-Sensitive Dependencies".

Some combinations never occur in training: three adjectives for each noun (*black* is one of *cat*'s), a fifth of
the pairs of subject and attractor, and three attractors nested. What is measured is measured on these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from attnviz.training.words.grammar.lexicon import (
    ADJECTIVES,
    ADVERBS,
    COPULAS,
    DETERMINERS,
    NOUNS,
    PLACES,
    PREPOSITIONS,
    STATES,
    TRANSITIVE,
    Noun,
    own_verbs,
)
from attnviz.training.words.grammar.sentences import Clause, Sentence, is_withheld_pair, withheld_adjectives

LONGEST = 24  # words of a training sentence: a few longer ones would make every batch long
_ATTRACTORS = (0.3, 0.45, 0.25)  # how often a training sentence has none, one, two
_KINDS = (0.4, 0.25, 0.2, 0.15)  # how often each way to attach one


def training_sentences(count: int, seed: int) -> list[Sentence]:
    """Sentences to learn from: at most two attractors, no withheld combination."""
    random = Random(seed)
    found: list[Sentence] = []
    while len(found) < count:
        sentence = _Writer(random).sentence(random.choices((0, 1, 2), _ATTRACTORS)[0])
        if len(sentence.words) <= LONGEST:
            found.append(sentence)
    return found


def held_out_sentences(count: int, seed: int, *, attractors: int = 1) -> list[Sentence]:
    """Sentences to measure on: each holds a combination that never occurs in training, and no two are alike.

    Attractors are all of the other number than the subject, and the first is one of its withheld ones; without
    attractors the subject has a withheld adjective.
    """
    random = Random(f"held out {seed} {attractors}")
    found: dict[tuple[str, ...], Sentence] = {}
    while len(found) < count:
        sentence = _Writer(random).sentence(attractors, withheld=True)
        found[sentence.words] = sentence
    return list(found.values())


@dataclass
class _Writer:
    """Writes one sentence, word after word."""

    random: Random
    words: list[str] = field(default_factory=list)

    def sentence(self, attractors: int, *, withheld: bool = False) -> Sentence:
        opening = self._opening()
        noun, plural = self.random.choice(NOUNS), self.random.random() < 0.5
        main = self._clause(noun, plural, attractors, withheld=withheld)
        pronoun, antecedent = self._ending(main)
        if self.random.random() < 0.7:
            self._put(".")
        return Sentence(tuple(self.words), main, opening, pronoun, antecedent)

    def _put(self, *words: str) -> int:
        """Append; returns the place of the last word."""
        self.words += words
        return len(self.words) - 1

    def _opening(self) -> Clause | None:
        """Something before the subject, so that the first noun is not always it."""
        kind = self.random.choices(("none", "place", "when", "and"), (0.4, 0.1, 0.25, 0.25))[0]
        if kind == "place":
            self._place()
            self._put(",")
        if kind not in ("when", "and"):
            return None
        if kind == "when":
            self._put("when")
        noun, plural = self.random.choice(NOUNS), self.random.random() < 0.5
        clause = self._clause(noun, plural, 0)
        self._put("," if kind == "when" else "and")
        return clause

    def _clause(self, noun: Noun, plural: bool, attractors: int, *, withheld: bool = False) -> Clause:
        """Subject, what belongs to it, and verb. `withheld`: with a combination that never occurs in training."""
        subject = self._noun(noun, plural, withheld=withheld and not attractors)
        between: list[int] = []
        if attractors:
            self._attract(_Chain(noun, plural, withheld, between), noun, attractors)
        elif self.random.random() < 0.35:
            self._copular(noun, plural)
        return Clause(noun, plural, subject, self._put(self._verb(noun, plural)), tuple(between))

    def _verb(self, noun: Noun, plural: bool) -> str:
        verb = self.random.choice(own_verbs(noun))
        if self.random.random() < 0.5:
            return verb.past
        return verb.plural if plural else verb.singular

    def _noun(self, noun: Noun, plural: bool, *, withheld: bool = False) -> int:
        """The noun with its determiner and perhaps an adjective; returns its place."""
        self._put(self.random.choices(DETERMINERS, (5, 1, 1, 1))[0])
        if withheld or self.random.random() < 0.25:
            self._put(self._adjective(noun, withheld=withheld))
        return self._put(noun.form(plural))

    def _adjective(self, noun: Noun, *, withheld: bool = False) -> str:
        out = withheld_adjectives(noun)
        return self.random.choice([a for a in ADJECTIVES if (a in out) == withheld])

    def _copular(self, noun: Noun, plural: bool) -> None:
        """ ", which was old ," or "that is old"."""
        copula = COPULAS[plural + 2 * (self.random.random() < 0.6)]
        adjective = self._adjective(noun)
        if self.random.random() < 0.6:
            self._put(",", self._relative(noun, commas=True), copula, adjective, ",")
        else:
            self._put(self._relative(noun), copula, adjective)

    def _relative(self, noun: Noun, *, commas: bool = False) -> str:
        own = "who" if noun.kind == "person" else "which"
        return own if commas or self.random.random() < 0.5 else "that"

    def _attract(self, chain: _Chain, noun: Noun, count: int) -> None:
        """What follows a noun and holds `count` more, one inside the other."""
        kind = self.random.choices(("preposition", "subject", "object", "bare"), _KINDS)[0]
        commas = kind in ("subject", "object") and self.random.random() < 0.3
        if commas:
            self._put(",")
        if kind == "preposition":
            self._put(self.random.choice(PREPOSITIONS))
        elif kind == "subject":
            self._put(self._relative(noun, commas=commas), self.random.choice(TRANSITIVE))
        elif kind == "object":
            self._put(self._relative(noun, commas=commas))
        attractor, plural = self._attractor(chain)
        chain.between.append(self._noun(attractor, plural))
        if count > 1:
            self._attract(chain, attractor, count - 1)
        elif self.random.random() < 0.15:
            self._copular(attractor, plural)
        if kind in ("object", "bare"):
            self._put(self.random.choice(TRANSITIVE))
        if commas and self.words[-1] != ",":
            self._put(",")

    def _attractor(self, chain: _Chain) -> tuple[Noun, bool]:
        """A noun of another class and of the other number; in training sometimes of the same, since otherwise the
        verb would tell its subject by its class alone."""
        wanted = chain.withheld and not chain.between
        alike = not chain.withheld and self.random.random() < 0.15
        others = [
            n
            for n in NOUNS
            if (n.kind == chain.noun.kind) == alike and n != chain.noun and is_withheld_pair(chain.noun, n) == wanted
        ]
        same = not chain.withheld and self.random.random() < 0.3
        return self.random.choice(others), chain.plural if same else not chain.plural

    def _place(self) -> None:
        self._put(self.random.choice(PREPOSITIONS), self.random.choices(DETERMINERS, (5, 1, 1, 1))[0])
        if self.random.random() < 0.15:
            self._put(self.random.choice(ADJECTIVES))
        self._put(self.random.choice(PLACES))

    def _ending(self, main: Clause) -> tuple[int | None, int | None]:
        """What follows the verb and does not depend on it; the places of a pronoun and of what it stands for."""
        kind = self.random.choices(("none", "place", "adverb", "because"), (0.25, 0.4, 0.15, 0.2))[0]
        if kind == "place":
            self._place()
        elif kind == "adverb":
            self._put(self.random.choice(ADVERBS))
        elif kind == "because":
            return self._because(main)
        return None, None

    def _because(self, main: Clause) -> tuple[int, int]:
        """ "near the girls because they felt cold": the pronoun fits only one of subject and other noun, and as
        often the one as the other, so that it does not tell the verb."""
        ours = _pronoun(main.noun, main.plural)
        strangers = [(n, plural) for n in NOUNS for plural in (False, True) if _pronoun(n, plural) != ours]
        other, plural = self.random.choice(strangers)
        self._put(self.random.choice(PREPOSITIONS))
        place = self._noun(other, plural)
        of_subject = self.random.random() < 0.5
        pronoun = self._put("because", ours if of_subject else _pronoun(other, plural))
        self._put("felt", self.random.choice(STATES))
        return pronoun, main.subject if of_subject else place


@dataclass
class _Chain:
    """A subject and the attractors that follow it."""

    noun: Noun
    plural: bool
    withheld: bool  # the first attractor is one that the subject never has in training
    between: list[int]  # their places


def _pronoun(noun: Noun, plural: bool) -> str:
    return "they" if plural else noun.pronoun
