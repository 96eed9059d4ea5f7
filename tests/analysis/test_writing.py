"""What each part writes toward a word adds up to its logit, and the lens ends in what the model says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from attnviz import AttnvizError, HeadOff, Scaled, load_model
from attnviz.analysis import lens, writing
from attnviz.models.reading_out import ReadOut

TEXT = "One day a girl named Mia found a red ball. She put the"
each_model = pytest.mark.parametrize(
    ("name", "text"),
    [("stories", TEXT), ("induction", "cat black tree cat"), ("grammar", "The cats near the dog [MASK]")],
)


@each_model
@pytest.mark.parametrize("changes", [[], [HeadOff((0, 1))], [Scaled(temperature=2.0)]])
def test_the_parts_add_up_to_the_logit(name, text, changes):
    model = load_model(name)
    trace = model.trace(text, changes=changes)
    at = len(trace.tokens) - 1
    for word in trace.stages.logits[at].topk(3).indices.tolist():
        found = writing(model, trace, at=at, word=word)
        total = found.embedding + float(found.heads.sum()) + float(found.feed_forward.sum()) + found.rest
        assert total == pytest.approx(found.logit, abs=2e-5)
        assert found.logit == float(trace.stages.logits[at, word])
    if changes and isinstance(changes[0], HeadOff):
        assert float(found.heads[0, 1]) == 0


@each_model
def test_the_lens_ends_in_what_the_model_says(name, text):
    model = load_model(name)
    trace = model.trace(text)
    at = len(trace.tokens) - 1
    found = lens(model, trace, at=at)
    assert found.names == ("embedding", *(f"layer {i}" for i in range(len(trace.layers))))
    assert (found.probabilities[-1] - trace.stages.logits[at].softmax(-1)).abs().max() < 1e-6
    assert torch.allclose(found.probabilities.sum(-1), torch.ones(len(found.names)))


def test_one_number_by_hand():
    """Of a head, with numpy: its context times its rows of W_O, normed with the whole vector's spread, times u."""
    model = load_model("stories")
    trace = model.trace(TEXT)
    at, word, layer, head = len(trace.tokens) - 1, model.words.index("red"), 1, 0
    out, stages = model.read_out, trace.stages
    assert out is not None
    context = trace.layers[layer].context[head, at].double().numpy()
    size = len(context)
    part = context @ trace.layers[layer].w_o[head * size : (head + 1) * size].double().numpy()
    x = stages.blocks[-1].output[at].double().numpy()
    normed = (part - part.mean()) / np.sqrt(x.var() + out.epsilon) * out.gamma.double().numpy()
    by_hand = normed @ out.u[word].double().numpy()
    assert float(writing(model, trace, at=at, word=word).heads[layer, head]) == pytest.approx(by_hand, abs=1e-5)


def test_the_head_that_looks_at_the_colour_writes_it():
    model = load_model("stories")
    trace = model.trace(TEXT)
    at, red = len(trace.tokens) - 1, model.words.index("red")
    found = writing(model, trace, at=at, word=red)
    assert divmod(int(found.heads.argmax()), 4) == (1, 0)
    assert trace.layers[1].weights[0, at].argmax() == [token.text for token in trace.tokens].index("red")
    said = lens(model, trace, at=at).probabilities[:, red]
    assert said[-1] > 0.9 > said[0]


def test_a_norm_is_torchs():
    x, generator = torch.randn(6, generator=torch.Generator().manual_seed(1)), torch.Generator().manual_seed(2)
    gamma, beta = torch.randn(2, 6, generator=generator)
    out = ReadOut(torch.zeros(3, 6), torch.zeros(3), gamma, beta, 1e-5)
    assert torch.allclose(out.normed(x), torch.nn.functional.layer_norm(x, (6,), gamma, beta), atol=1e-6)


def test_what_is_not_told_is_said():
    model = load_model("minilm")
    trace = model.trace("the cat")
    with pytest.raises(AttnvizError, match=r"ours from end to end.*minilm is none"):
        writing(model, trace, at=1, word=0)
    model = load_model("stories")
    trace = model.trace("One day")
    with pytest.raises(AttnvizError, match="no token 9"):
        lens(model, trace, at=9)
    with pytest.raises(AttnvizError, match="no word 9999"):
        writing(model, trace, at=1, word=9999)
