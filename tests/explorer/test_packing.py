"""What travels to the explorer: every number where it belongs, near enough, and not too much of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import attnviz
from attnviz import Trace, Unseen
from attnviz.analysis import word_groups
from attnviz.attention import causal_mask
from attnviz.client import notes, packed_choice, packed_pictures, packed_trace, packed_vectors
from attnviz.client.packing import packed, thumbnails, unpacked
from attnviz.client.payloads import extent
from attnviz.client.payloads.extent import EXACT_BYTES
from attnviz.client.schema import THUMBNAIL, WHOLE
from attnviz.layer import Projection
from attnviz.models import load_model
from attnviz.pooling import max_pooled
from benchmarks.texts import text_of
from tests.analysis.test_heads import trace_with
from tests.support.tiny import SENTENCE, save_tiny
from tests.support.traces import layer_of, with_layers, with_rule

MEGABYTE = 1_000_000
NORMED = (("linear", "norm", "rotary"), ("linear", "norm", "rotary"), ("linear", "bias"))
_PART = st.sampled_from([np.float32, np.int16, np.uint8]).flatmap(
    lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
)
_HEADER = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    max_leaves=6,
)


def opened(trace: Trace, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return unpacked(packed_trace(trace, identity="x", **({"first": {}} | options)))


def layers_of(header: dict[str, Any]) -> list[dict[str, Any]]:
    """What is said of the layers of the first part."""
    layers: list[dict[str, Any]] = header["parts"][0]["layers"]
    return layers


def text_row(header: dict[str, Any]) -> dict[str, Any]:
    """What is said of the tokens of a text."""
    row: dict[str, Any] = header["rows"]["text"]
    return row


@settings(max_examples=60, deadline=None)
@given(
    header=st.dictionaries(st.text("abcdefgh", min_size=1), _HEADER, max_size=4),
    parts=st.dictionaries(st.text("äbc<12", min_size=1), _PART, max_size=4),
)
def test_what_is_packed_comes_back(header: dict[str, Any], parts: dict[str, Any]):
    data = packed(header, parts)
    start = 4 + int.from_bytes(data[:4], "little")
    assert start % 8 == 0
    told = json.loads(data[4:start])["arrays"]
    assert all(place["at"] % 8 == 0 for place in told.values()), "or the page could not read it where it is"
    back, arrays_back = unpacked(data)
    assert back == header
    assert list(arrays_back) == list(parts)
    for name, array in parts.items():
        assert arrays_back[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays_back[name], array)


def test_a_number_that_json_does_not_have_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        packed({"x": math.inf}, {})


def test_short_texts_travel_exactly(minilm: Any):
    trace = minilm.trace(SENTENCE)
    assert sum(x.nbytes for layer in trace.layers for x in (layer.q, layer.k, layer.v)) <= EXACT_BYTES
    header, parts = opened(trace)
    for i, layer in enumerate(trace.layers):
        assert header["scales"][""][i] == {}
        for name in "qkv":
            np.testing.assert_array_equal(parts[f"{name}{i}"], getattr(layer, name).numpy())


def test_long_texts_travel_as_whole_numbers_within_half_a_step(minilm: Any):
    trace = minilm.trace(text_of(128))
    header, parts = opened(trace)
    for i, layer in enumerate(trace.layers):
        for name in "qkv":
            sent, wanted = parts[f"{name}{i}"], getattr(layer, name).numpy()
            assert sent.dtype == np.int16
            step = np.array(header["scales"][""][i][name], dtype=np.float32)[:, None, None]
            np.testing.assert_allclose(step[:, 0, 0], np.abs(wanted).max((1, 2)) / 32767, rtol=1e-6)
            assert (np.abs(sent * step - wanted) <= 0.51 * step).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), power=st.integers(-6, 6))
def test_whole_numbers_are_near_whatever_the_size_of_a_head(seed: int, power: int):
    drawn = torch.Generator().manual_seed(seed)
    base = trace_with(torch.full((3, 4, 4), 0.25))
    layer = base.layers[0]
    values = torch.randn(3, 4, 4, generator=drawn) * 10.0**power
    values[1] = 0.0  # a head of nothing
    header, parts = opened(with_layers(base, replace(layer, q=values)), exact=False)
    step = np.array(header["scales"][""][0]["q"], dtype=np.float32)[:, None, None]
    assert (np.abs(parts["q0"] * step - values.numpy()) <= 0.51 * step).all()
    assert not parts["q0"][1].any()


def test_how_they_travel_can_be_asked_for(minilm: Any):
    trace = minilm.trace(SENTENCE)
    assert opened(trace, exact=False)[1]["q0"].dtype == np.int16
    assert opened(trace, exact=True)[1]["q0"].dtype == np.float32


@pytest.mark.parametrize(("tokens", "most"), [(128, 2.5), (512, 10.0)])
def test_what_is_sent_is_within_its_bounds(tokens: int, most: float, minilm: Any):
    trace = minilm.trace(text_of(tokens))
    assert len(trace) == tokens
    heads = [(0, 0), (5, 11)]
    pictures = len(packed_pictures(trace, identity="x", first={}, heads=heads, query=0))
    vectors = len(packed_vectors(trace, identity="x"))
    choice = len(packed_choice(trace, identity="x", heads=heads, queries=[0]))
    assert pictures + vectors + choice <= most * MEGABYTE
    assert pictures <= vectors / 5, "what is drawn at first is little"
    assert choice <= pictures


@pytest.mark.parametrize("tokens", [13, 128])
def test_pictures_and_vectors_make_the_whole(tokens: int, minilm: Any):
    trace = minilm.trace(text_of(tokens))
    whole, all_parts = opened(trace, first={"layer": 5})
    heads, query = [(5, 11), (0, 2)], 3
    header, parts = unpacked(
        packed_pictures(trace, identity="x", first={"layer": 5}, heads=heads, query=query, note="z")
    )
    vectors_header, vectors = unpacked(packed_vectors(trace, identity="x"))
    _, numbers = unpacked(packed_choice(trace, identity="x", heads=heads, queries=[query]))
    assert header == {k: v for k, v in whole.items() if k != "scales"} | {
        "heads": [[5, 11], [0, 2]],
        "part": "",
        "queries": [3],
        "selfContained": tokens == 13,
        "note": "z",
    }
    assert vectors_header == {"kind": "vectors", "id": "x", "scales": whole["scales"]}
    assert set(parts) | set(vectors) == set(all_parts) | set(numbers)
    assert not set(parts) & set(vectors)
    for name, array in {**parts, **vectors}.items():
        np.testing.assert_array_equal(array, (all_parts if name in all_parts else numbers)[name])


def test_a_thumbnail_holds_the_root_of_each_blocks_largest_weight():
    weights = torch.zeros(1, 3, 3)
    weights[0] = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.25, 0.5], [0.0625, 0.9375, 0.0]])
    assert thumbnails(weights)[0].tolist() == [[255, 0, 0], [128, 128, 180], [64, 247, 0]]


def test_a_thumbnail_of_a_long_text_keeps_every_sharp_cell():
    n = 2 * THUMBNAIL + 1
    weights = torch.zeros(2, n, n)
    weights[0, n - 1, 0] = 1.0
    weights[1].fill_(1 / n)
    sharp, broad = thumbnails(max_pooled(weights, THUMBNAIL))
    assert sharp.shape[0] == sharp.shape[1] <= THUMBNAIL
    assert sharp[-1, 0] == 255
    assert np.count_nonzero(sharp) == 1
    assert (broad == round(255 * math.sqrt(1 / n))).all()


def test_the_header_says_what_each_layer_is(tmp_path: Any):
    trace = load_model(str(save_tiny(tmp_path, "llama")), device="cpu").trace("the cat sat")
    header, parts = opened(trace, exact=True, map=[[0.0, 1.0]])
    layer = layers_of(header)[1]
    assert (layer["heads"], layer["kvHeads"], layer["dHead"]) == (4, 2, 4)
    assert layer["scale"] == pytest.approx(trace.layers[1].scale)
    assert (layer["temperature"], layer["extra"]) == (1.0, "causal")
    assert parts["q1"].shape == (4, len(trace), 4)
    assert parts["k1"].shape == parts["v1"].shape == (2, len(trace), 4)
    assert header["map"] == [[0.0, 1.0]], "what else is given stands there too"
    assert header["off"] == []


def test_the_header_says_how_wide_values_are(tmp_path: Any):
    base = trace_with(torch.full((2, 3, 3), 1 / 3))
    drawn = torch.Generator().manual_seed(0)
    q, k = (torch.randn(2, 3, 12, generator=drawn) for _ in range(2))
    v = torch.randn(2, 3, 6, generator=drawn)
    trace = with_layers(base, layer_of(q, k, v, scale=0.3))
    header, parts = opened(trace)
    assert (layers_of(header)[0]["dHead"], layers_of(header)[0]["dValue"]) == (12, 6)
    np.testing.assert_array_equal(parts["v0"], v.numpy())
    _, numbers = unpacked(packed_choice(trace, identity="", heads=[(0, 1)], queries=[2]))
    np.testing.assert_array_equal(numbers["head0.v"], v[1].numpy())
    np.testing.assert_allclose(numbers["way.context"], trace.layers[0].head(1).context[2].numpy(), atol=1e-6)


def test_the_header_says_how_each_layer_makes_q_k_and_v():
    base = trace_with(torch.full((1, 3, 3), 1 / 3))
    turned, plain = (replace(base.layers[0], projection=made) for made in (Projection(*NORMED), None))
    header, _ = opened(with_layers(base, turned, plain))
    assert [layer["projection"] for layer in layers_of(header)] == [
        {"q": ["linear", "norm", "rotary"], "k": ["linear", "norm", "rotary"], "v": ["linear", "bias"]},
        None,
    ]
    told = [
        opened(attnviz.trace("the cat", name))[0]["parts"][0]["layers"][0]["projection"]
        for name in ("random", "induction")
    ]
    assert [one["q"] for one in told] == [["linear"], ["linear", "rotary"]]


def test_the_header_tells_a_mask_from_a_bias_by_its_numbers():
    base = trace_with(torch.full((1, 3, 3), 1 / 3))
    window = torch.tensor([[[0.0, 0.0, -math.inf], [0.0, 0.0, 0.0], [-math.inf, 0.0, 0.0]]])
    numbers = torch.arange(9.0).reshape(1, 3, 3)
    added = [
        {"mask": window},  # a sliding window is a mask, whatever its shape
        {"mask": numbers},  # a bias, though it comes as a mask
        {"mask": window, "bias": numbers},
        {"bias": numbers + window},
        {"bias": torch.zeros(1, 3, 3)},
        {"mask": causal_mask(3)[None]},
        {},
    ]
    layers = tuple(with_rule(base.layers[0], **one) for one in added)
    header, _ = opened(with_layers(base, *layers))
    both = ["bias", "mask"]
    assert [layer["added"] for layer in layers_of(header)] == [
        ["mask"],
        ["bias"],
        both,
        both,
        [],
        ["mask"],
        [],
    ]
    assert [layer["extra"] for layer in layers_of(header)][4:] == [None, "causal", None], "zeros change nothing"


def test_the_header_says_which_tokens_are_words(minilm: Any):
    trace = minilm.trace("unaffable cats didn't sit", off={(5, 11), (0, 3)})
    header, _ = opened(trace, first={"layer": 2})
    assert (header["id"], header["model"], header["first"]) == ("x", "minilm", {"layer": 2})
    assert header["off"] == ["0.3", "5.11"]
    for name, join in (("words", False), ("joined", True)):
        groups: dict[int, list[int]] = {}
        for token, word in enumerate(text_row(header)["words"][name]):
            groups.setdefault(word, []).append(token)
        assert list(groups.values()) == word_groups(trace, join=join)
    assert len(set(text_row(header)["words"]["joined"])) < len(set(text_row(header)["words"]["words"])) < len(trace)
    labels = [token["label"] for token in text_row(header)["tokens"]]
    assert labels[0] == "[CLS]"
    assert any(label.startswith("##") for label in labels)
    assert [token["special"] for token in text_row(header)["tokens"]] == [token.special for token in trace.tokens]


def test_a_pair_says_which_sentence_a_token_is_of(minilm: Any):
    header, _ = opened(minilm.trace("the cat", second="a dog"))
    assert [token["segment"] for token in text_row(header)["tokens"]] == [0, 0, 0, 0, 1, 1, 1]


def test_a_causal_mask_is_a_word_and_not_an_array():
    header, parts = opened(attnviz.trace(SENTENCE, "random", causal=True))
    assert layers_of(header)[0]["extra"] == "causal"
    assert "extra0" not in parts
    assert opened(attnviz.trace(SENTENCE, "random"))[0]["parts"][0]["layers"][0]["extra"] is None


def test_layers_share_one_bias_or_mask(tmp_path: Any):
    trace = load_model(str(save_tiny(tmp_path, "t5")), device="cpu").trace("the cat sat")
    header, parts = opened(trace)
    assert [layer["extra"] for layer in layers_of(header)] == ["extra0", "extra0"]
    np.testing.assert_array_equal(parts["encoder/extra0"], trace.layers[0].bias.numpy())


def test_masks_of_their_own_travel_by_layer(minilm: Any):
    trace = minilm.trace("the cat sat", cuts=[Unseen(1, 3, 2, 1), Unseen(4, None, None, 2)])
    header, parts = opened(trace)
    assert [layer["extra"] for layer in layers_of(header)] == [None, "extra1", None, None, "extra4", None]
    assert np.argwhere(np.isneginf(parts["extra1"])).tolist() == [[3, 2, 1]]
    assert np.isneginf(parts["extra4"][..., 2]).all()


def test_a_bias_and_a_mask_are_added():
    base = trace_with(torch.full((2, 3, 3), 1 / 3))
    mask, bias = causal_mask(3)[None], torch.arange(18.0).reshape(2, 3, 3)
    _, parts = opened(with_layers(base, with_rule(base.layers[0], mask=mask, bias=bias)))
    np.testing.assert_array_equal(parts["extra0"], (mask + bias).numpy())


@pytest.mark.parametrize("tokens", [13, WHOLE + 1])
def test_a_choice_is_answered_with_the_packages_own_numbers(tokens: int, minilm: Any):
    trace = minilm.trace(text_of(tokens))
    heads, queries = [(5, 11), (0, 2)], [8, 3]
    header, parts = unpacked(packed_choice(trace, identity="y", heads=heads, queries=queries, note="z"))
    assert (header["id"], header["heads"], header["queries"], header["note"]) == ("y", [[5, 11], [0, 2]], queries, "z")
    for i, (layer, head) in enumerate(heads):
        weights = trace.layers[layer].weights[head].numpy()
        if tokens <= WHOLE:
            np.testing.assert_allclose(parts[f"head{i}.weights"], weights, atol=1e-6)
        else:
            np.testing.assert_allclose(parts[f"head{i}.rows"], weights[queries], atol=1e-6)
    record = trace.layers[5].head(11)
    for name in ("scores", "masked", "weights", "context"):
        np.testing.assert_allclose(parts[f"way.{name}"], getattr(record, name)[8].numpy(), atol=1e-5)
    for i, (layer, head) in enumerate(heads):
        for name in "qkv":
            of_head = getattr(trace.layers[layer].head(head), name)
            np.testing.assert_array_equal(parts[f"head{i}.{name}"], of_head.numpy())


def test_an_answer_of_grouped_heads_has_the_keys_that_the_head_reads(tmp_path: Any):
    trace = load_model(str(save_tiny(tmp_path, "llama")), device="cpu").trace("the cat sat")
    _, parts = unpacked(packed_choice(trace, identity="", heads=[(0, 3)], queries=[1]))
    np.testing.assert_array_equal(parts["head0.k"], trace.layers[0].k[1].numpy())


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip))
def test_whatever_somebody_types_can_be_packed(text: str):
    try:
        trace = attnviz.trace(text, "random")
    except attnviz.AttnvizError:
        return
    header, _ = opened(trace)
    assert len(text_row(header)["tokens"]) == len(trace)
    assert all(token["label"] for token in text_row(header)["tokens"]), "nothing is invisible"


def test_the_notes_say_what_each_head_does(minilm: Any):
    trace = minilm.trace(SENTENCE)
    told = notes(trace, identity="x", roles={1: "subject"})
    assert (told["id"], told["roles"]) == ("x", {1: "subject"})
    assert [len(layer) for layer in told["parts"][""]["heads"]] == [12] * 6
    assert told["parts"][""]["heads"][0][2]["character"] == "previous token"
    assert all(0 <= head["special"] <= 1 + 1e-5 for layer in told["parts"][""]["heads"] for head in layer)
    json.dumps(told, allow_nan=False)


def test_the_vectors_of_a_small_model_come_with_its_pictures_so_that_nothing_waits_for_them(minilm: Any):
    small = attnviz.trace(SENTENCE, "grammar", device="cpu")
    header, found = unpacked(packed_pictures(small, identity="x", first={}, heads=[(1, 0)], query=0))
    for i, layer in enumerate(small.layers):
        assert np.array_equal(found[f"q{i}"], layer.q.numpy())
    assert len(header["scales"][""]) == len(small.layers)
    large = minilm.trace(SENTENCE)
    header, found = unpacked(packed_pictures(large, identity="x", first={}, heads=[(1, 0)], query=0))
    assert "q0" not in found
    assert "scales" not in header


def test_of_very_many_heads_a_layer_travels_alone_and_the_layers_make_the_whole(
    minilm: Any, monkeypatch: pytest.MonkeyPatch
):
    trace = minilm.trace(text_of(128))
    monkeypatch.setattr(extent, "MANY_HEADS", 71)
    assert unpacked(packed_pictures(trace, identity="x", first={}, heads=[(0, 0)], query=0))[0]["byLayer"]
    header, whole = unpacked(packed_vectors(trace, identity="x"))
    found: dict[str, Any] = {}
    for layer in range(6):
        own, arrays = unpacked(packed_vectors(trace, identity="x", only=("", layer)))
        assert set(arrays) == {f"{name}{layer}" for name in "qkv"}
        assert own["scales"][""] == [{}] * layer + [header["scales"][""][layer]] + [{}] * (5 - layer)
        found |= arrays
    assert all(np.array_equal(found[name], whole[name]) for name in whole)
    assert not extent.goes_by_layer(minilm.trace(SENTENCE)), "of a short text all comes at once"
