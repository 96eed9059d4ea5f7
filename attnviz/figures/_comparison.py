"""Two heads side by side, their signed difference, and how unlike each row is: one figure with the rows in common.

All panels stand on one pair of axes, each one unit long, as in `figures.panels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz._brief import brief
from attnviz.analysis.comparing import Comparison, Side
from attnviz.figures.axes import (
    blocked_ground,
    cell,
    frame,
    frames,
    hover_ticks,
    label_margin,
    plain_axis,
    second_axes,
    token_axes,
)
from attnviz.figures.labels import escaped, token_label, told_apart
from attnviz.figures.palette import Palette, palette
from attnviz.pooling import strongest_pooled

COMPARISON_CELLS = 128  # most cells along a side; a panel on the page has not many more pixels
_LONGEST = 9  # characters of a name; a changed word has two
_GAP = 0.09  # between panels, as a share of a panel
_BARS = 0.42  # length of a whole bit, as a share of a panel
_NUMBERS = 0.15  # room for the numbers after the bars
_NUMBERED = 40  # up to so many rows, numbers are written after the bars
_NAMES_ON_TOP = 230  # pixels along which slanted names of one panel have room to stand clear of each other
_TITLES = 26  # pixels above the names
_ROUNDING = 1e-5  # of weights
_SIGNED_STOPS = (0.0, 0.375, 0.5, 0.625, 1.0)  # -1, -0.25, 0, 0.25, 1: small differences can be told from none


@dataclass(frozen=True, eq=False)
class ComparisonPlan:
    """What the figure will show. A cell stands for a block of words where there are too many."""

    names: list[str]  # of the rows: "cat", of a changed word "cat / dog", where B has a gap "cat / –"
    columns: list[str]  # of the columns, the same way
    matrices: tuple[NDArray[np.float32], ...]  # A, B and A - B, each [row, column]; NaN: no number
    bits: NDArray[np.float32]  # [row]; NaN where a side has no such row, or weights that are no shares
    chosen: int | None
    block: int

    __repr__ = brief

    @property
    def bound(self) -> float | None:
        """How far weights are from 0 at most, where they do not lie on 0 to 1; None where they do."""
        a, b = (np.nan_to_num(matrix) for matrix in self.matrices[:2])
        least, most = (float(of([of(a, initial=0.0), of(b, initial=0.0)])) for of in (np.min, np.max))
        return None if least >= 0 and most <= 1 + _ROUNDING else max(-least, most)


def plan_comparison(
    comparison: Comparison, *, row: int | None = None, specials: bool = True, most: int = COMPARISON_CELLS
) -> ComparisonPlan:
    """Choose names and numbers. `row` is to be marked; `specials=False` leaves special tokens out (numbers stay)."""
    shown, columns = comparison.rows(specials=specials), comparison.columns(specials=specials)
    block, wide = (max(1, -(-len(side) // most)) for side in (shown, columns))
    tables = (comparison.first, comparison.second, comparison.difference)
    return ComparisonPlan(
        _names(comparison.down, shown, block),
        _names(comparison.across, columns, wide),
        tuple(_pooled(table[shown][:, columns], block, wide) for table in tables),
        _pooled(comparison.divergence[shown][:, None], block, 1)[:, 0],
        shown.index(row) // block if row in shown else None,
        block,
    )


def comparison(
    comparison: Comparison,
    *,
    names: tuple[str, str] = ("A", "B"),
    row: int | None = None,
    specials: bool = True,
    dark: bool = False,
    height: float | None = None,
) -> go.Figure:
    """A, B and A - B as heatmaps, and the divergence of each row as a bar.

    Weights are on the fixed scale 0 to 1, differences on the fixed scale -1 to 1, so figures compare; weights that do
    not lie there are on one centred on 0, up to the largest. `names` stand over A and B. Of more than 128 rows, a cell
    stands for a block of words and shows the number of largest magnitude.

    Raises:
        AttnvizError: no such row.
    """
    if row is not None:
        comparison.check_row(row)
    plan = plan_comparison(comparison, row=row, specials=specials)
    colors = palette(dark)
    n = len(plan.names)
    room, over = label_margin(plan.names), label_margin(plan.columns)
    margin = {"l": min(room, 150), "r": 4.0, "t": _TITLES + 10 + 0.75 * over, "b": 40.0}
    height = height or margin["t"] + margin["b"] + min(max(n * 22, 110), 480)
    starts = [i * (1 + _GAP) for i in range(4)]
    end = starts[3] + _BARS + (_NUMBERS if n <= _NUMBERED else 0.02)
    titles = [*(escaped(name) for name in names), "A − B", "unlike, bits"]
    at = cell([*plan.names, *plan.columns])
    number = ".3p" if plan.bound is None else ".3f"
    hovers = [
        *(f"{at}: %{{z:{number}}}<br>{title.replace('%', '&#37;')}<extra></extra>" for title in titles[:2]),
        f"{at}: %{{z:+.3f}}<br>A − B<extra></extra>",
    ]
    traces: list[Any] = [
        _heatmap(matrix, colors, start=start, hover=hover, signed=start == starts[2], length=1 / end, bound=plan.bound)
        for matrix, start, hover in zip(plan.matrices, starts, hovers, strict=False)
    ]
    traces.append(_bars(plan, colors, start=starts[3]))
    shapes = [blocked_ground((-0.5, start), n, 1, color=colors.blocked) for start in starts[:3]]
    shapes.append(_baseline(starts[3], n, colors))
    chosen = [] if plan.chosen is None else [plan.chosen]
    if chosen and n:
        corners = [(chosen[0] - 0.5, start) for start in starts[:3]]
        traces.append(frames(corners, 1, 1, color=colors.accent, width=2.5))
    inner, upright = height - margin["t"] - margin["b"], {"range": [n - 0.5, -0.5]}
    axes = token_axes("y", plan.names, length=inner, chosen=chosen, side="left", **upright)
    axes |= _columns(plan.columns, starts[:3], end)
    layout = frame(colors, height=height, margin=margin, shapes=shapes, **axes)
    layout.annotations = [_title(title, start, margin["t"]) for title, start in zip(titles, starts, strict=True)]
    return go.Figure([*traces, *second_axes(axes)], layout)


def _names(side: Side, shown: list[int], block: int) -> list[str]:
    names = [escaped(name) for name in pair_names(side, shown)]
    return [f"{name} +{block - 1}" for name in names[::block]] if block > 1 else names


def pair_names(side: Side | Comparison, shown: Sequence[int], longest: int = _LONGEST) -> list[str]:
    """What rows or columns are called: "cat", "cat / dog", "cat / –" where B has a gap; those alike by their index."""
    return told_apart([_pair_label(side, i, longest) for i in shown], [side.index(i) for i in shown])


def _pair_label(side: Side | Comparison, place: int, longest: int) -> str:
    a, b = (None if own is None else token_label(own, longest) for own in (side.a[place], side.b[place]))
    return a if a is not None and b is not None and a.casefold() == b.casefold() else f"{a or '–'} / {b or '–'}"


def _pooled(values: Tensor, down: int, across: int) -> NDArray[np.float32]:
    """[row, column] in blocks, each its number of largest magnitude."""
    pooled = strongest_pooled(values, down, across) if values.numel() and max(down, across) > 1 else values
    numbers: NDArray[np.float32] = pooled.to(torch.float32).numpy()
    return numbers


def _heatmap(
    values: NDArray[np.float32],
    colors: Palette,
    *,
    start: float,
    hover: str,
    signed: bool,
    length: float,
    bound: float | None = None,
) -> go.Heatmap:
    """One panel. A and B share their scale, so only A draws it. `bound`: where weights do not lie on 0 to 1."""
    most = 1.0 if bound is None else bound * (2 if signed else 1)
    n = max(values.shape[1], 1)
    bar = {
        "orientation": "h",
        "thickness": 9,
        "len": 0.9 * length,
        "x": start * length,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "ypad": 8,
        "xpad": 0,
        "outlinewidth": 0,
        "tickvals": [-1, -0.25, 0, 0.25, 1] if signed else [0, 0.1, 0.25, 0.5, 1],
        "ticktext": ["B more, −1", "−¼", "0", "¼", "A more, 1"] if signed else None,
        "tickangle": 0,
    }
    if bound is not None:
        bar |= {"tickvals": [-most, 0, most], "ticktext": ["B more", "0", "A more"] if signed else None}
    steep = [(stop, color) for stop, (_, color) in zip(_SIGNED_STOPS, colors.signed, strict=True)]
    return go.Heatmap(
        z=values,
        zmin=-most if signed or bound is not None else 0,
        zmax=most,
        colorscale=steep if signed else colors.weights if bound is None else colors.signed,
        showscale=signed or start == 0,
        colorbar=bar,
        hoverongaps=False,
        hovertemplate=hover,
        x0=start + 0.5 / n,
        dx=1 / n,
    )


def _bars(plan: ComparisonPlan, colors: Palette, *, start: float) -> go.Bar:
    """How unlike each row is, 0 to 1 bit; no bar, and a dash, where a side has no such row, or weights that are
    no shares."""
    bits = plan.bits.tolist()
    told = ["–" if value != value else f"{value:.2f}" for value in bits]
    return go.Bar(
        orientation="h",
        base=start,
        x=[0.0 if value != value else value * _BARS for value in bits],
        y=list(range(len(bits))),
        width=0.62 if len(bits) <= _NUMBERED else 1,
        text=told if len(bits) <= _NUMBERED else None,
        textposition="outside",
        cliponaxis=False,
        textfont={"color": colors.text, "size": 12},
        constraintext="none",
        marker={"color": colors.faint, "line": {"width": 0}},
        hovertext=[
            "a side has no such row, or its weights are no shares" if word == "–" else f"rows differ by {word} bits"
            for word in told
        ],
        hovertemplate="%{y}: %{hovertext}<extra></extra>",
    )


def _columns(names: list[str], starts: Sequence[float], end: float) -> dict[str, Any]:
    """The x axes: every panel's names on top, as many as fit, the same ones in each; hover knows all of them."""
    n = len(names)
    places = [start + (i + 0.5) / n for start in starts for i in range(n)]
    step = max(1, -(-n * 13 // _NAMES_ON_TOP))
    written = [panel * n + i for panel in range(len(starts)) for i in range(0, n, step)]
    ticks = {"tickmode": "array", "side": "top", "tickangle": -50, "range": [0, end]}
    ticks |= {"tickvals": [places[i] for i in written], "ticktext": [names[i % n] for i in written]}
    if step == 1:
        return {"xaxis": plain_axis(**ticks)}
    return {
        "xaxis": plain_axis(**hover_ticks(names * len(starts), places=places, range=[0, end])),
        "xaxis2": plain_axis(**ticks, overlaying="x"),
    }


def _baseline(start: float, n: int, colors: Palette) -> dict[str, Any]:
    where = {"x0": start, "x1": start, "y0": -0.5, "y1": n - 0.5}
    return {"type": "line", "line": {"color": colors.faint, "width": 1}, **where}


def _title(text: str, start: float, top: float) -> dict[str, Any]:
    """Over a panel's names, from its left edge."""
    where = {"x": start, "xref": "x", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "top", "yshift": top - 2}
    return {"text": f"<b>{text}</b>", "showarrow": False, "align": "left", "font": {"size": 13}, **where}
