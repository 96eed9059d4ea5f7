"""The grammar: what it writes, what it never writes in training, and that nothing but the subject tells the verb."""

from __future__ import annotations

from collections import Counter

import pytest

from attnviz.training.words.grammar import held_out_sentences, training_sentences
from attnviz.training.words.grammar.lexicon import (
    ADJECTIVES,
    ANIMATE,
    CATEGORIES,
    COPULAS,
    NOUNS,
    OWN_VERBS,
    SHARED_VERBS,
)
from attnviz.training.words.grammar.sentences import (
    Clause,
    Sentence,
    combinations,
    is_withheld_pair,
    withheld_adjectives,
)
from attnviz.training.words.grammar.task import GrammarTask

WITHHELD = {(n.singular, a) for n in NOUNS for a in withheld_adjectives(n)} | {
    (a.singular, b.singular) for a in NOUNS for b in NOUNS if is_withheld_pair(a, b)
}


@pytest.fixture(scope="module")
def learned() -> list[Sentence]:
    return training_sentences(8000, seed=0)


def test_words_are_known_and_none_stands_in_two_categories(learned):
    words = [word for group in CATEGORIES.values() for word in group]
    assert len(words) == len(set(words)) == 187
    assert {word for sentence in learned for word in sentence.words} <= set(words)


def test_training_holds_no_withheld_combination_and_each_held_out_sentence_one(learned):
    for seed in (0, 1, 2):
        for sentence in learned if seed == 0 else training_sentences(2000, seed):
            assert not combinations(sentence) & WITHHELD, sentence.text
            assert len(sentence.main.attractors) <= 2, "three are never nested in training"
    for attractors in (0, 1, 2, 3):
        for sentence in held_out_sentences(300, seed=5, attractors=attractors):
            assert combinations(sentence) & WITHHELD, sentence.text
            assert len(sentence.main.attractors) == attractors


def test_no_held_out_sentence_is_ever_trained_on(learned):
    trained = {sentence.words for sentence in learned}
    for attractors in (0, 1, 2, 3):
        asked = held_out_sentences(800, seed=0, attractors=attractors)
        assert not trained & {sentence.words for sentence in asked}
        assert len({sentence.words for sentence in asked}) == 800, "none comes twice"


def test_combinations_are_read_off_the_words():
    cat, dog = NOUNS[0], NOUNS[4]
    words = ("the", "old", "cat", ",", "which", "was", "black", ",", "near", "the", "dogs", "sat")
    sentence = Sentence(words, Clause(cat, False, 2, 11))
    assert combinations(sentence) == {("cat", "old"), ("cat", "black"), ("cat", "dog")}
    opened = Sentence(
        ("when", "the", "cat", "near", "my", "dogs", "sat", ",", "the", "hen", "slept"),
        Clause(NOUNS[10], False, 9, 10),
    )
    assert combinations(opened) == set()
    clause = Clause(cat, False, 2, 6)
    assert combinations(Sentence(opened.words, opened.main, clause)) == {("cat", "dog")}
    assert dog.singular == "dog"


def test_three_adjectives_a_noun_a_fifth_of_the_pairs_and_the_black_cat_are_withheld():
    assert all(len(withheld_adjectives(noun)) == 3 for noun in NOUNS)
    assert "black" in withheld_adjectives(NOUNS[0])
    pairs = [is_withheld_pair(a, b) for a in NOUNS for b in NOUNS]
    assert 0.15 < sum(pairs) / len(pairs) < 0.25


def test_the_verb_agrees_with_the_subject_and_the_attractors_are_of_the_other_number(learned):
    by_form = {noun.form(plural): (noun, plural) for noun in NOUNS for plural in (False, True)}
    for sentence in [*learned, *held_out_sentences(300, seed=1, attractors=2)]:
        for clause in filter(None, (sentence.main, sentence.opening)):
            assert by_form[sentence.words[clause.subject]] == (clause.noun, clause.plural)
            verbs = OWN_VERBS[clause.noun.kind] + (SHARED_VERBS if clause.noun.kind in ANIMATE else [])
            forms = {v.past for v in verbs} | {v.plural if clause.plural else v.singular for v in verbs}
            assert sentence.words[clause.verb] in forms
    for sentence in held_out_sentences(300, seed=1, attractors=1):
        noun, plural = by_form[sentence.words[sentence.main.attractors[0]]]
        assert plural != sentence.main.plural
        assert noun.kind != sentence.main.noun.kind


def test_a_pronoun_stands_for_its_antecedent_alone(learned):
    seen = 0
    by_form = {noun.form(plural): (noun, plural) for noun in NOUNS for plural in (False, True)}
    for sentence in learned:
        if sentence.pronoun is None:
            continue
        seen += 1
        noun, plural = by_form[sentence.words[sentence.antecedent]]
        assert sentence.words[sentence.pronoun] == ("they" if plural else noun.pronoun)
    assert seen > 500


def test_the_first_noun_and_the_nearest_noun_are_poor_guesses(learned):
    nouns = {noun.form(plural) for noun in NOUNS for plural in (False, True)}
    asked = held_out_sentences(500, seed=3)
    first = sum(next(i for i, w in enumerate(s.words) if w in nouns) == s.main.subject for s in asked)
    nearest = sum(max(i for i, w in enumerate(s.words[: s.main.verb]) if w in nouns) == s.main.subject for s in asked)
    assert first < 0.6 * len(asked)
    assert nearest == 0
    assert learned[0].words != learned[1].words


def test_what_surrounds_the_verb_does_not_tell_its_number(learned):
    """The word after the verb, and the determiner of the subject, are as often with one as with many."""
    for place in ("after", "determiner"):
        counts: Counter[tuple[str, bool]] = Counter()
        for s in learned:
            i = s.main.verb + 1 if place == "after" else s.main.subject - 1
            if i < len(s.words) and s.words[i] not in ADJECTIVES:
                counts[s.words[i], s.main.plural] += 1
        for word in {word for word, _ in counts}:
            one, many = counts[word, False], counts[word, True]
            if one + many > 200:
                assert abs(one - many) < 5 * (one + many) ** 0.5, (place, word, one, many)


def test_a_seed_gives_the_same_sentences():
    assert training_sentences(50, 3) == training_sentences(50, 3)
    assert training_sentences(50, 3) != training_sentences(50, 4)


def test_questions_say_where_subject_verb_and_attractors_stand():
    asked = GrammarTask().questions(100, 2)
    words = GrammarTask.vocabulary.words
    sentences = held_out_sentences(100, 0, attractors=2)
    for i, sentence in enumerate(sentences):
        read = [words[j] for j in asked.ids[i] if words[j] != "[PAD]"]
        assert read == ["[CLS]", *sentence.words]
        assert read[asked.verb[i]] == sentence.words[sentence.main.verb]
        assert read[asked.subject[i]] == sentence.main.noun.form(sentence.main.plural)
        assert asked.attractors[i].sum() == 2
        assert words[asked.hidden()[i, asked.verb[i]]] == "[MASK]"
    assert not set(COPULAS) & {"[MASK]"}
