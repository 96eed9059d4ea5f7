"""Token axes and the frame that every figure shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import plotly.graph_objects as go

from attnviz.figures.labels import pixels, runs_from_right
from attnviz.figures.palette import Palette

FONT = 12
_ROOM = 13  # pixels that a label needs along its axis


def token_axes(
    letter: str,
    names: list[str],
    *,
    length: float,
    chosen: Collection[int] = (),
    places: Sequence[float] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Axis settings that write tokens at their places (0, 1, 2, …), for a layout; on a long text, as many as fit.

    Places are numbers, so that a word that comes twice keeps its own row; the chosen ones are bold and
    always written. Where not all fit, hover still reads all names from the first axis, and a second one
    lies over it and writes some (`second_axes` makes Plotly draw it).
    """
    places = range(len(names)) if places is None else places
    step = max(1, -(-len(names) * _ROOM // max(int(length), 1)))
    # No neighbour stands in the way of a chosen one's label.
    near = {j for i in chosen for j in range(i - step + 1, i + step)}
    written = [i for i in range(len(names)) if i in chosen or (i % step == 0 and i not in near)]
    settings = {"range": [-0.5, len(names) - 0.5], **settings}
    ticks = {
        "tickmode": "array",
        "tickvals": [places[i] for i in written],
        "ticktext": [f"<b>{names[i]}</b>" if i in chosen else names[i] for i in written],
    }
    if step == 1:
        return {f"{letter}axis": plain_axis(**ticks, **settings)}
    return {
        f"{letter}axis": plain_axis(**hover_ticks(names, places=places, range=settings["range"])),
        f"{letter}axis2": plain_axis(**ticks, **settings, overlaying=letter),
    }


def second_axes(axes: dict[str, Any]) -> list[go.Scatter]:
    """An empty trace on the second axes, if there are any: Plotly draws no axis without a trace."""
    used = {letter: f"{letter}2" for letter in "xy" if f"{letter}axis2" in axes}
    on = {f"{letter}axis": name for letter, name in used.items()}
    return [go.Scatter(x=[None], y=[None], hoverinfo="skip", **on)] if on else []


def hover_ticks(names: list[str], *, places: Sequence[float] | None = None, **settings: Any) -> dict[str, Any]:
    """Axis settings from which hover reads the name at every place (0, 1, 2, …); nothing is drawn."""
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names)) if places is None else places),
        "ticktext": names,
        "showticklabels": False,
        "range": [-0.5, len(names) - 0.5],
        **settings,
    }


def cell(names: Sequence[str], sign: str = "→") -> str:
    """A cell's row and column in a hover; where a word runs from right to left, each in its own direction."""
    y, x = ("\u2068%{y}\u2069", "\u2068%{x}\u2069") if any(map(runs_from_right, names)) else ("%{y}", "%{x}")
    return f"{y} {sign} {x}"


def label_margin(names: list[str]) -> float:
    """Room for the widest label, in pixels. (Plotly's automargin would lay out everything twice.)"""
    return 10 + max((pixels(name, FONT) for name in names), default=0)


def frame(colors: Palette, *, height: float, margin: dict[str, float], **layout: Any) -> go.Layout:
    """A layout without decoration: transparent, no grid, no zero line, the theme's text colour."""
    return go.Layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8, **margin},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": FONT, "color": colors.text, "family": "Source Sans, Noto Sans, system-ui, sans-serif"},
        hoverlabel={"font": {"size": 14, "color": "#ffffff"}, "bgcolor": "#2b303b", "bordercolor": "#2b303b"},
        showlegend=False,
        dragmode=False,
        **layout,
    )


def plain_axis(**settings: Any) -> dict[str, Any]:
    """An axis without lines."""
    return {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "ticklabelstandoff": 3,
        "ticklabeloverflow": "allow",
        "fixedrange": True,
        **settings,
    }


def blocked_ground(corner: tuple[float, float], down: float, across: float, *, color: str) -> dict[str, Any]:
    """A rectangle at a (row, column) corner, below the cells: it shows where there is no number."""
    (y, x) = corner
    where = {"x0": x, "x1": x + across, "y0": y, "y1": y + down}
    return {"type": "rect", "layer": "below", "line": {"width": 0}, "fillcolor": color, **where}


def frames(
    corners: Sequence[tuple[float, float]], down: float, across: float, *, color: str, width: float
) -> go.Scatter:
    """Rectangles at (row, column) corners, all of one size, as one line with gaps: one trace, however many."""
    x: list[float | None] = []
    y: list[float | None] = []
    for top, left in corners:
        x += [left, left + across, left + across, left, left, None]
        y += [top, top, top + down, top + down, top, None]
    line = {"color": color, "width": width}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", cliponaxis=False)
