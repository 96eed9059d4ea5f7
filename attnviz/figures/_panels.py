"""Several matrices of one head in one figure, tokens as rows.

All panels stand on one pair of axes, each as long as any other, which a browser draws several times
faster than a subplot for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.figures.axes import blocked_ground, frame, frames, hover_ticks, plain_axis, second_axes, token_axes
from attnviz.figures.labels import labels
from attnviz.figures.matrices import MATRICES, MatrixPlan, heatmap, in_blocks, plan_matrix
from attnviz.figures.palette import palette

LABELS = 84  # pixels for the tokens' names, so that a page can set its own titles beside the panels
LONGEST = 9  # characters of a name that they hold
PANEL_CELLS = 128  # most cells along a token axis; a panel on the page has not many more pixels
GAP = 0.08  # between panels, as a share of a panel


def panels(
    trace: Trace,
    names: Sequence[str],
    *,
    layer: int = 0,
    head: int = 0,
    query: int | None = None,
    specials: bool = True,
    dark: bool = False,
    height: float | None = None,
    stacked: bool = False,
) -> go.Figure:
    """Matrices of a head, such as ("q", "k", "v"): side by side with the names written once, or `stacked`.

    Each is on the scale that `matrix` gives it. On a text of more than 128 tokens a cell stands for a block of
    them and shows the number of largest magnitude in it.

    Raises:
        AttnvizError: no matrix, matrices with different rows, or what `matrix` raises.
    """
    if not names:
        raise AttnvizError(f"Name the matrices to draw. There are: {', '.join(MATRICES)}.")
    plans = [plan_matrix(trace, name, layer=layer, head=head, query=query, specials=specials) for name in names]
    short = [_short(trace, name, specials=specials) for name in names]
    plans = [in_blocks(replace(plan, rows=rows), PANEL_CELLS) for plan, rows in zip(plans, short, strict=True)]
    if any(plan.rows != plans[0].rows for plan in plans):
        raise AttnvizError(f"{', '.join(names)} have different rows here: draw those of queries and of keys apart.")
    return draw_panels(plans, dark=dark, height=height, stacked=stacked)


def _short(trace: Trace, name: str, *, specials: bool) -> list[str]:
    """The names of a matrix's rows, short enough for the room that there is."""
    tokens = trace.rows if MATRICES[name][0] == "query" else trace.columns
    return labels(tokens, tokens.shown(specials=specials), LONGEST)


def draw_panels(
    plans: Sequence[MatrixPlan], *, dark: bool = False, height: float | None = None, stacked: bool = False
) -> go.Figure:
    """Draw plans of the same rows. Along the axis on which panels follow one another, each is one unit long."""
    colors = palette(dark)
    rows, chosen, n_rows = plans[0].rows, plans[0].chosen, max(len(plans[0].rows), 1)
    many = len(plans) if stacked else 1
    height = height or many * (8 + min(max(n_rows * 17, 100), 420))
    starts = [i * (1 + GAP) for i in range(len(plans))]
    end = starts[-1] + 1
    traces: list[Any] = []
    shapes: list[Any] = []
    marks: list[go.Scatter] = []  # around the chosen token's row in each
    for start, plan in zip(starts, plans, strict=True):
        n_columns = max(len(plan.columns), 1)  # there may be no token to show
        if stacked:
            where = {"y0": start + 0.5 / n_rows, "dy": 1 / n_rows}
            corner, size, row = (start, -0.5), (1, n_columns), (1 / n_rows, n_columns)
        else:
            where = {"x0": start + 0.5 / n_columns, "dx": 1 / n_columns}
            corner, size, row = (-0.5, start), (n_rows, 1), (1, 1)
        traces.append(heatmap(plan, colors, where=where))
        if plan.has_blocked:
            shapes.append(blocked_ground(corner, *size, color=colors.blocked))
        if chosen is not None:
            place = (corner[0] + chosen * row[0], corner[1])
            marks.append(frames([place], *row, color=colors.accent, width=2.5))
    traces += _as_one(marks)
    marked = [] if chosen is None else [chosen + i * n_rows for i in range(many)]
    if stacked:
        places = [start + (i + 0.5) / n_rows for start in starts for i in range(n_rows)]
        widest = max((plan.columns for plan in plans), key=len)  # values may be narrower than queries
        axes = {"xaxis": plain_axis(**hover_ticks(widest))} | token_axes(
            "y", rows * many, places=places, length=height - 8, chosen=marked, side="left", range=[end, 0]
        )
    else:
        columns = [name for plan in plans for name in plan.columns]
        widths = [len(plan.columns) for plan in plans]
        places = [start + (i + 0.5) / n for start, n in zip(starts, widths, strict=True) for i in range(n)]
        axes = {"xaxis": plain_axis(**hover_ticks(columns, places=places, range=[0, end]))} | token_axes(
            "y", rows, length=height - 8, chosen=marked, side="left", range=[n_rows - 0.5, -0.5]
        )
    layout = frame(colors, height=height, margin={"l": LABELS, "r": 4, "t": 4, "b": 4}, shapes=shapes, **axes)
    return go.Figure([*traces, *second_axes(axes)], layout)


def _as_one(marks: Sequence[go.Scatter]) -> list[go.Scatter]:
    """Lines with gaps between them as one trace."""
    if not marks:
        return []
    return [marks[0].update(x=[at for one in marks for at in one.x], y=[at for one in marks for at in one.y])]
