"""Texts of an exact number of MiniLM tokens, made of ordinary words that are one token each."""

from __future__ import annotations

from itertools import chain
from random import Random

_WORDS = {
    "noun": "cat dog bird horse child teacher doctor farmer writer king river garden window table letter train city "
    "school house village bridge mountain summer winter morning market kitchen picture story song",
    "adjective": "black white small old young quiet bright heavy green warm cold strange happy tired narrow broken",
    "verb": "saw found followed remembered painted carried left watched heard loved moved opened passed reached",
    "place": "near behind under beside above across after before",
}


def text_of(tokens: int, variant: int = 0) -> str:
    """A text of that many tokens, [CLS] and [SEP] among them; each variant has other words.

    >>> text_of(13)
    'The cat, which was black, sat on the mat'
    """
    random = Random(f"{tokens} {variant}")
    if tokens == 13:
        noun, adjective, other = ("cat", "black", "mat") if variant == 0 else _some(random, "noun", "adjective", "noun")
        return f"The {noun}, which was {adjective}, sat on the {other}"
    words = chain.from_iterable(_clause(random) for _ in range(tokens))
    return " ".join(list(words)[: tokens - 2]).replace(" ,", ",")


def _clause(random: Random) -> list[str]:
    adjective, one, verb, two, place, three = _some(random, "adjective", "noun", "verb", "noun", "place", "noun")
    return ["the", adjective, one, verb, "a", two, place, "the", three, ","]


def _some(random: Random, *kinds: str) -> list[str]:
    return [random.choice(_WORDS[kind].split()) for kind in kinds]
