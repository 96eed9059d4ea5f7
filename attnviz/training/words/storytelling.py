"""Little stories of an own grammar, in which later words can be known from earlier ones: who it was, what was found, of
which colour. Every choice is made at one word, so what the best possible reader knows of the next word is known.

A story is told by `story`, word after word. Who listens decides: one draws a word wherever there is a choice, another
follows words that are given, and so finds out what may come next.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

GIRLS = ("mia", "anna", "lily", "rosa", "emma", "nora")
BOYS = ("tom", "ben", "max", "leo", "paul", "finn")
NAMES = (*GIRLS, *BOYS)
COLOURS = ("red", "blue", "green", "yellow", "white", "black", "brown", "pink", "grey", "purple")
THINGS = ("ball", "kite", "hat", "drum", "boat", "cup")
CONTAINERS = ("box", "bag", "basket", "drawer", "chest")
ANIMALS = (
    *(("dog", "dogs"), ("cat", "cats"), ("rabbit", "rabbits"), ("pony", "ponies")),
    *(("duck", "ducks"), ("goat", "goats"), ("hen", "hens"), ("frog", "frogs")),
)
NEARBY = (("tree", "trees"), ("house", "houses"), ("gate", "gates"), ("bench", "benches"))
MOODS = ("happy", "hungry", "sleepy", "loud", "quiet", "lazy")
FEELINGS = ("tired", "cold", "sad", "thirsty")
SEATS = ("chair", "wall", "stone", "log")
FOODS = ("bread", "milk", "corn", "cheese", "apples")
PLACES = ("pond", "river", "hill", "garden", "school", "forest")
WEATHER = ("rain", "snow")
EVENTS = 3  # of those below, in each story
# What is looked for again later, by kind: the earlier mentions of a word are where it can be known from.
KINDS: dict[str, tuple[str, ...]] = {
    "name": NAMES,
    "colour": COLOURS,
    "thing": THINGS,
    "animal": tuple(form for forms in ANIMALS for form in forms),
    "container": CONTAINERS,
}


# Its words by what they are; the rest hold them together.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "names": NAMES,
    "colours": COLOURS,
    "things": THINGS,
    "animals": KINDS["animal"],
    "containers": CONTAINERS,
    "nearby": tuple(form for forms in NEARBY for form in forms),
    "moods and feelings": (*MOODS, *FEELINGS),
    "seats": SEATS,
    "food": FOODS,
    "places": PLACES,
    "weather": WEATHER,
    "other": (
        *("one", "day", "a", "girl", "boy", "named", "found", ".", "she", "he", "put", "the", "into", "had", "two"),
        *("near", "was", "were", "later", "looked", "and", "saw", "suddenly", "it", "began", "to", ",", "so", "ran"),
        *("home", "with", "soon", "friend", "came", "asked", "for", "sadly", "lost", "then", "carried", "at", "noon"),
        *("gave", "some", "care", "cleaned", "because", "sat", "down", "on", "in", "evening", "said", "good", "night"),
    ),
}
WORDS = tuple(word for words in CATEGORIES.values() for word in words)


class Listener(Protocol):
    """Who hears a story, and decides where there is a choice."""

    def choose(self, among: Sequence[str], kind: str = "") -> str:
        """One of these words, all alike probable, which is told now; `kind` says of a single one why it is known."""


@dataclass(frozen=True)
class Story:
    """A story as words; commas and full stops are words."""

    words: tuple[str, ...]
    choices: tuple[int, ...]  # among how many words each was chosen
    known: dict[int, str]  # places of words that are known from an earlier one, and their kind

    @property
    def nats(self) -> float:
        """What it is worth to who knows the grammar and reads it word after word: the sum of -ln p."""
        return sum(map(math.log, self.choices))


def is_withheld(colour: str, thing: str) -> bool:
    """Whether no story to learn from has a thing of that colour: ten of the 60 pairs, one of each colour."""
    return THINGS[COLOURS.index(colour) % len(THINGS)] == thing


def things_of(colour: str, *, withheld: bool = False) -> list[str]:
    """The things that have that colour in the stories to learn from; or the one that has it in the others alone."""
    return [thing for thing in THINGS if is_withheld(colour, thing) is withheld]


def story(listener: Listener, *, withheld: bool = False) -> None:
    """Tell a story; of a pair that is in no story to learn from, if `withheld`."""

    def say(text: str) -> None:
        for word in text.split():
            listener.choose((word,))

    def again(kind: str) -> str:
        return listener.choose((said[kind],), kind)

    def found_thing() -> None:
        again("colour")
        again("thing")

    said: dict[str, str] = {}
    say("one day a")
    is_girl = listener.choose(("girl", "boy")) == "girl"
    say("named")
    said["name"] = listener.choose(GIRLS if is_girl else BOYS)
    said["pronoun"] = "she" if is_girl else "he"
    say("found a")
    said["colour"] = listener.choose(COLOURS)
    said["thing"] = listener.choose(things_of(said["colour"], withheld=withheld))
    say(".")

    again("pronoun")
    say("put the")
    found_thing()
    say("into a")
    said["container"] = listener.choose(CONTAINERS)
    say(".")

    again("pronoun")
    say("had")
    number = ("a", "two").index(listener.choose(("a", "two")))
    said["animal"] = listener.choose([forms[number] for forms in ANIMALS])
    said["was"] = ("was", "were")[number]
    say(". the")
    again("animal")
    say("near the")
    listener.choose([form for forms in NEARBY for form in forms])
    again("was")  # of the animals, whatever stands between
    listener.choose(MOODS)
    say(".")

    def looked() -> None:
        again("pronoun")
        say("looked into the")
        again("container")
        say("and saw the")
        found_thing()

    def weather() -> None:
        say("it began to")
        listener.choose(WEATHER)
        say(", so")
        again("name")
        say("ran home with the")
        again("animal")

    def friend() -> None:
        say("a friend named")
        listener.choose([name for name in NAMES if name != said["name"]])
        say("came and asked for the")
        found_thing()

    def lost() -> None:
        again("pronoun")
        say("lost the")
        found_thing()
        say("near the")
        listener.choose(PLACES)

    def carried() -> None:
        say("the")
        again("animal")
        say("carried the")
        again("thing")
        say("to the")
        listener.choose(PLACES)

    def fed() -> None:
        say("noon")
        again("name")
        say("gave the")
        again("animal")
        say("some")
        listener.choose(FOODS)

    def cleaned() -> None:
        say("care")
        again("name")
        say("cleaned the")
        found_thing()

    def rested() -> None:
        again("pronoun")
        say("was")
        listener.choose(FEELINGS)
        say(",")
        again("name")
        say("sat down on a")
        listener.choose(SEATS)

    events = {  # by the word with which each begins
        "later": looked,
        "suddenly": weather,
        "soon": friend,
        "sadly": lost,
        "then": carried,
        "at": fed,
        "with": cleaned,
        "because": rested,
    }
    for _ in range(EVENTS):
        event = events.pop(listener.choose(tuple(events)))
        event()
        say(".")

    say("in the evening")
    again("name")
    say("said good night to the")
    again("animal")
    say("and to the")
    found_thing()
    say(".")


class _Drawing:
    """Draws a word where there is a choice."""

    def __init__(self, generator: random.Random) -> None:
        self.generator = generator
        self.words: list[str] = []
        self.choices: list[int] = []
        self.known: dict[int, str] = {}

    def choose(self, among: Sequence[str], kind: str = "") -> str:
        word = among[0] if len(among) == 1 else self.generator.choice(among)
        if kind:
            self.known[len(self.words)] = kind
        self.words.append(word)
        self.choices.append(len(among))
        return word


def drawn(generator: random.Random, *, withheld: bool = False) -> Story:
    """A story, drawn by the generator."""
    drawing = _Drawing(generator)
    story(drawing, withheld=withheld)
    return Story(tuple(drawing.words), tuple(drawing.choices), drawing.known)


def thing_in(one: Story) -> str:
    """What is found in a story."""
    return next(word for word in one.words if word in THINGS)


def stories(count: int, seed: int, *, withheld: bool = False) -> Iterator[Story]:
    """So many stories; the same seed tells the same."""
    generator = random.Random(seed)
    return (drawn(generator, withheld=withheld) for _ in range(count))


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


def continued(text: str, word: str) -> str:
    """A text with a word after it, as a person writes it.

    >>> continued("One day a girl named", "mia"), continued("She found a hat", "."), continued("A hat.", "she")
    ('One day a girl named Mia', 'She found a hat.', 'A hat. She')
    """
    begun = text.rstrip()
    begins = not begun or begun.endswith(".")
    shown = word[:1].upper() + word[1:] if begins or word in NAMES else word
    return begun + shown if not begun or word in (",", ".") else f"{begun} {shown}"


def written(words: Sequence[str]) -> str:
    """Words as a person writes them.

    >>> written("one day a girl named mia found a hat . she put".split())
    'One day a girl named Mia found a hat. She put'
    """
    return reduce(continued, words, "")
