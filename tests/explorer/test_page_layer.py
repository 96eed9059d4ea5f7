"""One layer of a pretrained model in the page: X and the matrices that make its queries, keys and values, as they are
found in a run, and what the page makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from attnviz import HeadOff, Trace
from attnviz.client.models import packed_model
from attnviz.errors import AttnvizError
from attnviz.models import load_model
from attnviz.request import Masked
from tests.explorer.in_page import FLOAT32, Asked, Told, assert_near, in_page
from tests.explorer.run_by_hand import attended
from tests.support.tiny import SENTENCE, save_tiny

LAYER = 5
FAMILIES = {"bert": True, "gpt2": True, "distilbert": True, "albert": True, "t5": True, "bart": True, "roberta": True}
FAMILIES |= {"llama": False, "gpt_neox": False, "modernbert": False}  # turned by their place
ROW = {"layer": LAYER, "head": 3, "query": 2, "weights": [0.5, 0, 0, 0.25, *[0] * 8, -0.25]}
NUMBERS = [
    {"layer": LAYER, "matrix": matrix, "row": 5, "column": 100, "value": 2.0} for matrix in ("w_q", "w_k", "w_v", "w_o")
]
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "head off": {"off": [[LAYER, 11], [LAYER, 0]]},
    "window": {"mask": {"kind": "window", "width": 3}},
    "no root": {"root": False},
    "temperature": {"temperature": 2.5},
    "relu": {"normalizer": "relu"},
    "polynomial": {"normalizer": "polynomial"},
    "hard": {"normalizer": "hard", "mask": {"kind": "causal"}},
    "numbers": {"numbers": NUMBERS},
    "rows": {"rows": [ROW]},
}
REFUSED = {
    "no places": ({"places": False}, "positions are part of what a pretrained model learned"),
    "another layer": ({"off": [[0, 1]]}, "There is no layer 0 here: there is only layer 5."),
}


@pytest.fixture(scope="module")
def trace(minilm: Any) -> Trace:
    return minilm.trace(SENTENCE)


@pytest.fixture(scope="module")
def told(minilm: Any, trace: Trace, node: str, tmp_path_factory: pytest.TempPathFactory) -> Told:
    asked = [*CHANGES.values(), *(change for change, _ in REFUSED.values())]
    runs = [{"text": SENTENCE, "changes": change} for change in asked]
    runs.append({"ids": [token.id for token in trace.tokens][:-1]})
    packed = packed_model(minilm, trace.request, layer=LAYER)
    return in_page(node, tmp_path_factory.mktemp("layer"), [Asked(packed, [SENTENCE, "the dog"], runs)])[0]


class Module:
    """MiniLM's layer with the names that a module of ours has, for the run by hand."""

    def __init__(self, minilm: Any) -> None:
        own = minilm.network.encoder.layer[LAYER].attention
        named = {"w_q": own.self.query, "w_k": own.self.key, "w_v": own.self.value, "w_o": own.output.dense}
        self.biases = {name.replace("w", "b"): linear.bias for name, linear in named.items()}
        for name, linear in named.items():
            setattr(self, name, linear.weight.T)
        self.heads, self.d_head = 12, 32


def test_a_layer_of_minilm_is_the_package_s(told: Told, trace: Trace, minilm: Any):
    run, layer = told.runs[0], trace.layers[LAYER]
    steps = layer.attention()
    for head in range(layer.heads):
        for name in ("q", "k", "v", "scores", "scaled", "masked", "weights", "context"):
            assert_near(run[f"0.{head}.{name}"], getattr(steps, name)[head], f"{head}, {name}")
        assert torch.equal(run[f"0.{head}.q"], run[f"0.{head}.projectedQ"])
    assert_near(run["0.input"], layer_input(minilm, trace), "X", 0.0)
    output = minilm.network.encoder.layer[LAYER].attention.output.dense(steps.context.transpose(0, 1).flatten(1))
    assert_near(run["0.output"], output.detach(), "output")
    assert run.names.isdisjoint({"embedded", "placed", "logits", "final", "0.before", "0.attended", "0.after"})


def layer_input(minilm: Any, trace: Trace) -> Tensor:
    """The hidden states before the layer, as transformers itself hands them out."""
    states = minilm.run(minilm.network, trace.tokens, output_hidden_states=True).hidden_states
    return states[LAYER][0].detach()


