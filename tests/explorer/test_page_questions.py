"""Questions of the Learn page: each has one right answer, found again here from the weights themselves."""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import attnviz

SCRIPT = Path(__file__).parent / "page_questions.js"
TEXTS = (
    "The cat, which was black, sat on the mat",
    "The dogs near the old lamp bark because they felt tired",
    "small bird sat on the tree small bird sat on the tree",
)
WANTED = 10_000


def head_of(weights: np.ndarray, names: list[str], **more: Any) -> dict[str, Any]:
    return {"weights": weights.tolist(), "names": names, **more}


def drawn_heads(count: int) -> list[dict[str, Any]]:
    """Random heads of all sizes, some causal, some sharp, some of words that are there twice."""
    generator = np.random.default_rng(3)
    heads = []
    for i in range(count):
        n = int(generator.integers(1, 20))
        scores = generator.normal(size=(n, n)) * float(generator.uniform(0.1, 6))
        if i % 3 == 0:
            scores[np.triu_indices(n, 1)] = -np.inf
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        names = [f"w{j}" if i % 4 else f"w{j // 2}" for j in range(n)]
        shares = generator.dirichlet(np.full(12, 0.3), size=n)
        words = [f"v{j}" for j in range(11)] + ["[UNK]"]
        rows = powers / powers.sum(axis=1, keepdims=True)
        heads.append(head_of(rows, names, probabilities=shares.tolist(), words=words, isNext=bool(i % 2)))
    return heads


def learned_heads() -> list[dict[str, Any]]:
    """Every head of the models that come along, on a few sentences, with what the trained ones say for each word."""
    heads = []
    for name in ("grammar", "induction", "minilm", "random"):
        model = attnviz.load_model(name)
        for text in TEXTS:
            trace = model.trace(text)
            names = [f"{token.label}{i}" for i, token in enumerate(trace.tokens)]
            more = {}
            if trace.stages is not None:
                shares = trace.stages.logits.softmax(-1)
                more = {"probabilities": shares.tolist(), "words": list(trace.stages.words), "isNext": True}
            for layer in trace.layers:
                heads += [head_of(one.numpy(), names, **more) for one in layer.weights.double()]
    return heads


def asked(node: str, heads: list[dict[str, Any]], each: int) -> list[dict[str, Any]]:
    told = json.dumps({"heads": heads, "each": each, "seed": 7})
    done = subprocess.run([node, str(SCRIPT)], input=told, capture_output=True, text=True, check=True, timeout=240)
    return json.loads(done.stdout)


def values_of(head: dict[str, Any], one: dict[str, Any]) -> list[float]:
    """What is asked of each choice, from the numbers themselves."""
    kind, choices = one["question"]["kind"], one["question"]["choices"]
    if kind == "next word":
        return [head["probabilities"][one["query"]][head["words"].index(word)] for word in choices]
    weights = np.array(head["weights"])
    assert all(head["names"].count(name) == 1 for name in choices), "a choice is one word"
    places = [head["names"].index(name) for name in choices]
    if kind == "most":
        return [float(weights[one["query"], place]) for place in places]
    rows = weights[places]
    return (-(rows * np.log2(np.where(rows > 0, rows, 1))).sum(axis=1)).tolist()


@pytest.fixture(scope="module", params=["drawn", "learned"])
def questions(request: pytest.FixtureRequest, node: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    heads = drawn_heads(700) if request.param == "drawn" else learned_heads()
    made = asked(node, heads, 3 * -(-WANTED // len(heads)) * (1 if request.param == "drawn" else 2))
    return heads, [one for one in made if one["question"]]


def test_each_question_has_one_right_answer(questions):
    heads, made = questions
    assert len(made) >= WANTED
    for one in made:
        question, head = one["question"], heads[one["head"]]
        values = values_of(head, one)
        best = sorted(values, reverse=True)
        assert values.index(best[0]) == question["answer"]
        assert best[0] - best[1] > 0.04, "by a margin that one can see"
        assert len(set(question["choices"])) == len(question["choices"]) >= 2
        if question["kind"] == "most":  # it is the strongest of the whole row, not of what is offered
            assert best[0] == max(head["weights"][one["query"]])
        if question["kind"] == "next word":
            assert best[0] == max(head["probabilities"][one["query"]])


def test_who_guesses_is_right_by_chance(questions):
    _, made = questions
    by_count: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for one in made:
        question = one["question"]
        by_count[question["kind"], len(question["choices"])].append(one["guess"] == question["answer"])
    for (kind, count), right in by_count.items():
        if len(right) >= 2000:
            assert np.mean(right) == pytest.approx(1 / count, abs=0.02), (kind, count)
    chance = np.mean([1 / len(one["question"]["choices"]) for one in made])
    assert np.mean([one["guess"] == one["question"]["answer"] for one in made]) == pytest.approx(chance, abs=0.02)


def test_the_right_answer_stands_anywhere(questions):
    _, made = questions
    places = Counter(one["question"]["answer"] for one in made if len(one["question"]["choices"]) == 4)
    for place in range(4):
        assert places[place] / places.total() == pytest.approx(1 / 4, abs=0.02)


def test_where_nothing_stands_out_nothing_is_asked(node: str):
    even = head_of(torch.full((6, 6), 1 / 6).double().numpy(), list("abcdef"))
    alone = head_of(np.ones((1, 1)), ["a"])
    assert all(one["question"] is None for one in asked(node, [even, alone], 30))
