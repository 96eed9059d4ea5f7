"""Many heads at once: all heads of a layer, and all heads of all layers, each a small heatmap.

All tiles are one heatmap with gaps of NaN between them, which a browser draws several times faster
than a subplot for each head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz._brief import brief
from attnviz._trace import Trace
from attnviz.figures.axes import frame, frames, plain_axis
from attnviz.figures.labels import isolated, labels
from attnviz.figures.palette import Palette, palette
from attnviz.layer import LayerTrace, to_cpu
from attnviz.pooling import max_pooled

GRID_CELLS, OVERVIEW_CELLS = 96, 40  # most cells along a tile's side
_HOVER_CELLS = 24  # up to so many, each cell of a grid says its number


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Tiles on one canvas: where each stands, whose head it is, and the numbers."""

    values: NDArray[np.float32]  # [row, column] of the canvas; NaN between tiles
    heads: list[tuple[int, int]]  # (layer, head) of each tile
    corners: list[tuple[int, int]]  # (row, column) of each tile's first cell
    size: tuple[int, int]  # cells of a tile, down and across
    block: tuple[int, int]  # tokens of a cell, down and across: 1, or more on a long text
    shown: tuple[list[int], list[int]]  # the tokens of a tile, down and across
    shares: bool = True  # whether the weights of all these heads are shares

    __repr__ = brief


def plan_grid(trace: Trace, *, layer: int, columns: int | None = None, specials: bool = True) -> Mosaic:
    """All heads of a layer, `columns` to a row (as square as they go if None)."""
    heads = [(layer, head) for head in range(trace.layer(layer).heads)]
    columns = max(columns or math.ceil(math.sqrt(len(heads))), 1)
    shown = _shown(trace, specials=specials)
    plan = _mosaic(_tiles(trace.layers[layer], shown, GRID_CELLS), heads, columns, shown, title_room=0.24)
    return replace(plan, shares=trace.layers[layer].shares)


def plan_overview(trace: Trace, *, specials: bool = True) -> Mosaic:
    """All heads of all layers: a row a layer, a column a head."""
    heads = [(i, head) for i, layer in enumerate(trace.layers) for head in range(layer.heads)]
    columns = max(layer.heads for layer in trace.layers)
    shown = _shown(trace, specials=specials)
    tiles = torch.cat([_tiles(layer, shown, OVERVIEW_CELLS) for layer in trace.layers])
    return replace(_mosaic(tiles, heads, columns, shown), shares=trace.shares)


def _shown(trace: Trace, *, specials: bool) -> tuple[list[int], list[int]]:
    return trace.rows.shown(specials=specials), trace.columns.shown(specials=specials)


