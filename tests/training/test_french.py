"""English to French as a task: what is asked, what is measured, and what the shipped model has learned."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from attnviz.attention import attention
from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.request import HeadOff, Translation, Unseen
from attnviz.training import loop, writing
from attnviz.training.checkpoint import shipped
from attnviz.training.loop import TrainingOptions, train
from attnviz.training.registry import TASKS
from attnviz.training.tables import cells
from attnviz.training.tasks import NOT_ASKED
from attnviz.training.vocabulary import PAD, START
from attnviz.training.words.french import task as french
from attnviz.training.words.french.bilingual import Sentence, sentences, withheld
from attnviz.training.words.french.task import BATCH, FrenchTask, written
from attnviz.training.writing import Questions, looked

TASK = FrenchTask()
FEW = 1000
BLACK_CAT = Sentence(
    ("the", "black", "cat", "does", "not", "sleep"),
    ("le", "chat", "noir", "ne", "dort", "pas"),
    ((0,), (2,), (1,), (3, 4), (5,), (4,)),
    ("determiner", "noun", "adjective", "particle", "verb", "negation"),
    frozenset({("black", "cat")}),
)
HERS = Sentence(
    ("my", "hen", "follows", "her"),
    ("ma", "poule", "la", "suit"),
    ((0,), (1,), (3,), (2,)),
    ("determiner", "noun", "pronoun", "verb"),
    frozenset(),
)


def tiny(seed: int = 1) -> EncoderDecoder:
    return TASK.config(layers=2, heads=2, d_model=16).network(seed=seed)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not so many sentences to learn from, which take their seconds."""
    monkeypatch.setattr(french, "CORPUS", FEW)


# What is asked


def test_it_is_a_task_of_translations_like_the_others():
    assert isinstance(TASKS["french"], FrenchTask)
    assert (TASK.reads, TASK.part, TASK.learned in TASK.figures) == (Translation, "cross", True)
    config = TASK.config(layers=2, heads=2, d_model=16)
    assert (config.source.vocabulary, config.target.vocabulary) == (len(TASK.vocabulary), len(TASK.target_vocabulary))
    assert config.shape == {"encoder": (2, 2), "decoder": (2, 2), "cross": (2, 2)}


def test_every_next_french_word_is_asked_for_and_after_the_last_one_the_end():
    batch = TASK.batch([BLACK_CAT, HERS])
    le, chat, noir, ne, dort, pas = TASK.target_vocabulary.ids(BLACK_CAT.french)
    ma, poule, la, suit = TASK.target_vocabulary.ids(HERS.french)
    assert batch.ids.tolist() == [[START, le, chat, noir, ne, dort, pas], [START, ma, poule, la, suit, PAD, PAD]]
    assert batch.targets.tolist() == [
        [le, chat, noir, ne, dort, pas, START],
        [ma, poule, la, suit, START, NOT_ASKED, NOT_ASKED],
    ]
    assert batch.source is not None
    assert batch.source[1].tolist() == [START, *TASK.vocabulary.ids(HERS.english), PAD, PAD]
    assert batch.given().keys() == {"is_token", "source", "source_is_token"}
    assert batch.is_token is not None
    assert batch.source_is_token is not None
    assert batch.is_token.sum(1).tolist() == [7, 5]
    assert batch.source_is_token.sum(1).tolist() == [7, 5]


def test_batches_are_sentences_to_learn_from_and_the_same_seed_gives_the_same(few: None):
    one, other = (next(TASK.batches(3)) for _ in range(2))
    assert torch.equal(one.ids, other.ids)
    assert one.source is not None
    assert other.source is not None
    assert torch.equal(one.source, other.source)
    assert len(one.ids) == len(one.source) == BATCH
    learned = {" ".join(sentence.french) for sentence in sentences(FEW, 3)}
    words = TASK.target_vocabulary.words
    for row in one.ids.tolist():
        assert " ".join(words[i] for i in row if i not in (START, PAD)) in learned


def test_what_it_is_measured_on_was_in_no_training():
    asked, others = TASK.questions(50, 1), TASK.questions(50, 3, withheld=False)
    assert all(any(withheld(*pair) for pair in one.pairs) for one in asked.some)
    assert not any(withheld(*pair) for one in others.some for pair in one.pairs)
    assert TASK.questions(50, 1) is asked, "made once"
    assert min(len(one.english) for one in TASK.questions(20, 4, least=17).some) >= 17


