"""What attention costs against the length of a text: time of each kind, with the line of n² beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from attnviz.analysis.costs import Measured
from attnviz.figures.axes import frame, plain_axis
from attnviz.figures.palette import Palette, palette

SQUARE = "n²"  # what its line is called
_ABOVE = 2  # times full attention's time at the longest text: on the curve itself the line would not be seen


def cost_curves(measured: Sequence[Measured], *, dark: bool = False, height: float = 320) -> go.Figure:
    """Time against tokens, both on a logarithmic scale: a power of n is a straight line there, its exponent the slope.

    The line of n² lies somewhat above full attention: where the two are parallel, time grows with n².
    """
    colors = palette(dark)
    styles = _styles(colors)
    curves = {kind: [one for one in measured if one.kind == kind] for kind in styles if kind != SQUARE}
    traces = [_curve(kind, points, styles[kind]) for kind, points in curves.items() if points]
    lengths = sorted({one.tokens for one in measured})
    if curves["full"]:
        traces.insert(0, _square(lengths, curves["full"][-1], styles[SQUARE]))
    y = [value for trace in traces for value in trace.y]
    low, high = (math.log10(min(y)), math.log10(max(y))) if y else (-4.0, -1.0)
    layout = frame(
        colors,
        height=height,
        margin={"l": 58, "r": 18, "t": 8, "b": 44},
        xaxis=plain_axis(
            type="log",
            tickvals=lengths,
            ticktext=[f"{n:,}" for n in lengths],
            title={"text": "n, the number of tokens", "standoff": 6},
        ),
        yaxis=plain_axis(
            type="log",
            range=[low - 0.15, high + 0.15],
            tickvals=(powers := [10.0**power for power in range(math.floor(low - 0.15), math.ceil(high + 0.15) + 1)]),
            ticktext=[duration(seconds) for seconds in powers],
            showgrid=True,
            gridcolor=colors.grid,
        ),
    )
    layout.update(hovermode="closest")
    return go.Figure(traces, layout)


def cost_styles(*, dark: bool) -> dict[str, tuple[str, str]]:
    """For a legend in words: (colour, "solid", "dashed" or "dotted") of each kind, and of n²."""
    kinds = {"solid": "solid", "4px,3px": "dashed", "dot": "dotted"}
    return {kind: (style["color"], kinds[style["dash"]]) for kind, style in _styles(palette(dark)).items()}


def duration(seconds: float) -> str:
    """Seconds as one says them.

    >>> [duration(s) for s in (0.00001, 0.00026, 0.0176, 0.0722, 1.3, 12)]
    ['0.01 ms', '0.26 ms', '18 ms', '72 ms', '1.3 s', '12 s']
    """
    number, unit = (seconds, "s") if seconds >= 0.9995 else (1000 * seconds, "ms")
    return f"{number:.0f} {unit}" if number >= 9.95 else f"{number:.2g} {unit}"


def _styles(colors: Palette) -> dict[str, dict[str, Any]]:
    return {
        "full": {"color": colors.text, "width": 2.4, "dash": "solid"},
        "window": {"color": colors.accent, "width": 2.4, "dash": "solid"},
        "dilated": {"color": colors.accent, "width": 2.4, "dash": "4px,3px"},
        SQUARE: {"color": colors.faint, "width": 1.5, "dash": "dot"},
    }


def _curve(kind: str, points: Sequence[Measured], style: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=[one.tokens for one in points],
        y=[one.seconds for one in points],
        text=[duration(one.seconds) for one in points],
        name=kind,
        mode="lines+markers",
        line=style,
        marker={"size": 7, "color": style["color"]},
        hovertemplate=f"{kind}, %{{x:,}} tokens: %{{text}}<extra></extra>",
    )


def _square(lengths: Sequence[int], at: Measured, style: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=lengths,
        y=[_ABOVE * at.seconds * (n / at.tokens) ** 2 for n in lengths],
        name=SQUARE,
        mode="lines",
        line=style,
        hoverinfo="skip",
    )
