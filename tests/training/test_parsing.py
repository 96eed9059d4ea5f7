"""The grammar read backwards: all that it writes is read, with the same words named; what it cannot write is not."""

from __future__ import annotations

from random import Random

import pytest

from attnviz.training.words.grammar import held_out_sentences, training_sentences
from attnviz.training.words.grammar.lexicon import NOUNS, own_verbs
from attnviz.training.words.grammar.parsing import MOST_ATTRACTORS, Parse, parse
from attnviz.training.words.grammar.sentences import Sentence


@pytest.fixture(scope="module")
def written() -> list[Sentence]:
    held_out = [s for count in range(MOST_ATTRACTORS + 1) for s in held_out_sentences(150, 7, attractors=count)]
    return [*training_sentences(600, 11), *held_out]


def named(sentence: Sentence) -> Parse:
    main = sentence.main
    return Parse(main.subject, main.verb, main.attractors, sentence.pronoun, sentence.antecedent)


def test_all_that_the_grammar_writes_is_read_and_the_same_words_are_named(written):
    for sentence in written:
        assert parse(sentence.words) == named(sentence), sentence.text


def test_case_and_a_missing_full_stop_do_not_matter(written):
    for sentence in written[::7]:
        words = sentence.words[:-1] if sentence.words[-1] == "." else (*sentence.words, ".")
        assert parse(tuple(word.upper() for word in words)) == named(sentence), sentence.text


def test_with_hidden_words_it_is_a_sentence_still_and_nobody_is_named_wrongly(written):
    random = Random(3)
    for sentence in written[::3]:
        words, right = list(sentence.words), named(sentence)
        for place in random.sample(range(len(words)), random.choice((1, 2, 3, 5))):
            words[place] = "[MASK]"
        found = parse(tuple(words))
        assert found is not None, words
        assert found.agrees, words
        for name in ("subject", "verb", "pronoun", "antecedent"):
            assert getattr(found, name) in (getattr(right, name), None), (words, name)
        assert set(found.attractors) <= set(right.attractors), words


def test_a_hidden_verb_leaves_its_subject_known():
    assert parse(("the", "cat", "near", "my", "dogs", "[MASK]")) == Parse(1, 5, (4,))
    assert parse(("[MASK]",) * 9) == Parse(), "with all hidden nobody is named"


def test_without_its_verb_or_turned_round_it_is_no_sentence(written):
    for sentence in written[::3]:
        words = sentence.words
        assert parse(words[: sentence.main.verb] + words[sentence.main.verb + 1 :]) is None, sentence.text
        assert parse(words[::-1]) is None
        assert parse(words[: sentence.main.verb]) is None
        assert parse((*words, *words)) is None


def test_with_a_noun_of_the_other_number_its_present_verb_does_not_fit(written):
    seen = 0
    for sentence in written:
        main = sentence.main
        verb = sentence.words[main.verb]
        if any(verb == one.past for one in own_verbs(main.noun)) or sentence.pronoun is not None:
            continue
        seen += 1
        words = list(sentence.words)
        words[main.subject] = main.noun.form(not main.plural)
        found = parse(tuple(words))
        assert found is not None
        assert not found.agrees, sentence.text
        assert (found.subject, found.verb) == (main.subject, main.verb)
    assert seen > 200


NONE = [
    "near the dogs the cat purrs",
    "the cat and the dog bark",
    "the cat sat on the mat on the road",
    "the cat sat . the dog barked .",
    "cat",
    "cats purr",
    "the cat near the cats purrs",  # a subject never stands beside itself
    "the girl which saw the dogs sang",
    "the cat who saw the dogs purred",
    "the cat , that was black , sat",
    "the cat , which was black sat",
    "the cat near the girls slept near the dogs because she felt cold",  # nobody whom she stands for
    "the cat slept near the dogs because it felt black",
    "the cat on the mat sat",  # places hold no nouns of the grammar's chains
    "",
]


@pytest.mark.parametrize("text", NONE)
def test_what_it_cannot_write_is_no_sentence(text):
    assert parse(tuple(text.split())) is None


def test_a_verb_of_another_class_does_not_fit_either():
    engine = next(noun for noun in NOUNS if noun.singular == "engine")
    assert "purrs" not in {verb.singular for verb in own_verbs(engine)}
    for words in (("the", "engine", "purrs"), ("the", "cats", "that", "is", "old", "sit")):
        found = parse(words)
        assert found is not None
        assert not found.agrees


def test_many_hidden_words_before_one_that_fits_nowhere_end_in_no_sentence():
    assert parse((*("[MASK]",) * 20, "cat")) is None
    assert parse(("[MASK]",) * 100) is None
