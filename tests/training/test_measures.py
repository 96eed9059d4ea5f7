"""Measures of heads, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from attnviz.training.measures import Measures, of_best_head, on_keys, previous_token_score, row_entropy
from attnviz.training.words.grammar.evaluation import EXAMPLE
from attnviz.training.words.grammar.lexicon import NOUNS
from attnviz.training.words.grammar.sentences import Clause, Sentence
from attnviz.training.words.grammar.task import GrammarTask, as_questions, present_verbs, verbs_right

WEIGHTS = torch.tensor([[[[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.7, 0.1]]]]])  # one layer, text, head
ALL = torch.ones(1, 3, dtype=torch.bool)


def test_entropy_is_a_share_of_the_largest_possible_one():
    third = -(0.2 * math.log(0.2) + 0.7 * math.log(0.7) + 0.1 * math.log(0.1)) / math.log(3)
    assert math.isclose(float(row_entropy(WEIGHTS, ALL, causal=True)), (1 + third) / 2, rel_tol=1e-6)
    half = math.log(2) / math.log(3)  # of three words, the second looks at two
    assert math.isclose(float(row_entropy(WEIGHTS, ALL)), (0 + half + third) / 3, rel_tol=1e-6)
    causal = torch.ones(1, 1, 1, 4, 4).tril()
    alike = causal / causal.sum(-1, keepdim=True)
    everywhere = torch.ones(1, 4, dtype=torch.bool)
    assert math.isclose(float(row_entropy(alike, everywhere, causal=True)), 1.0, rel_tol=1e-6), (
        "the first has no choice"
    )
    assert float(row_entropy(torch.ones(1, 1, 1, 1, 1), torch.ones(1, 1, dtype=torch.bool))) == 0.0
    uniform = torch.full((1, 1, 1, 4, 4), 0.25)
    assert math.isclose(float(row_entropy(uniform, torch.ones(1, 4, dtype=torch.bool))), 1.0, rel_tol=1e-6)


def test_the_previous_token_score_leaves_out_first_tokens_and_padding():
    assert math.isclose(float(previous_token_score(WEIGHTS, ALL)), (0.5 + 0.7) / 2, rel_tol=1e-6)
    assert math.isclose(float(previous_token_score(WEIGHTS, torch.tensor([[True, True, False]]))), 0.5, rel_tol=1e-6)


def test_weight_and_top_key_are_those_of_the_asked_rows():
    two = WEIGHTS.expand(1, 2, 1, 3, 3)
    weight, top = on_keys(two, torch.tensor([2, 2]), torch.tensor([1, 0]))
    assert torch.allclose(weight.flatten(), torch.tensor([0.7, 0.2]))
    assert top.flatten().tolist() == [1.0, 0.0]


def test_the_best_head_is_chosen_on_one_half_and_measured_on_the_other():
    scores = torch.tensor([[[0.9, 0.1]], [[0.9, 0.1]], [[0.2, 0.8]], [[0.4, 0.8]]])  # four texts, one layer, two heads
    assert of_best_head(scores, 1 - scores) == pytest.approx([0.3, 0.7])


def test_the_best_head_is_the_first_of_the_largest():
    measures = Measures({}, {"top": [[0.1, 0.9], [0.9, 0.2]]})
    assert measures.best_head("top") == (0, 1)


def test_a_verb_is_right_in_number_or_in_number_and_class():
    vocabulary = GrammarTask.vocabulary
    dogs = Sentence(("the", "dogs", "near", "the", "cat", "bark"), Clause(NOUNS[4], True, 1, 5, (4,)))
    asked = as_questions([EXAMPLE, dogs])
    assert asked.verb.tolist() == [8, 6]
    for verbs, expected in (
        (("sits", "bark"), (1.0, 1.0)),
        (("purrs", "sleep"), (1.0, 1.0)),
        (("barks", "purr"), (1.0, 0.0)),
        (("purr", "bark"), (0.5, 0.5)),
        (("purr", "barks"), (0.0, 0.0)),
    ):
        logits = torch.zeros(2, asked.ids.shape[1], len(vocabulary))
        logits[:, :, vocabulary.id("sat")] = 9.0  # the past shows no number, and does not count
        for i, verb in enumerate(verbs):
            logits[i, asked.verb[i], vocabulary.id(verb)] = 1.0
        assert verbs_right(logits, asked) == expected, verbs
    assert len(present_verbs()) == 36
