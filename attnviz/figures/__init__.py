"""Figures: pure functions from a trace to a `plotly.graph_objects.Figure`, for a page or a notebook."""

from plotly.graph_objects import Figure

from attnviz.figures._comparison import COMPARISON_CELLS, comparison
from attnviz.figures._panels import PANEL_CELLS, panels
from attnviz.figures.costs import cost_curves, cost_styles
from attnviz.figures.curves import line_styles, training_curves
from attnviz.figures.large import head
from attnviz.figures.matrices import MATRICES, matrix
from attnviz.figures.mosaics import GRID_CELLS, OVERVIEW_CELLS, head_grid, overview
from attnviz.figures.pictures import picture, picture_grid
from attnviz.figures.sounds import sound

__all__ = [
    "COMPARISON_CELLS",
    "GRID_CELLS",
    "MATRICES",
    "OVERVIEW_CELLS",
    "PANEL_CELLS",
    "Figure",
    "comparison",
    "cost_curves",
    "cost_styles",
    "head",
    "head_grid",
    "line_styles",
    "matrix",
    "overview",
    "panels",
    "picture",
    "picture_grid",
    "sound",
    "training_curves",
]
