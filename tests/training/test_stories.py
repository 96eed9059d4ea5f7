"""Stories as a task: what is asked, what is measured, and what the shipped model has learned."""

from __future__ import annotations

import math

import pytest
import torch

from attnviz.request import HeadOff, Unseen
from attnviz.training.checkpoint import shipped
from attnviz.training.measures import head_weights
from attnviz.training.tasks import NOT_ASKED
from attnviz.training.vocabulary import PAD, START
from attnviz.training.words.stories.lexicon import KINDS, written
from attnviz.training.words.stories.task import StoriesTask, batch_of, of_mentions, perplexity
from attnviz.training.words.stories.telling import stories
from attnviz.transformer import Transformer

TASK = StoriesTask()


def words_of(text: str) -> list[str]:
    return text.split()


def untrained() -> Transformer:
    return Transformer(TASK.config(layers=2, heads=2, d_model=16), seed=1)


def test_every_next_word_is_asked_for_and_at_the_end_the_beginning_of_the_next():
    batch = batch_of([[7, 8, 9], [5]])
    assert batch.ids.tolist() == [[START, 7, 8, 9], [START, 5, PAD, PAD]]
    assert batch.targets.tolist() == [[7, 8, 9, START], [5, START, NOT_ASKED, NOT_ASKED]]
    assert batch.is_token is not None
    assert batch.is_token.tolist() == [[True] * 4, [True, True, False, False]]


def test_batches_are_stories_and_the_same_seed_gives_the_same():
    one, other = (next(TASK.batches(3)) for _ in range(2))
    assert torch.equal(one.ids, other.ids)
    assert one.ids.shape[0] == 32
    assert (one.ids[:, 0] == START).all()
    words = [TASK.vocabulary.words[i] for i in one.ids[0, 1:].tolist() if i != PAD]
    assert TASK.unlike(words) == ""


def test_what_comes_again_is_asked_for_one_token_before_it():
    told = TASK.questions(20, 7)
    words = TASK.vocabulary.words
    for row in range(20):
        for place in told.kinds[row].nonzero().flatten().tolist():
            kind = list(KINDS)[int(told.kinds[row, place]) - 1]
            assert words[int(told.batch.targets[row, place])] in KINDS[kind]
            assert told.mentions()[row, place, : place + 1].any()
    assert told.nats == pytest.approx(math.log(1.347), abs=0.02)


@torch.no_grad()
def test_the_weight_on_mentions_is_summed_over_them():
    told = TASK.questions(2, 7)
    weights = head_weights(untrained()(told.batch.ids, is_token=told.batch.is_token))
    found = of_mentions(weights, told, ["name"])
    rows = told.asked("name")[0].nonzero().flatten().tolist()
    by_hand = [float(weights[1, 0, 1, row][told.mentions()[0, row]].sum()) for row in rows]
    assert float(found[0, 1, 1]) == pytest.approx(sum(by_hand) / len(by_hand), abs=1e-6)


def test_who_knows_nothing_has_the_vocabulary_as_perplexity():
    network = untrained()
    with torch.no_grad():
        for parameter in (network.unembedding, network.bias):
            assert parameter is not None
            parameter.zero_()
    assert perplexity(network, TASK.questions(5, 7)) == pytest.approx(len(TASK.vocabulary), rel=1e-4)


def test_a_text_that_is_no_story_is_named():
    assert TASK.unlike(words_of("one day a girl named")) == ""
    assert "no story that it learned from begins" in TASK.unlike(words_of("the cat sat on the wall"))
    assert TASK.unlike(["[UNK]", "sat"]) == ""


def test_roles_are_who_and_what_it_is_about():
    words = words_of("one day a girl named mia found a red ball . she put the red ball into a bag .")
    assert TASK.roles(words) == {5: "name", 8: "colour", 9: "thing", 14: "colour", 15: "thing"}


def test_an_example_stops_where_a_known_word_comes():
    for seed in range(5):
        text, look = TASK.example(seed)
        (whole,) = stories(1, 2**31 + seed)
        assert written(whole.words).startswith(text)
        assert whole.known[look] in KINDS


@pytest.fixture(scope="module")
def network() -> Transformer:
    return shipped("stories").network()


def test_the_shipped_model_reads_nearly_as_well_as_can_be(network):
    """The bar: a perplexity of at most 1.02 times the best that is possible."""
    told = TASK.questions(200, 2)
    assert perplexity(network, told) <= 1.02 * math.exp(told.nats)
    assert TASK.measure(network, questions=told).figures["agreement"] >= 0.99
    withheld = TASK.questions(200, 3, withheld=True)
    assert TASK.measure(network, questions=withheld).figures["agreement"] >= 0.95


@pytest.mark.parametrize("kind", ["name", "animal"])
def test_a_head_off_takes_one_kind_and_leaves_the_others(network, kind):
    chosen_on, measured_on = TASK.questions(200, 1), TASK.questions(200, 2)
    head = TASK.measure(network, questions=chosen_on).best_head(kind)
    without = TASK.measure(network, [HeadOff(head)], measured_on).figures
    assert without[kind] <= 0.3
    others = [without[other] for other in KINDS if other != kind]
    assert sum(others) / len(others) >= 0.85


def test_where_the_colour_cannot_be_looked_at_it_is_not_known(network):
    """Cut before the softmax, in every head."""
    words = words_of("one day a girl named mia found a red ball . she put the red ball into a bag . she had a dog .")
    words += words_of("the dog near the gate was happy . with care mia cleaned the")
    ids = torch.tensor([[START, *TASK.vocabulary.ids(words)]])
    red = TASK.vocabulary.id("red")
    places = [i for i, one in enumerate(ids[0].tolist()) if one == red]
    whole = network(ids).logits[0, -1].softmax(-1)
    cut = network(ids, changes=[Unseen(key=place) for place in places]).logits[0, -1].softmax(-1)
    assert float(whole[red]) > 0.95
    assert float(cut[red]) < 0.3
    assert sum(float(cut[TASK.vocabulary.id(one)]) for one in KINDS["colour"]) > 0.9  # that a colour comes, it knows
