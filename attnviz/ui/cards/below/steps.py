"""The steps of attention for all words: each matrix drawn, with its letter, formula, shape and one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from attnviz import figures
from attnviz._trace import Trace
from attnviz.figures.palette import palette
from attnviz.heads import counted
from attnviz.layer import LayerTrace, kinds_of
from attnviz.ui.chart import chart
from attnviz.ui.reading.look import Look

FROM_SCORES_TO_CONTEXT = ("scores", "scaled", "masked", "weights", "context")


@dataclass(frozen=True)
class Step:
    """One matrix, explained. The formula is TeX."""

    name: str  # as in attnviz.figures.matrix
    title: str
    formula: str
    shape: str
    meaning: str


def draw(trace: Trace, look: Look) -> None:
    """Matrices side by side, over each its formula, under each its shape and meaning.

    The formulas are one element, a paragraph each, which page.css sets side by side; so are the captions.
    (Every element is a message to the browser, at about a millisecond.)
    """
    options = {"layer": look.layer, "head": look.head, "query": look.query, "specials": look.specials}
    figure = figures.panels(trace, FROM_SCORES_TO_CONTEXT, **options, dark=look.dark)  # type: ignore[arg-type]
    explained = from_scores_to_context(trace, look.layer, dark=look.dark)
    is_long = len(trace.rows) > figures.PANEL_CELLS
    note = " · on a text this long, a cell is the strongest number of a block of tokens" * is_long
    st.markdown(f"**From scores to context** · layer {look.layer}, head {look.head}{note}")
    with st.container(key="steps_formulas"):
        st.markdown("\n\n".join(f"${step.formula}$" for step in explained))
    chart(figure, "chart_steps", "; ".join(f"{step.title}, {step.shape}" for step in explained))
    with st.container(key="steps_meanings"):
        captions = []
        for step, panel in zip(explained, figure.data, strict=False):  # the figure's first traces
            scale = f"colours {panel.zmin:.3g} to {panel.zmax:.3g}".replace("-", "−")
            captions.append(f"{step.shape}, {scale}. {step.meaning}")
        st.caption("\n\n".join(captions))


def from_scores_to_context(trace: Trace, layer: int, *, dark: bool) -> list[Step]:
    """Scores, scaled, masked, weights and context of a head."""
    record = trace.layers[layer]
    n = len(trace.rows)
    width = "d_head" if record.d_value == record.d_head else "d_value"
    square = f"{n:,} × {len(trace.columns):,}: query × key"
    q, k, v = (_colored(letter, letter.lower(), dark) for letter in "QKV")
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
        Step("weights", "Weights", *_normalizing(record, square)),
        Step(
            "context",
            "Context",
            rf"{_colored('C', 'output', dark)} = A\,{v}",
            f"{counted(n, 'token')} × {record.d_value} ({width})",
            "What each word takes away: the values, "
            + ("averaged with its weights." if record.shares else "each times its weight, added up."),
        ),
    ]


def _normalizing(record: LayerTrace, square: str) -> tuple[str, str, str]:
    scores = "M" if record.temperature == 1 else f"M / {record.temperature:g}"
    formulas = {
        "softmax": rf"\mathrm{{softmax}}({scores})",
        "relu": rf"\max(0, {scores}) / n",
        "polynomial": rf"({scores})^3 / \sqrt{{n}}",
        "hard": rf"\mathrm{{hardmax}}({scores})",
    }
    told = {
        "softmax": "Every row turned into shares: all positive, summing to 1.",
        "relu": "What is below 0 becomes 0, the rest is divided by n, how many words may be looked at. No shares.",
        "polynomial": "The third power, by the root of n, how many words may be looked at: no shares, some below 0.",
        "hard": "In every row 1 for the largest score, 0 for the rest.",
    }
    by_hand = "" if record.by_hand is None else " Some rows were set by hand instead."
    return f"A = {formulas[record.normalizer]}", square, told[record.normalizer] + by_hand


def _scaling(record: LayerTrace, square: str) -> tuple[str, str, str]:
    d_head, (bias, told) = record.d_head, _added(record.bias)
    if math.isclose(record.scale, 1 / math.sqrt(d_head), rel_tol=1e-6):
        why = (
            f"Divided by √d_head = {math.sqrt(d_head):.3g}: sums of {d_head} products grow large, and softmax would "
            "give nearly all to one word."
        )
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
