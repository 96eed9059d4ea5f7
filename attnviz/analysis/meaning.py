"""Is this weight meaningful? One weight, measured in every way there is, up to running the model without it.

"Attention is not Explanation" (Jain & Wallace 2019) and the answers to it are about just this: a weight says where a
head looks, not what comes of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from torch import Tensor

from attnviz.analysis.effect import moved
from attnviz.analysis.linking import links_of
from attnviz.analysis.norms import value_norms
from attnviz.analysis.rollout import rollout
from attnviz.cuts import Cut
from attnviz.models.base import Model
from attnviz.trace import AttentionTrace, to_cpu


@dataclass(frozen=True)
class Meaning:
    """One weight of one head. Effects are how far the query's output vector moves, as a share of its length."""

    layer: int
    head: int
    query: int
    key: int
    weight: float
    row_rank: int  # among the weights of the query: 1 is the largest
    others: float | None  # mean weight on the key from the other queries that may look at it; None: there are none
    norm: float | None  # ‖α f(x)‖; None, as the two that follow, where the model's W_O is not known
    norm_share: float | None  # of the sum over the query's row
    norm_rank: int | None  # in the query's row: 1 is the longest
    rollout: float  # the key's share in the query's vector after the layer, by rollout
    effect: float  # this weight cut
    token_effect: float  # the key switched off: nobody looks at it, in any head
    head_effect: float  # the head switched off


def meaning(model: Model, trace: AttentionTrace, *, layer: int, head: int, query: int, key: int) -> Meaning:
    """Everything about one weight of the model's trace. It runs the model three times.

    Raises:
        AttnvizError: no such layer, head or token, or a trace of another model.
    """
    record = trace.layer(layer, head)
    trace.check_query(query)
    trace.check_query(key)
    weights, allowed = to_cpu(record.weights), record.allowed.cpu()
    row = weights[head, query]  # [key]
    _, others, _ = (float(column[head]) for column in links_of(weights, allowed, query, key))
    norm = share = rank = None
    if record.w_o is not None:
        norms = row * value_norms(trace, layer)[head]  # [key]
        norm, rank = float(norms[key]), _rank(norms, key)
        share = norm / max(float(norms.sum()), 1e-12)

    def effect(*, cuts: Collection[Cut] = (), off: Collection[tuple[int, int]] = ()) -> float:
        return float(moved(trace.output, again(model, trace, cuts=cuts, off=off).output)[query])

    return Meaning(
        *(layer, head, query, key),
        weight=float(row[key]),
        row_rank=_rank(row, key),
        others=None if others != others else others,  # NaN: there are none
        norm=norm,
        norm_share=share,
        norm_rank=rank,
        rollout=float(rollout(trace, through=layer)[-1, query, key]),
        effect=effect(cuts=[Cut(layer, head, query, key)]),
        token_effect=effect(cuts=[Cut(key=key)]),
        head_effect=effect(off=[(layer, head)]),
    )


def token_off(model: Model, trace: AttentionTrace, token: int) -> Tensor:
    """[token]: how far each token's output vector moves when nobody may look at one of them, itself included.

    Raises:
        AttnvizError: no such token, or a trace of another model.
    """
    trace.check_query(token)
    return moved(trace.output, again(model, trace, cuts=[Cut(key=token)]).output)


def again(
    model: Model, trace: AttentionTrace, *, cuts: Collection[Cut] = (), off: Collection[tuple[int, int]] = ()
) -> AttentionTrace:
    """The same text read once more, with more weights cut or heads off than in the trace."""
    return model.trace(
        trace.first,
        second=trace.second,
        off={*trace.off, *off},
        cuts=(*trace.cuts, *cuts),
        special_tokens=trace.special_tokens,
    )


def _rank(row: Tensor, at: int) -> int:
    """1 for the largest; equals share the better rank."""
    return 1 + int((row > row[at]).sum())
