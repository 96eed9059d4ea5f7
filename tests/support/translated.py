"""The French of the little grammar back into English, by rules that were written by hand for the tests.

    clause    = somebody (et somebody)? (ne)? pronoun? verb (pas | jamais | adverb)? somebody? (preposition somebody)?
    somebody  = determiner adjective? noun adjective?              # all of one gender and number

It shares no word list with `attnviz.training.words.french.bilingual`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_MASCULINE = {
    "chat": "cat", "chien": "dog", "garçon": "boy", "roi": "king", "jardin": "garden", "tapis": "mat", "livre": "book",
    "train": "train",
}  # fmt: skip
_FEMININE = {
    "fille": "girl", "vache": "cow", "poule": "hen", "reine": "queen", "maison": "house", "voiture": "car",
    "table": "table", "fleur": "flower",
}  # fmt: skip
NOUN_GENDERS = dict.fromkeys(_MASCULINE, "m") | dict.fromkeys(_FEMININE, "f")
_BEFORE = {"petit": "small", "grand": "big", "joli": "pretty", "jeune": "young"}
_AFTER = {"noir": "black", "rouge": "red", "vert": "green", "blanc": "white"}
_DETERMINERS = {  # genders, and whether of several
    "le": ("the", "m", False), "la": ("the", "f", False), "les": ("the", "mf", True),
    "un": ("a", "m", False), "une": ("a", "f", False),
    "mon": ("my", "m", False), "ma": ("my", "f", False), "mes": ("my", "mf", True),
    "ce": ("this", "m", False), "cette": ("this", "f", False), "ces": ("these", "mf", True),
    "notre": ("our", "mf", False), "nos": ("our", "mf", True), "deux": ("two", "mf", True),
}  # fmt: skip
_VERBS = {  # of one, of several, in English without s, and whether it is done to somebody
    ("voit", "voient", "see", True), ("regarde", "regardent", "watch", True), ("trouve", "trouvent", "find", True),
    ("prend", "prennent", "take", True), ("suit", "suivent", "follow", True), ("veut", "veulent", "want", True),
    ("dort", "dorment", "sleep", False), ("chante", "chantent", "sing", False), ("court", "courent", "run", False),
}  # fmt: skip
_PRONOUNS = {"le": "him", "la": "her", "les": "them"}
_ADVERBS = {"souvent": "often", "maintenant": "now"}
_PREPOSITIONS = {"sur": "on", "sous": "under", "derrière": "behind", "avec": "with", "dans": "in"}
_INVARIABLE = {"jeune", "rouge"}  # in gender


@dataclass
class Back:
    """What a sentence says in English, and of each French word the places of the English ones that say the same."""

    english: list[str]
    sources: list[tuple[int, ...]]


def translated_back(french: Sequence[str]) -> Back:
    """The English of a French sentence.

    Raises:
        ValueError: no French.
    """
    return _Reader(tuple(french)).sentence()


@dataclass
class _Reader:
    french: tuple[str, ...]
    at: int = 0
    said: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)  # English words, each with its French places

    def sentence(self) -> Back:
        self.clause()
        if self.next == "et":
            self.say("and", self.take())
            self.clause()
        if self.next == ".":
            self.say(".", self.take())
        if self.next:
            raise self.wrong(f"“{self.next}” where the sentence has ended")
        sources = [tuple(i for i, (_, places) in enumerate(self.said) if one in places) for one in range(self.at)]
        return Back([word for word, _ in self.said], sources)

    def clause(self) -> None:
        several = self.somebody()
        if self.next == "et":
            self.say("and", self.take())
            self.somebody()
            several = True
        ne = self.take() if self.next == "ne" else None
        pronoun = self.take() if self.next in _PRONOUNS else None
        plural, stem, has_object = self.verb()
        if plural is not several:
            raise self.wrong("the verb does not agree with its subject")
        verb_at = self.at - 1
        if ne is not None:
            word = self.next
            if word not in ("pas", "jamais"):
                raise self.wrong("“ne” without “pas” or “jamais”")
            second = self.take()
            if word == "pas":
                self.say("do" if several else "does", ne)
            self.say({"pas": "not", "jamais": "never"}[word], ne, second)
            plain = word == "pas"
        else:
            plain = False
            if self.next in _ADVERBS:
                self.say(_ADVERBS[self.next], self.take())
        self.say(stem if several or plain else _third_person(stem), verb_at)
        if pronoun is not None:
            if not has_object:
                raise self.wrong("a pronoun of what is done to nobody")
            self.say(_PRONOUNS[self.french[pronoun]], pronoun)
        elif has_object:
            self.somebody()
        if self.next in _PREPOSITIONS:
            self.say(_PREPOSITIONS[self.next], self.take())
            self.somebody()

    def somebody(self) -> bool:
        """A noun with its determiner and adjectives; whether it is several."""
        if self.next not in _DETERMINERS:
            raise self.wrong("no determiner")
        english, genders, several = _DETERMINERS[self.next]
        self.say(english, self.take())
        before = [(word, self.take()) for word in self.adjective(_BEFORE)]
        noun = self.next
        one = noun if noun in NOUN_GENDERS else noun.removesuffix("s")
        if one not in NOUN_GENDERS or noun != (f"{one}s" if several and one != "tapis" else one):
            raise self.wrong("no noun of that number")
        gender = NOUN_GENDERS[one]
        if gender not in genders:
            raise self.wrong("the determiner has another gender")
        noun_at = self.take()
        after = [(word, self.take()) for word in self.adjective(_AFTER)]
        for word, place in (*before, *after):
            if self.french[place] != _form(word, gender == "f", several):
                raise self.wrong("the adjective does not agree with its noun")
            self.say({**_BEFORE, **_AFTER}[word], place)
        singular = {**_MASCULINE, **_FEMININE}[one]
        self.say(f"{singular}s" if several else singular, noun_at)
        return several

    def adjective(self, known: dict[str, str]) -> list[str]:
        """The dictionary's form of the next word, if it is one of these adjectives."""
        return [
            word
            for word in known
            if self.next in {_form(word, feminine, several) for feminine in (0, 1) for several in (0, 1)}
        ]

    def verb(self) -> tuple[bool, str, bool]:
        for one, many, stem, has_object in _VERBS:
            if self.next in (one, many):
                return self.french[self.take()] == many, stem, has_object
        raise self.wrong("no verb")

    @property
    def next(self) -> str:
        return self.french[self.at] if self.at < len(self.french) else ""

    def take(self) -> int:
        self.at += 1
        return self.at - 1

    def say(self, word: str, *places: int) -> None:
        self.said.append((word, places))

    def wrong(self, why: str) -> ValueError:
        return ValueError(f"no French: {why}, at word {self.at} of “{' '.join(self.french)}”")


def _form(adjective: str, feminine: bool | int, several: bool | int) -> str:
    """An adjective as French grammar forms it: e in the feminine (but blanche), s in the plural.

    >>> _form("petit", True, True), _form("blanc", True, False), _form("rouge", True, False)
    ('petites', 'blanche', 'rouge')
    """
    ending = "" if adjective in _INVARIABLE or not feminine else "he" if adjective == "blanc" else "e"
    return adjective + ending + "s" * bool(several)


def _third_person(stem: str) -> str:
    """
    >>> _third_person("see"), _third_person("watch")
    ('sees', 'watches')
    """
    return f"{stem}es" if stem.endswith("ch") else f"{stem}s"
