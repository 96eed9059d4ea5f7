"""The examples that teach: each claim is measured with the model that it is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from torch import Tensor

import attnviz
from attnviz.analysis import links
from attnviz.analysis.linking import Link
from attnviz.analysis.saying import TIMES
from attnviz.analysis.statistics import HeadFigures, head_figures
from attnviz.examples import CLAIMS, EXAMPLES, Claim, Example, Word
from attnviz.models.names import Shipped
from attnviz.models.names.choosing import chosen_for
from attnviz.request import Text
from attnviz.training.registry import TASKS
from attnviz.training.words.french import bilingual

LARGE, MOST, COMMON = 0.5, 0.6, 0.4  # a weight; a mean of one kind of place; a mean over the other words
SEEDS = range(1, 21)  # random models beside the one that is shown
BY_TITLE = {example.title: example for example in EXAMPLES}
CODE = {"Python"}  # languages that nobody speaks

each_example = pytest.mark.parametrize("title", BY_TITLE)


@cache
def read(text: str, pair: str, model: str, target: str = "") -> attnviz.Trace:
    return attnviz.trace(text, model, second=pair or None, target=target or None, device="cpu")


def trace_of(example: Example) -> attnviz.Trace:
    return read(example.text, example.pair, example.model, example.target).only(example.where.part)


def places(example: Example) -> tuple[int, int]:
    trace = trace_of(example)
    return example.query.at(trace.rows), example.key.at(trace.columns)


def weights_of(example: Example, trace: attnviz.Trace | None = None) -> Tensor:
    return (trace or trace_of(example)).layers[example.layer].weights[example.head]


def link_of(example: Example) -> Link:
    found = links(trace_of(example), *places(example))
    return next(link for link in found if (link.layer, link.head) == (example.layer, example.head))


def figures_of(example: Example) -> HeadFigures:
    return head_figures(trace_of(example))[example.layer][example.head]


def check_stands_out(example: Example) -> None:
    link = link_of(example)
    assert link.others is not None
    assert link.position is not None
    assert link.weight >= LARGE
    assert link.weight >= TIMES * link.others
    assert link.weight >= TIMES * link.position


def check_subject(example: Example) -> None:
    """Who is who says the task's own parser; [CLS] stands before the words."""
    check_stands_out(example)
    trace, (query, key) = trace_of(example), places(example)
    roles = TASKS[example.model].roles([token.piece for token in trace.tokens[1:]])
    assert roles.get(query - 1) == "verb"
    assert roles.get(key - 1) == "subject"
    nouns = [place + 1 for place, role in roles.items() if role == "other noun"]
    assert query - key > 2
    assert all(weights_of(example)[query, noun] < 0.1 for noun in nouns)


def check_again(example: Example) -> None:
    check_stands_out(example)
    tokens, (query, key) = trace_of(example).tokens, places(example)
    assert query > key
    assert tokens[query].id == tokens[key].id


def check_across(example: Example) -> None:
    check_stands_out(example)
    tokens, (query, key) = trace_of(example).tokens, places(example)
    assert tokens[query].segment != tokens[key].segment


def check_previous(example: Example) -> None:
    query, key = places(example)
    previous = figures_of(example).previous
    assert key == query - 1
    assert link_of(example).weight >= LARGE
    assert previous is not None
    assert previous >= MOST


def check_next(example: Example) -> None:
    query, key = places(example)
    following = figures_of(example).following
    assert key == query + 1
    assert link_of(example).weight >= LARGE
    assert following is not None
    assert following >= MOST


def check_special(example: Example) -> None:
    token = trace_of(example).tokens[places(example)[1]]
    assert token.special
    assert link_of(example).weight >= LARGE
    assert dict(figures_of(example).special)[token.label] >= MOST


