"""Little stories of an own grammar, in which later words can be known from earlier ones: who it was, what was found, of
which colour. Every choice is made at one word, so what the best possible reader knows of the next word is known.

A story is told by `story`, word after word. Who listens decides: one draws a word wherever there is a choice, another
follows words that are given, and so finds out what may come next.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from attnviz.training.words.stories.lexicon import (
    ANIMALS,
    BOYS,
    COLOURS,
    CONTAINERS,
    FEELINGS,
    FOODS,
    GIRLS,
    MOODS,
    NAMES,
    NEARBY,
    PLACES,
    SEATS,
    THINGS,
    WEATHER,
    things_of,
)

EVENTS = 3  # in each story


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
