"""The words of the small English that models learn here, by category."""

from __future__ import annotations

from dataclasses import dataclass

from attnviz.training.vocabulary import SPECIALS


@dataclass(frozen=True)
class Noun:
    """A noun and what agrees with it."""

    singular: str
    plural: str
    kind: str  # its class: which verbs are its own
    pronoun: str  # for one of it; "they" for more

    def form(self, plural: bool) -> str:
        """The word of one, or of several."""
        return self.plural if plural else self.singular


@dataclass(frozen=True)
class Verb:
    """A verb: she sits, they sit, sat."""

    singular: str
    plural: str
    past: str


def _nouns(kind: str, words: str) -> list[Noun]:
    """Nouns from "cat/cats it, …"."""
    found = (entry.replace("/", " ").split() for entry in words.split(", "))
    return [Noun(singular, plural, kind, pronoun) for singular, plural, pronoun in found]


def _verbs(words: str) -> list[Verb]:
    return [Verb(*entry.split("/")) for entry in words.split(", ")]


NOUNS: tuple[Noun, ...] = (
    *_nouns("feline", "cat/cats it, kitten/kittens it, lion/lions it, tiger/tigers it"),
    *_nouns("canine", "dog/dogs it, puppy/puppies it, wolf/wolves it, fox/foxes it"),
    *_nouns("bird", "bird/birds it, crow/crows it, hen/hens it, sparrow/sparrows it"),
    *_nouns("person", "boy/boys he, man/men he, girl/girls she, woman/women she"),
    *_nouns("machine", "engine/engines it, car/cars it, truck/trucks it, bus/buses it"),
    *_nouns("plant", "flower/flowers it, rose/roses it, tree/trees it, bush/bushes it"),
    *_nouns("light", "lamp/lamps it, candle/candles it, star/stars it, lantern/lanterns it"),
    *_nouns("bell", "bell/bells it, phone/phones it, clock/clocks it, alarm/alarms it"),
)
OWN_VERBS: dict[str, list[Verb]] = {
    "feline": _verbs("purrs/purr/purred, meows/meow/meowed"),
    "canine": _verbs("barks/bark/barked, howls/howl/howled"),
    "bird": _verbs("chirps/chirp/chirped, flies/fly/flew"),
    "person": _verbs("smiles/smile/smiled, sings/sing/sang"),
    "machine": _verbs("starts/start/started, stalls/stall/stalled"),
    "plant": _verbs("blooms/bloom/bloomed, wilts/wilt/wilted"),
    "light": _verbs("shines/shine/shone, flickers/flicker/flickered"),
    "bell": _verbs("rings/ring/rang, beeps/beep/beeped"),
}
SHARED_VERBS = _verbs("sits/sit/sat, sleeps/sleep/slept")  # of all that is alive and moves
ANIMATE = ("feline", "canine", "bird", "person")

TRANSITIVE = ("saw", "followed", "found", "liked", "heard")  # in the past, which agrees with anybody
COPULAS = ("is", "are", "was", "were")  # present singular, plural; past singular, plural
ADJECTIVES = (
    *("black", "white", "brown", "old", "young", "new", "small", "big"),
    *("quiet", "loud", "strange", "pretty", "dirty", "clean", "dark", "bright"),
)
STATES = ("tired", "ready", "well", "cold")  # after “because it felt …”
PLACES = ("mat", "house", "garden", "door", "table", "wall", "road", "river")
PREPOSITIONS = ("on", "near", "behind", "beside", "under", "by", "in")
DETERMINERS = ("the", "my", "our", "your")  # none tells one from many
RELATIVES = ("which", "that", "who")
PRONOUNS = ("it", "he", "she", "they")
ADVERBS = ("today", "again", "now", "quickly")


# A model's ids follow this order, so that a category is a range of ids.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "special": SPECIALS,
    "noun": tuple(noun.form(plural) for noun in NOUNS for plural in (False, True)),
    "verb": tuple(
        form
        for verb in (*(v for verbs in OWN_VERBS.values() for v in verbs), *SHARED_VERBS)
        for form in (verb.singular, verb.plural, verb.past)
    ),
    "copula": COPULAS,
    "transitive": TRANSITIVE,
    "adjective": ADJECTIVES,
    "state": STATES,
    "place": PLACES,
    "preposition": PREPOSITIONS,
    "determiner": DETERMINERS,
    "relative": RELATIVES,
    "pronoun": PRONOUNS,
    "adverb": ADVERBS,
    "other": (",", ".", "and", "because", "felt", "when"),
}


def own_verbs(noun: Noun) -> list[Verb]:
    """The verbs that a noun of this class can have."""
    return OWN_VERBS[noun.kind] + (SHARED_VERBS if noun.kind in ANIMATE else [])
