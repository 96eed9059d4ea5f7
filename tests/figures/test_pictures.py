"""The figure of a picture: rows go down, columns to the right, and what has weight stands clear."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import attnviz
from attnviz import AttnvizError, LayerTrace, PatchToken, Pixels, Request, Rule, TextToken, Tokens, Trace, figures
from attnviz.request import Named, Picture
from tests.support.traces import layer_of, trace_of

QUESTION = "digit red <b>"


def made(weights: list[float], *, rows: int = 2, columns: int = 3, mask: list[float] | None = None) -> Trace:
    """Two words that look at six patches of 4 × 4 pixels, three in a row, with these weights, and one head more that
    looks at the last patch alone. The pixel at x, y is (10 x, 10 y, 0)."""
    y, x = np.mgrid[: 4 * rows, : 4 * columns]
    pixels = Pixels.of(np.stack([10 * x, 10 * y, 0 * x], -1).astype(np.uint8))
    words = [TextToken("digit", 4, 0, 5), TextToken("red", 6, 6, 9)]
    patches = [PatchToken(f"{r},{c}", box=(4 * c, 4 * r, 4, 4)) for r in range(rows) for c in range(columns)]
    tokens = Tokens("image", (*words, *patches), pixels, asked=QUESTION)
    n = len(tokens)
    scores = torch.full((2, n, n), -30.0)
    scores[:, :, -1] = 0.0
    scores[0, 1] = torch.tensor([1e-13, 1e-13, *weights]).log()
    blocked = torch.zeros(1, n, n) if mask is None else torch.tensor([0.0, 0.0, *mask]).expand(1, n, n)
    layer = LayerTrace(
        torch.eye(n).expand(2, n, n), scores.mT, torch.eye(n).expand(2, n, n), Rule(1.0, blocked), tokens, tokens
    )
    return Trace(Request(Picture(pixels, QUESTION), Named("made")), {"": (layer,)}, {"image": torch.zeros(n, 2)})


WEIGHTS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.2]


def test_row_0_is_the_top_and_x_goes_to_the_right():
    figure = figures.picture(made(WEIGHTS))
    image, veil = figure.data
    assert image.z.shape == (8, 12, 3)
    assert image.z[1, 5].tolist() == [50, 10, 0], "row by row"
    low, high = figure.layout.yaxis.range
    assert low > high, "the axis runs downwards: row 0 is at the top"
    assert figure.layout.xaxis.range[0] < figure.layout.xaxis.range[1]
    assert figure.layout.yaxis.scaleanchor == "x"
    np.testing.assert_allclose(veil.z, [WEIGHTS[:3], WEIGHTS[3:]], atol=1e-6)
    assert list(veil.x) == [1.5, 5.5, 9.5], "the middles of the patches, among pixels"
    assert list(veil.y) == [1.5, 5.5]


def test_pointing_at_a_patch_says_its_place_and_weight_of_all_on_one_scale():
    veil = figures.picture(made(WEIGHTS)).data[1]
    assert veil.text[1, 0] == "row 1, column 0: 20.0%<br>head 0 of layer 0"
    assert (veil.zmin, veil.zmax) == (0, 1)
    stops = [(stop, float(color.rstrip(")").split(",")[-1])) for stop, color in veil.colorscale]
    assert stops[-1] == (1.0, 0.0), "all the weight: nothing lies over it"
    assert [alpha for _, alpha in stops] == sorted((alpha for _, alpha in stops), reverse=True)


def test_the_title_is_the_question_and_the_head_and_never_markup():
    title = figures.picture(made(WEIGHTS), head=1).layout.title.text
    assert title == "“digit red &lt;b&gt;” · head 1 of layer 0"
    assert figures.picture(made(WEIGHTS), query=0).layout.title.text == "“digit” · head 0 of layer 0"


def test_a_patch_that_looks_is_framed():
    figure = figures.picture(made(WEIGHTS), query=2 + 5)
    assert figure.layout.title.text.startswith("patch 1,2 · ")
    mark = figure.data[-1]
    assert (min(mark.x[:-1]), max(mark.x[:-1])) == (7.5, 11.5)
    assert (min(mark.y[:-1]), max(mark.y[:-1])) == (3.5, 7.5)


def test_a_patch_that_may_not_be_looked_at_is_covered():
    figure = figures.picture(made(WEIGHTS, mask=[0.0, 0.0, -torch.inf, 0.0, 0.0, 0.0]))
    (shape,) = figure.layout.shapes
    assert (shape.x0, shape.x1, shape.y0, shape.y1) == (7.5, 11.5, -0.5, 3.5)
    assert "may not be looked at" in figure.data[1].text[0, 2]


def test_the_grid_has_all_heads_side_by_side():
    figure = figures.picture_grid(made(WEIGHTS))
    first, veil, second, other, names = figure.data
    assert (first.x0, second.x0) == (0, 12 + 6)
    assert list(names.text) == ["0.0", "0.1"]
    np.testing.assert_allclose(veil.z[1], WEIGHTS[3:], atol=1e-6)
    assert other.z[1, 2] == pytest.approx(1.0)
    assert list(other.x) == [19.5, 23.5, 27.5]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(AttnvizError, match="There is no head 2"):
        figures.picture(made(WEIGHTS), head=2)
    with pytest.raises(AttnvizError, match="There is no token 8"):
        figures.picture_grid(made(WEIGHTS), query=8)
    with pytest.raises(AttnvizError, match="This trace is of a text"):
        figures.picture(trace_of(layer_of(torch.zeros(1, 2, 2), torch.zeros(1, 2, 2))))


def test_the_other_figures_take_a_picture_s_trace_too():
    trace = made(WEIGHTS)
    assert len(figures.head(trace, layer=0, head=0).data[0].z) == 8
    figures.head_grid(trace)
    figures.matrix(trace, "q")


def test_the_record_checks_boxes_and_bytes():
    pixels = Pixels(2, 2, bytes(12))
    assert pixels == Pixels(2, 2, bytes(12))
    assert hash(pixels) == hash(Pixels(2, 2, bytes(12)))
    assert pixels != Pixels(2, 2, bytes(11) + b"\1")
    assert not pixels.array.flags.writeable
    with pytest.raises(AttnvizError, match="11 bytes for 2 × 2 pixels"):
        Pixels(2, 2, bytes(11))
    with pytest.raises(AttnvizError, match=r"token 0 covers \(1, 0, 2, 1\) of 2 × 2 pixels"):
        Tokens("image", (PatchToken("a", box=(1, 0, 2, 1)),), pixels)
    with pytest.raises(AttnvizError, match="spans 0 to 9 of 3 characters"):
        Tokens("image", (TextToken("a", 0, 0, 9),), pixels, asked="red")
    with pytest.raises(AttnvizError, match="has tokens that are no pieces of a text"):
        _ = Tokens("image", (PatchToken("a", box=(0, 0, 1, 1)),), pixels).of_text
    assert attnviz.Tokens("image", (PatchToken("a", box=(0, 0, 1, 1)),), pixels).find("a") == 0