def check_after(example: Example) -> None:
    """Of all words that come a second time, not of the one that is shown alone; and no other words look there."""
    trace, weights, (query, key) = trace_of(example), weights_of(example), places(example)
    ids = [token.id for token in trace.tokens]
    second_round = [(i, ids.index(id) + 1) for i, id in enumerate(ids) if ids.index(id) < i]
    assert len(second_round) >= 3
    assert (query, key) in second_round
    assert min(float(weights[i, after]) for i, after in second_round) >= LARGE
    assert sum(float(weights[i, after]) for i, after in second_round) / len(second_round) >= MOST
    link = link_of(example)
    assert link.others is not None
    assert link.weight >= TIMES * link.others


def check_everybody(example: Example) -> None:
    link = link_of(example)
    assert link.others is not None
    assert link.weight >= LARGE
    assert link.others >= COMMON
    assert link.weight < TIMES * link.others


def check_untrained(example: Example) -> None:
    """It would be taken for a find; but over other random numbers the weight is about an equal share."""
    check_stands_out(example)
    equal = 1 / len(trace_of(example).tokens)
    others = [attnviz.trace(example.text, example.model, seed=seed, device="cpu") for seed in SEEDS]
    found = [float(weights_of(example, trace)[places(example)]) for trace in others]
    assert 0.5 * equal <= sum(found) / len(found) <= 1.5 * equal


def check_translated(example: Example) -> None:
    """That they say the same says the grammar; and what the example says is written is what the model writes."""
    link = link_of(example)
    assert link.others is not None
    assert link.weight >= LARGE
    assert link.weight >= TIMES * link.others
    assert example.query.label in bilingual.ADJECTIVES[example.key.label]
    assert list(attnviz.load_model(example.model).generate(example.text))[-1] == example.target


CHECKS: dict[Claim, Callable[[Example], None]] = {
    "stands out": check_stands_out,
    "subject": check_subject,
    "again": check_again,
    "across": check_across,
    "previous": check_previous,
    "next": check_next,
    "special": check_special,
    "after": check_after,
    "everybody": check_everybody,
    "untrained": check_untrained,
    "translated": check_translated,
}


@each_example
def test_what_an_example_claims_is_measured(title):
    example = BY_TITLE[title]
    CHECKS[example.claim](example)


@each_example
def test_the_word_looks_most_at_what_is_shown(title):
    query, key = places(BY_TITLE[title])
    assert int(weights_of(BY_TITLE[title])[query].argmax()) == key


@each_example
def test_an_example_is_short_and_says_what_to_see(title):
    example = BY_TITLE[title]
    assert 0 < len(title) <= 32
    assert len(example.text.split()) <= 15
    assert len(example.pair.split()) <= 15
    assert example.see.endswith(".")
    assert 1 <= len(re.findall(r"[.!?](?= |$)", example.see)) <= 2
    assert not re.search(r"\d", example.see), "numbers are told from the trace"
    assert not re.search("entropy|residual|logit|softmax|embedding|token", example.see, re.IGNORECASE)


@each_example
def test_a_word_that_is_quoted_stands_in_the_text(title):
    example = BY_TITLE[title]
    said = re.findall("“(.+?)”", example.see)
    known = set(re.findall(r"[\w'’]+", f"{example.text} {example.pair} {example.target}")) | {"[CLS]"}
    # How an English head is met again in another language is said by its English words.
    assert set(said) - known <= ({"the"} if example.language == "French" else set())


@each_example
def test_a_text_for_a_model_that_is_trained_here_is_one_that_it_has_learned_to_read(title):
    example = BY_TITLE[title]
    assert trace_of(example).model == example.model
    if example.model in TASKS:
        assert not example.pair
        read_alone = TASKS[example.model].reads is Text
        assert not read_alone or chosen_for(Text(example.text)).weights == Shipped(example.model)
        assert not any(token.unknown for row in trace_of(example).inputs.values() for token in row)


