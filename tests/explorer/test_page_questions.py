"""Ten thousand questions: each has one right answer, found here once more from the package's own weights."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnviz.client.models import packed_model
from attnviz.models import load_model
from tests.explorer.node import told_by
from tests.explorer.run_by_hand import run_of

SCRIPT = Path(__file__).parent / "page_questions.js"
CLOSE = 1e-5  # the package computes in float32, the page in float64
WEIGHT, TIMES, BITS = 0.05, 1.2, 0.15  # how far the right answer is before all others, at least
KINDS = ("most", "spread", "next word")
ALONE = "Hi"  # a single token, of the random model
TEXTS = {
    "grammar": ("The cat, which was black, sat on the mat", "The dogs near the old lamp bark", "the cat", "cat"),
    "induction": ("boy old lantern lion . boy old lantern", "cat dog . cat dog", "boy old"),
    "random": ("The cat, which was black, sat on the mat", "one two three", "a b", ALONE),
    "minilm": ("The cat, which was black, sat on the mat", "Hello"),
}
LOOSE: tuple[dict[str, Any], ...] = ({"normalizer": "relu"}, {"normalizer": "polynomial"}, {"normalizer": "hard"})


@dataclass(frozen=True)
class Asked:
    """A question, and the numbers that it is about: rows of weights, and probabilities of words at each token."""

    kind: str
    told: dict[str, Any]
    names: list[str]
    weights: np.ndarray
    may: np.ndarray  # [query, key]: whether it may look
    model: Any = None
    text: str = ""

    @property
    def right(self) -> str:
        return str(self.told["choices"][self.told["answer"]])

    @property
    def places(self) -> list[int]:
        """The tokens that are the choices."""
        return [self.names.index(choice) for choice in self.told["choices"]]


@pytest.fixture(scope="module")
def asked(minilm: Any, node: str, tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    folder = tmp_path_factory.mktemp("questions")
    models = {name: minilm if name == "minilm" else load_model(name, device="cpu") for name in TEXTS}
    cases: list[dict[str, Any]] = []
    about: list[list[tuple[Any, str, np.ndarray, np.ndarray]]] = []
    for name, model in models.items():
        for i, text in enumerate(TEXTS[name]):
            layers = (0, 5) if name == "minilm" else range(len(model.trace(text).layers))
            asks, of = _asks(model, name, text, layers)
            for layer in layers if name == "minilm" else (0,):
                path = folder / f"{name}-{i}-{layer}.bin"
                path.write_bytes(packed_model(model, model.request(text), layer=layer))
                own = [j for j, ask in enumerate(asks) if name != "minilm" or ask["layer"] == layer]
                cases.append({"model": str(path), "asks": [asks[j] for j in own]})
                about.append([of[j] for j in own])
    for case, of_case in _drawn(300):
        cases.append(case)
        about.append([of_case])
    found = []
    for told, of in zip(told_by(node, SCRIPT, folder, cases), about, strict=True):
        for one, (model, text, weights, may) in zip(told, of, strict=True):
            made = [question for question in one["questions"] if question is not None]
            found += [Asked(question["kind"], question, one["names"], weights, may, model, text) for question in made]
    return found


def _asks(model: Any, name: str, text: str, layers: Sequence[int]) -> tuple[list[dict[str, Any]], list[Any]]:
    """What is asked of a text, of each head and kind; and its weights by the package, or with changes by torch."""
    trace = model.trace(text)
    asks, of = [], []
    times = {2: 60, 3: 60}.get(len(trace), 16 if name == "minilm" else 40)
    for layer in layers:
        for head in range(trace.layers[layer].heads):
            weights = trace.layers[layer].weights[head].numpy()
            may = np.isfinite(trace.layers[layer].head(head).masked.numpy())
            for kind in KINDS:
                asks.append({"text": text, "layer": layer, "head": head, "kind": kind, "times": times})
                of.append((model, text, weights, may))
    for changes in LOOSE if name == "grammar" else ():
        run = run_of(model.network, [token.id for token in trace.tokens], changes)
        for head in range(trace.layers[0].heads):
            weights = run[f"0.{head}.weights"].detach().numpy()
            for kind in ("most", "spread"):
                asked = {"text": text, "layer": 0, "head": head, "kind": kind, "times": 10, "changes": changes}
                asks.append(asked)
                of.append((model, text, weights, np.ones_like(weights, dtype=bool)))
    return asks, of


def _drawn(count: int) -> list[tuple[dict[str, Any], tuple[None, str, np.ndarray, np.ndarray]]]:
    """Random weights of 2 to 9 words, sharp and even ones, with and without a causal mask, some of them loose."""
    drawn = np.random.default_rng(5)
    found = []
    for i in range(count):
        n = 2 + i % 8
        may = np.tril(np.ones((n, n), dtype=bool)) if i % 3 == 0 else np.ones((n, n), dtype=bool)
        powers = np.where(may, np.exp(drawn.normal(0, drawn.uniform(0.3, 4), (n, n))), 0.0)
        weights = powers / powers.sum(-1, keepdims=True)
        if i % 10 == 9:
            weights = weights * drawn.normal(1, 1, (n, 1))
        names = [f"w{j}" for j in range(n)]
        case = {"names": names, "weights": weights.tolist(), "blocked": (~may).tolist()}
        found.append((case | {"kind": KINDS[i // 8 % 2], "times": 24}, (None, "", weights, may)))
    return found


def entropy(row: np.ndarray) -> float:
    """In bits."""
    seen = row[row > 0].astype(float)
    return float(-(seen * np.log2(seen)).sum())


def are_shares(row: np.ndarray) -> bool:
    return bool((row >= 0).all() and abs(row.sum() - 1) < 1e-3)


@cache
def probabilities_of(model: Any, text: str, at: int) -> np.ndarray:
    return np.asarray(model.probabilities(text, at))


def test_there_are_ten_thousand_of_every_kind_and_number_of_choices(asked: list[Asked]):
    assert len(asked) >= 10_000
    kinds = Counter(one.kind for one in asked)
    assert min(kinds[kind] for kind in KINDS) >= 2_000
    assert {len(one.told["choices"]) for one in asked} == {2, 3, 4}


def test_choices_differ_and_the_right_one_is_among_them_once(asked: list[Asked]):
    for one in asked:
        choices = one.told["choices"]
        assert len(set(choices)) == len(choices), one
        assert 2 <= len(choices) <= 4
        assert choices.count(one.right) == 1


def test_the_word_that_is_looked_at_most_is_the_answer_by_its_margin(asked: list[Asked]):
    for one in asked:
        if one.kind != "most":
            continue
        row, may = one.weights[one.told["query"]], one.may[one.told["query"]]
        assert may[one.places].all(), "what may not be looked at is no choice"
        assert (row >= 0).all()
        first = one.names.index(one.right)
        others = np.delete(np.where(may, row, -np.inf), first)
        assert row[first] - others.max() >= WEIGHT - CLOSE
        assert row[first] >= TIMES * others.max() - CLOSE
        assert f"“{_plain(one.names[one.told['query']])}”" in one.told["prompt"]
        said = one.told["told"]
        assert ("of its weight" in said) == are_shares(row), said
        assert abs(_number(said) - row[first]) <= 0.005 + CLOSE, said


def test_the_most_even_row_is_the_answer_by_its_margin(asked: list[Asked]):
    for one in asked:
        if one.kind != "spread":
            continue
        rows = one.weights[one.places]
        assert all(are_shares(row) for row in rows)
        bits = np.array([entropy(row) for row in rows])
        best = one.told["answer"]
        assert bits[best] - np.delete(bits, best).max() >= BITS - 1e-3
        assert abs(_number(one.told["told"]) - bits[best]) <= 0.005 + 1e-3, one.told["told"]


def test_the_most_probable_word_is_the_answer_by_its_margin(asked: list[Asked]):
    for one in asked:
        if one.kind != "next word":
            continue
        told = probabilities_of(one.model, one.text, one.told["query"])
        first, second = np.argsort(-told)[:2]
        assert one.model.word(int(first)) == one.right
        assert told[first] - told[second] >= WEIGHT - CLOSE
        assert told[first] >= TIMES * told[second] - CLOSE
        assert not any(choice.startswith("[") for choice in one.told["choices"])
        assert abs(_number(one.told["told"]) - told[first]) <= 0.005 + CLOSE


def test_the_answer_stands_at_each_place_equally_often_and_guessing_does_not_pay(asked: list[Asked]):
    guesses = random.Random(3)
    groups: dict[tuple[str, int], list[Asked]] = defaultdict(list)
    for one in asked:
        groups[one.kind, len(one.told["choices"])].append(one)
    for (kind, count), group in groups.items():
        n = len(group)
        spread = 4 * (n * (1 / count) * (1 - 1 / count)) ** 0.5  # four standard deviations
        where = Counter(one.told["answer"] for one in group)
        assert all(abs(where[place] - n / count) <= spread for place in range(count)), (kind, count, where)
        right = sum(guesses.randrange(count) == one.told["answer"] for one in group for _ in range(8)) / (8 * n)
        assert abs(right - 1 / count) <= 0.02, (kind, count, right)


def test_one_word_makes_no_question_and_weights_that_are_no_shares_do(asked: list[Asked]):
    assert ALONE in TEXTS["random"]
    assert not any(one.model is not None and one.text == ALONE for one in asked)
    assert any(one.kind == "most" and not are_shares(one.weights[one.told["query"]]) for one in asked), "ReLU's"


def _plain(name: str) -> str:
    return re.sub("[₀-₉]+$", "", name)


def _number(said: str) -> float:
    """The number in what is told, after words that may hold others."""
    return float(re.findall(r"(?<![\w.])\d+\.\d+(?![\w])", re.sub("“[^”]*”", "", said))[-1])
