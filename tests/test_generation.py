"""One word after another: what is drawn from, against numbers by hand and transformers; and the text as it grows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, tensor

from attnviz import load_model
from attnviz.errors import AttnvizError
from attnviz.generation import GREEDY, Sampling, drawn_from, generate, read, step, written
from attnviz.models.base import Model
from attnviz.request import HeadOff
from tests.support.tiny import save_tiny

P = tensor([0.1, 0.4, 0.3, 0.2])


@pytest.fixture(scope="module")
def repeating() -> Model:
    return load_model("induction")


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("gpt2")
    return load_model(str(save_tiny(folder, "gpt2", with_head=True, has_mask=False)), device="cpu")


@pytest.mark.parametrize(
    ("sampling", "wanted"),
    [
        (Sampling(), [0.1, 0.4, 0.3, 0.2]),
        (Sampling(temperature=0), [0, 1, 0, 0]),
        # p² over the sum of squares: 0.01 + 0.16 + 0.09 + 0.04 = 0.3
        (Sampling(temperature=0.5), [1 / 30, 16 / 30, 9 / 30, 4 / 30]),
        (Sampling(top_k=2), [0, 4 / 7, 3 / 7, 0]),
        (Sampling(top_k=9), [0.1, 0.4, 0.3, 0.2]),
        (Sampling(top_p=0.65), [0, 4 / 7, 3 / 7, 0]),
        (Sampling(top_p=0.75), [0, 4 / 9, 3 / 9, 2 / 9]),
        (Sampling(top_p=0.01), [0, 1, 0, 0]),
        # of the three that are left 4/9 and 3/9 make up 7/9, which is above 0.7
        (Sampling(top_k=3, top_p=0.7), [0, 4 / 7, 3 / 7, 0]),
    ],
)
def test_what_is_drawn_from(sampling: Sampling, wanted: list[float]):
    assert drawn_from(P, sampling).tolist() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("top_k", [0, 1, 3, 40])
@pytest.mark.parametrize("top_p", [0.05, 0.5, 0.9, 1.0])
def test_it_is_what_transformers_draws_from(temperature: float, top_k: int, top_p: float):
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    logits = 3 * torch.randn(20, 30, generator=torch.Generator().manual_seed(4))
    theirs = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k:
        theirs = TopKLogitsWarper(top_k)(None, theirs)
    if top_p < 1:
        theirs = TopPLogitsWarper(top_p)(None, theirs)
    ours = drawn_from(logits.softmax(-1), Sampling(temperature, top_k, top_p))
    assert (ours - theirs.softmax(-1)).abs().max() < 1e-6


def test_words_are_drawn_as_often_as_they_are_probable(repeating):
    """A model that has not learned is unsure; a thousand seeds draw what it says."""
    untrained = repeating.untrained()
    steps = [step(untrained, "cat", Sampling(top_k=3, seed=seed)) for seed in range(1000)]
    left = steps[0].drawn_from
    assert int((left > 0).sum()) == 3
    for index in left.nonzero().flatten().tolist():
        share = sum(one.index == index for one in steps) / 1000
        assert share == pytest.approx(float(left[index]), abs=0.06)


def test_the_same_seed_writes_the_same_and_step_by_step_as_at_once(repeating):
    sampling = Sampling(temperature=2.0, seed=5)
    at_once = [one.word for one in generate(repeating, "cat black tree", sampling, limit=6)]
    again = [one.word for one in generate(repeating, "cat black tree", sampling, limit=6)]
    text, stepwise = "cat black tree", []
    for _ in range(6):
        one = step(repeating, text, sampling)
        stepwise.append(one.word)
        assert one.text is not None
        text = one.text
    assert at_once == again == stepwise
    other = [one.word for one in generate(repeating, "cat black tree", Sampling(2.0, seed=6), limit=6)]
    assert other != at_once


def test_a_repetition_is_written_to_its_end_greedily(repeating):
    block = "cat black tree sat lamp on"
    *_, last = generate(repeating, f"{block} cat black", limit=4)
    assert last.text == f"{block} {block}"


def test_what_it_says_is_the_models_own_and_is_not_changed_by_the_drawing(repeating):
    text = "cat black tree cat"
    one = step(repeating, text, Sampling(temperature=0.3, top_k=2))
    own = repeating.probabilities(text, len(repeating.trace(text).tokens) - 1)
    assert torch.equal(one.probabilities, own)
    assert one.place == 4
    off = step(repeating, text, changes=[HeadOff((0, 2))])
    assert not torch.equal(off.probabilities, own)


def test_a_causal_models_earlier_rows_stay_as_they_are_while_it_writes(repeating):
    """So the picture of a longer text is the same picture with a row more."""
    texts = ["cat black tree", *(one.text for one in generate(repeating, "cat black tree", limit=3))]
    traces = [repeating.trace(text) for text in texts if text]
    for before, after in itertools.pairwise(traces):
        n = len(before.tokens)
        assert len(after.tokens) == n + 1
        for one, other in zip(before.layers, after.layers, strict=True):
            assert (one.weights - other.weights[:, :n, :n]).abs().max() < 1e-6


def test_a_pretrained_model_writes_what_transformers_writes(gpt2):
    """Greedily, token after token, through our attention and through its own."""
    no_words = [0, 1, 2, 3, 4, *range(20, 32)]  # special ones, and what the tokenizer has not: no text has them
    compared = 0
    for text in ("the cat sat", "the mat", "on the cat", "cat sat mat", "sat on", "black cat"):
        ids = tensor([[token.id for token in gpt2.trace(text).tokens[:-1]]])  # without the [SEP] that frames it
        greedily = {"max_new_tokens": 5, "do_sample": False, "pad_token_id": 0, "suppress_tokens": no_words}
        theirs = gpt2.with_words.generate(ids, **greedily)[0, ids.shape[1] :]
        ours = [one.index for one in generate(gpt2, text, limit=5)]
        assert ours == theirs.tolist()
        compared += len(ours)
    assert compared == 30


def test_a_text_that_is_as_long_as_the_model_reads_is_not_continued(gpt2):
    with pytest.raises(AttnvizError, match="as long as this model can read: 40 tokens"):
        list(generate(gpt2, " ".join(["cat"] * 40)))


@pytest.mark.parametrize("name", ["grammar", "random", "minilm"])
def test_a_model_that_does_not_say_what_comes_next_says_so(name: str):
    model = load_model(name)
    assert not model.continues
    with pytest.raises(AttnvizError, match="does not say which word comes next"):
        step(model, "the cat")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"temperature": -1}, "from 0.01 to 10, not -1"),
        ({"temperature": float("nan")}, "from 0.01 to 10, not nan"),
        ({"temperature": True}, "not True"),
        ({"temperature": 1e-40}, "from 0.01 to 10"),
        ({"top_k": -1}, "whole number from 0"),
        ({"top_k": 2.0}, "whole number from 0"),
        ({"top_p": 0}, "from 0.001 to 1"),
        ({"top_p": 1.1}, "from 0.001 to 1"),
        ({"seed": 2**31}, "The seed is a whole number"),
    ],
)
def test_a_sampling_that_cannot_be_is_refused(wrong: dict[str, float], said: str):
    with pytest.raises(AttnvizError, match=said):
        Sampling(**wrong)  # type: ignore[arg-type]


def test_a_limit_that_cannot_be_is_refused(repeating):
    assert list(generate(repeating, "cat", limit=0)) == []
    with pytest.raises(AttnvizError, match="number of words from 0"):
        generate(repeating, "cat", limit=-1)


@pytest.mark.parametrize(
    "sampling",
    [
        *(GREEDY, Sampling(), Sampling(0.8, 5, 0.9, 3), Sampling(1.0, seed=2**31 - 1), Sampling(0.01, 10**6, 0.001)),
        *(Sampling(3.123456, top_p=0.123456), Sampling(10.0, seed=1_234_567)),
    ],
)
def test_a_sampling_comes_back_from_its_link(sampling: Sampling):
    assert read(written(sampling)) == sampling
    assert "e" not in written(sampling)


def test_numbers_of_numpy_are_numbers():
    assert Sampling(np.float32(0.5), np.int64(3), np.float64(1), np.int32(2)) == Sampling(0.5, 3, 1.0, 2)


@pytest.mark.parametrize("wrong", ["x", "t", "k3.5", "t1-t2", "t0.5-", "t99", "p0", "t1e3", "t" + "1" * 20])
def test_what_is_no_sampling_is_refused(wrong: str):
    with pytest.raises(AttnvizError):
        read(wrong)


def test_what_is_no_word_is_not_written(repeating):
    """[PAD], [MASK] and [UNK] have probabilities, but no text has them."""
    model = load_model("stories").untrained()
    assert model is not None
    found = {step(model, "One day", Sampling(10.0, seed=seed)).word for seed in range(300)}
    assert not found & {"[PAD]", "[MASK]", "[UNK]"}
    assert len(found) > 80
    assert [model.continued("One", i) for i in range(4)] == [None] * 4
    assert [model.ends(i) for i in range(4)] == [False, False, False, True]
    with pytest.raises(AttnvizError, match="no word -1"):
        model.continued("One", -1)


def test_what_is_no_text_or_no_sampling_is_said(repeating):
    with pytest.raises(AttnvizError, match="text must be a string, not int"):
        step(repeating, 3)  # type: ignore[arg-type]
    with pytest.raises(AttnvizError, match=r"is a Sampling, not 't0\.5'"):
        generate(repeating, "cat", "t0.5")  # type: ignore[arg-type]


def test_stories_end_where_the_model_ends_them():
    *steps, last = generate(load_model("stories"), "One day a girl named Mia found a red ball.", GREEDY, limit=120)
    assert last.ends
    assert last.word == "[CLS]"
    text = steps[-1].text
    assert text is not None
    assert text.endswith("the red ball.")
    assert " She put the red ball into a " in text
    assert sums_to_one(last.probabilities)


def sums_to_one(probabilities: Tensor) -> bool:
    return abs(float(probabilities.sum()) - 1) < 1e-5
