"""A little English with its French: sentences of a grammar, each with its translation, and which words say the same.

French puts most adjectives after the noun and some before it, gives every noun a gender, puts what it denies between
two words (*ne … pas*) and a pronoun before the verb: so the words of the two do not stand in the same order, and which
stands for which has to be found. No word begins with a vowel where French would leave one out (*l'*, *n'*).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

# Each word in English, and in French; French words of four forms: masculine, feminine, and both in the plural.
NOUNS = {  # English singular and plural; French singular, plural, and whether it is feminine
    ("cat", "cats"): ("chat", "chats", False),
    ("dog", "dogs"): ("chien", "chiens", False),
    ("boy", "boys"): ("garçon", "garçons", False),
    ("king", "kings"): ("roi", "rois", False),
    ("girl", "girls"): ("fille", "filles", True),
    ("cow", "cows"): ("vache", "vaches", True),
    ("hen", "hens"): ("poule", "poules", True),
    ("queen", "queens"): ("reine", "reines", True),
    ("garden", "gardens"): ("jardin", "jardins", False),
    ("mat", "mats"): ("tapis", "tapis", False),
    ("book", "books"): ("livre", "livres", False),
    ("train", "trains"): ("train", "trains", False),
    ("house", "houses"): ("maison", "maisons", True),
    ("car", "cars"): ("voiture", "voitures", True),
    ("table", "tables"): ("table", "tables", True),
    ("flower", "flowers"): ("fleur", "fleurs", True),
}
ALIVE = 8  # the first nouns can do something
BEFORE = {  # adjectives that stand before the noun in French too
    "small": ("petit", "petite", "petits", "petites"),
    "big": ("grand", "grande", "grands", "grandes"),
    "pretty": ("joli", "jolie", "jolis", "jolies"),
    "young": ("jeune", "jeune", "jeunes", "jeunes"),
}
AFTER = {  # … and after it
    "black": ("noir", "noire", "noirs", "noires"),
    "red": ("rouge", "rouge", "rouges", "rouges"),
    "green": ("vert", "verte", "verts", "vertes"),
    "white": ("blanc", "blanche", "blancs", "blanches"),
}
ADJECTIVES = BEFORE | AFTER
DETERMINERS = {  # English singular and plural; "" where there is none
    ("the", "the"): ("le", "la", "les", "les"),
    ("a", ""): ("un", "une", "", ""),
    ("my", "my"): ("mon", "ma", "mes", "mes"),
    ("this", "these"): ("ce", "cette", "ces", "ces"),
    ("our", "our"): ("notre", "notre", "nos", "nos"),
    ("", "two"): ("", "", "deux", "deux"),
}
TRANSITIVE = {  # English of one and of several; French of one and of several
    ("sees", "see"): ("voit", "voient"),
    ("watches", "watch"): ("regarde", "regardent"),
    ("finds", "find"): ("trouve", "trouvent"),
    ("takes", "take"): ("prend", "prennent"),
    ("follows", "follow"): ("suit", "suivent"),
    ("wants", "want"): ("veut", "veulent"),
}
INTRANSITIVE = {
    ("sleeps", "sleep"): ("dort", "dorment"),
    ("sings", "sing"): ("chante", "chantent"),
    ("runs", "run"): ("court", "courent"),
}
ADVERBS = {"often": "souvent", "now": "maintenant"}  # before the verb in English, after it in French
PRONOUNS = {"him": "le", "her": "la", "them": "les"}  # after the verb in English, before it in French
PREPOSITIONS = {"on": "sur", "under": "sous", "behind": "derrière", "with": "avec", "in": "dans"}
NEVER = {"not": "pas", "never": "jamais"}

KINDS = ("noun", "adjective", "determiner", "verb", "pronoun", "preposition", "adverb", "negation", "and", "stop")
LONGEST = 20  # English words of a sentence to learn from
_TRIES = 1000


@dataclass(frozen=True)
class Sentence:
    """A sentence in both languages."""

    english: tuple[str, ...]
    french: tuple[str, ...]
    sources: tuple[tuple[int, ...], ...]  # of each French word, the English ones that say the same
    kinds: tuple[str, ...]  # of each French word; the *ne* before the verb is a "particle"
    pairs: frozenset[tuple[str, str]]  # adjective and noun, in English (singular)


@dataclass
class _Words:
    """What has been said so far."""

    english: list[str] = field(default_factory=list)
    french: list[tuple[str, tuple[int, ...], str]] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)

    def say(self, word: str) -> int:
        """An English word; its place."""
        self.english.append(word)
        return len(self.english) - 1

    def write(self, word: str, kind: str, *sources: int) -> None:
        """A French word, and the places of the English words that say the same."""
        self.french.append((word, sources, kind))


def withheld(adjective: str, noun: str) -> bool:
    """Whether this adjective and noun (in English, singular) never stand together in what is learned from: about a
    quarter of all pairs, four or so of every adjective and two of every noun.

    >>> withheld("black", "cat"), withheld("black", "dog")
    (True, False)
    """
    nouns, adjectives = [one for one, _ in NOUNS], list(ADJECTIVES)
    return (3 * nouns.index(noun) + adjectives.index(adjective)) % 4 == 0


def sentences(count: int, seed: int, *, pairs: bool = False, least: int = 2, most: int = LONGEST) -> Iterator[Sentence]:
    """That many sentences; the same seed gives the same.

    Args:
        pairs: with a withheld pair in each of them, instead of none in any.
        least, most: English words.

    Raises:
        RuntimeError: hardly any sentence has so many words.
    """
    draw = random.Random(f"bilingual {seed}")
    for _ in range(count):
        for _ in range(_TRIES):
            one = _sentence(draw, pairs)
            found = any(withheld(*pair) for pair in one.pairs)
            if found == pairs and least <= len(one.english) <= most:
                break
        else:
            raise RuntimeError(f"no sentence of {least} to {most} words in {_TRIES} tries")
        yield one


def _sentence(draw: random.Random, pairs: bool) -> Sentence:
    said = _Words()
    _clause(said, draw, pairs)
    if draw.random() < 0.3:
        _both(said, "and", "et", "and")
        _clause(said, draw, pairs)
    if draw.random() < 0.5:
        _both(said, ".", ".", "stop")
    words, sources, kinds = zip(*said.french, strict=True)
    return Sentence(tuple(said.english), words, sources, kinds, frozenset(said.pairs))


def _both(said: _Words, english: str, french: str, kind: str) -> None:
    said.write(french, kind, said.say(english))


def _clause(said: _Words, draw: random.Random, pairs: bool) -> None:
    """Somebody, what they do or do not, to whom, and where."""
    several = _noun_phrase(said, draw, pairs, alive=True)
    if draw.random() < 0.15:
        _both(said, "and", "et", "and")
        _noun_phrase(said, draw, pairs, alive=True)
        several = True
    takes_object = draw.random() < 0.7
    verbs = TRANSITIVE if takes_object else INTRANSITIVE
    english, french = draw.choice(list(verbs.items()))
    how = draw.choices(["plain", "not", "never", "adverb"], [0.45, 0.2, 0.15, 0.2])[0]
    pronoun = draw.choice(list(PRONOUNS)) if takes_object and draw.random() < 0.3 else None
    adverb = draw.choice(list(ADVERBS))
    # The English words first, since French refers to them.
    no: list[int] = []
    if how == "not":
        no = [said.say("do" if several else "does"), said.say("not")]
        verb = said.say(english[1])
    else:
        before = {"never": "never", "adverb": adverb}.get(how)
        no = [said.say(before)] if before else []
        verb = said.say(english[several])
    object_at = said.say(pronoun) if pronoun else None
    if how in NEVER:
        said.write("ne", "particle", *no)
    if pronoun is not None and object_at is not None:
        said.write(PRONOUNS[pronoun], "pronoun", object_at)
    said.write(french[several], "verb", verb)
    if how in NEVER:
        said.write(NEVER[how], "negation", no[-1])
    elif how == "adverb":
        said.write(ADVERBS[adverb], "adverb", no[0])
    if takes_object and pronoun is None:
        _noun_phrase(said, draw, pairs)
    if draw.random() < (0.3 if takes_object else 0.6):
        preposition = draw.choice(list(PREPOSITIONS))
        _both(said, preposition, PREPOSITIONS[preposition], "preposition")
        _noun_phrase(said, draw, pairs)


def _noun_phrase(said: _Words, draw: random.Random, pairs: bool, *, alive: bool = False) -> bool:
    """Somebody or something; whether it is several."""
    several = draw.random() < 0.35
    (one, many), (un, plusieurs, feminine) = draw.choice(list(NOUNS.items())[: ALIVE if alive else None])
    form = 2 * several + feminine
    determiner, forms = draw.choice([x for x in DETERMINERS.items() if x[1][form]])
    first = said.say(determiner[several])
    chosen = draw.random()
    adjectives = [draw.choice(list(ADJECTIVES))] if chosen < 0.5 else []
    if chosen < 0.12:  # one before and one after
        adjectives = [draw.choice(list(BEFORE)), draw.choice(list(AFTER))]
    if pairs and adjectives and draw.random() < 0.5:
        adjectives[-1] = next((x for x in _shuffled(ADJECTIVES, draw) if withheld(x, one)), adjectives[-1])
        adjectives = adjectives[-1:]
    places = {adjective: said.say(adjective) for adjective in adjectives}
    noun = said.say((one, many)[several])
    said.pairs |= {(adjective, one) for adjective in adjectives}
    said.write(forms[form], "determiner", first)
    for adjective in adjectives:
        if adjective in BEFORE:
            said.write(BEFORE[adjective][form], "adjective", places[adjective])
    said.write((un, plusieurs)[several], "noun", noun)
    for adjective in adjectives:
        if adjective in AFTER:
            said.write(AFTER[adjective][form], "adjective", places[adjective])
    return several


def _shuffled(words: Collection[str], draw: random.Random) -> list[str]:
    return draw.sample(list(words), len(words))


def _all(*groups: object) -> tuple[str, ...]:
    """All words in these, each once, in their order."""
    found: dict[str, None] = {}

    def add(group: object) -> None:
        if isinstance(group, str):
            if group:
                found[group] = None
        elif isinstance(group, (tuple, list)) or hasattr(group, "__iter__"):
            for one in group:
                add(one)

    for group in groups:
        add(group)
    return tuple(found)


ENGLISH = _all(
    DETERMINERS.keys(), ADJECTIVES.keys(), NOUNS.keys(), TRANSITIVE.keys(), INTRANSITIVE.keys(), ADVERBS.keys(),
    PRONOUNS.keys(), PREPOSITIONS.keys(), "do", "does", "not", "never", "and", ".",
)  # fmt: skip
FRENCH = _all(
    DETERMINERS.values(), ADJECTIVES.values(), [x[:2] for x in NOUNS.values()], TRANSITIVE.values(),
    INTRANSITIVE.values(), ADVERBS.values(), PRONOUNS.values(), PREPOSITIONS.values(), "ne", NEVER.values(), "et", ".",
)  # fmt: skip
