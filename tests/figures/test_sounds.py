"""The figure of a sound: what the model reads, and the rows of a head over it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from attnviz import AttnvizError, FrameToken, Samples, TextToken, Tokens, figures
from attnviz._trace import Trace
from attnviz.layer import LayerTrace, Rule
from attnviz.request import Named, Request, Sound
from tests.support.traces import layer_of, trace_of

SAMPLES = Samples.of(np.ones(800), 1000)  # 0.8 s: four frames of 0.2 s
WEIGHTS = torch.tensor([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.1, 0.1, 0.1, 0.7]])


def made(mask: torch.Tensor | None = None, heard: bool = True) -> Trace:
    """A trace whose only head has these weights: "a", "<b" and the end look at four frames."""
    frames = [FrameToken(f"{i / 5:.1f} s", start=i / 5, end=(i + 1) / 5) for i in range(4)]
    columns = Tokens("sound", tuple(frames), SAMPLES)
    letters = (TextToken("a", 1, 0, 1), TextToken("<b", 2, 1, 3), TextToken("end", 3, 3, 3, special=True))
    rows = Tokens("written", letters, "a<b")
    q, k = torch.eye(3)[None], WEIGHTS.log().T[None]
    layer = LayerTrace(q, k, torch.zeros(1, 4, 2), Rule(1.0, mask), rows, columns, 0, "cross")
    bands = torch.arange(24.0).view(8, 3) / 12 - 1  # two frames of the sound for each token
    request = Request(Sound(SAMPLES, "a<b"), Named("made"))
    return Trace(request, {"cross": (layer,)}, {"written": torch.zeros(3, 2)}, heard=bands if heard else None)


def test_the_staircase_stands_over_the_sound_on_one_time():
    stairs, heard = figures.sound(made()).data
    np.testing.assert_allclose(stairs.z, WEIGHTS, atol=1e-6)
    assert (stairs.zmin, stairs.zmax) == (0, 1)
    assert list(stairs.x) == pytest.approx([0.1, 0.3, 0.5, 0.7])
    assert heard.z.shape == (3, 8)
    assert heard.z[2, 0] == pytest.approx(2 / 12 - 1)
    assert list(heard.x[:2]) == pytest.approx([0.05, 0.15])
    layout = figures.sound(made()).layout
    assert list(layout.xaxis.range) == pytest.approx([0, 0.8])
    assert list(layout.yaxis.ticktext) == ["a", "&lt;b", "end"]
    assert layout.yaxis.range[0] > layout.yaxis.range[1], "what is written first stands at the top"
    assert layout.yaxis3.domain[1] < layout.yaxis.domain[0]
    assert layout.title.text == "head 0 of layer 0 of the cross-attention"


def test_what_is_chosen_is_framed_and_its_row_is_a_line_over_the_sound():
    figure = figures.sound(made(), query=1)
    _, _, mark, line = figure.data
    assert (min(mark.y[:-1]), max(mark.y[:-1]), max(mark.x[:-1])) == (0.5, 1.5, pytest.approx(0.8))
    np.testing.assert_allclose(line.y, WEIGHTS[1], atol=1e-6)
    assert figure.layout.title.text.startswith("“&lt;b” · ")
    assert "<b>&lt;b</b>" in figure.layout.yaxis.ticktext


def test_a_frame_that_may_not_be_looked_at_is_a_gap():
    mask = torch.zeros(1, 3, 4)
    mask[..., 2] = -torch.inf
    figure = figures.sound(made(mask))
    assert bool(np.isnan(figure.data[0].z[:, 2]).all())
    assert len(figure.layout.shapes) == 1


def test_what_cannot_be_drawn_is_said():
    for other in (trace_of(layer_of(torch.zeros(1, 2, 2), torch.zeros(1, 2, 2))), made(heard=False)):
        with pytest.raises(AttnvizError, match="This trace is of no sound"):
            figures.sound(other)
    with pytest.raises(AttnvizError, match="There is no head 1"):
        figures.sound(made(), head=1)
    with pytest.raises(AttnvizError, match="There is no token 3"):
        figures.sound(made(), query=3)
