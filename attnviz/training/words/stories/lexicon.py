"""The words of the stories, which of them go together, and how a person writes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

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


def is_withheld(colour: str, thing: str) -> bool:
    """Whether no story to learn from has a thing of that colour: ten of the 60 pairs, one of each colour."""
    return THINGS[COLOURS.index(colour) % len(THINGS)] == thing


def things_of(colour: str, *, withheld: bool = False) -> list[str]:
    """The things that have that colour in the stories to learn from; or the one that has it in the others alone."""
    return [thing for thing in THINGS if is_withheld(colour, thing) is withheld]


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
