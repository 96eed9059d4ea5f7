"""The records check themselves and compute what is asked for with the one function."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace

import pytest
import torch

import attnviz
from attnviz._trace import Trace
from attnviz.attention import attention
from attnviz.errors import AttnvizError
from attnviz.layer import LayerTrace, Projection
from attnviz.request import HeadOff, Named, Request, Translation, Unseen
from attnviz.tokens import Tokens
from tests.support.traces import layer_of, letters, tokens_of, trace_of


def layer(heads: int = 2, n: int = 3, d_head: int = 4, kv_heads: int | None = None, **options) -> LayerTrace:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(h, n, d_head, generator=generator) for h in (heads, kv_heads or heads, kv_heads or heads))
    return layer_of(**({"q": q, "k": k, "v": v, "scale": 0.5} | options))


def trace(*layers: LayerTrace, **options) -> Trace:
    return trace_of(*(layers or (layer(),)), model="x", **options)


def crossed() -> Trace:
    """Three parts of one layer: three words of a source, two of a target."""
    source, target = tokens_of(["le", "chat", "dort"], name="source"), tokens_of(["a", "cat"], name="target")
    rows = {"encoder": (source, source), "decoder": (target, target), "cross": (target, source)}
    drawn = torch.Generator().manual_seed(1)
    parts = {
        part: (
            layer_of(
                *(torch.randn(2, len(tokens), 4, generator=drawn) for tokens in (queries, keys)),
                queries=queries,
                keys=keys,
                part=part,
            ),
        )
        for part, (queries, keys) in rows.items()
    }
    asked = Request(
        Translation("le chat dort", "a cat"), Named("t"), (HeadOff("cross.0.1"), Unseen(key=2, part="cross"))
    )
    return Trace(asked, parts, {"source": torch.zeros(3, 8), "target": torch.ones(2, 8)})


def test_a_trace_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace().device = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        layer().q = torch.zeros(2, 3, 4)


def test_a_trace_that_contradicts_itself_is_refused():
    whole = trace()
    four = tokens_of(letters(4))
    with pytest.raises(AttnvizError, match="layer 0 has 3 queries for 4 tokens"):
        trace(tokens=four)
    with pytest.raises(AttnvizError, match="The text has no tokens"):
        Tokens("text", (), "")
    with pytest.raises(AttnvizError, match="A trace needs layers; its parts have \\[0\\]"):
        replace(whole, parts={"": ()})
    with pytest.raises(AttnvizError, match="token 2 spans 4 to 5 of 3 characters of the text"):
        replace(whole.tokens, content="a a")
    with pytest.raises(AttnvizError, match=r"output is \(2, 8\) for 3 tokens of the text"):
        trace(output=torch.zeros(2, 8))
    with pytest.raises(AttnvizError, match="output is None for 3 tokens of the text"):
        replace(whole, outputs={})
    with pytest.raises(AttnvizError, match="layer 0 of “” stands at 0 of “encoder”"):
        replace(whole, parts={"encoder": whole.layers})
    other = layer(queries=tokens_of(["x", "y", "z"]))
    with pytest.raises(AttnvizError, match="layer 1 of “” reads other tokens than layer 0"):
        replace(whole, parts={"": (*whole.layers, replace(other, layer=1))})


def test_a_trace_of_several_parts_has_each_with_its_two_rows_of_tokens():
    whole = crossed()
    cross = whole.parts["cross"][0]
    assert cross.weights.shape == (2, 2, 3), "head, target token, source token"
    assert [token.label for token in cross.queries] == ["a", "cat"]
    assert [token.label for token in cross.keys] == ["le", "chat", "dort"]
    assert list(whole.inputs) == ["source", "target"]
    only = whole.only("cross")
    assert (only.rows, only.columns, only.layers) == (cross.queries, cross.keys, (cross,))
    assert not only.is_square
    assert torch.equal(only.output, torch.ones(2, 8))
    assert len(whole.only("encoder")) == 3
    assert only.is_off(0, 1)
    assert not whole.only("decoder").is_off(0, 1)
    assert whole.only("decoder").cuts == () != only.cuts
    assert repr(whole) == (
        "<Trace of t: source 'le chat dort' | target 'a cat'\n encoder: 1 layer × 2 heads, 3 × 3 tokens, decoder: "
        "1 layer × 2 heads, 2 × 2 tokens, cross: 1 layer × 2 heads, 2 × 3 tokens, 2 changed>"
    )


def test_what_has_one_part_alone_is_asked_of_a_part():
    whole = crossed()
    for ask in (lambda: whole.layers, lambda: whole.tokens, lambda: whole.only(), lambda: whole.layer(0)):
        with pytest.raises(AttnvizError, match="several parts \\(encoder, decoder, cross\\)"):
            ask()
    with pytest.raises(AttnvizError, match=r"Here the target looks at the source: use trace.rows and trace.columns."):
        _ = whole.only("cross").tokens
    with pytest.raises(AttnvizError, match="There is no part “cross” in x: it has one part, which needs no name"):
        trace().only("cross")
    with pytest.raises(AttnvizError, match="There is no token 2: the target has tokens 0 to 1"):
        whole.only("cross").check_query(2)
    with pytest.raises(AttnvizError, match="There is no token 3: the source has tokens 0 to 2"):
        whole.only("cross").check_key(3)


def test_the_repr_of_a_trace_is_two_lines():
    assert repr(trace()) == "<Trace of x: text 'a b c'\n 1 layer × 2 heads, 3 × 3 tokens>"
    assert repr(layer()) == "<LayerTrace: layer 0, 2 heads, 3 queries × 3 keys, d_head 4>"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"mask": torch.zeros(3, 3)}, r"mask is \(3, 3\)"),
        ({"bias": torch.zeros(3, 3, 3)}, r"bias is \(3, 3, 3\)"),
        ({"heads": 3, "kv_heads": 2}, "2 key-value heads do not divide 3 heads"),
        ({"v": torch.zeros(1, 3, 4)}, "one value for each key"),
        ({"k": torch.zeros(2, 3, 5)}, "Queries have 4 dimensions and keys 5"),
        ({"k": torch.zeros(0, 3, 4), "v": torch.zeros(0, 3, 4)}, "0 key-value heads do not divide 2 heads"),
    ],
)
def test_a_layer_that_contradicts_itself_is_refused(options, sentence):
    with pytest.raises(AttnvizError, match=sentence):
        layer(**options)


def test_what_is_computed_on_demand_is_the_one_function_s_result():
    mask = torch.full((1, 3, 3), -math.inf).triu(1)
    one = layer(mask=mask, bias=torch.ones(2, 3, 3), temperature=2.0)
    whole = attention(one.q, one.k, one.v, mask=mask, bias=one.bias, scale=0.5, temperature=2.0)
    for name in ("scores", "scaled", "masked", "weights", "context"):
        assert torch.equal(getattr(one, name), getattr(whole, name)), name


def test_one_head_and_one_query_are_slices_of_the_whole():
    mask = torch.full((1, 3, 3), -math.inf).triu(1)
    one = layer(heads=4, kv_heads=2, mask=mask, bias=torch.arange(36.0).reshape(4, 3, 3), temperature=0.7)
    for head in range(4):
        torch.testing.assert_close(one.head(head).weights, one.weights[head])
        torch.testing.assert_close(one.head(head).context, one.context[head])
    for query in range(3):
        torch.testing.assert_close(one.row(query).weights[:, 0], one.weights[:, query])


def test_a_layer_or_head_that_is_not_there_is_named():
    with pytest.raises(AttnvizError, match="There is no layer 1: x has layers 0 to 0"):
        trace().layer(1)
    with pytest.raises(AttnvizError, match="There is no head 2: layer 0 of x has heads 0 to 1"):
        trace().layer(0, 2)


def test_shared_storage_is_counted_once():
    one, output = layer(), torch.zeros(3, 8)
    assert trace(one, one, output=output).nbytes == trace(one, output=output).nbytes == (3 * 24 + 24) * 4


def test_values_may_be_narrower_or_wider_than_queries():
    for width in (2, 6):
        one = layer(v=torch.ones(2, 3, width))
        assert (one.d_head, one.d_value) == (4, width)
        assert one.context.shape == one.row(0).context.expand(2, 3, width).shape == (2, 3, width)
        assert one.head(1, 2).context.shape == (1, width)


@pytest.mark.parametrize("steps", [("norm", "linear"), ("linear", "dropout")])
def test_a_projection_of_steps_that_are_not_known_is_refused(steps):
    with pytest.raises(AttnvizError, match=r"v is made by .*; the first step is linear"):
        Projection(("linear",), ("linear",), steps)


def test_what_is_added_to_scores_is_named_by_its_numbers():
    hidden, numbers = torch.zeros(1, 3, 3), torch.ones(2, 3, 3)
    hidden[0, 0, 2] = -math.inf
    assert layer().rule.added == ()
    assert layer(mask=hidden).rule.added == ("mask",)
    assert layer(bias=numbers).rule.added == layer(mask=numbers).rule.added == ("bias",)
    assert layer(bias=numbers, mask=hidden).rule.added == layer(bias=numbers + hidden).rule.added == ("bias", "mask")
    assert layer(bias=torch.zeros(1, 3, 3)).rule.added == ()


def test_models_of_ours_say_how_each_layer_makes_q_k_and_v():
    (one,) = {one.projection for one in attnviz.trace("the cat", "random").layers}
    assert (one.q, one.k, one.v) == (("linear",), ("linear",), ("linear",))
    (one,) = {one.projection for one in attnviz.trace("the cat", "grammar", device="cpu").layers}
    assert (one.q, one.k, one.v) == (("linear", "rotary"), ("linear", "rotary"), ("linear",))
