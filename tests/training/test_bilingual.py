"""The little English with its French, against a translator back that was written by hand and knows nothing of it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from attnviz.training.words.french.bilingual import (
    ADJECTIVES,
    ENGLISH,
    FRENCH,
    KINDS,
    LONGEST,
    NOUNS,
    Sentence,
    sentences,
    withheld,
)
from tests.support.translated import NOUN_GENDERS, Back, translated_back

MANY = list(sentences(2000, 5))
OTHERS = list(sentences(500, 6, pairs=True))


def words_of(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("french", "english", "sources"),
    [
        (
            "le chat noir ne voit pas les petits chiens sur le tapis .",
            "the black cat does not see the small dogs on the mat .",
            [(0,), (2,), (1,), (3, 4), (5,), (4,), (6,), (7,), (8,), (9,), (10,), (11,), (12,)],
        ),
        ("mes poules la suivent souvent", "my hens often follow her", [(0,), (1,), (4,), (3,), (2,)]),
        ("nos reines ne les prennent jamais", "our queens never take them", [(0,), (1,), (2,), (4,), (3,), (2,)]),
        (
            "une jolie vache blanche et ce roi chantent dans deux maisons",
            "a pretty white cow and this king sing in two houses",
            [(0,), (1,), (3,), (2,), (4,), (5,), (6,), (7,), (8,), (9,), (10,)],
        ),
    ],
)
def test_the_translator_back_of_these_tests_is_right_by_hand(french: str, english: str, sources: list[tuple[int, ...]]):
    assert translated_back(words_of(french)) == Back(words_of(english), sources)


@pytest.mark.parametrize(
    "french",
    [
        "le reine dort",  # gender of the determiner
        "la chat dort",
        "le chat noire dort",  # … of the adjective
        "les chats noir dorment",  # … and its number
        "les chat dorment",
        "le noir chat dort",  # colours stand after the noun
        "le chat petit dort",  # … and these before it
        "le chat dorment",  # the verb agrees with its subject
        "le chat et le roi dort",
        "le chat ne dort",  # two words deny
        "le chat dort pas",
        "le chat voit le",  # pronouns stand before the verb
        "le chat le ne voit pas",
        "le chat souvent dort",  # adverbs stand after it
        "le chat dort le roi",  # nobody is slept
        "le chat voit",
    ],
)
def test_the_translator_back_of_these_tests_refuses_wrong_french(french: str):
    with pytest.raises(ValueError, match="no French"):
        translated_back(words_of(french))


@pytest.mark.parametrize("one", [MANY, OTHERS], ids=["learned", "withheld"])
def test_every_sentence_is_right_french_and_says_the_same_word_by_word(one: list[Sentence]):
    """Agreement, the places of adjectives, pronouns, adverbs and what denies, and the alignment."""
    for sentence in one:
        back = translated_back(sentence.french)
        assert back.english == [*sentence.english], sentence
        assert back.sources == [*sentence.sources], sentence


def test_each_word_has_its_kind_and_the_first_half_of_a_denial_none_that_is_asked_for():
    kinds = {
        "particle": {"ne"},
        "negation": {"pas", "jamais"},
        "adverb": {"souvent", "maintenant"},
        "and": {"et"},
        "stop": {"."},
        "preposition": {"sur", "sous", "derrière", "avec", "dans"},
        "pronoun": {"le", "la", "les"},
        "noun": {*NOUN_GENDERS, *(one if one == "tapis" else f"{one}s" for one in NOUN_GENDERS)},
    }
    for sentence in MANY:
        assert len(sentence.french) == len(sentence.sources) == len(sentence.kinds)
        for word, kind in zip(sentence.french, sentence.kinds, strict=True):
            assert word in kinds.get(kind, {word})
            assert (kind == "particle") is (word == "ne")
            assert kind in (*KINDS, "particle")


def test_every_english_word_is_said_in_french_and_only_a_denial_is_said_twice():
    for sentence in MANY[:300]:
        said = Counter(place for sources in sentence.sources for place in sources)
        assert set(said) == set(range(len(sentence.english)))
        twice = {sentence.english[place] for place, count in said.items() if count > 1}
        assert twice <= {"not", "never"}


def test_a_quarter_of_all_pairs_is_withheld_two_of_every_noun_and_four_of_every_adjective():
    pairs = [(adjective, noun) for adjective in ADJECTIVES for noun, _ in NOUNS if withheld(adjective, noun)]
    assert (len(pairs), len(ADJECTIVES) * len(NOUNS)) == (32, 128)
    assert Counter(adjective for adjective, _ in pairs) == dict.fromkeys(ADJECTIVES, 4)
    assert Counter(noun for _, noun in pairs) == dict.fromkeys((noun for noun, _ in NOUNS), 2)


def test_withheld_pairs_are_in_every_sentence_to_be_measured_on_and_in_none_to_learn_from():
    assert not any(withheld(*pair) for one in MANY for pair in one.pairs)
    assert all(any(withheld(*pair) for pair in one.pairs) for one in OTHERS)
    allowed = {(adjective, noun) for adjective in ADJECTIVES for noun, _ in NOUNS if not withheld(adjective, noun)}
    assert {pair for one in MANY for pair in one.pairs} == allowed, "each of the other 96 is learned from"
    asked = Counter(pair for one in OTHERS for pair in one.pairs if withheld(*pair))
    assert len(asked) == 32


def test_the_pairs_of_a_sentence_are_the_adjectives_that_stand_before_its_nouns():
    singular = {form: one for one, many in NOUNS for form in (one, many)}
    for sentence in MANY[:300]:
        found, adjectives = set(), []
        for word in sentence.english:
            if word in ADJECTIVES:
                adjectives.append(word)
            elif word in singular:
                found |= {(adjective, singular[word]) for adjective in adjectives}
                adjectives = []
        assert sentence.pairs == found


def test_no_french_word_would_need_another_to_lose_its_vowel():
    """*Le*, *la*, *ne*, *ce*, *ma* stand as they are before a consonant that is heard."""
    elided = {"le", "la", "ne", "ce", "ma"}
    with_vowel = [word for word in FRENCH if word[0] in "aàâeéèêiîoôuùûyh"]
    assert set(with_vowel) == {"un", "une", "et", "avec"}
    followed = {after for one in (*MANY, *OTHERS) for before, after in pairwise(one.french) if before in elided}
    assert followed, "there are such words"
    assert not followed & set(with_vowel)


def test_every_word_of_both_vocabularies_is_learned_from_and_there_is_no_other():
    english, french = Counter[str](), Counter[str]()
    for one in sentences(20_000, 0):
        english.update(one.english)
        french.update(one.french)
    assert set(english) == set(ENGLISH)
    assert set(french) == set(FRENCH)
    assert len(ENGLISH) == len(set(ENGLISH))
    assert len(FRENCH) == len(set(FRENCH))
    assert min(english.values()) > 300
    assert min(french.values()) > 100, "the rarest are feminine in the plural"


def test_the_same_seed_says_the_same():
    assert list(sentences(3, 1)) == list(sentences(3, 1)) != list(sentences(3, 2))
    assert list(sentences(3, 1)) == list(sentences(5, 1))[:3]


def test_sentences_are_as_long_as_is_asked_for():
    assert max(len(one.english) for one in MANY) == LONGEST
    assert min(len(one.english) for one in MANY) >= 3
    long = list(sentences(20, 3, least=17))
    assert {len(one.english) for one in long} <= {17, 18, 19, 20}
    with pytest.raises(RuntimeError, match="no sentence of 1 to 2 words in 1000 tries"):
        next(sentences(1, 0, least=1, most=2))


def test_the_two_languages_do_not_stand_in_the_same_order():
    """Else an alignment would be the diagonal, which a head could find by places."""
    crossing = sum(any(later < earlier for (earlier, *_), (later, *_) in pairwise(one.sources)) for one in MANY) / len(
        MANY
    )
    assert crossing > 0.5


def test_whatever_can_be_said_is_said_about_as_often_as_is_meant():
    denied = sum("ne" in one.french for one in MANY) / len(MANY)
    assert denied == pytest.approx(1 - 0.65 * (0.7 + 0.3 * 0.65), abs=0.05), "of one clause 0.35, of three in ten two"
    assert sum(one.english[-1] == "." for one in MANY) / len(MANY) == pytest.approx(0.5, abs=0.05)
