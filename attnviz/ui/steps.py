"""The steps of attention in words: for each matrix its letter, formula, shape and one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from attnviz.figures.palette import palette
from attnviz.trace import AttentionTrace, LayerTrace

FROM_SCORES_TO_CONTEXT = ("scores", "scaled", "masked", "weights", "context")


@dataclass(frozen=True)
class Step:
    """One matrix, explained. The formula is TeX."""

    name: str  # as in attnviz.figures.matrix
    title: str
    formula: str
    shape: str
    meaning: str


def from_scores_to_context(trace: AttentionTrace, layer: int, *, dark: bool) -> list[Step]:
    """Scores, scaled, masked, weights and context of a head."""
    record = trace.layers[layer]
    n, d = len(trace), record.d_head
    square = f"{n} × {n}: query × key"
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
        Step("scaled", "Scaled", *_scaling(record, d, square)),
        Step("masked", "Masked", *_masking(record, square)),
        Step(
            "weights", "Weights", f"A = {softmax}", square, "Every row turned into shares: all positive, summing to 1."
        ),
        Step(
            "context",
            "Context",
            rf"{_colored('C', 'output', dark)} = A\,{v}",
            f"{counted(n, 'token')} × {d} (d_head)",
            "What each word takes away: the values, averaged with its weights.",
        ),
    ]


def _scaling(record: LayerTrace, d_head: int, square: str) -> tuple[str, str, str]:
    bias = " + B" if record.bias is not None else ""
    if math.isclose(record.scale, 1 / math.sqrt(d_head), rel_tol=1e-6):
        return (
            rf"S' = S / \sqrt{{{d_head}}}{bias}",
            square,
            f"Divided by √d_head = {math.sqrt(d_head):.3g}, or long vectors would make the softmax all or nothing.",
        )
    if record.scale == 1:
        return f"S' = S{bias}", square, "Not scaled: the scores stay as they are."
    return rf"S' = S \cdot {record.scale:.4g}{bias}", square, f"Multiplied by {record.scale:.4g}, as this model does."


def _masking(record: LayerTrace, square: str) -> tuple[str, str, str]:
    if record.mask is None:
        return "M = S'", square, "Nothing is hidden here: every word may look at every word."
    return r"M = S' + \mathrm{mask}", square, "Grey is −∞: there a word may not look."


def _colored(letter: str, role: str, dark: bool) -> str:
    return rf"\textcolor{{{palette(dark).roles[role]}}}{{\mathbf{{{letter}}}}}"


def counted(number: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "token"), counted(2, "token")
    ('1 token', '2 tokens')
    """
    return f"{number} {noun}{'s' * (number != 1)}"