def head_grid(
    trace: Trace,
    *,
    layer: int = 0,
    head: int | None = None,
    query: int | None = None,
    specials: bool = True,
    dark: bool = False,
    columns: int | None = None,
    height: float | None = None,
    clickable: bool = False,
) -> go.Figure:
    """All heads of a layer, each a small heatmap on the same scale, 0 to 1 (centred on 0 where weights are no shares).

    `head` and `query` are marked. On a long text each cell is the largest weight of a block of tokens.
    Pointing at a cell tells its number; on a long text, and where `clickable`, pointing at a tile names its head,
    by points that a page can listen to: their customdata is [layer, head].
    """
    trace.layer(layer, head or 0)
    trace.check_query(query)
    plan = plan_grid(trace, layer=layer, columns=columns, specials=specials)
    colors = palette(dark)
    rows = len({row for row, _ in plan.corners})
    figure = _draw(plan, colors, height=height or rows * 150 + 20, top=20)
    names = [f"head {h}{' (off)' * trace.is_off(layer, h)}" for _, h in plan.heads]
    titles = [f"<b>{name}</b>" if h == head else name for name, (_, h) in zip(names, plan.heads, strict=True)]
    figure.add_trace(
        go.Scatter(
            x=[column - 0.5 for _, column in plan.corners],
            y=[row - 0.5 for row, _ in plan.corners],
            text=titles,
            mode="text",
            textposition="top right",
            textfont={"size": 12},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    _mark(figure, plan, colors, chosen=None if head is None else (layer, head), query=query)
    if not clickable and max(plan.size) <= _HOVER_CELLS and plan.block == (1, 1):
        _tell_cells(figure, plan, trace)
    else:
        _tell_heads(figure, plan, trace, query)
    return figure


def overview(
    trace: Trace,
    *,
    layer: int | None = None,
    head: int | None = None,
    query: int | None = None,
    specials: bool = True,
    dark: bool = False,
    height: float | None = None,
) -> go.Figure:
    """All heads of all layers: a row a layer, a column a head, on the same scale, 0 to 1 (centred on 0 where weights
    are no shares).

    Pointing at a tile names its head; a point's customdata is [layer, head].
    """
    trace.layer(layer or 0, head or 0)
    trace.check_query(query)
    plan = plan_overview(trace, specials=specials)
    colors = palette(dark)
    figure = _draw(plan, colors, height=height or len(trace.layers) * 44 + 40, top=24, left=24)
    down, across = ((size - 1) / 2 for size in plan.size)
    first_of_row = {row: layer for (row, _), (layer, _) in reversed(list(zip(plan.corners, plan.heads, strict=True)))}
    first_of_column = {column: head for (_, column), (_, head) in zip(plan.corners, plan.heads, strict=True)}
    figure.update_xaxes(
        tickmode="array",
        tickvals=[column + across for column in first_of_column],
        ticktext=[str(h) for h in first_of_column.values()],
        showticklabels=True,
        side="top",
    )
    figure.update_yaxes(
        tickmode="array",
        tickvals=[row + down for row in first_of_row],
        ticktext=[str(i) for i in first_of_row.values()],
        showticklabels=True,
    )
    chosen = None if layer is None or head is None else (layer, head)
    _mark(figure, plan, colors, chosen=chosen, query=query)
    _tell_heads(figure, plan, trace, query)
    return figure


def _tiles(layer: LayerTrace, shown: tuple[list[int], list[int]], most: int) -> Tensor:
    """[head, cell, cell]: the weights between the shown tokens, at most `most` cells along a side: of a block of tokens
    the one furthest from 0."""
    return torch.cat([_pooled(to_cpu(weights), layer.shares, shown, most) for weights in layer.in_turn()])


def _pooled(weights: Tensor, shares: bool, shown: tuple[list[int], list[int]], most: int) -> Tensor:
    """`_tiles` of some heads, from their weights."""
    if (len(shown[0]), len(shown[1])) != weights.shape[1:]:
        weights = weights[:, shown[0]][:, :, shown[1]]
    largest = max_pooled(weights, most)
    if shares:
        return largest
    least = -max_pooled(-weights, most)
    return torch.where(largest.abs() >= least.abs(), largest, least)


def _mosaic(
    tiles: Tensor,
    heads: list[tuple[int, int]],
    columns: int,
    shown: tuple[list[int], list[int]],
    *,
    title_room: float = 0.0,
) -> Mosaic:
    """Set the tiles side by side, `columns` to a row, with room above each for a title."""
    height, width = (max(side, 1) for side in tiles.shape[-2:])  # with no token to show, a tile is empty
    gap = max(1, round(max(height, width) * 0.12))
    across, down = width + gap, height + gap + round(height * title_room)
    n_rows = -(-len(heads) // columns)
    canvas = np.full((n_rows * down - (down - height), columns * across - gap), np.nan, dtype=np.float32)
    corners = [((i // columns) * down, (i % columns) * across) for i in range(len(heads))]
    for (row, column), tile in zip(corners, tiles.numpy(), strict=True):
        canvas[row : row + tile.shape[0], column : column + tile.shape[1]] = tile
    block = (max(1, -(-len(shown[0]) // height)), max(1, -(-len(shown[1]) // width)))
    return Mosaic(canvas, heads, corners, (height, width), block, shown)


def _draw(plan: Mosaic, colors: Palette, *, height: float, top: float, left: float = 4) -> go.Figure:
    bound = 1.0 if plan.shares else float(np.nanmax(np.abs(plan.values), initial=0.0)) or 1.0
    figure = go.Figure(layout=frame(colors, height=height, margin={"t": top, "l": left, "r": 4, "b": 4}))
    figure.add_trace(
        go.Heatmap(
            z=plan.values,
            zmin=0 if plan.shares else -bound,
            zmax=bound,
            colorscale=colors.weights if plan.shares else colors.signed,
            showscale=False,
            hoverongaps=False,
            hoverinfo="skip",
        )
    )
    n_rows, n_columns = plan.values.shape
    figure.update_layout(
        xaxis=plain_axis(range=[-0.5, n_columns - 0.5], showticklabels=False),
        yaxis=plain_axis(range=[n_rows - 0.5, -0.5], showticklabels=False),
    )
    return figure


def _mark(
    figure: go.Figure, plan: Mosaic, colors: Palette, *, chosen: tuple[int, int] | None, query: int | None
) -> None:
    """A thin frame around every tile, the accent around the chosen head and along the chosen word's row."""
    corners = [(row - 0.5, column - 0.5) for row, column in plan.corners]
    figure.add_trace(frames(corners, *plan.size, color=colors.faint, width=0.5))
    if query in plan.shown[0]:
        place = plan.shown[0].index(query) // plan.block[0]
        rows = [(row + place, column) for row, column in corners]
        figure.add_trace(frames(rows, 1, plan.size[1], color=colors.accent, width=1.2))
    if chosen in plan.heads:
        corner = corners[plan.heads.index(chosen)]
        figure.add_trace(frames([corner], *plan.size, color=colors.accent, width=3))


def _tell_heads(figure: go.Figure, plan: Mosaic, trace: Trace, query: int | None) -> None:
    """Points over the tiles that say their head, and can be clicked: heatmaps report no clicks to Streamlit."""
    rows = 2 if len(plan.heads) <= 16 else 1  # few points: each is an element that the browser must draw
    steps = [(i + 0.5) * plan.size[0] / rows - 0.5 for i in range(rows)]
    words = _words_of_heads(plan, trace, query)
    places = [
        (row + dy, column + (plan.size[1] - 1) / 2, head)
        for head, (row, column) in zip(plan.heads, plan.corners, strict=True)
        for dy in steps
    ]
    hidden = {"marker": {"opacity": 0}}
    figure.add_trace(
        go.Scatter(
            x=[column for _, column, _ in places],
            y=[row for row, _, _ in places],
            customdata=[list(head) for _, _, head in places],
            hovertext=[words[head] for _, _, head in places],
            hoverinfo="text",
            mode="markers",
            marker={"symbol": "square", "size": 60 if rows == 2 else 30, "opacity": 0},
            selected=hidden,
            unselected=hidden,
        )
    )


def _words_of_heads(plan: Mosaic, trace: Trace, query: int | None) -> dict[tuple[int, int], str]:
    """What pointing at a tile says: its head, and where the chosen word looks in it."""
    said = {(i, h): f"head {h} of layer {i}{', switched off' * trace.is_off(i, h)}" for i, h in plan.heads}
    if query is None:
        return said
    queries, keys = (
        [isolated(name) for name in labels(side, [*range(len(side))])] for side in (trace.rows, trace.columns)
    )
    looks = {i: to_cpu(trace.layers[i].row(query).weights[:, 0]) for i in {layer for layer, _ in plan.heads}}
    for (layer, head), words in said.items():
        best = int(looks[layer][head].abs().argmax())  # looks: [head, key]
        weight = float(looks[layer][head, best])
        told = f"{weight:.0%}" if plan.shares else f"{weight:.3g}"
        said[layer, head] = f"{queries[query]} → {keys[best]}: {told}<br>{words}"
    return said


def _tell_cells(figure: go.Figure, plan: Mosaic, trace: Trace) -> None:
    """Each cell says its words, weight and head."""
    queries, keys = (
        [isolated(name) for name in labels(side, shown)]
        for side, shown in zip((trace.rows, trace.columns), plan.shown, strict=True)
    )
    text = np.full(plan.values.shape, "", dtype=object)
    for (layer, head), (row, column) in zip(plan.heads, plan.corners, strict=True):
        for i, query in enumerate(queries):
            for j, key in enumerate(keys):
                weight = plan.values[row + i, column + j]
                text[row + i, column + j] = f"{query} → {key}: {weight:.3g}<br>head {head} of layer {layer}"
    figure.update_traces(selector={"type": "heatmap"}, hoverinfo="text", hovertext=text.tolist())
