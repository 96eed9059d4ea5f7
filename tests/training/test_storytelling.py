"""The grammar of the little stories: what is told, what it is worth, and what may come next."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from attnviz.training.words.stories.lexicon import (
    ANIMALS,
    BOYS,
    COLOURS,
    GIRLS,
    KINDS,
    NAMES,
    THINGS,
    WORDS,
    continued,
    is_withheld,
    things_of,
    written,
)
from attnviz.training.words.stories.listening import heard
from attnviz.training.words.stories.telling import EVENTS, stories, thing_in

MANY = list(stories(300, 5))


def words_of(text: str) -> list[str]:
    return text.split()


def test_the_same_seed_tells_the_same():
    assert list(stories(3, 1)) == list(stories(3, 1)) != list(stories(3, 2))


def test_every_word_is_of_the_vocabulary_and_each_stands_there_once():
    assert len(set(WORDS)) == len(WORDS)
    assert {word for one in MANY for word in one.words} <= set(WORDS)


def test_a_story_has_only_what_was_told_and_its_verb_agrees():
    for one in MANY:
        words = list(one.words)
        name = words[words.index("named") + 1]
        assert (name in GIRLS) is (words[3] == "girl")
        assert ("she" in words, "he" in words) == (name in GIRLS, name in BOYS)
        had = words.index("had")
        animal = words[had + 2]
        is_plural = any(animal == plural for _, plural in ANIMALS)
        assert words[had + 1] == ("two" if is_plural else "a")
        near = words.index("near")
        assert words[near + 3] == ("were" if is_plural else "was")
        assert sum(words.count(word) for word in COLOURS) == words.count(words[words.index("found") + 2])
        assert words.count(".") == 5 + EVENTS


def test_what_is_known_stands_earlier_in_the_story():
    for one in MANY:
        for place, kind in one.known.items():
            assert one.choices[place] == 1
            if kind in KINDS:
                assert one.words[place] in KINDS[kind]
                assert one.words[place] in one.words[:place]


def test_ten_of_sixty_pairs_are_withheld_and_no_story_to_learn_from_has_one():
    pairs = [(colour, thing) for colour in COLOURS for thing in THINGS if is_withheld(colour, thing)]
    assert len(pairs) == 10
    assert {colour for colour, _ in pairs} == set(COLOURS)
    assert all(len(things_of(colour)) == 5 for colour in COLOURS)
    for one in MANY:
        assert not is_withheld(one.words[one.words.index("found") + 2], thing_in(one))
    for one in stories(50, 1, withheld=True):
        assert is_withheld(one.words[one.words.index("found") + 2], thing_in(one))


def test_what_a_story_is_worth_is_counted_by_hand():
    """A girl or a boy (2), her name (6), colour (10), thing (5), container (5), one or two (2), animal (8), near what
    (8), mood (6), three events (8 · 7 · 6), and what each has to choose."""
    of_event = {"later": 1, "suddenly": 2, "soon": 11, "sadly": 6, "then": 6, "at": 5, "with": 1, "because": 4 * 4}
    for one in MANY[:50]:
        ways = 2 * 6 * 10 * 5 * 5 * 2 * 8 * 8 * 6 * 8 * 7 * 6
        starts = [one.words[i + 1] for i, word in enumerate(one.words[:-1]) if word == "."][3 : 3 + EVENTS]
        ways *= math.prod(of_event[start] for start in starts)
        assert one.nats == pytest.approx(math.log(ways))


def test_choices_are_made_evenly():
    names = Counter(one.words[one.words.index("named") + 1] for one in stories(3000, 9))
    assert set(names) == set(NAMES)
    assert max(names.values()) / min(names.values()) < 1.5


def test_what_may_come_next_is_what_comes_next():
    for one in MANY[:20]:
        for end in range(len(one.words)):
            found = heard(one.words[:end])
            assert found.count == end
            assert one.words[end] in found.following
            assert len(found.following) == one.choices[end]
        whole = heard(one.words)
        assert (whole.count, whole.following, whole.known) == (len(one.words), (), one.known)


def test_words_that_are_no_story_are_followed_as_far_as_they_are_one():
    assert heard(words_of("the cat sat")).count == 0
    assert heard(words_of("one day a boy named mia")).count == 5
    (withheld,) = stories(1, 3, withheld=True)
    assert heard(withheld.words).count == len(withheld.words)


def test_a_story_is_written_as_a_person_writes():
    (one,) = stories(1, 1)
    text = written(one.words)
    assert text.startswith("One day a ")
    assert text.endswith(".")
    assert " ." not in text
    assert " ," not in text
    name = one.words[one.words.index("named") + 1]
    assert f"named {name.capitalize()} found" in text
    assert continued("", "one") == "One"
