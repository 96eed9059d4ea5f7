"""The curves of what attention costs."""

from __future__ import annotations

import math

import pytest

from attnviz.analysis.costs import PATTERNS, Measured
from attnviz.figures import cost_curves, cost_styles

LENGTHS = (256, 512, 1024)


def made(*patterns) -> list[Measured]:
    return [
        Measured(pattern, n, 1, 1e-6 * n ** (2 if pattern is None else 1), 4 * n)
        for n in LENGTHS
        for pattern in patterns
    ]


def test_each_kind_has_its_curve_and_full_attention_lies_parallel_to_the_line_of_n_squared():
    figure = cost_curves(made(*PATTERNS))
    square, full, window, dilated = figure.data
    assert [trace.name for trace in figure.data] == ["n²", "full", "window", "dilated"]
    assert list(full.y) == pytest.approx([1e-6 * n**2 for n in LENGTHS])
    assert list(window.x) == list(LENGTHS)
    assert list(dilated.text) == ["0.26 ms", "0.51 ms", "1 ms"]
    assert [a / b for a, b in zip(square.y, full.y, strict=True)] == pytest.approx([square.y[0] / full.y[0]] * 3)
    assert square.y[0] > full.y[0], "beside it, where it can be seen"


def test_both_axes_are_logarithmic_and_everything_is_within():
    figure = cost_curves(made(*PATTERNS))
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["256", "512", "1,024"]
    low, high = figure.layout.yaxis.range
    logarithms = [math.log10(y) for trace in figure.data for y in trace.y]
    assert low < min(logarithms)
    assert max(logarithms) < high


def test_there_is_no_line_of_n_squared_without_full_attention_and_nothing_of_nothing():
    assert [trace.name for trace in cost_curves(made(*PATTERNS[1:])).data] == ["window", "dilated"]
    assert not cost_curves([]).data


def test_the_legend_has_a_style_for_each_line_and_no_two_alike():
    for dark in (False, True):
        figure, styles = cost_curves(made(*PATTERNS), dark=dark), cost_styles(dark=dark)
        assert set(styles) == {trace.name for trace in figure.data}
        assert len(set(styles.values())) == 4
        assert all(styles[trace.name][0] == trace.line.color for trace in figure.data)
