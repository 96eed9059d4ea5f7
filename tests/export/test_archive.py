"""The archive has what the trace has, whatever the text holds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz.export import npz_bytes
from attnviz.request import HeadOff, Unseen
from tests.support.exported import anything, layer, loaded, made_of
from tests.support.traces import layer_of, translation_of


def test_the_archive_has_what_the_trace_has():
    model = attnviz.load_model("grammar")
    trace = model.trace("The cat, which was black, sat on the mat", off={(1, 0), (0, 3)})
    found = loaded(npz_bytes(trace))
    for name in ("q", "k", "v", "weights"):
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], np.stack([getattr(x, name).numpy() for x in trace.layers]))
    assert found["tokens"].tolist() == [token.text for token in trace.tokens]
    assert found["special"].tolist() == [token.special for token in trace.tokens]
    assert found["word"].tolist() == [-1 if token.word is None else token.word for token in trace.tokens]
    assert found["off"].tolist() == [[0, 3], [1, 0]]
    assert found["scale"].tolist() == [x.scale for x in trace.layers]
    assert found["temperature"].tolist() == [1.0] * len(trace.layers)
    assert (str(found["text"]), str(found["model"])) == (trace.text, "grammar")
    assert str(found["version"]) == attnviz.__version__
    assert "mask" not in found
    assert loaded(npz_bytes(attnviz.trace("The cat")))["off"].shape == (0, 2)


@pytest.mark.parametrize("biased", [False, True])
def test_the_weights_follow_from_what_is_in_the_archive(biased):
    mask = torch.full((1, 3, 3), -torch.inf).triu(1)
    bias = torch.arange(18.0).reshape(2, 3, 3) / 10 if biased else None
    trace = made_of(["a", "b", "c"], layer(mask=mask, bias=bias, temperature=0.7))
    found = loaded(npz_bytes(trace))
    scores = found["q"] @ found["k"].swapaxes(-1, -2) * found["scale"][:, None, None, None]
    masked = (scores + found["mask"] + found.get("bias", 0)) / found["temperature"][:, None, None, None]
    weights = np.exp(masked - masked.max(-1, keepdims=True))
    np.testing.assert_allclose(weights / weights.sum(-1, keepdims=True), found["weights"], atol=1e-6)


def test_layers_of_different_shapes_are_arrays_of_their_own():
    mask = torch.zeros(1, 2, 2)
    trace = made_of(["a", "b"], layer(2, 2), layer(4, 2, mask=mask), layer(2, 2, d_head=6))
    found = loaded(npz_bytes(trace))
    assert [found[f"q_{i}"].shape for i in range(3)] == [(2, 2, 4), (4, 2, 4), (2, 2, 6)]
    assert [found[f"weights_{i}"].shape for i in range(3)] == [(2, 2, 2), (4, 2, 2), (2, 2, 2)]
    assert found["mask"].shape == (3, 1, 2, 2)  # one that changes nothing where a layer has none
    assert not found["mask"].any()
    assert "q" not in found
    np.testing.assert_array_equal(found["weights_1"], trace.layers[1].weights.numpy())


def test_grouped_key_value_heads_stay_grouped_in_the_archive():
    q, k = torch.randn(4, 2, 3), torch.randn(2, 2, 3)
    found = loaded(npz_bytes(made_of(["a", "b"], layer_of(q, k))))
    assert (found["q"].shape, found["k"].shape, found["weights"].shape) == ((1, 4, 2, 3), (1, 2, 2, 3), (1, 4, 2, 2))


def test_half_precision_and_views_are_written_as_float32_in_order():
    turned = torch.randn(3, 2, 4).transpose(0, 1).to(torch.bfloat16)
    found = loaded(npz_bytes(made_of(["a", "b", "c"], layer_of(turned, turned))))
    np.testing.assert_array_equal(found["q"][0], turned.float().numpy())


@settings(deadline=None)
@given(st.lists(anything, min_size=1, max_size=4))
def test_any_text_comes_back_from_the_archive(texts):
    found = loaded(npz_bytes(made_of(texts)))
    assert found["tokens"].tolist() == texts
    assert str(found["text"]) == "".join(texts)


def test_the_same_trace_gives_the_same_archive():
    trace = attnviz.trace("The cat sat")
    assert npz_bytes(trace) == npz_bytes(trace)


def test_the_archive_of_several_parts_gives_every_part_s_weights_again():
    changes = [HeadOff("cross.0.1"), Unseen(key=1, part="decoder")]
    trace = translation_of(["the", "cat"], ["le", "chat", "noir"], changes=changes)
    found = loaded(npz_bytes(trace))
    assert found["source/tokens"].tolist() == ["the", "cat"]
    assert found["target/tokens"].tolist() == ["le", "chat", "noir"]
    for part, layers in trace.parts.items():
        scores = found[f"{part}/q"] @ found[f"{part}/k"].swapaxes(-1, -2) * found[f"{part}/scale"][:, None, None, None]
        masked = scores + found.get(f"{part}/mask", 0)
        powers = np.exp(masked / found[f"{part}/temperature"][:, None, None, None])
        np.testing.assert_allclose(powers / powers.sum(-1, keepdims=True), found[f"{part}/weights"], atol=1e-6)
        np.testing.assert_allclose(found[f"{part}/weights"][0], layers[0].weights.numpy(), atol=1e-6)
    assert found["off"].tolist() == ["cross.0.1"]
    assert found["cuts"].tolist() == ["in decoder, nobody looks at token 1"]
    assert found["changes"].tolist() == ["cross-attention layer 0 head 1 off", "in decoder, nobody looks at token 1"]
