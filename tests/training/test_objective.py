"""Masked words: what is hidden, what is asked, and how often."""

from __future__ import annotations

import torch

from attnviz.training.tasks import NOT_ASKED
from attnviz.training.vocabulary import MASK, PAD, START, UNKNOWN
from attnviz.training.words.grammar import training_sentences
from attnviz.training.words.grammar.lexicon import CATEGORIES
from attnviz.training.words.grammar.objective import BATCH, MaskedWords
from attnviz.training.words.grammar.task import GrammarTask
from attnviz.training.words.induction import InductionTask, induction_scores, repeated

VOCABULARY = GrammarTask.vocabulary
CATEGORY = {word: name for name, words in CATEGORIES.items() for word in words}


def batches(count: int) -> list:
    masked = MaskedWords([VOCABULARY.ids(s.words) for s in training_sentences(2000, 0)])
    generator = torch.Generator().manual_seed(0)
    return [(masked.ids[rows], masked.batch(rows, generator)) for rows in masked.order(generator)[:count]]


def test_what_is_asked_is_the_true_word_and_the_rest_is_left_as_it_was():
    for true, batch in batches(10):
        true = true[:, : batch.ids.shape[1]]
        asked = batch.targets != NOT_ASKED
        assert torch.equal(batch.targets[asked], true[asked])
        kept = ~asked & (batch.ids != UNKNOWN)
        assert torch.equal(batch.ids[kept], true[kept])
        assert torch.equal(batch.is_token, true != PAD)
        assert (batch.ids[:, 0] == START).all()
        assert not asked[true == PAD].any()


def test_hiding_words_makes_no_withheld_combination():
    """What is read, wrong words and all, holds none: the nouns and adjectives of a sentence stay or are hidden."""
    for true, batch in batches(30):
        changed = (batch.ids != true[:, : batch.ids.shape[1]]) & (batch.ids > UNKNOWN)
        for word in batch.ids[changed].unique().tolist():
            assert CATEGORY[VOCABULARY.words[word]] not in ("noun", "adjective")


def test_most_verbs_are_asked_for_and_a_third_of_these_is_a_wrong_verb():
    counts = {"asked": 0, "verbs": 0, "hidden": 0, "wrong": 0}
    for true, batch in batches(30):
        for was, read, target in zip(
            true[:, : batch.ids.shape[1]].flatten(), batch.ids.flatten(), batch.targets.flatten(), strict=True
        ):
            if CATEGORY[VOCABULARY.words[was]] != "verb":
                continue
            counts["verbs"] += 1
            if target != NOT_ASKED:
                counts["asked"] += 1
                counts["hidden"] += int(read == MASK)
                counts["wrong"] += int(read not in (MASK, was))
                assert read == MASK or CATEGORY[VOCABULARY.words[read]] == "verb", "a word of the same category"
    assert 0.87 < counts["asked"] / counts["verbs"] < 0.93
    assert 0.57 < counts["hidden"] / counts["asked"] < 0.63
    assert 0.26 < counts["wrong"] / counts["asked"] < 0.33


def test_an_epoch_reads_every_sentence_once():
    masked = MaskedWords([[5, 6]] * 200)
    order = torch.cat(masked.order(torch.Generator().manual_seed(0)))
    assert len(order) == 200 // BATCH * BATCH
    assert len(order.unique()) == len(order)


def test_a_repetition_is_asked_for_from_its_second_word_on():
    batch = repeated(3, 4, torch.Generator().manual_seed(0))
    assert batch.ids.shape == (3, 9)
    assert torch.equal(batch.ids[:, 1:5], batch.ids[:, 5:])
    assert (batch.targets[:, :5] == NOT_ASKED).all()
    assert torch.equal(batch.targets[:, 5:8], batch.ids[:, 6:9])
    assert (batch.targets[:, 8] == NOT_ASKED).all()
    assert all(len(set(row.tolist())) == 5 for row in batch.ids), "no word comes twice in a block"


def test_questions_come_from_numbers_that_no_training_run_draws():
    asked = InductionTask().questions().ids
    for seed in range(4):
        first = torch.rand(8, generator=torch.Generator().manual_seed(seed))
        others = torch.rand(8, generator=torch.Generator().manual_seed(2**31 + 1))
        assert not torch.equal(first, others), "torch takes 32 bits of a seed: 2**40 would be 0 again"
    assert asked.shape == (200, 31)


def test_the_induction_score_is_the_weight_on_what_came_after_the_word_before():
    weights = torch.zeros(1, 1, 1, 9, 9)  # [CLS] a b c d a b c d
    for query, key in ((5, 2), (6, 3), (7, 4)):
        weights[..., query, key] = 0.9
    weights[..., 8, 5] = 0.9
    assert abs(float(induction_scores(weights, 4)) - 0.9) < 1e-6
    assert len(InductionTask.vocabulary) == 64
