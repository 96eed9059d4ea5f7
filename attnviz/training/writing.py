"""What tasks have in common in which something is written of a source, one word (or letter) after another: how often it
is right, and where the heads of the cross-attention look, where it is known what each word is written of."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.networks.encoder_decoder import EncoderDecoder, EncoderDecoderRecord
from attnviz.request import Change, HeadOff, Unseen
from attnviz.training.measures import Measures, of_best_head
from attnviz.training.tasks import NOT_ASKED, Batch, Task
from attnviz.training.vocabulary import START

One = TypeVar("One")
CUT = 60  # of what is written in which what one word is written of is cut


@dataclass(frozen=True, eq=False)
class Questions(Generic[One]):
    """What is measured on, as tensors."""

    some: tuple[One, ...]  # sentences, sounds
    batch: Batch  # every next word is asked for; after the last one, [CLS]: the end
    there: Tensor  # [text, target token, source token]: whether what is predicted here is written of that
    known: Tensor  # [text, target token]: whether it is known of what, and is not the end

    __repr__ = brief


@dataclass(frozen=True)
class Examined:
    """What the figures of an examination are called."""

    exact: str  # the share of what holds something withheld, of which every word is written as it should be
    exact_of_others: str
    exact_of_longer: str
    next_right: str
    top: str  # how often the best head looks most at what a word is written of
    weight: str
    cut: str  # how often a word is still right where cross-attention may not look at what it is written of
    cut_of_others: str  # and the other words


class WritingTask(Task, Generic[One]):
    """Write, word after word, of a source. What the source is, a task of its own says."""

    learned: ClassVar[str] = "aligned"
    part: ClassVar[str] = "cross"
    at_once: ClassVar[int]  # of a batch
    half: ClassVar[int]  # of what is asked, in each half of the examination
    asked: ClassVar[int]  # in the measures on the way
    examined: ClassVar[Examined]

    @abstractmethod
    def batch(self, some: Sequence[One]) -> Batch:
        """[CLS] before each; asked for: each next word, and after the last one [CLS], which ends it."""

    @abstractmethod
    def ids_of(self, one: One) -> list[int]:
        """What should be written of it."""

    @abstractmethod
    def questions(self, count: int, seed: int = 0, *, withheld: bool = True) -> Questions[One]:
        """What is measured on; made once. `withheld`: each with something that no training has."""

    @abstractmethod
    def longer(self) -> Questions[One]:
        """Such of which more is to be written than usual."""

    @abstractmethod
    def cut_at(self, one: One) -> tuple[int, Iterable[int]]:
        """A word that is written of it, by its place, and the keys that it is written of."""

    def measure(
        self, model: EncoderDecoder, changes: Collection[Change] = (), questions: Questions[One] | None = None
    ) -> Measures:
        """On what holds something that no training has, unless other questions are given."""
        asked = self.questions(self.asked) if questions is None else questions
        return measured(model, asked.batch, asked.there, asked.known, changes)

    def examine(self, model: EncoderDecoder) -> dict[str, float]:
        """Heads are chosen on one half of the data and measured on the other, as `evaluation` says."""
        chosen_on, measured_on = self.questions(self.half, 1), self.questions(self.half, 2)
        layer, head = self.measure(model, questions=chosen_on).best_head("aligned")
        whole, name = self.measure(model, questions=measured_on), self.examined
        figures = {
            name.exact: self.exact(model, measured_on),
            name.exact_of_others: self.exact(model, self.questions(self.half, 3, withheld=False)),
            name.exact_of_longer: self.exact(model, self.longer()),
            name.next_right: whole.figures["agreement"],
            "best head: layer": float(layer),
            "best head: head": float(head),
            name.top: whole.heads["aligned"][layer][head],
            name.weight: whole.heads["weight"][layer][head],
        }
        figures |= exact_without_heads(model, layer, lambda off: self.exact(model, measured_on, off))
        return figures | self.cut(model, measured_on)

    @torch.no_grad()
    def exact(self, model: EncoderDecoder, asked: Questions[One], changes: Collection[Change] = ()) -> float:
        """The share of which every word is written as it should be, the most probable one each time."""
        right = 0
        by_length = sorted(asked.some, key=lambda one: len(self.ids_of(one)))  # so that short ones are soon written
        for first in range(0, len(by_length), self.at_once):
            part = by_length[first : first + self.at_once]
            batch, wanted = self.batch(part), [self.ids_of(one) for one in part]
            assert batch.source is not None
            ids = model.written(batch.source, batch.source_is_token, len(wanted[-1]) + 1, begins=START, changes=changes)
            for row, one in zip(ids[:, 1:].tolist(), wanted, strict=True):
                ends = row.index(START) if START in row else len(row)
                right += row[:ends] == one
        return right / len(by_length)

    def cut(self, model: EncoderDecoder, asked: Questions[One]) -> dict[str, float]:
        """How often a word is still right where cross-attention may not look at what it is written of, and the other
        words."""
        own: list[bool] = []
        others: list[bool] = []
        for one in asked.some[:CUT]:
            at, keys = self.cut_at(one)
            changes = [Unseen(key=key, part="cross") for key in keys]
            is_right, beside = right_with(model, self.batch([one]), at, changes)
            own.append(is_right)
            others += beside
        return {self.examined.cut: sum(own) / len(own), self.examined.cut_of_others: sum(others) / len(others)}


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


def exact_without_heads(model: EncoderDecoder, layer: int, exact: Callable[[list[HeadOff]], float]) -> dict[str, float]:
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
