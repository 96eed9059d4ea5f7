"""What the walk says: true of each model, words that are hostile to TeX, and a window of a long text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnviz.client import schema
from attnviz.client.models import packed_model
from attnviz.models import load_model
from tests.explorer.walk_cases import Case, every
from tests.explorer.walking import Walked, Walks, walked

HOSTILE = (
    "\\ $ { } % ^ ~ # & _ \\frac{1}{0} $x^2$ \\text{a} 🙂 👩‍👩‍👧 קט قطة قطة `` '' -- a_b averyveryverylongwordindeed "
    "a\u0301\u0302\u0303 #\u0301 \ue000 日本 ﷽ H₂O ₂ <b> \" | \u202e \u2028x \u200d हिन्दी don't m² ∞ €"
)


LESS: dict[str, str] = {
    "induction": "feed_forward second_residual",
    "one head, one layer, post-norm, attention only": "concatenated feed_forward second_residual layers",
    "no positions": "layers",
    "random": "residual feed_forward second_residual layers probabilities",
    "random, otherwise": "residual feed_forward second_residual layers probabilities",
    "random, a word": "residual feed_forward second_residual layers probabilities",
}
LESS |= dict.fromkeys(
    ["minilm, layer 0", "minilm, layer 5", "minilm, a word", "t5", "llama", "gpt2"],
    "embeddings positions residual feed_forward second_residual layers probabilities",
)


def test_steps_that_a_model_has_not_are_absent_and_the_last_before_them_stands_in(cases: dict[str, Case]):
    for name, case in cases.items():
        steps = [step for step in schema.WALK if step not in LESS.get(name, "").split()]
        for walk in case.told.walks:
            assert walk.told["all"] == steps, name
            before = "words"
            for step in schema.WALK:
                before = step if step in steps else before
                assert walk.told["fallen"][step] == before, name


ONE = re.compile(r"\b1 (?:\\text\{ ?)?(tokens|heads|layers|scores|words|numbers|ways)\b")


def test_every_formula_is_one_that_katex_renders(cases: dict[str, Case]):
    for what, _, walk in every(cases):
        for step in walk.steps.values():
            assert step.told["refused"] == [], f"{what}, {step.name}"


def test_what_there_is_one_of_is_one(cases: dict[str, Case]):
    for what, _, walk in every(cases):
        for step in walk.steps.values():
            titles = [f"{one['title']} {one['name']}" for one in step.shown.values()]
            assert not ONE.search(" ".join([step.said, *step.lines, *titles])), f"{what}, {step.name}"


def test_a_share_in_a_sentence_is_the_weight(cases: dict[str, Case]):
    seen = set()
    for what, _, walk in every(cases):
        if walk.asked.get("changes", {}).get("normalizer"):
            continue
        share, masked = (walk[step][name][walk.asked["query"], walk.asked["key"]] for step, name in WHERE)
        said = re.search(r"gives (nothing|(?:(less|more) than )?(\d+)%) to ", walk["softmax"].sentence)
        assert said, what
        kind, percent = said[2] or said[1], 100 * share
        assert (kind == "nothing") == np.isneginf(masked), what
        if kind == "less":
            assert 0 < percent < 0.5, what
        elif kind == "more":
            assert 99.5 <= percent < 100, what
        elif kind != "nothing":
            assert abs(percent - float(said[3])) <= 0.5, what
            assert said[3] != "0" or share == 0, what
            assert said[3] != "100" or share == pytest.approx(1.0), what
        seen.add(kind if kind in ("less", "nothing") else "percent")
    assert seen == {"less", "nothing", "percent"}


WHERE = (("softmax", "A"), ("masked", "M"))


def test_how_many_tokens_a_token_may_look_at_is_said_as_it_is(cases: dict[str, Case]):
    seen = set()
    for what, _, walk in every(cases):
        masked = np.isneginf(walk["masked"]["M"])
        n, sentence = len(masked), walk["masked"].sentence
        if not masked.any():
            assert "nothing is masked" in sentence, what
            assert sentence.startswith("There is one token") == (n == 1), what
            continue
        may = n - int(masked[walk.asked["query"]].sum())
        said = f"all {n} tokens" if may == n else f"{may} of the {n} tokens"
        assert sentence.endswith(f"may look at {said}."), what
        seen.add(may == n)
    assert seen == {True, False}


def test_what_was_drawn_at_random_is_not_called_learned(cases: dict[str, Case]):
    for what, _, walk in every(cases):
        is_random = walk.config["kind"] == "random"
        for step in walk.steps.values():
            origins = [f"{one['title']} {one.get('from', '')}" for one in step.shown.values()]
            assert not (is_random and re.search("learned|training", " ".join([step.sentence, *origins]))), what
            assert not (not is_random and "random" in " ".join([step.sentence, *origins])), what


def test_one_head_is_not_several_side_by_side_and_one_layer_has_none_after_it(cases: dict[str, Case]):
    case = cases["one head, one layer, post-norm, attention only"]
    for walk in case.told.walks:
        for step in walk.steps.values():
            assert "side by side" not in step.sentence, step.name
            assert "every head" not in step.sentence, step.name
            assert "Layer 1" not in step.said, step.name
        assert "single head" in walk["heads"].sentence
        assert "This model has no other." in walk["residual"].sentence
        assert "layer norm" in walk["residual"].sentence


def test_what_norms_where_is_said_as_the_model_does_it(cases: dict[str, Case]):
    for what, _, walk in every(cases):
        if "residual" in walk.steps:
            is_pre = walk.config["norm"] == "pre"
            said = walk["residual"].told["otherwise"]
            assert said.startswith("This model norms before each part (pre-norm)") == is_pre, what
            assert ("x" in walk["projections"]) == is_pre, what
        if "positions" in walk.steps:
            is_turned = "turn queries and keys" in walk["positions"].sentence
            changes = walk.asked.get("changes") or {}
            assert is_turned == (walk.config["positions"] == "rotary" and changes.get("places", True)), what
            assert is_turned == ("X·W_Q" in walk["projections"]), what


def test_what_a_pretrained_model_does_otherwise_is_said_where_it_does_it(cases: dict[str, Case]):
    t5, llama, gpt2 = (cases[name].told.walks[0] for name in ("t5", "llama", "gpt2"))
    assert "does not divide its scores" in t5["scaled"].sentence
    assert "a number is added" in t5["scaled"].sentence
    assert "turned by their place" in llama["projections"].sentence
    assert "several share W_K and W_V" in llama["projections"].sentence
    assert "keys and values are shared" in llama["heads"].sentence
    assert "reads causally" in gpt2["masked"].told["otherwise"]
    assert "GPT has a causal mask" in t5["masked"].told["otherwise"]


def test_one_token_alone_works_in_every_step(cases: dict[str, Case]):
    for walk in cases["random, a word"].told.walks:
        assert walk["softmax"]["A"].tolist() == [[1.0]]
        assert "gives 100% to itself" in walk["softmax"].sentence
        assert "no other token" in walk["row"].sentence
        assert "is alone here" in walk["context"].sentence
        assert np.array_equal(walk["context"]["c"], walk["context"]["V"])


def test_a_mark_that_the_model_adds_is_called_one(cases: dict[str, Case]):
    for what, _, walk in every(cases):
        said = walk["words"].sentence
        marks = [mark for mark in ("[CLS]", "[SEP]") if mark in walk.told["names"]]
        assert [mark for mark in ("[CLS]", "[SEP]") if f"“{mark}”" in said] == marks, what
        assert ("that the model adds" in said) == bool(marks), what


def test_words_that_are_hostile_to_tex_are_text_in_a_formula(minilm: Any, node: str, tmp_path: Path):
    models = [load_model("grammar", device="cpu"), load_model("random", device="cpu"), minilm]
    asked = []
    for model in models:
        n = len(model.trace(HOSTILE))
        where = {"text": HOSTILE, "layer": 0, "head": 0}
        walks = [{**where, "query": i, "key": n - 1 - i, "only": WITH_WORDS} for i in range(n)]
        walks.append({**where, "query": 0, "key": 1})
        asked.append(Walks(packed_model(model, model.request(HOSTILE)), walks))
    for told in walked(node, tmp_path, asked):
        for walk in told.walks:
            for step in walk.steps.values():
                assert step.told["refused"] == [], f"{walk.told['names'][walk.asked['query']]!r}, {step.name}"
        names = told.walks[0].told["names"]
        assert len(names) == len(set(names)) > 40


WITH_WORDS = ["words", "ids", "score", "softmax"]


LONG = "The cat sat on the mat , and a dog that the girls saw barks now . " * 60
MOST = 24


@pytest.fixture(scope="module")
def long_walks(node: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[Walked]]:
    model = load_model("grammar", device="cpu")
    where = [(300, 295), (300, 20), (0, 511), (511, 511), (3, 0)]
    walks = [{"text": LONG, "layer": 1, "head": 2, "query": query, "key": key} for query, key in where]
    told = walked(node, tmp_path_factory.mktemp("long"), [Walks(packed_model(model), walks)])[0]
    return model, told.walks


def test_of_512_tokens_a_window_around_the_chosen_ones_is_shown_and_said(long_walks: tuple[Any, list[Walked]]):
    for walk in long_walks[1]:
        query, key = walk.asked["query"], walk.asked["key"]
        for step in walk.steps.values():
            axes = [one["tokens"] for one in step.shown.values() if one.get("tokens")]
            windows = [tokens for axis in axes for tokens in axis.values()]
            assert all(tokens == windows[0] for tokens in windows), step.name
            assert step.sentence.count("The text has 512 tokens") == bool(windows), step.name
            if not windows:
                continue
            tokens = windows[0]
            assert len(tokens) == MOST, step.name
            assert {query, key} <= set(tokens), step.name
            for one in step.shown.values():
                for side, token in (("rows", query), ("columns", query if one["name"] in ("i", "id") else key)):
                    names, shown = one[side], one.get("tokens", {}).get(side)
                    if shown:
                        assert names == [walk.told["names"][at] for at in tokens], step.name
                        assert one["place"]["shape"][side == "columns"] == MOST
                        at = one["at"].get("row" if side == "rows" else "column") if one.get("at") else None
                        own = key if one["name"] in ("V", "a · v") and step.name == "context" else token
                        assert at is None or tokens[at] == own, f"{step.name}, {one['name']}"


def test_a_window_is_cut_out_of_the_whole(long_walks: tuple[Any, list[Walked]]):
    model, walks = long_walks
    trace = model.trace(LONG)
    steps, stages = trace.layers[1].attention(), trace.stages
    for walk in walks:
        tokens = walk["masked"].shown["M"]["tokens"]["rows"]
        square = np.ix_(tokens, tokens)
        for step, name, whole in (
            ("scores", "S", steps.scores[2].numpy()[square]),
            ("softmax", "A", steps.weights[2].numpy()[square]),
            ("projections", "V", steps.v[2].numpy()[tokens]),
            ("softmax", "a", steps.weights[2].numpy()[[walk.asked["query"]]][:, tokens]),
            ("context", "c", steps.context[2].numpy()[[walk.asked["query"]]]),
            ("layers", "layer 1", stages.blocks[1].output.numpy()[tokens]),
        ):
            assert np.abs(walk[step][name] - whole).max() <= 1e-4, f"{walk.asked}, {step}, {name}"
    assert "tokens 286 to 309." in walks[0]["softmax"].sentence
    assert "tokens 14 to 25 and 294 to 305." in walks[0 + 1]["softmax"].sentence
    assert "tokens 0 to 11 and 500 to 511." in walks[2]["softmax"].sentence


def test_what_is_said_of_a_long_text_is_of_the_whole(long_walks: tuple[Any, list[Walked]]):
    model, walks = long_walks
    weights = model.trace(LONG).layers[1].weights[2].numpy()
    for walk in walks:
        line = walk["softmax"].lines[-1]
        assert float(line.rsplit("= ", 1)[1]) == pytest.approx(
            weights[walk.asked["query"], walk.asked["key"]], abs=6e-4
        )
        assert "262144" in walk["scores"].lines[0]
