"""What stands in a figure."""

from __future__ import annotations

import numpy as np

from attnviz.figures.palette import LIGHT

SENTENCE = "The cat, which was black, sat on the mat"


def cells(figure) -> np.ndarray:
    return np.array(next(trace.z for trace in figure.data if trace.type == "heatmap"))


def marks(figure) -> list[tuple]:
    """The rectangles in the accent's colour."""
    lines = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines"]
    return [(trace.x, trace.y) for trace in lines if trace.line.color == LIGHT.accent]
