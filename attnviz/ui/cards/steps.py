"""The steps of attention in words: for each matrix its letter, formula, shape and one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from attnviz._trace import Trace
from attnviz.figures.palette import palette
from attnviz.heads import counted
from attnviz.layer import LayerTrace, kinds_of

FROM_SCORES_TO_CONTEXT = ("scores", "scaled", "masked", "weights", "context")


@dataclass(frozen=True)
class Step:
    """One matrix, explained. The formula is TeX."""

    name: str  # as in attnviz.figures.matrix
    title: str
    formula: str
    shape: str
    meaning: str


def from_scores_to_context(trace: Trace, layer: int, *, dark: bool) -> list[Step]:
    """Scores, scaled, masked, weights and context of a head."""
    record = trace.layers[layer]
    n = len(trace.rows)
    width = "d_head" if record.d_value == record.d_head else "d_value"
    square = f"{n} × {len(trace.columns)}: query × key"
    q, k, v = (_colored(letter, letter.lower(), dark) for letter in "QKV")
    softmax = r"\mathrm{softmax}(M)" if record.temperature == 1 else rf"\mathrm{{softmax}}(M / {record.temperature:g})"
    return [
        Step(
            "scores",
            "Scores",
            rf"S = {q}\,{k}^{{\top}}",
            square,
            "How well each query matches each key: one dot product a cell.",
        ),
        Step("scaled", "Scaled", *_scaling(record, square)),
        Step("masked", "Masked", *_masking(record, square)),
        Step(
            "weights", "Weights", f"A = {softmax}", square, "Every row turned into shares: all positive, summing to 1."
        ),
        Step(
            "context",
            "Context",
            rf"{_colored('C', 'output', dark)} = A\,{v}",
            f"{counted(n, 'token')} × {record.d_value} ({width})",
            "What each word takes away: the values, averaged with its weights.",
        ),
    ]


def _scaling(record: LayerTrace, square: str) -> tuple[str, str, str]:
    d_head, (bias, told) = record.d_head, _added(record.bias)
    if math.isclose(record.scale, 1 / math.sqrt(d_head), rel_tol=1e-6):
        why = f"Divided by √d_head = {math.sqrt(d_head):.3g}, or long vectors would make the softmax all or nothing."
        return rf"S' = S / \sqrt{{{d_head}}}{bias}", square, why + told
    if record.scale == 1:
        return f"S' = S{bias}", square, "Not scaled: the scores stay as they are." + told
    how = f"Multiplied by {record.scale:.4g}, as this model does."
    return rf"S' = S \cdot {record.scale:.4g}{bias}", square, how + told


def _masking(record: LayerTrace, square: str) -> tuple[str, str, str]:
    mask, told = _added(record.mask)
    if "mask" not in record.rule.added:
        told += " Nothing is hidden here: every word may look at every word."
    elif not told:
        told = "Nothing more is added."
    return f"M = S'{mask}", square, told.strip()


def _added(x: Tensor | None) -> tuple[str, str]:
    """What is added to scores, as a formula and in words. A library may hand over a bias as a mask, and the other way
    round: each is called what it is."""
    kinds = kinds_of(x)
    formula = " + B" * ("bias" in kinds) + r" + \mathrm{mask}" * ("mask" in kinds)
    told = " B is added, the model’s own number for each pair of words." * ("bias" in kinds)
    return formula, told + " Grey is −∞: there a word may not look." * ("mask" in kinds)


def _colored(letter: str, role: str, dark: bool) -> str:
    return rf"\textcolor{{{palette(dark).roles[role]}}}{{\mathbf{{{letter}}}}}"