def test_what_is_aligned_stands_one_token_before_the_word_and_after_cls():
    asked = TASK.questions(40, 7)
    english, words = TASK.vocabulary.words, TASK.target_vocabulary.words
    assert asked.batch.source is not None
    for row, one in enumerate(asked.some):
        for place, word in enumerate(one.french):
            assert words[int(asked.batch.targets[row, place])] == word
            keys = asked.there[row, place].nonzero().flatten().tolist()
            said = [english[int(asked.batch.source[row, key])] for key in keys]
            assert said == [one.english[i] for i in one.sources[place]]
            assert bool(asked.known[row, place]) is (word != "ne")
        assert not asked.known[row, len(one.french) :].any(), "the end stands for no word"


def test_an_example_is_written_as_a_person_writes_it_and_was_not_learned_from():
    found = {TASK.example(seed) for seed in range(5)}
    assert len(found) == 5
    for text, look in found:
        assert text[0].isupper()
        assert " ." not in text
        assert look == 1
    assert written(["the", "cat", "sleeps", "."]) == "The cat sleeps."
    assert TASK.continued("", "le") == "Le"
    assert TASK.continued("Le chat dort", ".") == "Le chat dort."


# What is measured


def by_hand(rows: list[list[list[float]]]) -> EncoderDecoderRecord:
    """A record of one text and one layer whose heads have these weights [head][query][key]."""
    weights = torch.tensor([rows])  # [text, head, query, key]
    heads, queries, keys = weights.shape[1:]
    cross = attention(*(torch.zeros(1, heads, n, 2) for n in (queries, keys, keys)))
    layer = type("Layer", (), {"cross": type("Cross", (), {**vars(cross), "weights": weights})})
    return type("Record", (), {"decoder": (layer,)})  # type: ignore[return-value]


def test_how_often_a_head_looks_at_the_word_that_says_the_same_by_hand():
    """Three words; of the second no word is known to say the same, so that two count."""
    asked = Questions(
        (),
        TASK.batch([HERS]),
        torch.tensor([[[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1]]], dtype=torch.bool),
        torch.tensor([[True, False, True]]),
    )
    right = [[0.1, 0.6, 0.2, 0.1], [0.9, 0.1, 0.0, 0.0], [0.0, 0.3, 0.5, 0.2]]
    half = [[0.6, 0.4, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.1, 0.1, 0.1, 0.7]]
    top, on = looked(by_hand([right, half]), asked.there, asked.known)
    assert top.tolist() == [[[1.0, 0.5]]]
    assert on[0, 0].tolist() == pytest.approx([(0.6 + 0.7) / 2, (0.4 + 0.8) / 2])


@torch.no_grad()
def test_measures_are_means_over_texts():
    asked, network = TASK.questions(3, 7), tiny()
    record = network(asked.batch.ids, **asked.batch.given())
    found = TASK.measure(network, questions=asked)
    assert found.heads.keys() == {"aligned", "weight"} == found.figures.keys() - {"agreement"}
    total = 0.0
    for row, one in enumerate(asked.some):
        places = [place for place, kind in enumerate(one.kinds) if kind != "particle"]
        weights = record.decoder[1].cross.weights[row, 0]
        total += sum(float(weights[p, [1 + i for i in one.sources[p]]].sum()) for p in places) / len(places)
    assert found.heads["weight"][1][0] == pytest.approx(total / 3, abs=1e-6)
    right = (record.logits.argmax(-1) == asked.batch.targets).sum() / (asked.batch.targets != NOT_ASKED).sum()
    assert found.figures["agreement"] == pytest.approx(float(right))


class Says:
    """A model that writes what it is told to."""

    def __init__(self, *said: str) -> None:
        self.said = [TASK.target_vocabulary.ids(text.split()) for text in said]

    def written(self, source: torch.Tensor, is_token: torch.Tensor, most: int, **_: object) -> torch.Tensor:
        return torch.tensor([[START, *ids, START, *[PAD] * most][: most + 1] for ids in self.said])


def test_a_translation_is_exact_if_every_word_is_and_it_ends_there():
    asked = Questions((BLACK_CAT, HERS), TASK.batch([BLACK_CAT, HERS]), torch.zeros(0), torch.zeros(0))
    right = "le chat noir ne dort pas"

    def exact(cat: str, hers: str) -> float:  # which is shorter, and so written first
        return TASK.exact(Says(hers, cat), asked)  # type: ignore[arg-type]

    assert exact(right, "ma poule la suit") == 1
    assert exact(right, "ma poule le suit") == 0.5
    assert exact("le chat noir ne dort", "ma poule la suit .") == 0, "too short, and too long"


# What the shipped model has learned


