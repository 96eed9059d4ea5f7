"""Norm-weighted attention: how much a weight moves, which is also a matter of the vector that it is put on."""

from __future__ import annotations

from torch import Tensor

from attnviz._trace import Trace
from attnviz.attention import without_heads
from attnviz.errors import AttnvizError
from attnviz.layer import to_cpu


def norm_weighted(trace: Trace, layer: int) -> Tensor:
    """[head, query, key]: ‖α f(x)‖, the length of what each key adds to each query's output through each head.

        head's output for query i = Σ_j α_ij f(x_j),    f(x) = (x W_V + b_V) W_O = v W_O

    Kobayashi et al. 2020, "Attention is Not Only a Weight: Analyzing Transformers with Vector Norms"; W_O is the
    head's own part of it, d_value rows. A large weight on a short vector moves little. A weight below 0 counts by its
    size.

    Raises:
        AttnvizError: no such layer, or a model of which it is not known what its heads' vectors are multiplied by.
    """
    norms = value_norms(trace, layer)
    return to_cpu(trace.layers[layer].weights).abs() * norms[:, None, :]


def value_norms(trace: Trace, layer: int) -> Tensor:
    """[head, key]: ‖f(x)‖ = ‖v W_O‖, how long each key's vector is when a head hands it on with weight 1; 0 of a head
    that is switched off and hands nothing on.

    Raises:
        AttnvizError: no such layer, or a model of which it is not known what its heads' vectors are multiplied by.
    """
    record = trace.layer(layer)
    if record.w_o is None:
        raise AttnvizError(
            f"It is not known of {trace.model} which matrix W_O takes its heads' vectors as they are (none was found, "
            "or a gate or a norm stands before it), so how long the vectors are that its heads hand on cannot be told."
        )
    v = to_cpu(record.v)  # [kv_head, key, d_value]
    v = v.repeat_interleave(record.heads // len(v), dim=0)  # [head, key, d_value]
    w_o = to_cpu(record.w_o).reshape(record.heads, v.shape[-1], -1)  # [head, d_value, d_model]
    norms: Tensor = without_heads((v @ w_o), trace.heads_off(layer)).norm(dim=-1)
    return norms
