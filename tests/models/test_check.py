"""The check tells rounding from a real difference."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from attnviz._trace import Trace
from attnviz.models import ModelError, check
from attnviz.models.scratch import ScratchModel, ScratchOptions
from tests.support.tiny import SENTENCE


@dataclass
class Claims:
    """A model whose reference is whatever a test says."""

    weights: list[torch.Tensor]
    reference: str = "a test"
    name: str = "x"

    def trace(self, text: str) -> Trace:
        raise NotImplementedError

    def reference_weights(self, trace: Trace) -> dict[str, list[torch.Tensor]]:
        return {"": self.weights}


def test_equal_weights_agree_and_the_difference_is_zero(minilm):
    trace = minilm.trace(SENTENCE)
    result = check(Claims([layer.weights for layer in trace.layers]), trace)
    assert result.difference == 0
    assert result.agrees


@pytest.mark.parametrize("wrong", [float("nan"), 1e-4])
@pytest.mark.parametrize("layer", [0, 5])
def test_one_wrong_number_in_any_layer_is_found(minilm, wrong, layer):
    trace = minilm.trace(SENTENCE)
    theirs = [layer.weights for layer in trace.layers]
    theirs[layer][3, 4, 5] += wrong
    assert not check(Claims(theirs), trace).agrees


def test_layers_that_are_missing_are_named(minilm):
    trace = minilm.trace(SENTENCE)
    with pytest.raises(ModelError, match="gives 5 layers of weights, the trace has 6"):
        check(Claims([layer.weights for layer in trace.layers[:5]]), trace)


@pytest.mark.parametrize(
    "options",
    [
        {"d_model": 768, "heads": 1, "scaling": False},
        {"d_model": 768, "heads": 1, "scaling": False, "temperature": 0.05},
        {"temperature": 0.05},
        {"temperature": 20.0, "d_model": 4, "heads": 1, "causal": True},
    ],
)
@pytest.mark.parametrize("text", [SENTENCE, " ".join(f"word{i}" for i in range(450))])
def test_rounding_of_large_logits_is_not_called_a_difference(options, text):
    model = ScratchModel(ScratchOptions(**options), device="cpu")
    assert check(model, model.trace(text)).agrees


def test_ordinary_logits_get_little_room(minilm):
    trace = minilm.trace(SENTENCE)
    assert check(minilm, trace).tolerance <= 5e-5
    model = ScratchModel(device="cpu")
    assert check(model, model.trace(SENTENCE)).tolerance <= 1e-5
