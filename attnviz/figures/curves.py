"""How a training run went: the loss, the measures, and where one is looking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from attnviz.figures.axes import frame, plain_axis
from attnviz.figures.palette import Palette, palette
from attnviz.training.checkpoint import Moment

_GAP = 0.07  # between the two panels, as a share of the height
_LOSS = 0.3  # height of the lower panel


def training_curves(
    curve: Sequence[Moment],
    titles: Mapping[str, str],
    *,
    step: int | None = None,
    steps: int | None = None,
    dark: bool = False,
    height: float = 330,
) -> go.Figure:
    """Measures (0 to 1) above, loss (nats a word) below, over the steps of training.

    `titles` names the measures that are drawn; `step` is marked; `steps` is how far the axis goes.
    """
    colors = palette(dark)
    x = [moment.step for moment in curve]
    styles = _styles(list(titles), colors)
    traces = [
        go.Scatter(
            x=x,
            y=[moment.figures[name] for moment in curve],
            name=title,
            mode="lines",
            line=styles[name],
            hovertemplate=f"{title}: %{{y:.2f}}, step %{{x}}<extra></extra>",
        )
        for name, title in titles.items()
    ]
    loss = go.Scatter(
        x=x,
        y=[moment.loss for moment in curve],
        name="loss, nats a word",
        mode="lines",
        line={"color": colors.faint, "width": 1.5},
        yaxis="y2",
        hovertemplate="loss: %{y:.3f}, step %{x}<extra></extra>",
    )
    last = max(steps or 0, x[-1] if x else 0, 1)
    layout = frame(
        colors,
        height=height,
        margin={"l": 44, "r": 14, "t": 6, "b": 34},
        xaxis=plain_axis(
            range=[-0.01 * last, 1.01 * last], anchor="y2", title={"text": "training step", "standoff": 4}
        ),
        yaxis=plain_axis(
            range=[-0.02, 1.04], domain=[_LOSS + _GAP, 1], tickvals=[0, 0.5, 1], showgrid=True, gridcolor=colors.grid
        ),
        yaxis2=plain_axis(
            domain=[0, _LOSS],
            rangemode="tozero",
            nticks=3,
            showgrid=True,
            gridcolor=colors.grid,
            title={"text": "loss", "standoff": 4},
        ),
        shapes=[] if step is None else [_mark(step, colors)],
    )
    layout.update(showlegend=False, hovermode="closest")
    return go.Figure([*traces, loss], layout)


def line_styles(titles: Mapping[str, str], *, dark: bool) -> dict[str, tuple[str, str]]:
    """For a legend in words: (colour, "solid" or "dashed") of each measure."""
    return {
        name: (style["color"], "dashed" if style["dash"] != "solid" else "solid")
        for name, style in _styles(list(titles), palette(dark)).items()
    }


def _styles(names: list[str], colors: Palette) -> dict[str, dict[str, Any]]:
    """What the model says in the colour of text, what its heads do in the accent; the second of each dashed."""
    said = [name for name in names if name in ("agreement", "number")]
    done = [name for name in names if name not in said]
    return {
        name: {"color": color, "width": 2.4, "dash": "4px,3px" if i else "solid"}
        for group, color in ((said, colors.text), (done, colors.accent))
        for i, name in enumerate(group)
    }


def _mark(step: int, colors: Palette) -> dict[str, Any]:
    line = {"color": colors.accent, "width": 2}
    return {"type": "line", "x0": step, "x1": step, "xref": "x", "y0": 0, "y1": 1, "yref": "paper", "line": line}
