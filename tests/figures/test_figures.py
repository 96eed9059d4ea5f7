"""All figures: every one marks what is chosen, names what is not there, and can be read."""

from __future__ import annotations

import json

import numpy as np
import pytest

import attnviz
from attnviz import AttnvizError, figures
from attnviz.figures.matrices import MATRICES, plan_matrix
from attnviz.figures.mosaics import plan_grid, plan_overview
from attnviz.figures.palette import DARK, LIGHT, weight_color
from tests.support.drawn import cells, marks


def test_hiding_special_tokens_leaves_the_other_numbers_as_they_are(bert):
    whole, words = (plan_matrix(bert, "weights", layer=5, head=11, query=8, specials=s) for s in (True, False))
    assert np.array_equal(words.values, whole.values[1:-1, 1:-1])
    assert words.chosen == 7
    assert "[CLS]" not in words.rows
    grid = plan_grid(bert, layer=5, specials=False)
    assert np.array_equal(grid.values[:11, :11], bert.layers[5].weights[0, 1:-1, 1:-1].numpy())
    assert plan_overview(bert, specials=False).size == (11, 11)


@pytest.mark.parametrize("specials", [True, False])
def test_the_chosen_token_is_marked_in_every_figure(bert, specials):
    def drawn(query: int) -> list:
        look = {"layer": 5, "query": query, "specials": specials}
        return [
            figures.head_grid(bert, **look),
            figures.overview(bert, query=query, specials=specials),
            figures.head(bert, head=11, **look),
            figures.panels(bert, ["q", "k", "v"], head=11, **look),
            figures.panels(bert, ["q", "k", "v"], head=11, stacked=True, **look),
            *(figures.matrix(bert, name, head=11, **look) for name in MATRICES),
        ]

    for one, other in zip(drawn(8), drawn(3), strict=True):
        assert len(marks(one)) == len(marks(other)) == 1
        assert marks(one) != marks(other)


@pytest.mark.parametrize("dark", [False, True])
def test_figures_travel_as_json_without_losing_numbers(bert, dark):
    for figure in (figures.head_grid(bert, dark=dark, clickable=True), figures.overview(bert, dark=dark)):
        spec = json.loads(figure.to_json())
        assert "bdata" in spec["data"][0]["z"]  # a typed array, not a list


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layer": 6}, "There is no layer 6: minilm has layers 0 to 5"),
        ({"head": 12}, "There is no head 12"),
        ({"head": -1}, "There is no head -1"),
        ({"query": 13}, "There is no token 13: the text has tokens 0 to 12"),
    ],
)
@pytest.mark.parametrize("draw", [figures.head, figures.head_grid, figures.overview])
def test_what_is_not_there_is_named(bert, draw, options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        draw(bert, **options)


def test_one_token_and_many_are_drawn():
    for text in ("word", "word " * 600):
        trace = attnviz.trace(text, "random")
        for figure in (figures.head(trace), figures.head_grid(trace), figures.overview(trace)):
            assert cells(figure).size


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_weight_colours_keep_their_order_and_can_be_read(dark):
    colors = [weight_color(i / 100, dark) for i in range(101)]
    lights = [luminance(background) for background, _ in colors]
    assert lights == sorted(lights, reverse=not dark)
    for background, text in colors:
        high, low = sorted((luminance(background), luminance(text)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG AA


@pytest.mark.parametrize(("palette", "ground"), [(LIGHT, "#fbfbf9"), (DARK, "#0f1218")])
def test_role_colours_can_be_read_on_the_page(palette, ground):
    for color in (*palette.roles.values(), palette.text, palette.faint):
        high, low = sorted((luminance(color), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, color


def test_curves_draw_every_measure_the_loss_and_the_marked_step():
    from attnviz.training.checkpoint import shipped
    from attnviz.training.words.grammar.task import GrammarTask

    curve = shipped("grammar").curve
    figure = figures.training_curves(curve, GrammarTask.figures, step=275, steps=2000)
    named = {trace.name: trace for trace in figure.data}
    assert list(named) == [*GrammarTask.figures.values(), "loss, nats a word"]
    for name, title in GrammarTask.figures.items():
        assert list(named[title].y) == [moment.figures[name] for moment in curve]
        assert list(named[title].x) == [moment.step for moment in curve]
    assert [shape.x0 for shape in figure.layout.shapes] == [275]
    styles = figures.line_styles(GrammarTask.figures, dark=False)
    assert len(set(styles.values())) == 4, "every line can be told from the others"
