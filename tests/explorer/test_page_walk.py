"""Every number of the walk: recomputed from the numbers that it shows before, to the digits that it shows; and its last
probabilities are the package's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.explorer.lines import lines_of, numbers_in
from tests.explorer.recomputed import PARAMETERS, given_by, recomputed
from tests.explorer.run_by_hand import run_of
from tests.explorer.walk_cases import TEXT, Case, every
from tests.explorer.walking import Step, Walked

CLOSE = 1e-6


def wanted_of(case: Case, walk: Walked) -> dict[str, dict[str, np.ndarray]]:
    def head_of(head: int) -> np.ndarray:
        other = case.like(walk, head=head)
        return np.asarray(other["softmax"]["A"] @ other["projections"]["V"])

    found = recomputed(walk, head_of, lambda layer: given_by(case.like(walk, layer=layer, head=0)))
    if "upTo" in walk.asked:  # while it plays, the values of later words are not yet in the sum
        context, poured = walk["context"], np.arange(len(walk["context"]["V"])) <= walk.asked["upTo"]
        found["context"]["a · v"] = np.where(poured, context["a"], 0.0).T * context["V"]
    return found


def where_it_begins(walk: Walked, step: Step) -> set[str]:
    """What of a step cannot be recomputed, since it is what was learned, drawn or given."""
    begins = PARAMETERS & step.shown.keys() if step.name != "scaled" else {"b"} & step.shown.keys()
    if step.name == "embeddings" and walk.config["kind"] == "random":
        return begins | {"X"}
    if step.name == "positions" and walk.config["positions"] == "learned":
        return begins | {"P"}
    if step.name == "projections" and "W_Q" not in step:
        return {"Q", "K", "V"}
    if step.name == "projections" and (walk.asked["layer"] or walk.config["kind"] == "pretrained"):
        return begins | {"x" if "x" in step else "X"}
    return begins


def test_every_matrix_is_what_the_ones_before_it_make(cases: dict[str, Case]):
    for what, case, walk in every(cases):
        wanted = wanted_of(case, walk)
        for step in walk.steps.values():
            made, begins = wanted[step.name], where_it_begins(walk, step)
            assert made.keys() | begins == step.shown.keys(), f"{what}, {step.name}"
            assert made.keys().isdisjoint(begins), f"{what}, {step.name}"
            for name, matrix in made.items():
                assert_near(step[name], matrix, f"{what}, {step.name}, {name}")
                assert_hovers(step.shown[name]["hovers"], matrix, f"{what}, {step.name}, {name}")


def assert_near(seen: np.ndarray, wanted: np.ndarray, what: str) -> None:
    assert seen.shape == wanted.shape, what
    hidden = np.isneginf(wanted)
    assert np.array_equal(np.isneginf(seen), hidden), what
    apart = np.abs(np.where(hidden, 0.0, seen) - np.where(hidden, 0.0, wanted))
    assert (apart <= CLOSE * np.maximum(1.0, np.abs(np.where(hidden, 0.0, wanted)))).all(), what


def assert_hovers(hovers: list[str] | None, wanted: np.ndarray, what: str) -> None:
    """What one reads when one points at a number: three digits that count. Half a million are compared: all at once."""
    if hovers is None:
        return
    assert len(hovers) == wanted.size, what
    hidden = np.isneginf(wanted.ravel())
    assert {text for text, one in zip(hovers, hidden.tolist(), strict=True) if one} <= {"−∞"}, what
    texts = [text for text, one in zip(hovers, hidden.tolist(), strict=True) if not one]
    digits = np.array([len(text.partition(".")[2]) for text in texts])
    numbers, values = np.array([float(text.replace("−", "-")) for text in texts]), wanted.ravel()[~hidden]
    assert (abs(numbers - values) <= 0.5 * 10.0**-digits + CLOSE * np.maximum(1.0, abs(values))).all(), what


def test_every_number_in_a_formula_is_what_the_matrices_make(cases: dict[str, Case]):
    for what, _, walk in every(cases):
        for step, wanted in lines_of(walk).items():
            written = [numbers_in(line) for line in walk[step].lines]
            assert len(written) == len(wanted), f"{what}, {step}"
            for line, seen, numbers in zip(walk[step].lines, written, wanted, strict=True):
                assert len(seen) == len(numbers), f"{what}, {step}: {line}, {numbers}"
                for (value, within), number in zip(seen, numbers, strict=True):
                    is_it = value == number or abs(value - number) <= within + CLOSE * max(1.0, abs(number))
                    assert is_it, f"{what}, {step}: {line}, {number}"


def test_what_was_learned_or_drawn_is_the_model_s_own(cases: dict[str, Case]):
    seen = set()
    for what, case, walk in every(cases):
        layer, head = walk.asked["layer"], walk.asked["head"]
        parameters = case.model.parameters(case.model.request(walk.asked["text"]), layer=layer)
        own = parameters.layers[layer if len(parameters.layers) > 1 else 0]
        size = walk.config["d_head"]
        columns = slice(head * size, (head + 1) * size)
        wanted = {("embeddings", "E"): parameters.embedding, ("probabilities", "U"): parameters.unembedding}
        wanted |= {("probabilities", "E"): parameters.embedding, ("probabilities", "b"): parameters.bias}
        for letter in "qkv":
            for kind in "wb":
                value = getattr(own, f"{kind}_{letter}")
                name = f"{kind.upper() if kind == 'w' else kind}_{letter.upper()}"
                wanted["projections", name] = None if value is None else value[..., columns]
        wanted |= {("output", "W_O"): own.w_o, ("output", "b_O"): own.b_o}
        wanted |= {
            ("feed_forward", name.replace("w", "W")): getattr(own, name) for name in ("w_1", "b_1", "w_2", "b_2")
        }
        norms = {"projections": own.norm_1, "residual": own.norm_2 if walk.config["norm"] == "pre" else own.norm_1}
        norms |= {"second_residual": own.norm_2, "probabilities": parameters.norm}
        for step, norm in norms.items():
            if norm is not None:
                wanted |= {(step, "γ"): norm[0], (step, "β"): norm[1]}
        for step in walk.steps.values():
            for name in PARAMETERS & step.shown.keys() - ({"b"} if step.name == "scaled" else set()):
                value = wanted[step.name, name]
                assert value is not None, f"{what}, {step.name}, {name}"
                assert np.array_equal(step[name], np.atleast_2d(value.detach().numpy())), f"{what}, {step.name}, {name}"
                seen.add(name)
    assert seen == PARAMETERS


def test_where_a_walk_begins_it_begins_with_the_package_s_numbers(cases: dict[str, Case], minilm: Any):
    for what, case, walk in every(cases):
        layer, kind = walk.asked["layer"], walk.config["kind"]
        if walk.asked.get("changes"):
            continue
        trace = case.model.trace(walk.asked["text"])
        assert walk.told["ids"] == [token.id for token in trace.tokens]
        shown = walk["projections"]
        if kind == "pretrained" and "X" not in shown:
            own = trace.layers[layer]
            kv = own.kv_head(walk.asked["head"])
            for name, vectors in (("Q", own.q[walk.asked["head"]]), ("K", own.k[kv]), ("V", own.v[kv])):
                assert_near(shown[name], vectors.numpy(), f"{what}, {name}")
        elif kind == "pretrained" and case.model is not minilm:
            assert_near(shown["X"], case.model.parameters(trace.request, layer=layer).x.numpy(), what)
        elif kind == "pretrained":
            states = minilm.run(minilm.network, trace.tokens, output_hidden_states=True).hidden_states
            assert_near(shown["X"], states[layer][0].detach().numpy(), what)
        elif kind == "random":
            assert_near(shown["X"], case.model.inputs(walk.told["ids"]).numpy(), what)
        elif layer:
            before = case.like(walk, layer=layer - 1, head=0)
            assert_near(shown["x" if "x" in shown else "X"], given_by(before), what)
        if "b" in walk["scaled"]:
            bias = trace.layers[layer].bias
            assert_near(walk["scaled"]["b"], bias[walk.asked["head"] % len(bias)].numpy(), f"{what}, b")
        if walk.config["positions"] == "learned":
            assert_near(walk["positions"]["P"], case.model.network.places[: len(trace)].detach().numpy(), what)


def test_the_last_probabilities_are_the_model_s_own(cases: dict[str, Case]):
    seen = 0
    for what, case, walk in every(cases):
        if "probabilities" not in walk.steps or walk.asked.get("changes"):
            continue
        text, query = walk.asked["text"], walk.asked["query"]
        stages = case.model.trace(text).stages
        p = walk["probabilities"]["p"][0]
        exact = run_of(case.model.network, walk.told["ids"], {})["logits"][query].softmax(-1)
        assert_near(p, exact.detach().numpy(), what)
        assert_near(p, stages.logits[query].softmax(-1).numpy(), what)
        bars = walk["probabilities"].told["bars"]
        assert_bars(bars[0], p, case.model.words, what)
        if case.model.predicts == "next":
            assert_near(p, case.model.probabilities(text, query).numpy(), what)
        elif len(bars) > 1:
            assert_bars(bars[1], case.model.probabilities(text, query).numpy(), case.model.words, what)
            seen += 1
    assert seen


def assert_bars(bars: dict[str, Any], probabilities: np.ndarray, words: tuple[str, ...], what: str) -> None:
    assert len(bars["words"]) == 8
    for word, share in bars["words"]:
        assert abs(probabilities[words.index(word)] - share) <= CLOSE, what
    assert_near(np.array([share for _, share in bars["words"]]), np.sort(probabilities)[::-1][:8], what)


def test_words_in_another_order_give_the_same_outputs_where_nothing_says_places(cases: dict[str, Case]):
    for name in ("grammar", "random"):
        for shuffled in cases[name].told.shuffles:
            assert sorted(shuffled["order"]) == list(range(len(shuffled["order"])))
            assert shuffled["order"] != sorted(shuffled["order"])
            assert shuffled["without"] <= CLOSE, name
            assert shuffled["with"] > 0.01, name


def test_a_row_by_hand_gives_what_torch_gives_with_that_row(cases: dict[str, Case]):
    seen = 0
    for name, case in cases.items():
        for pull, asked in zip(case.told.pulls, (0.0, 0.4, 1.0), strict=False):
            row = {"layer": 0, "head": 0, "query": 3, "weights": pull["row"]}
            assert pull["row"][1] == pytest.approx(asked, abs=1e-12)
            assert sum(pull["row"]) == pytest.approx(1.0, abs=1e-12)
            ids = [token.id for token in case.model.trace(TEXT).tokens]
            wanted = run_of(case.model.network, ids, {"rows": [row]})["final"].detach()
            assert_near(pull["last"], wanted.numpy(), f"{name}, {asked}")
            assert torch.isfinite(wanted).all()
            seen += 1
    assert seen >= 15
