"""How much of a trace travels to the page, and when: by how long its text is, and how many heads it has."""

from __future__ import annotations

import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.attention import causal_mask
from attnviz.client.schema import SQUARE, WHOLE
from attnviz.layer import to_cpu

EXACT_BYTES = 2_000_000  # up to so much q, k and v go as float32, past it as int16
EARLY_BYTES = 100_000  # up to so much they come with the pictures: of a small model nothing has to wait for them
MANY_HEADS = 144  # of more the vectors go by layer; MiniLM's 72 are 7 MB at 512 tokens
MOST_BYTES = 16_000_000  # of a short text's vectors and weights; past it (a very large model) it counts as long


def is_short(trace: Trace) -> bool:
    """Whether all weights of a head are sent, and not only rows."""
    return max(map(len, trace.inputs.values())) <= WHOLE


def is_self_contained(trace: Trace) -> bool:
    """Whether everything that a choice shows is sent with the text."""
    weights = sum(layer.heads * len(layer.queries) * len(layer.keys) for layer in trace.every_layer)
    return is_short(trace) and vector_bytes(trace) + 4 * weights <= MOST_BYTES


def is_tiled(trace: Trace) -> bool:
    """Whether it is of a text so long that nothing on the page has all weights of a head: it shows rows, and pictures.
    (A few words that look at very many moments of a sound are no more than a page can hold, and patches are drawn on
    their picture, a row at a time.)"""
    return any(len(layer.queries) > SQUARE and not layer.queries.patches for layer in trace.every_layer)


def can_be_tiled(trace: Trace) -> bool:
    """Whether nothing of it takes an array of query × key to be said: shares, with no mask but the causal one."""
    layers = list(trace.every_layer)
    masks = {layer.mask.data_ptr(): layer.mask for layer in layers if layer.mask is not None}
    is_plain = all(layer.bias is None and layer.by_hand is None and layer.shares for layer in layers)
    return is_plain and all(map(is_causal, masks.values()))


def goes_by_layer(trace: Trace) -> bool:
    """Whether the page gets the vectors of a layer when it asks for them."""
    is_large = is_tiled(trace) and vector_bytes(trace) > MOST_BYTES
    return not is_self_contained(trace) and (is_large or sum(layer.heads for layer in trace.every_layer) > MANY_HEADS)


def vector_bytes(trace: Trace) -> int:
    """How much q, k and v of all heads are as float32."""
    return sum(4 * x.numel() for layer in trace.every_layer for x in (layer.q, layer.k, layer.v))


def is_causal(mask: Tensor) -> bool:
    """Whether a mask [head or 1, query, key] hides what comes later, and nothing else."""
    heads, queries, keys = mask.shape
    return heads == 1 and queries == keys and torch.equal(to_cpu(mask[0]), causal_mask(keys))