def test_its_changes_are_what_torch_makes_of_them(told: Told, trace: Trace, minilm: Any):
    x, module = told.runs[0]["0.input"], Module(minilm)
    nothing = torch.zeros(len(trace), len(trace))
    for (called, change), run in zip(CHANGES.items(), told.runs, strict=False):
        wanted = attended(x, module, nothing, 1.0, change, LAYER, None, module.biases)
        for stage, value in wanted.items():
            assert_near(run[f"0.{stage}"], value, f"{called}, {stage}", 1e-9)


def test_what_cannot_be_changed_is_said(told: Told):
    *refused, other = told.runs[len(CHANGES) :]
    for (change, said), run in zip(REFUSED.values(), refused, strict=True):
        assert said in (run.error or ""), change
    assert other.error == "This layer was recorded on one text: the page cannot run it on other tokens."


def test_another_text_is_refused_with_a_sentence(told: Told, trace: Trace):
    own, other = told.texts
    assert own["ids"] == [token.id for token in trace.tokens]
    assert other["error"] == f"A pretrained model runs in Python, so the page can read no other text than “{SENTENCE}”."


def test_heads_that_were_off_stay_off(minilm: Any, node: str, tmp_path: Path):
    trace = minilm.trace(SENTENCE, changes=[HeadOff((5, 2)), HeadOff((1, 0)), Masked("causal")])
    packed = packed_model(minilm, trace.request, layer=LAYER)
    told = in_page(node, tmp_path, [Asked(packed, (), [{"text": SENTENCE, "changes": {"off": [[5, 7]]}}])])[0]
    run = told.runs[0]
    assert [head for head in range(12) if not run[f"0.{head}.context"].any()] == [2, 7]
    assert told.config["causal"]
    assert_near(run["0.4.weights"], trace.layers[LAYER].weights[4], "weights under the mask that the run had")
    assert_near(run["0.4.q"], trace.layers[LAYER].q[4], "q after the changes below")


@pytest.mark.parametrize("family", FAMILIES)
def test_layers_of_other_architectures_are_the_package_s(family: str, node: str, tmp_path: Path):
    model = load_model(str(save_tiny(tmp_path / family, family)), device="cpu")
    trace = model.trace(SENTENCE)
    layer = trace.layers[1]
    told = in_page(node, tmp_path, [Asked(packed_model(model, trace.request, layer=1), (), [{"text": SENTENCE}])])[0]
    run, steps = told.runs[0], layer.attention()
    for head in range(layer.heads):
        for name in ("scores", "scaled", "masked", "weights", "context"):
            assert_near(run[f"0.{head}.{name}"], getattr(steps, name)[head], f"{head}, {name}")
        assert_near(run[f"0.{head}.q"], layer.q[head], "q")
        assert_near(run[f"0.{head}.v"], layer.v[layer.kv_head(head)], "v")
    assert ("0.input" in run.names) is FAMILIES[family]
    unknown = told.config["unknown"]
    assert unknown is None if FAMILIES[family] else "turned by their place" in unknown
    assert told.config["layer"] == 1
    assert told.config["kv_heads"] == layer.k.shape[0]


def test_what_cannot_be_opened_is_refused(minilm: Any, tmp_path: Path):
    with pytest.raises(AttnvizError, match="one text only: say which"):
        packed_model(minilm, layer=0)
    with pytest.raises(AttnvizError, match="no layer 6"):
        packed_model(minilm, minilm.request("the cat"), layer=6)
    bart = load_model(str(save_tiny(tmp_path, "bart")), device="cpu")
    with pytest.raises(AttnvizError, match="one row of words"):
        packed_model(bart, bart.request("the cat", target="a dog"))


def test_what_was_found_makes_the_vectors_that_were_compared(minilm: Any, trace: Trace):
    parameters = minilm.parameters(trace.request, layer=LAYER)
    own, x = parameters.layers[0], parameters.x
    for name in ("q", "k", "v"):
        made = x @ getattr(own, f"w_{name}") + getattr(own, f"b_{name}")
        wanted = getattr(trace.layers[LAYER], name).transpose(0, 1).flatten(1)
        assert (made - wanted).abs().max() <= FLOAT32, name