@each_example
def test_the_claim_holds_of_no_other_word(title):
    """So a check can fail: with any other key it does."""
    example = BY_TITLE[title]
    tokens, shown = trace_of(example).columns, places(example)[1]
    for key, token in enumerate(tokens):
        if key != shown:
            nth = sum(before.label == token.label for before in tokens[: key + 1])
            with pytest.raises((AssertionError, KeyError)):
                CHECKS[example.claim](replace(example, key=Word(token.label, nth)))


@each_example
def test_what_stands_out_and_what_everybody_does_exclude_each_other(title):
    example = BY_TITLE[title]
    check = check_stands_out if example.claim == "everybody" else check_everybody
    if example.claim not in ("special", "previous", "next"):  # of these, the first is what everybody does as well
        with pytest.raises(AssertionError):
            check(example)


def test_what_is_said_beside_a_claim_is_true_too():
    for example in EXAMPLES:
        if "hardly any other word" in example.see:
            others = link_of(example).others
            assert others is not None
            assert others < 0.1
    resting = BY_TITLE["“from” finds its verb"]
    assert dict(figures_of(resting).special)["[CLS]"] >= MOST
    verse = BY_TITLE["A line of poetry? No"]
    tokens, (_, key) = trace_of(verse).tokens, places(verse)
    assert tokens[key].word == tokens[key + 1].word, "the key is the first piece of a word"
    assert min(float(weights_of(verse)[Word(word).at(tokens), key]) for word in ("La", "es")) >= 0.8
    pieces = BY_TITLE["A word in two pieces"]
    tokens, (query, key) = trace_of(pieces).tokens, places(pieces)
    assert (key, tokens[key].word) == (query + 1, tokens[query].word)
    tom = BY_TITLE["“it” finds its noun"]
    assert weights_of(tom)[places(tom)[0], Word("Tom").at(trace_of(tom).tokens)] < 0.1


def test_the_head_that_errs_looks_at_the_same_noun_where_that_is_right():
    """It does not read the last word, which alone tells what “it” stands for."""
    wrong = BY_TITLE["“it” finds the wrong noun"]
    right = replace(wrong, text=wrong.text.replace("small", "big"))
    assert right.text != wrong.text
    check_stands_out(right)
    suitcase = Word("suitcase").at(trace_of(wrong).tokens)
    assert weights_of(wrong)[places(wrong)[0], suitcase] < link_of(wrong).weight / TIMES


def test_a_head_that_is_met_again_is_the_same_head():
    for titles in (
        ("The same word again", "The same word, in Italian", "Code: the same name"),
        ("“the” finds its noun", "“la” finds its noun"),
        ("“it” finds its noun", "“it” finds the wrong noun", "“It”, in the next sentence"),
    ):
        assert len({(BY_TITLE[title].model, BY_TITLE[title].where) for title in titles}) == 1


def test_the_two_steps_are_of_one_text():
    first, second = (one for one in EXAMPLES if one.model == "induction")
    assert first.text == second.text
    assert first.layer < second.layer


def test_there_is_one_of_each_kind():
    assert len(BY_TITLE) == len(EXAMPLES) >= 12
    assert {one.claim for one in EXAMPLES} == set(CLAIMS) == set(CHECKS)
    assert {one.model for one in EXAMPLES} == {"grammar", "induction", "stories", "french", "minilm", "random"}
    assert len({one.language for one in EXAMPLES} - CODE) >= 4
    assert any(one.pair for one in EXAMPLES)
    assert any(one.claim == "everybody" for one in EXAMPLES)


def test_a_word_that_comes_twice_is_found_by_its_number():
    tokens = read("The dog and the dog", "", "random").tokens
    assert [Word("dog", nth).at(tokens) for nth in (1, 2)] == [1, 4]
    assert (Word("The").at(tokens), Word("the").at(tokens)) == (0, 3)


@pytest.mark.parametrize("word", [Word("dog", 3), Word("dog", 0), Word("cat"), Word("Dog")])
def test_a_word_that_is_not_there_is_said(word):
    with pytest.raises(attnviz.AttnvizError, match="times in the text"):
        word.at(read("The dog and the dog", "", "random").tokens)
