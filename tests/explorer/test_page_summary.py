"""The means of heads and the rollout that the page computes are the package's, and so is what is said of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import attnviz
from attnviz import Trace
from attnviz.analysis import merged, rollout, saying, word_groups
from attnviz.client import packed_trace
from attnviz.models import load_model
from tests.explorer.node import told_by
from tests.explorer.numbers_cases import by_hand
from tests.support.tiny import SENTENCE

SCRIPT = Path(__file__).parent / "page_summary.js"
NEAR = 1e-6
PIECES = "unaffable cats didn't sit in the mother-in-law's house"
OFF = [(0, 2), (3, 11), *((2, head) for head in range(12))]
WAYS = [{"words": words, "specials": shown} for words in ("pieces", "words", "joined") for shown in (True, False)]


@pytest.fixture(scope="module")
def traces(minilm: Any) -> dict[str, Trace]:
    causal = load_model("random", causal=True, heads=4)
    return {
        "minilm": minilm.trace(PIECES),
        "with heads off": minilm.trace(PIECES, off=OFF),
        "causal": causal.trace(SENTENCE),
        "grammar": attnviz.trace(SENTENCE, "grammar", device="cpu"),
        "with a mask, a bias and nothing to look at": by_hand(),
    }


def states_of(trace: Trace) -> list[dict[str, Any]]:
    """All means and rollouts; and a mean of chosen heads across layers."""
    last = len(trace.layers) - 1
    of_layers = [{"of": of, "layer": layer} for of in ("layer", "rollout") for layer in range(last + 1)]
    chosen = {"of": "chosen", "layer": last, "head": 1, "over": [[0, 0], [last, 2], [last, 1]]}
    return [one | way | {"query": len(trace) // 2} for one in (*of_layers, chosen) for way in WAYS]


@pytest.fixture(scope="module")
def told(traces: dict[str, Trace], node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("summary")
    asked = []
    for i, trace in enumerate(traces.values()):
        (folder / f"{i}.bin").write_bytes(packed_trace(trace, identity="", first={}, exact=True))
        asked.append({"trace": str(folder / f"{i}.bin"), "states": states_of(trace)})
    return dict(zip(traces, told_by(node, SCRIPT, folder, asked), strict=True))


def every(traces: dict[str, Trace], told: dict[str, Any]) -> list[tuple[str, Trace, dict[str, Any], dict[str, Any]]]:
    return [
        (f"{name}, {state}", trace, state, page)
        for name, trace in traces.items()
        for state, page in zip(states_of(trace), told[name], strict=True)
    ]


def by_token(trace: Trace, state: dict[str, Any]) -> Tensor:
    """[query, key]"""
    layer = state["layer"]
    if state["of"] == "rollout":
        return rollout(trace)[layer]
    if state["of"] == "layer":
        return trace.layers[layer].weights.mean(0)
    heads = {(layer, state["head"]), *map(tuple, state["over"])}
    return torch.stack([trace.layers[i].weights[head] for i, head in heads]).mean(0)


def test_means_and_rollouts_are_the_packages_however_words_are_shown(traces: dict[str, Trace], told: dict[str, Any]):
    for what, trace, state, page in every(traces, told):
        assert page["of"] == (
            "head" if trace.layers[state["layer"]].heads < 2 and state["of"] == "layer" else state["of"]
        )
        groups = [[i] for i in range(len(trace))]
        if state["words"] != "pieces":
            groups = word_groups(trace, join=state["words"] == "joined")
        groups = [group for group in groups if state["specials"] or not trace.tokens[group[0]].special]
        assert page["rows"] == groups, what
        wanted = merged(by_token(trace, state), groups)
        seen = torch.tensor(page["weights"]).reshape(wanted.shape)
        torch.testing.assert_close(seen, wanted, atol=NEAR, rtol=0.0, msg=lambda said, what=what: f"{what}\n{said}")


def test_what_nothing_can_come_from_is_marked_and_has_no_weight(traces: dict[str, Trace], told: dict[str, Any]):
    for what, _, _, page in every(traces, told):
        if page["blocked"] is None:
            continue
        blocked, weights = torch.tensor(page["blocked"]).bool(), torch.tensor(page["weights"])
        assert not weights[blocked].any(), what
    causal = [
        page["blocked"]
        for _, trace, state, page in every(traces, told)
        if trace is traces["causal"] and state | WAYS[0] == state
    ]
    n = len(traces["causal"])
    for blocked in causal:
        assert torch.equal(torch.tensor(blocked).reshape(n, n).bool(), torch.ones(n, n).triu(1).bool())


def test_a_rollouts_row_adds_up_to_one_where_all_words_are_shown(traces: dict[str, Trace], told: dict[str, Any]):
    for what, _, state, page in every(traces, told):
        if state["of"] == "rollout" and state["specials"]:
            n = len(page["rows"])
            sums = torch.tensor(page["weights"]).reshape(n, n).sum(-1)
            assert sums.tolist() == pytest.approx([1.0] * n, abs=1e-5), what


def test_the_page_says_of_a_row_what_it_sums(traces: dict[str, Trace], told: dict[str, Any]):
    trace = traces["minilm"]
    state = {"of": "rollout", "layer": 2, **WAYS[0], "query": len(trace) // 2}
    page = told["minilm"][states_of(trace).index(state)]
    row = rollout(trace)[2][state["query"]]
    shares = row.sort(descending=True, stable=True)
    names = [token.text for token in trace.tokens]
    looks = ", ".join(
        f"{names[i]} {saying.weight(w)}"
        for w, i in zip(shares.values[:3].tolist(), shares.indices[:3].tolist(), strict=True)
    )
    assert page["said"] == f"Through layers 0 to 2, {names[state['query']]} is made of {looks}."
    assert page["note"].startswith(saying.TEMPLATES["rolled_note"])
    special = sum(float(row[i]) for i, token in enumerate(trace.tokens) if token.special)
    assert page["note"].endswith(f"Special tokens hold {saying.weight(special)} of this row.")


def test_a_head_that_is_off_is_told(traces: dict[str, Trace], told: dict[str, Any]):
    for name in ("minilm", "with heads off"):
        for state, page in zip(states_of(traces[name]), told[name], strict=True):
            layers = range(state["layer"] + 1) if state["of"] == "rollout" else [state["layer"]]
            is_told = saying.TEMPLATES["rolled_off" if state["of"] == "rollout" else "mean_off"] in page["note"]
            if state["of"] != "chosen":
                assert is_told is (name == "with heads off" and any(layer in layers for layer, _ in OFF)), state
    assert math.isclose(sum(told["with heads off"][0]["weights"]), len(traces["minilm"]), rel_tol=1e-5)
