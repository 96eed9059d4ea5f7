"""Marian's binary, read: a file made by hand, number after number."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from attnviz.models.packages.marian import FLOAT32, INT8, read
from attnviz.models.packages.portuguese import UNREADABLE, vocabulary, weights

Tensor = tuple[str, int, tuple[int, ...], bytes]  # name, kind, shape, bytes


def binary(*tensors: Tensor, version: int = 1, skipped: int = 3) -> bytes:
    """A file of these tensors, with some bytes to be skipped before their numbers."""
    heads = b"".join(struct.pack("<QQQQ", len(n) + 1, kind, len(shape), len(own)) for n, kind, shape, own in tensors)
    names = b"".join(name.encode() + b"\0" for name, *_ in tensors)
    shapes = b"".join(struct.pack(f"<{len(shape)}i", *shape) for _, _, shape, _ in tensors)
    numbers = b"".join(own for *_, own in tensors)
    start = struct.pack("<QQ", version, len(tensors))
    return start + heads + names + shapes + struct.pack("<Q", skipped) + bytes(skipped) + numbers


def test_each_tensor_is_read_as_it_is_meant():
    found = read(
        binary(
            # [in 2, out 3], which lies there as [out, in]: of in 0 stand 10, 20, 30, of in 1 -4, 5, 127; each n / 10.
            ("decoder_l1_rnn_W", INT8, (2, 3), struct.pack("<6bf", 10, -4, 20, 5, 30, 127, 10.0)),
            # the table of words, which lies there as it is named
            ("Wemb", INT8, (2, 3), struct.pack("<6bf", 1, 2, 3, 4, 5, -128, 2.0)),
            ("decoder_l1_rnn_bf", FLOAT32, (1, 3), struct.pack("<3f", 0.5, -1.5, 2.0)),
            ("special:model.yml", 0x101, (4,), b"a: b"),
        )
    )
    assert sorted(found) == ["Wemb", "decoder_l1_rnn_W", "decoder_l1_rnn_bf"], "the settings are no numbers"
    np.testing.assert_allclose(found["decoder_l1_rnn_W"], [[1.0, 2.0, 3.0], [-0.4, 0.5, 12.7]], rtol=1e-6)
    assert found["Wemb"].tolist() == [[0.5, 1.0, 1.5], [2.0, 2.5, -64.0]]
    assert found["decoder_l1_rnn_bf"].tolist() == [0.5, -1.5, 2.0], "one row is a vector"
    assert all(numbers.dtype == np.float32 for numbers in found.values())


def test_another_version_and_a_file_that_ends_early_are_said():
    whole = binary(("b", FLOAT32, (1, 2), struct.pack("<2f", 1, 2)))
    with pytest.raises(ValueError, match="version 2"):
        read(binary(version=2))
    for length in (7, 20, 50, len(whole) - 1):
        with pytest.raises(ValueError, match="ends"):
            read(whole[:length])


def test_weights_get_the_network_s_names_and_multipliers_of_activations_none():
    one = np.ones(1, np.float32)
    names = ("encoder_l2_self_Wq", "encoder_l2_self_Wq_QuantMultA", "encoder_l2_self_Wo_ln_scale", "decoder_l1_rnn_Wf")
    more = ("decoder_l1_rnn_W", "decoder_l1_rnn_ffn_ln_bias", "decoder_l2_context_bo", "decoder_l2_ffn_b1")
    found = weights(dict.fromkeys((*names, *more, "Wemb", "decoder_ff_logit_out_b", "none_QuantMultA"), one))
    assert set(found) == {
        *("embedding", "bias", "encoder.1.attention.w_q", "encoder.1.attention.norm.weight"),
        *("decoder.0.recurrence.w_f", "decoder.0.recurrence.w", "decoder.0.recurrence.norm.bias"),
        *("decoder.1.cross.b_o", "decoder.1.feed_forward.b_1"),
    }


def test_entries_that_are_no_text_are_never_found_in_one():
    told = {"version": "1.0", "model": {"type": "Unigram", "vocab": [["</s>", 0.0], ["<unk>", 0.0], [",", -3.0]]}}
    made = vocabulary(told)["model"]["vocab"]
    assert [name for name, _ in made] == [*UNREADABLE, ","]
    assert all(" " in name for name in UNREADABLE), "which a text has no longer when it is cut into pieces"
    assert told["model"]["vocab"][0] == ["</s>", 0.0], "what was given stays"
