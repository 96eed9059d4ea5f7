"""A sound as its model reads it, bands of pitch over time, and above it the rows of one head of the cross-attention:
what is written goes down, time to the right, so that a head which follows the sound draws a staircase."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.figures.axes import blocked_ground, cell, frame, frames, label_margin, plain_axis, second_axes, token_axes
from attnviz.figures.labels import head_in_words, labels
from attnviz.figures.palette import Palette, palette
from attnviz.layer import to_cpu
from attnviz.tokens import FrameToken

_TITLE = 34  # pixels above for the title
_BELOW = 40  # pixels below for the time
_SOUND = 0.34  # of the height, for the sound


def sound(
    trace: Trace, *, layer: int = 0, head: int = 0, query: int | None = None, dark: bool = False, height: float = 520
) -> go.Figure:
    """The sound of a trace and the rows of one head over it, the weights on the scale of 0 to 1 whatever the largest
    is, so that heads compare. Pointing at a cell says its letter, time and weight.

    Args:
        trace: of a sound; of its parts, the cross-attention is drawn.
        query: what is written there is framed, and its weights are a line over the sound.

    Raises:
        AttnvizError: a trace that is of no sound, or a layer, head or token that is not there.
    """
    cross = trace.only("cross") if "cross" in trace.parts else trace
    times = [token for token in cross.columns if isinstance(token, FrameToken) and not token.special]
    if cross.heard is None or not times:
        raise AttnvizError("This trace is of no sound: a sound is drawn of a trace whose model heard one.")
    cross.check_query(query)
    record = cross.layer(layer, head, cross.part).head(head)
    colors = palette(dark)
    weights = to_cpu(record.weights).masked_fill(to_cpu(record.masked).isneginf(), np.nan).numpy()[:, : len(times)]
    names = labels(cross.rows, list(range(len(cross.rows))))
    middles = [(token.start + token.end) / 2 for token in times]
    whole = times[-1].end
    drawn: list[Any] = [_staircase(weights, middles, names, cross.layers[layer].shares, colors)]
    drawn.append(_heard(cross, whole, colors))
    shapes = []
    if np.isnan(weights).any():
        shapes.append(blocked_ground((-0.5, 0), len(names), whole, color=colors.blocked))
    if query is not None:
        drawn.append(frames([(query - 0.5, 0)], 1, whole, color=colors.accent, width=2))
        line = {"color": colors.accent, "width": 2.5, "shape": "hvh"}
        drawn.append(go.Scatter(x=middles, y=weights[query], mode="lines", line=line, yaxis="y4", hoverinfo="skip"))
    title = head_in_words(cross, layer, head)
    if query is not None:
        title = f"“{names[query]}” · {title}"
    room = height - _TITLE - _BELOW
    written = token_axes(
        "y",
        names,
        length=room * (1 - _SOUND),
        chosen=() if query is None else (query,),
        range=[len(names) - 0.5, -0.5],
    )
    drawn += second_axes(written)
    below = {"domain": [0, _SOUND - 0.03], "showticklabels": False}
    axes = {
        **{name: {**axis, "domain": [_SOUND + 0.01, 1]} for name, axis in written.items()},
        "xaxis": plain_axis(range=[0, whole], ticksuffix=" s", nticks=8, anchor="y3"),
        "yaxis3": plain_axis(title={"text": "pitch", "standoff": 4}, **below),
        "yaxis4": plain_axis(range=[0, 1.02], overlaying="y3", **below),
    }
    said = {"text": title, "font": {"size": 14}, "x": 0.5, "y": 0.99, "yanchor": "top"}
    margin = {"t": _TITLE, "b": _BELOW, "l": max(label_margin(names), 28), "r": 12}
    return go.Figure(drawn, frame(colors, height=height, margin=margin, shapes=shapes, title=said, **axes))


def _staircase(
    weights: np.ndarray[Any, Any], middles: list[float], names: list[str], shares: bool, colors: Palette
) -> go.Heatmap:
    """[written, time]: the weights of a head."""
    number = "%{z:.1%}" if shares else "%{z:.4f}"
    return go.Heatmap(
        z=weights,
        x=middles,
        zmin=0 if shares else None,
        zmax=1 if shares else None,
        colorscale=[list(stop) for stop in (colors.weights if shares else colors.signed)],
        zmid=None if shares else 0,
        showscale=False,
        hovertemplate=f"{cell(names)}: {number}<extra></extra>",
    )


def _heard(trace: Trace, whole: float, colors: Palette) -> go.Heatmap:
    """[band, time]: how loud each band of pitch is, from faint to the text's colour."""
    assert trace.heard is not None
    each = _seconds(trace) / len(trace.heard)
    loud = to_cpu(trace.heard).numpy().T[:, : round(whole / each)]
    ground = colors.weights[0][1]
    return go.Heatmap(
        z=loud,
        x=[(i + 0.5) * each for i in range(loud.shape[1])],
        zmin=-1,
        zmax=1,
        colorscale=[[0, ground], [1, colors.text]],
        showscale=False,
        yaxis="y3",
        hovertemplate="%{x:.2f} s, band %{y}: %{z:.2f}<extra></extra>",
    )


def _seconds(trace: Trace) -> float:
    """How long all is that the model read, the silence that it adds among it."""
    last = trace.columns[-1]
    assert isinstance(last, FrameToken)
    return last.end
