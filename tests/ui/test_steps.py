"""What is said of each step is what the layer does."""

from __future__ import annotations

import math

import pytest
import torch

from attnviz import LayerTrace
from attnviz.normalizers import NORMALIZERS
from attnviz.ui.cards.below.steps import Step, from_scores_to_context
from tests.support.traces import layer_of, trace_of, with_rule

WINDOW = torch.tensor([[[0.0, -math.inf], [0.0, 0.0]]])
NUMBERS = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])


def steps(**layer: object) -> dict[str, Step]:
    given = {"q": torch.ones(1, 2, 12), "k": torch.ones(1, 2, 12), "v": torch.ones(1, 2, 12), "scale": 0.5} | layer
    told = from_scores_to_context(trace_of(layer_of(**given)), 0, dark=False)  # type: ignore[arg-type]
    return {step.name: step for step in told}


def test_what_makes_the_weights_is_called_what_it_is():
    made = {name: from_scores_to_context(trace_of(_made_by(name)), 0, dark=False) for name in NORMALIZERS}
    told = {name: {step.name: step for step in some} for name, some in made.items()}
    assert told["softmax"]["weights"].formula == "A = \\mathrm{softmax}(M)"
    assert told["relu"]["weights"].formula == "A = \\max(0, M) / n"
    assert told["polynomial"]["weights"].formula == "A = (M)^3 / \\sqrt{n}"
    assert told["hard"]["weights"].formula == "A = \\mathrm{hardmax}(M)"
    for name, steps_of in told.items():
        are_shares = name in ("softmax", "hard")
        assert ("averaged" in steps_of["context"].meaning) is are_shares
        assert ("summing to 1" in steps_of["weights"].meaning) is (name == "softmax")
    layer = with_rule(_made_by("softmax"), by_hand=torch.tensor([[[2.0, 1.0], [math.nan, math.nan]]]))
    by_hand = from_scores_to_context(trace_of(layer), 0, dark=False)[3]
    assert by_hand.meaning.endswith("Some rows were set by hand instead.")


def _made_by(normalizer: str) -> LayerTrace:
    x = torch.ones(1, 2, 12)
    return with_rule(layer_of(x, x, x, scale=0.5), normalizer=normalizer)


@pytest.mark.parametrize(
    ("layer", "scaled", "masked", "hides"),
    [
        ({}, "S' = S \\cdot 0.5", "M = S'", False),
        ({"mask": WINDOW}, "S' = S \\cdot 0.5", "M = S' + \\mathrm{mask}", True),
        ({"mask": NUMBERS}, "S' = S \\cdot 0.5", "M = S' + B", False),
        ({"bias": NUMBERS}, "S' = S \\cdot 0.5 + B", "M = S'", False),
        ({"bias": NUMBERS + WINDOW}, "S' = S \\cdot 0.5 + B + \\mathrm{mask}", "M = S'", True),
        ({"mask": NUMBERS + WINDOW}, "S' = S \\cdot 0.5", "M = S' + B + \\mathrm{mask}", True),
    ],
)
def test_a_bias_and_a_mask_are_called_what_they_are(layer: dict[str, object], scaled: str, masked: str, hides: bool):
    told = steps(**layer)
    assert (told["scaled"].formula, told["masked"].formula) == (scaled, masked)
    assert ("Nothing is hidden here" in told["masked"].meaning) is not hides
    assert ("a word may not look" in told["scaled"].meaning + told["masked"].meaning) is hides
    assert ("B is added" in told["scaled"].meaning + told["masked"].meaning) is ("B" in scaled + masked)


def test_the_context_is_as_wide_as_the_values():
    assert steps()["context"].shape == "2 tokens × 12 (d_head)"
    assert steps(v=torch.ones(1, 2, 6))["context"].shape == "2 tokens × 6 (d_value)"
