"""One matrix of one head: its weights large, or any step of the way there, tokens as rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray

from attnviz._brief import brief
from attnviz._trace import Trace
from attnviz.errors import AttnvizError
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
from attnviz.figures.labels import head_in_words, labels
from attnviz.figures.palette import Palette, palette, signed_color, weight_color
from attnviz.layer import to_cpu
from attnviz.pooling import block_of, strongest_pooled

# name: what its rows are, what its columns are (a token, or a place in the vector)
MATRICES = {
    "q": ("query", "d_head"),
    "k": ("key", "d_head"),
    "v": ("key", "d_value"),
    "scores": ("query", "key"),
    "scaled": ("query", "key"),
    "masked": ("query", "key"),
    "weights": ("query", "key"),
    "context": ("query", "d_value"),
}
DIFFERENCE = "difference"  # of the weights of two heads (figures.large)
_NAMES_ON_TOP = 240  # pixels along which slanted names have room to stand clear of each other
_CELLS_WIDTH = 280  # pixels that a row of cells has at least on the page
MOST_CELLS = 1024  # most cells along a token axis: as many as a screen has room for
_CELLS_WITH_TEXT = 18  # up to so many tokens, numbers are written into the cells


@dataclass(frozen=True, eq=False)
class MatrixPlan:
    """What a matrix figure will show: the numbers and names, before anything is drawn."""

    name: str
    values: NDArray[np.float32]  # [row, column]; NaN where a query may not look
    rows: list[str]
    columns: list[str]
    chosen: int | None  # row of the chosen token
    where: str  # "head 11 of layer 5"
    chosen_column: int | None = None  # of the chosen token, where columns are tokens
    shares: bool = True  # whether the head's weights are shares (`LayerTrace.shares`)

    __repr__ = brief

    @property
    def by_token(self) -> bool:
        """Columns are tokens, not places in a vector."""
        return self.name == DIFFERENCE or MATRICES[self.name][1] == "key"

    @property
    def is_of_shares(self) -> bool:
        """Whether these are weights that are shares: their scale is 0 to 1, so that heads compare."""
        return self.name == "weights" and self.shares

    @property
    def has_blocked(self) -> bool:
        """Whether some query may not look at some key here."""
        return bool(np.isnan(self.values).any())

    @property
    def bound(self) -> float:
        """The largest absolute value: the scale runs from minus to plus this."""
        finite = np.abs(self.values[np.isfinite(self.values)])
        return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def plan_matrix(
    trace: Trace, name: str, *, layer: int, head: int, query: int | None = None, specials: bool = True
) -> MatrixPlan:
    """Choose the numbers and names of a matrix.

    Raises:
        AttnvizError: no such matrix, layer, head or query.
    """
    if name not in MATRICES:
        raise AttnvizError(f"There is no matrix “{name}”. There are: {', '.join(MATRICES)}.")
    trace.check_query(query)
    record = trace.layer(layer, head).head(head)
    sides = {"query": trace.rows, "key": trace.columns}
    down, across = MATRICES[name]
    shown = sides[down].shown(specials=specials)
    values = to_cpu(getattr(record, name))[shown]
    if name == "weights":  # a weight that may not be is not a weight of zero
        values = values.masked_fill(to_cpu(record.masked)[shown].isneginf(), torch.nan)
    columns = [str(i) for i in range(values.shape[1])]
    if across == "key":
        seen = trace.columns.shown(specials=specials)
        values, columns = values[:, seen], labels(trace.columns, seen)
    numbers = values.numpy()
    chosen = shown.index(query) if query in shown and (down == "query" or trace.is_square) else None
    return MatrixPlan(
        name,
        np.where(np.isfinite(numbers), numbers, np.nan).astype(np.float32),
        labels(sides[down], shown),
        columns,
        chosen,
        head_in_words(trace, layer, head),
        chosen if across == "key" and trace.is_square else None,
        trace.layers[layer].shares,
    )


def in_blocks(plan: MatrixPlan, most: int) -> MatrixPlan:
    """The plan with at most `most` rows, and columns where these are tokens: each cell is then the number of
    largest magnitude of a block of tokens, which is named by its first."""
    down, across = block_of(len(plan.rows), most), block_of(len(plan.columns), most) if plan.by_token else 1
    if max(down, across) == 1:
        return plan
    return replace(
        plan,
        values=strongest_pooled(torch.from_numpy(plan.values), down, across).numpy(),
        rows=_by_first(plan.rows, down),
        columns=_by_first(plan.columns, across),
        chosen=None if plan.chosen is None else plan.chosen // down,
        chosen_column=None if plan.chosen_column is None else plan.chosen_column // across,
    )


def _by_first(names: list[str], block: int) -> list[str]:
    return names if block == 1 else [f"{name} +{block - 1}" for name in names[::block]]


def matrix(
    trace: Trace,
    name: str,
    *,
    layer: int = 0,
    head: int = 0,
    query: int | None = None,
    specials: bool = True,
    dark: bool = False,
    height: float | None = None,
) -> go.Figure:
    """One matrix of a head, tokens as rows: q, k, v, scores, scaled, masked, weights or context.

    Weights are on the fixed scale 0 to 1; everything else, and weights that are no shares in this run, is on a scale
    centred on 0. `query` is the token to mark, `specials=False` leaves special tokens out (numbers stay as they are).
    Of more than 1,024 tokens a cell stands for a block of them, as in `panels`.
    """
    plan = plan_matrix(trace, name, layer=layer, head=head, query=query, specials=specials)
    return draw_matrix(in_blocks(plan, MOST_CELLS), dark=dark, height=height)


def draw_matrix(
    plan: MatrixPlan,
    *,
    dark: bool = False,
    height: float | None = None,
    names_on_top: bool = False,
    scale: bool = False,
) -> go.Figure:
    """Draw a plan. `names_on_top` writes the columns' names, `scale` adds a colour bar."""
    colors = palette(dark)
    n_rows, n_columns = plan.values.shape
    named = names_on_top and plan.by_token
    height = height or (24 + min(max(n_rows * 17, 120), 420))
    margin = {"l": label_margin(plan.rows), "r": 8.0, "t": 8.0, "b": 46.0 if scale else 8.0}
    if named:  # slanted names need room above, and the last of them to the right
        margin |= {"t": 8 + 0.75 * label_margin(plan.columns), "r": 0.6 * label_margin(plan.columns[-1:])}
    upright = {"range": [n_rows - 0.5, -0.5]}
    marked = [] if plan.chosen is None else [plan.chosen]
    inner = height - margin["t"] - margin["b"]
    axes = token_axes("y", plan.rows, length=inner, chosen=marked, side="left", **upright)
    if named:
        on_top = [] if plan.chosen_column is None else [plan.chosen_column]
        axes |= token_axes("x", plan.columns, length=_NAMES_ON_TOP, chosen=on_top, side="top", tickangle=-50)
    else:
        axes["xaxis"] = plain_axis(**hover_ticks(plan.columns))
    text = named and plan.name == "weights" and n_columns <= _CELLS_WITH_TEXT
    traces = [heatmap(plan, colors, gaps=text, scale=scale), *([cell_numbers(plan, dark=dark)] if text else [])]
    if plan.chosen is not None:
        traces.append(frames([(plan.chosen - 0.5, -0.5)], 1, n_columns, color=colors.accent, width=2.5))
    shapes = [blocked_ground((-0.5, -0.5), n_rows, n_columns, color=colors.blocked)] if plan.has_blocked else []
    return go.Figure([*traces, *second_axes(axes)], frame(colors, height=height, margin=margin, shapes=shapes, **axes))


