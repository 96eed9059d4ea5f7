"""Small pictures of heads: what is strong stays visible, and a run keeps the ones it could draw."""

from __future__ import annotations

import pytest
import torch

from attnviz.models.pretrained.inside.recording import attention_forward, recording
from attnviz.pooling import PICTURE, max_pooled


@pytest.mark.parametrize(("n", "m"), [(41, 41), (80, 80), (81, 83), (512, 7), (5, 300), (13, 13)])
def test_each_cell_is_the_largest_of_its_block_as_torch_has_it(n: int, m: int):
    weights = torch.rand(3, n, m)
    block = (-(-n // PICTURE), -(-m // PICTURE)) if max(n, m) > PICTURE else (1, 1)
    wanted = torch.nn.functional.max_pool2d(weights[:, None], block, ceil_mode=True)[:, 0]
    assert torch.equal(max_pooled(weights, PICTURE), wanted)


def test_a_run_keeps_small_pictures_of_what_would_be_large_to_keep():
    q, k, v = (torch.randn(1, heads, 50, 8) for heads in (4, 2, 2))
    with recording() as record:
        _, weights = attention_forward(torch.nn.Identity(), q, k, v, None)
        attention_forward(torch.nn.Identity(), q[:, :, :9], k[:, :, :9], v[:, :, :9], None)
    long, short = record.calls
    assert long.small is not None
    assert torch.equal(long.small, max_pooled(weights[0], PICTURE))
    assert short.small is None
