"""What tasks have in common in which something is written of a source, one word (or letter) after another: how often it
is right, and where the heads of the cross-attention look, where it is known what each word is written of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from attnviz.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.request import Change, HeadOff
from attnviz.training.measures import Measures, of_best_head
from attnviz.training.tasks import NOT_ASKED, Batch
from attnviz.training.vocabulary import START

Source = TypeVar("Source")


def looked(record: EncoderDecoderRecord, there: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """How often each head of the cross-attention looks most at what the predicted word is written of, and the weight
    on it: the means of each text, [text, layer, head].

    Args:
        there: [text, query, key], what that is.
        known: [text, query], whether it is known.
    """
    weights = torch.stack([block.cross.weights for block in record.decoder])  # [layer, text, head, query, key]
    there, known = there.float(), known.float()[:, None, None]  # known: [text, 1, 1, query]
    on = torch.einsum("lthqk,tqk->tlhq", weights, there)
    tops = torch.nn.functional.one_hot(weights.argmax(-1), weights.shape[-1]).float()
    top = torch.einsum("lthqk,tqk->tlhq", tops, there)
    return (top * known).sum(-1) / known.sum(-1), (on * known).sum(-1) / known.sum(-1)


@torch.no_grad()
def measured(
    model: EncoderDecoder, batch: Batch, there: Tensor, known: Tensor, changes: Collection[Change] = ()
) -> Measures:
    """How much of what comes next is right ("agreement"), and for every head how often it looks most at what that is
    written of ("aligned"), and the weight there; `there` and `known` are `looked`'s."""
    record = model(batch.ids, **batch.given(), changes=changes)
    is_asked = batch.targets != NOT_ASKED
    right = (record.logits.argmax(-1) == batch.targets)[is_asked].float().mean()
    top, on = looked(record, there, known)
    heads = {"aligned": top.mean(0), "weight": on.mean(0)}
    figures = {"agreement": float(right), "aligned": of_best_head(top)[0], "weight": of_best_head(on)[0]}
    return Measures(figures, {name: table.tolist() for name, table in heads.items()})


@torch.no_grad()
def exact(
    model: EncoderDecoder,
    some: Sequence[Source],
    written: Callable[[Source], list[int]],
    batch_of: Callable[[Sequence[Source]], Batch],
    *,
    at_once: int,
    changes: Collection[Change] = (),
) -> float:
    """The share of which every word is written as it should be, the most probable one each time.

    Args:
        written: the ids that should be written of one of `some`.
        batch_of: so many of them (`at_once`) as a model reads them.
    """
    right = 0
    by_length = sorted(some, key=lambda one: len(written(one)))  # so that short ones are soon written
    for first in range(0, len(by_length), at_once):
        part = by_length[first : first + at_once]
        batch, wanted = batch_of(part), [written(one) for one in part]
        assert batch.source is not None
        ids = model.written(batch.source, batch.source_is_token, len(wanted[-1]) + 1, begins=START, changes=changes)
        for row, one in zip(ids[:, 1:].tolist(), wanted, strict=True):
            ends = row.index(START) if START in row else len(row)
            right += row[:ends] == one
    return right / len(some)


def without_heads(model: EncoderDecoder, layer: int, exact: Callable[[list[HeadOff]], float]) -> dict[str, float]:
    """How much is written as it should be with each head of a layer of the cross-attention off, and with all."""
    heads = [HeadOff(f"cross.{layer}.{head}") for head in range(model.config.target.heads)]
    alone = [exact([off]) for off in heads]
    return {
        **{f"cross head {head} of that layer off: exact": share for head, share in enumerate(alone)},
        "one cross head of that layer off, the worst: exact": min(alone),
        "all cross heads of that layer off: exact": exact(heads),
    }


@torch.no_grad()
def right_with(model: EncoderDecoder, batch: Batch, at: int, changes: Collection[Change]) -> tuple[bool, list[bool]]:
    """Of one text: whether the word at `at` is right with these changes, and whether the others are."""
    right = (model(batch.ids, **batch.given(), changes=changes).logits.argmax(-1) == batch.targets)[0].tolist()
    return right[at], [is_right for place, is_right in enumerate(right) if place != at]
