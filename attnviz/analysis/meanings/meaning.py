"""Is this weight meaningful? One weight, measured in every way there is, up to running the model without it.

"Attention is not Explanation" (Jain & Wallace 2019) and the answers to it are about just this: a weight says where a
head looks, not what comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis._effect import moved
from attnviz.analysis.meanings.norms import value_norms
from attnviz.analysis.meanings.rollout import has_rollout, rollout
from attnviz.analysis.rows import look, shown_on_both
from attnviz.heads import Head
from attnviz.layer import to_cpu
from attnviz.models.base import Model
from attnviz.request import Change, HeadOff, Unseen

_ROUNDING = 1e-5  # weights and lengths are float32: what differs by less is equal


@dataclass(frozen=True)
class Meaning:
    """One weight of one head. Effects are how far the query's output vector moves, as a share of its length."""

    layer: int
    head: int
    query: int
    key: int
    weight: float
    row_rank: int | None  # among the weights of the query: 1 is the largest; None: a weight of 0 has no rank
    row_ties: int  # how many others of the row are equal to it
    choices: int  # how many keys the query may look at; of a single one the weight says nothing
    off: bool  # the head was switched off already: it looks, but hands nothing on
    others: float | None  # mean weight on the key from the other queries that may look at it and have a choice; or None
    position: float | None  # mean weight at the same distance, from the same queries; None: there are none
    norm: float | None  # ‖α f(x)‖; None, as the two that follow, where the model's W_O is not known
    norm_share: float | None  # of the sum over the query's row; None also where that sum is 0
    norm_rank: int | None  # in the query's row: 1 is the longest; None also where it is 0
    norm_ties: int  # how many others of the row are equal to it
    rollout: float | None  # the key's share in the query's vector after the layer; None where there is no rollout
    effect: float  # this weight cut
    token_effect: float  # the key switched off: nobody looks at it, in any head
    head_effect: float  # the head switched off
    shares: bool = True  # whether the head's weights are shares


def meaning(
    model: Model, trace: Trace, *, layer: int, head: int, query: int, key: int, specials: bool = True
) -> Meaning:
    """Everything about one weight of the model's trace. It runs the model three times. `specials`: whether special
    tokens count among those that the weight is held against, as in `read_row`.

    Raises:
        AttnvizError: no such layer, head or token, or a trace of another model.
    """
    record = trace.layer(layer, head)
    trace.rows.check(query)
    trace.columns.check(key)
    weights, allowed = to_cpu(record.weights_of(head)), record.allowed.cpu()[head if len(record.allowed) > 1 else 0]
    row, may = weights[query], allowed[query]  # [key]
    shown = shown_on_both(trace, query, key, specials=specials)
    held = look(trace, weights, allowed, query, key, shown)
    norm = share = None
    norm_rank, norm_ties = None, 0
    if record.w_o is not None:
        norms = row.abs() * value_norms(trace, layer)[head]  # [key]
        norm, total = float(norms[key]), float(norms.sum())
        norm_rank, norm_ties = _rank(norms, key)
        share = norm / total if total else None

    row_rank, row_ties = _rank(row, key)

    def effect(change: Change) -> float:
        return float(moved(trace.output, again(model, trace, change).output)[query])

    return Meaning(
        *(layer, head, query, key),
        weight=float(row[key]),
        row_rank=row_rank,
        row_ties=row_ties,
        choices=int(may.sum()),
        off=trace.is_off(layer, head),
        others=held.others,
        position=held.position,
        norm=norm,
        norm_share=share,
        norm_rank=norm_rank,
        norm_ties=norm_ties,
        rollout=float(rollout(trace, through=layer)[-1, query, key]) if has_rollout(trace) else None,
        effect=effect(Unseen(layer, head, query, key, trace.part)),
        token_effect=effect(Unseen(key=key, part=trace.part)),
        head_effect=effect(HeadOff(Head(layer, head, trace.part))),
        shares=record.shares,
    )


def token_off(model: Model, trace: Trace, token: int) -> Tensor:
    """[token]: how far each token's output vector moves when nobody may look at one of them, itself included.

    Raises:
        AttnvizError: no such token, or a trace of another model.
    """
    trace.columns.check(token)
    return moved(trace.output, again(model, trace, Unseen(key=token, part=trace.part)).output)


def again(model: Model, trace: Trace, *changes: Change) -> Trace:
    """The same read once more, with more changed than in the trace."""
    asked = replace(trace.request, changes=(*trace.request.changes, *changes))
    return model.trace(asked).only(trace.part)


def _rank(row: Tensor, at: int) -> tuple[int | None, int]:
    """The place of one number among all, 1 the largest, and how many others are equal to it, which share the better
    place. A 0 has none: among nothings there is no rank. Equal but for rounding is equal."""
    if row[at] <= 0:
        return None, 0
    above, near = row > row[at] * (1 + _ROUNDING), (row / row[at] - 1).abs() <= _ROUNDING
    return 1 + int(above.sum()), int(near.sum()) - 1
