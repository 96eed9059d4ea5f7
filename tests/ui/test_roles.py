"""Who is who in a sentence of the grammar, and what a model has not learned to read."""

from __future__ import annotations

import re
from html import escape

import pytest

from attnviz.training.words.grammar import held_out_sentences
from attnviz.training.words.grammar.parsing import parse
from attnviz.training.words.grammar.task import BUILT, GrammarTask
from attnviz.training.words.induction import InductionTask, drawn_block
from attnviz.ui.cards.below import details
from tests.support.tiny import SENTENCE
from tests.ui.mounted import sent
from tests.ui.opening import opened, opened_compare, opened_train, said


def test_a_word_with_two_roles_names_both():
    drawn = held_out_sentences(200, 0, attractors=1)
    sentence = next(one for one in drawn if one.antecedent == one.main.subject)
    named = GrammarTask().roles(sentence.words)
    assert named[sentence.main.subject] == "subject, antecedent"
    assert named[sentence.main.verb] == "verb"
    assert sentence.pronoun is not None
    assert named[sentence.pronoun] == "pronoun"
    assert GrammarTask().roles((*sentence.words, "indeed")) == {}


def test_who_is_who_is_read_off_the_words_for_a_model_of_the_grammar_alone():
    app = opened(text="My old dogs near the cat bark", model="grammar")
    assert sent(app, "notes")[0]["roles"] == {"2": "subject", "6": "verb", "5": "other noun"}
    for model in ("induction", "random"):
        app.selectbox(key="model").set_value(model).run()
        assert sent(app, "notes")[0]["roles"] == {}, model


@pytest.mark.parametrize(
    "text", ["Near the dogs the cat purrs", "The cat and the dog bark", "cat", "mat the on sat cat the"]
)
def test_a_sentence_that_the_grammar_cannot_have_written_is_said_to_be_none(text):
    app = opened(text=text, model="grammar")
    assert "The model knows these words, but the sentence is not built as those it learned from." in said(app)
    assert sent(app, "notes")[0]["roles"] == {}
    app.button(key="try").click().run()
    assert not app.exception
    assert "may mean little" not in said(app)
    assert "verb" in sent(app, "notes")[0]["roles"].values()


def test_a_verb_that_does_not_fit_is_said_and_its_subject_named_all_the_same():
    app = opened(text="The cats near the dog sits", model="grammar")
    assert "A verb here does not fit its noun" in said(app)
    assert sent(app, "notes")[0]["roles"] == {"1": "subject", "5": "verb", "4": "other noun"}


@pytest.mark.parametrize("text", [SENTENCE, "The cat near the dogs [MASK]", "[MASK] cats near my dog sit."])
def test_of_a_sentence_of_the_grammar_nothing_is_said(text):
    assert "may mean little" not in said(opened(text=text))


def test_the_induction_model_says_that_it_knows_repetitions_only_and_offers_one():
    app = opened(text=SENTENCE, model="induction")
    assert "This model has learned repetitions only: a row of different words, said twice." in said(app)
    app.button(key="try").click().run()
    assert not app.exception
    assert "repetitions only" not in said(app)
    words = app.text_area(key="text").value.split()
    assert words[: len(words) // 2] == words[len(words) // 2 :]
    assert app.session_state.session.view.query > len(words) // 2, "a word of the second round looks"


def test_a_repetition_is_a_row_of_different_words_and_then_these_again():
    task = InductionTask()
    for text in ("cat black tree cat black tree", "cat black tree cat", drawn_block(5)):
        assert task.unlike(text.split()) == "", text
    for text in (
        "cat",
        "cat black tree",
        "cat cat black cat",
        "cat black tree cat tree",
        "cat dog cat dog cat",
        "a b a c",
    ):
        assert task.unlike(text.split()), text


def test_the_page_that_is_taken_along_says_it_and_names_who_is_who(monkeypatch):
    made = []
    monkeypatch.setattr(details, "_download", lambda label, make, *_: made.append(make) if "Page" in label else None)
    for text, remark, role in (
        ("The cat and the dog bark", "not built as those it learned from", '"roles": {}'),
        ("The cat near <b> bark", "and not “<”, b, “>”: it reads [UNK] there", '"roles": {}'),
        (SENTENCE, "", '"roles": {"1": "subject", "7": "verb"}'),
    ):
        app = opened(text=text, model="grammar")
        app.session_state.along_open = True
        app.run()
        page = made[-1]().decode()
        assert escape(remark) in page
        assert ("may mean little" in page) == bool(remark)
        assert role in page


def test_train_says_it_too():
    app = opened_train(text="The cat and the dog bark")
    assert "not built as those it learned from" in said(app)
    assert app.button(key="try")


def test_compare_says_it_of_each_side_and_once_of_what_both_read():
    app = opened_compare(text="The cat and the dog bark", model="grammar", compare="heads")
    assert said(app).count("not built as those it learned from") == 1
    app = opened_compare(text="The cat and the dog bark", model="grammar", compare="models", model_b="induction")
    assert "A: The model knows these words, but" in said(app)
    assert "B: This model knows" in said(app)
    assert "This model has learned repetitions only" in said(app)
    other = {"compare": "sentences", "sentence_b": "The cat and the dog bark"}
    app = opened_compare(text=SENTENCE, model="grammar", **other)
    assert "A: The model" not in said(app)
    assert "B: The model knows these words, but" in said(app)
    assert not app.button, "another sentence for A would not help B"


def test_the_sentences_that_show_how_it_is_built_are_of_the_grammar():
    for text in BUILT:
        found = parse(tuple(re.findall(r"\w+|[.,]", text)))
        assert found is not None
        assert found.agrees, text
