"""What happens when heads are switched off: the measure of whether a head matters, whatever its heatmap looks like.

Michel, Levy & Neubig 2019, "Are Sixteen Heads Really Better than One?": a head is silenced by zeros
instead of its context, before W_O, and what comes out is compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.layer import to_cpu
from attnviz.models.base import Model

_WORTH_TELLING = 0.005  # a word less probable than this, before and after, is left out


@dataclass(frozen=True)
class Prediction:
    """A word and how probable it is, with all heads on and with some off."""

    word: str
    before: float
    after: float


@dataclass(frozen=True)
class Effect:
    """What switching heads off changes."""

    outputs: tuple[float, ...]  # a token: how far its output vector moves, as a share of its length
    predictions: tuple[Prediction, ...] = ()  # of models that predict words, the most probable first


def effect(model: Model, before: Trace, after: Trace, *, at: int, count: int = 4) -> Effect:
    """Compare two traces of a text by one model, the second with heads switched off or weights cut.

    Args:
        at: the token whose word is predicted (hidden, or the one after which comes the next).
        count: how many words are the most probable ones, before and after each.

    Raises:
        AttnvizError: no such token, or traces of two texts.
    """
    before.rows.check(at)
    predictions: tuple[Prediction, ...] = ()
    predicts = model.predicting(before.request.input) if is_told_of(before) else None
    if predicts == "next" or (predicts == "masked" and not before.rows[at].special):
        told_before, told_after = (model.probabilities(trace.request, at) for trace in (before, after))
        predictions = predicted(model, told_before, told_after, count)
    return Effect(tuple(moved(before.output, after.output).tolist()), predictions)


def is_told_of(trace: Trace) -> bool:
    """Whether what is predicted is told of what looks: of a target that looks, not of the source or the sound that it
    is of."""
    return trace.part != "encoder"


def moved(before: Tensor, after: Tensor) -> Tensor:
    """[token]: how far each token's vector moves, ‖after - before‖ / ‖before‖. Both are [token, d_model].

    Raises:
        AttnvizError: two of different shapes.

    >>> import torch
    >>> moved(torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([0.0000, 1.4142])
    """
    if before.shape != after.shape:
        shapes = f"{tuple(before.shape)} and {tuple(after.shape)}"
        raise AttnvizError(f"The outputs are {shapes}: not of one text and model.")
    change: Tensor = to_cpu(after - before).norm(dim=-1)
    length: Tensor = to_cpu(before).norm(dim=-1).clamp(min=1e-12)
    return change / length


def predicted(model: Model, before: Tensor, after: Tensor, count: int) -> tuple[Prediction, ...]:
    """The `count` most probable words of each, [word] and [word], in the order of their probability before."""
    top = {*before.topk(count).indices.tolist(), *after.topk(count).indices.tolist()}
    ordered = sorted(top, key=lambda i: (-float(before[i]), i))
    told = (Prediction(model.word(i), float(before[i]), float(after[i])) for i in ordered)
    return tuple(p for p in told if max(p.before, p.after) >= _WORTH_TELLING)
