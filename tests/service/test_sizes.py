"""What an answer takes in memory, and that all answers together stay within their bound."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch

from attnviz.models import names
from attnviz.models.catalog import loaded
from attnviz.service import traces
from attnviz.service.asked import Asked
from attnviz.service.remembering import Memory
from attnviz.service.sizes import bytes_of


@dataclass
class _Held:
    own: torch.Tensor
    of_a_model: torch.Tensor = field(metadata={"shared": True})


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (torch.zeros(3, 1000), 12_000),
        (torch.zeros(3, 1000)[:1], 12_000),  # a part keeps all of it alive
        (np.zeros((2, 500)), 8_000),
        (np.zeros((2, 500))[:1], 8_000),
        ({"a": [b"x" * 3_000, "y" * 2_000]}, 5_000),
        (_Held(torch.zeros(100), torch.zeros(10_000)), 400),
    ],
)
def test_all_that_an_answer_keeps_alive_is_counted(value, least):
    assert least <= bytes_of(value) < least + 600


def test_what_is_held_twice_is_counted_once_and_a_model_not_at_all():
    x = torch.zeros(1000)
    assert bytes_of([x, x, x.view(10, 100)]) < 4_000 + 600
    assert bytes_of([torch.nn.Linear(1000, 1000), [].append]) < 600
    ring: list[object] = []
    ring.append(ring)
    assert bytes_of(ring) < 600


def test_a_trace_counts_its_vectors_and_not_the_model():
    model = loaded(names.Shipped("grammar"))
    trace = model.trace("the cat sat on the mat .")
    own = [*trace.stages.tensors(), *(x for layer in trace.layers for x in (layer.q, layer.k, layer.v))]
    assert bytes_of(trace) >= sum(4 * x.numel() for x in own)
    layer = trace.layers[0]
    wide = replace(layer, w_o=torch.zeros(layer.w_o.shape[0], 100_000))
    assert abs(bytes_of(wide) - bytes_of(layer)) < 600


def test_functions_share_one_memory_and_the_longest_unused_goes_first():
    memory, asked = Memory(megabytes=1), []

    @memory.remembered
    def text(x: int) -> bytes:
        asked.append(("text", x))
        return b"x" * 400_000

    @memory.remembered
    def number(x: int) -> int:
        asked.append(("number", x))
        return x

    text(1), text(2), number(1), text(1), text(3)  # 2 is the longest unused, and goes
    assert len(asked) == 4
    assert memory.size < 1_000_000
    text(1), number(1), text(3)
    assert len(asked) == 4, "all of these are still there"
    text(2)
    assert asked[-1] == ("text", 2)
    text.clear()
    assert (len(text.answers()), number.answers()) == (0, [1])
    assert memory.size < 1_000


def test_one_that_is_larger_than_all_is_held_alone():
    memory = Memory(megabytes=0.1)
    large = memory.remembered(lambda x: bytes(x))
    assert len(large(300_000)) == 300_000
    assert [len(one) for one in large.answers()] == [300_000]
    large(200_000)
    assert [len(one) for one in large.answers()] == [200_000]


def test_three_hundred_texts_of_a_class_are_all_remembered():
    weights = names.Shipped("grammar")
    texts = [f"the cat , which was black , sat on mat {i} ." for i in range(300)]
    first = [traces.whole_of(Asked(text, "", weights)) for text in texts]
    again = [traces.whole_of(Asked(text, "", weights)) for text in texts]
    assert all(a is b for a, b in zip(first, again, strict=True))