def cell_numbers(plan: MatrixPlan, *, dark: bool) -> go.Scatter:
    """The numbers of weights, each in the colour that can be read on its cell."""
    cells = [(i, j) for i, j in np.ndindex(plan.values.shape) if np.isfinite(plan.values[i, j])]
    weights = [float(plan.values[cell]) for cell in cells]
    return go.Scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        text=[f"{weight:.2f}" for weight in weights],
        mode="text",
        textfont={
            "size": min(12.0, max(7.0, _CELLS_WIDTH / max(len(plan.columns), 1) / 2.2)),
            "color": [
                (weight_color(w, dark) if plan.is_of_shares else signed_color(w / plan.bound, dark))[1] for w in weights
            ],
        },
        hoverinfo="skip",
    )


def heatmap(
    plan: MatrixPlan, colors: Palette, *, gaps: bool = False, scale: bool = False, where: dict[str, float] | None = None
) -> go.Heatmap:
    """The cells. Shares run from 0 to 1 whatever their largest is; other values from -bound to bound."""
    is_weights = plan.is_of_shares
    bar = {
        "orientation": "h",
        "thickness": 10,
        "len": 0.6,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "ypad": 10,
        "outlinewidth": 0,
        "tickvals": [0, 0.1, 0.25, 0.5, 1] if is_weights else [-plan.bound, 0, plan.bound],
        "tickangle": 0,
    }
    return go.Heatmap(
        z=plan.values,
        zmin=0 if is_weights else -plan.bound,
        zmax=1 if is_weights else plan.bound,
        colorscale=colors.weights if is_weights else colors.signed,
        showscale=scale,
        colorbar=bar if scale else None,
        xgap=int(gaps),  # without gaps a browser draws the cells as one small picture
        ygap=int(gaps),
        hoverongaps=False,
        hovertemplate=hover(plan),
        **(where or {}),
    )


def hover(plan: MatrixPlan) -> str:
    """What pointing at a cell says."""
    if plan.name == "weights":
        number = ".3p" if plan.shares else ".4f"
        return f"{cell(plan.rows)}: %{{z:{number}}}<br>{plan.where}<extra></extra>"
    if plan.by_token:
        return f"{cell(plan.rows, '·')}: %{{z:.4f}}<br>{plan.name}, {plan.where}<extra></extra>"
    return f"{plan.name}(%{{y}})[%{{x}}] = %{{z:.4f}}<br>{plan.where}<extra></extra>"
