"""A row of weights on the picture that is looked at: what has little weight is veiled, what has much stands clear."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from attnviz._trace import Trace
from attnviz.contents import Pixels
from attnviz.errors import AttnvizError
from attnviz.figures.axes import frame, frames, plain_axis
from attnviz.figures.labels import escaped, head_in_words, labels_and_names
from attnviz.figures.palette import Palette, palette
from attnviz.layer import to_cpu
from attnviz.tokens import PatchToken

_VEIL = (0.85, 0.64, 0.42, 0.21, 0.0)  # how much of the ground lies over a patch, at the stops of the palette's weights
_GAP = 6  # pixels between the pictures of a grid
_TITLE = 34  # pixels above for the title


def picture(
    trace: Trace, *, layer: int = 0, head: int = 0, query: int | None = None, dark: bool = False, height: float = 420
) -> go.Figure:
    """The picture of a trace with the row of one head laid over its patches: the clearer, the more weight, from 0 to 1
    whatever the largest is, so that heads compare. Pointing at a patch says its place and weight.

    Args:
        query: which token looks; the last word of the question if None.

    Raises:
        AttnvizError: a trace that is of no picture, or a layer, head or token that is not there.
    """
    pixels, at = _pixels(trace), _query(trace, query)
    trace.layer(layer, head)
    colors = palette(dark)
    drawn, shapes = _panel(trace, layer, head, at, colors)
    looks = trace.rows[at]
    if isinstance(looks, PatchToken):
        x, y, width, down = looks.box
        drawn.append(frames([(y - 0.5, x - 0.5)], down, width, color=colors.accent, width=2.5))
    title = f"{_asked(trace, at)} · {head_in_words(trace, layer, head)}"
    return _figure(drawn, shapes, (pixels.columns, pixels.rows), title, colors, height)


def picture_grid(
    trace: Trace, *, query: int | None = None, dark: bool = False, height: float | None = None
) -> go.Figure:
    """The same of all heads, small: a row for each layer, in it its heads from the left.

    Raises:
        AttnvizError: a trace that is of no picture, or a token that is not there.
    """
    pixels, at = _pixels(trace), _query(trace, query)
    colors = palette(dark)
    width, down = pixels.columns + _GAP, pixels.rows + 2 * _GAP
    drawn: list[Any] = []
    shapes: list[dict[str, Any]] = []
    names = []
    for layer, record in enumerate(trace.layers):
        for head in range(record.heads):
            corner = (head * width, layer * down)
            panel, blocked = _panel(trace, layer, head, at, colors, corner)
            drawn += panel
            shapes += blocked
            names.append((corner[0] + pixels.columns / 2, corner[1] - _GAP, f"{layer}.{head}"))
    x, y, text = zip(*names, strict=True)
    drawn.append(go.Scatter(x=x, y=y, text=text, mode="text", hoverinfo="skip"))
    heads = max(record.heads for record in trace.layers)
    size = (heads * width - _GAP, len(trace.layers) * down - 2 * _GAP)
    height = height or _TITLE + 180 * len(trace.layers)
    return _figure(drawn, shapes, size, _asked(trace, at), colors, height, above=2 * _GAP)


def _panel(
    trace: Trace, layer: int, head: int, query: int, colors: Palette, corner: tuple[int, int] = (0, 0)
) -> tuple[list[Any], list[dict[str, Any]]]:
    """The picture with its first pixel at a corner (x, y), a veil over it, and what covers patches that may not be
    looked at."""
    record = trace.layers[layer].head(head, query)
    weights, blocked = to_cpu(record.weights)[0].tolist(), to_cpu(record.masked)[0].isneginf().tolist()
    patches = [(i, token) for i, token in enumerate(trace.columns) if isinstance(token, PatchToken)]
    across = sorted({token.box[0] for _, token in patches})
    down = sorted({token.box[1] for _, token in patches})
    z = np.full((len(down), len(across)), np.nan)
    said = np.full(z.shape, "", dtype=object)
    shapes = []
    for i, token in patches:
        x, y, width, height = token.box
        place = down.index(y), across.index(x)
        z[place] = weights[i]
        number = f"{weights[i]:.1%}" if trace.layers[layer].shares else f"{weights[i]:.4f}"
        looked = "may not be looked at" if blocked[i] else number
        said[place] = f"row {place[0]}, column {place[1]}: {looked}<br>{head_in_words(trace, layer, head)}"
        if blocked[i]:
            left, top = corner[0] + x - 0.5, corner[1] + y - 0.5
            ends = {"x0": left, "x1": left + width, "y0": top, "y1": top + height}
            shapes.append({"type": "rect", "line": {"width": 0}, "fillcolor": colors.blocked, **ends})
    width, height = patches[0][1].box[2:]
    ground = tuple(int(colors.weights[0][1][i : i + 2], 16) for i in (1, 3, 5))
    veil = go.Heatmap(
        z=z,
        x=[corner[0] + x + (width - 1) / 2 for x in across],
        y=[corner[1] + y + (height - 1) / 2 for y in down],
        text=said,
        hovertemplate="%{text}<extra></extra>",
        zmin=0,
        zmax=1,
        colorscale=[
            [stop, f"rgba({', '.join(map(str, ground))}, {alpha})"]
            for (stop, _), alpha in zip(colors.weights, _VEIL, strict=True)
        ],
        showscale=False,
    )
    shown = go.Image(z=_pixels(trace).array, x0=corner[0], y0=corner[1], hoverinfo="skip")
    return [shown, veil], shapes


def _figure(
    drawn: list[Any],
    shapes: list[dict[str, Any]],
    size: tuple[int, int],
    title: str,
    colors: Palette,
    height: float,
    above: int = 0,
) -> go.Figure:
    """Pixels as wide as high, the first row at the top; `above`: pixels of the picture's kind left free over it."""
    axes = {
        "xaxis": plain_axis(range=[-0.5, size[0] - 0.5], showticklabels=False, constrain="domain"),
        "yaxis": plain_axis(
            range=[size[1] - 0.5, -0.5 - above], showticklabels=False, scaleanchor="x", constrain="domain"
        ),
    }
    said = {"text": title, "font": {"size": 14}, "x": 0.5, "y": 0.99, "yanchor": "top"}
    return go.Figure(drawn, frame(colors, height=height, margin={"t": _TITLE}, shapes=shapes, title=said, **axes))


def _pixels(trace: Trace) -> Pixels:
    content = trace.columns.content
    if not isinstance(content, Pixels) or not trace.columns.patches:
        raise AttnvizError("This trace is of a text: a picture is drawn of a trace that was asked about one.")
    return content


def _query(trace: Trace, query: int | None) -> int:
    trace.check_query(query)
    words = [i for i, token in enumerate(trace.rows) if not isinstance(token, PatchToken)]
    return (words[-1] if words else 0) if query is None else query


def _asked(trace: Trace, query: int) -> str:
    """The question, or which other token looks."""
    row = trace.rows
    if row.asked and query == _query(trace, None):
        return f"“{escaped(row.asked)}”"
    name = escaped(labels_and_names(row)[1][query])
    return name if query in row.patches else f"“{name}”"