@pytest.fixture(scope="module")
def network() -> EncoderDecoder:
    model = shipped("french").network()
    assert isinstance(model, EncoderDecoder)
    return model


@pytest.fixture(scope="module")
def asked() -> Questions:
    return TASK.questions(150, 2)


def test_the_shipped_model_translates_pairs_that_it_has_never_seen(network: EncoderDecoder, asked: Questions):
    assert TASK.exact(network, asked) >= 0.97
    found = TASK.measure(network, questions=asked)
    assert found.figures["agreement"] >= 0.99
    layer, head = TASK.measure(network, questions=TASK.questions(150, 1)).best_head("aligned")
    assert found.heads["aligned"][layer][head] >= 0.99, "a head that was chosen on other sentences"
    assert found.heads["weight"][layer][head] >= 0.9


def test_untrained_it_can_do_nothing_of_this(asked: Questions):
    first = shipped("french").network(step=0)
    assert isinstance(first, EncoderDecoder)
    assert TASK.exact(first, asked) == 0
    assert TASK.measure(first, questions=asked).figures["agreement"] < 0.05


def test_where_a_noun_cannot_be_looked_at_it_is_not_known_and_all_else_is(network: EncoderDecoder, asked: Questions):
    """Cut before the softmax in every head of the cross-attention; agreement keeps its gender and number known."""
    found = TASK.cut(network, asked)
    assert found["a noun’s source cut: the noun right"] <= 0.15
    assert found["a noun’s source cut: other words right"] >= 0.95


def test_a_cut_takes_only_the_word_that_it_is_of(network: EncoderDecoder):
    batch = TASK.batch([BLACK_CAT])
    words = TASK.target_vocabulary.words

    def told(*keys: int) -> list[str]:
        changes = [Unseen(key=key, part="cross") for key in keys]
        return [words[i] for i in network(batch.ids, **batch.given(), changes=changes).logits[0].argmax(-1).tolist()]

    assert told() == [*BLACK_CAT.french, "[CLS]"]
    without = told(3)  # cat, after [CLS]
    assert without[1] != "chat"
    assert without[3:] == told()[3:]


def test_no_head_alone_is_needed_and_all_together_are(network: EncoderDecoder):
    asked = TASK.questions(40, 2)
    heads = [HeadOff(f"cross.0.{head}") for head in range(4)]
    for one in heads:
        assert TASK.exact(network, asked, [one]) >= 0.9
    assert TASK.exact(network, asked, heads) == 0


def test_the_examination_has_its_figures_and_the_table_those_that_hold_for_any_model():
    kept = shipped("french").evaluation
    assert list(kept) == [
        "translation exact, withheld pairs",
        "translation exact, other sentences",
        "translation exact, 17 to 20 words",
        "next word right",
        "best head: layer",
        "best head: head",
        "best head: top key is the aligned word",
        "best head: weight on it",
        *(f"cross head {head} of that layer off: exact" for head in range(4)),
        "one cross head of that layer off, the worst: exact",
        "all cross heads of that layer off: exact",
        "a noun’s source cut: the noun right",
        "a noun’s source cut: other words right",
    ]
    alone = [kept[f"cross head {head} of that layer off: exact"] for head in range(4)]
    assert kept["one cross head of that layer off, the worst: exact"] == min(alone)
    assert not any(name.startswith(("cross head", "best head: layer", "best head: head")) for name in cells(kept))


def test_the_examination_is_of_any_shape_of_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(FrenchTask, "half", 4)
    monkeypatch.setattr(writing, "CUT", 2)
    found = TASK.examine(tiny())
    assert {name for name in found if name.startswith("cross head")} == {
        "cross head 0 of that layer off: exact",
        "cross head 1 of that layer off: exact",
    }
    assert all(0 <= value <= 1 for value in found.values())


def test_a_few_steps_of_training_make_it_better_and_a_seed_gives_the_same(few: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(french, "BATCH", 16)
    monkeypatch.setattr(loop, "WARM_UP", 5)
    options = TrainingOptions("french", seed=2, layers=1, heads=2, d_model=32, steps=40, dropout=0.1)
    before = torch.random.get_rng_state()
    first, last = (progress.snapshot for progress in train(options, every=40) if progress.snapshot)
    assert torch.equal(before, torch.random.get_rng_state())
    assert last.loss < first.loss / 1.2
    assert last.measures.figures["agreement"] > first.measures.figures["agreement"] + 0.05
    again = [progress.loss for progress in islice(train(options, every=40), 3)]
    assert again == [progress.loss for progress in islice(train(options, every=40), 3)]
