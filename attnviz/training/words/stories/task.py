"""Stories as a task: say the next word of a little story; who, what and of which colour is known from what was told.

The objective of GPT (Radford et al. 2018, section 3.1) on the stories of `telling`. Since their
grammar is known, so is how well the best possible reader would do: its perplexity stands beside the model's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from attnviz._brief import brief
from attnviz.request import Change, HeadOff
from attnviz.training.batches import next_words, shuffled
from attnviz.training.measures import Measures, head_weights, of_best_head, previous_token_score, row_entropy
from attnviz.training.tasks import HELD_OUT, NOT_ASKED, Batch, HeldOut, Task
from attnviz.training.vocabulary import PAD, SPECIALS, UNKNOWN, Vocabulary
from attnviz.training.words.stories import lexicon
from attnviz.training.words.stories.lexicon import KINDS
from attnviz.training.words.stories.listening import heard
from attnviz.training.words.stories.telling import Story, stories, thing_in
from attnviz.transformer import Transformer, TransformerConfig

CORPUS = 20_000  # stories to learn from
BATCH = 32
HALF = 200  # stories in each half of the examination
_LOOKED_FOR = ("name", "colour", "thing", "animal")  # of what an earlier mention is looked for by a head


@dataclass(frozen=True, eq=False)
class Told:
    """Stories to be measured on, as tensors."""

    batch: Batch  # every next word is asked for; after the last one, [CLS]: the end
    kinds: Tensor  # [text, token]: 1 + the index in KINDS of what comes next, where it is known from before; else 0
    nats: float  # of a word for the best possible reader, on average; the ends count as words
    counted: Tensor  # [text, token]: False where what comes next is no part of that average

    __repr__ = brief

    def asked(self, kind: str) -> Tensor:
        """[text, token]: where a word of that kind comes next that is known from before."""
        return self.kinds == 1 + list(KINDS).index(kind)

    def mentions(self) -> Tensor:
        """[text, query, key]: the earlier places of the word that comes next."""
        ids, targets = self.batch.ids, self.batch.targets
        return (ids[:, None, :] == targets[:, :, None]).tril()


class StoriesTask(Task):
    """Say the next word of a story."""

    name: ClassVar[str] = "stories"
    title: ClassVar[str] = "Stories: which word comes next?"
    offered: ClassVar[str] = "Trained here · little stories (GPT)"
    in_short: ClassVar[str] = "little stories, word after word; who and what comes again is known from what was told."
    explained: ClassVar[str] = (
        "Asked: the next word of stories it has never seen, where what was told before settles it: who it was (Mia), "
        "what was found (a red ball), which animal, and whether it was one or two. A head looks back at where the word "
        "was said."
    )
    readable: ClassVar[str] = (
        "Little stories as “One day a girl named Mia found a red ball. She put the red ball into a bag. She had two "
        "cats.” It says the next word, one after another."
    )
    invitation: ClassVar[str] = "Try the beginning of a story"
    figures: ClassVar[dict[str, str]] = {
        "agreement": "next word right where the story settles it",
        "recall": "best head: weight on where that word was said (each kind’s own, on average)",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "recurring word right"},
        {"agreement": "always would be 1, guessing within its kind about 0.15"},
        "100 stories it has never seen",
        "stories it has never seen",
    )
    longest: ClassVar[int] = 88
    learned: ClassVar[str] = "recall"
    recipe: ClassVar[Mapping[str, float]] = {"d_model": 64, "steps": 1000}
    vocabulary = Vocabulary((*SPECIALS, *lexicon.WORDS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = lexicon.CATEGORIES

    def config(self, *, layers: int, heads: int, d_model: int) -> TransformerConfig:
        return TransformerConfig(
            len(self.vocabulary), layers=layers, heads=heads, d_model=d_model, d_ff=2 * d_model, causal=True, tied=False
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        yield from map(batch_of, shuffled([self._ids(one) for one in stories(CORPUS, seed)], BATCH, seed))

    def example(self, seed: int) -> tuple[str, int]:
        """The beginning of a story it has not learned from, up to where a word comes that is known."""
        (one,) = stories(1, HELD_OUT + seed)
        ends = [place for place, kind in one.known.items() if kind in _LOOKED_FOR and place > len(one.words) // 3]
        return lexicon.written(one.words[: ends[0]]), ends[0]

    def continued(self, text: str, word: str) -> str:
        return lexicon.continued(text, word)

    def unlike(self, words: Sequence[str]) -> str:
        """That no story begins like this. (Of words that are not known, that is all there is to say.)"""
        if SPECIALS[UNKNOWN] in words or (words and heard(words).count == len(words)):
            return ""
        return "The model knows these words, but no story that it learned from begins like this."

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        """Who and what it is about."""
        count = heard(words).count
        return {
            place: kind
            for place, word in enumerate(words[:count])
            for kind in _LOOKED_FOR
            if word in KINDS[kind]
        }  # fmt: skip

    @torch.no_grad()
    def measure(self, model: Transformer, changes: Collection[Change] = (), questions: Told | None = None) -> Measures:
        """On stories that no training uses, unless other questions are given."""
        told = self.questions(100) if questions is None else questions
        batch = told.batch
        record = model(batch.ids, is_token=batch.is_token, changes=changes)
        right = record.logits.argmax(-1) == batch.targets
        weights = head_weights(record)
        assert batch.is_token is not None
        by_kind = {kind: of_mentions(weights, told, [kind]) for kind in _LOOKED_FOR}  # each [text, layer, head]
        heads = {
            "recall": torch.stack([one.mean(0) for one in by_kind.values()]).amax(0),
            **{kind: one.mean(0) for kind, one in by_kind.items()},
            "previous": previous_token_score(weights, batch.is_token),
            "entropy": row_entropy(weights, batch.is_token, causal=True),
        }
        figures = {
            "agreement": float(right[told.kinds > 0].float().mean()),
            "recall": sum(of_best_head(one)[0] for one in by_kind.values()) / len(by_kind),
            **{kind: float(right[told.asked(kind)].float().mean()) for kind in KINDS},
        }
        return Measures(figures, {name: table.tolist() for name, table in heads.items()})

    def examine(self, model: Transformer) -> dict[str, float]:
        """Heads are chosen on one half of the data and measured on the other, as `evaluation` says."""
        chosen_on, measured_on = self.questions(HALF, 1), self.questions(HALF, 2)
        first, whole = self.measure(model, questions=chosen_on), self.measure(model, questions=measured_on)
        withheld = self.questions(HALF, 3, withheld=True)
        figures = {
            "perplexity": perplexity(model, measured_on),
            "perplexity of the best possible reader": math.exp(measured_on.nats),
            "withheld pairs: perplexity": perplexity(model, withheld),
            "withheld pairs: perplexity of the best possible reader": math.exp(withheld.nats),
            "word that comes again right": whole.figures["agreement"],
            "withheld pairs: word that comes again right": self.measure(model, questions=withheld).figures["agreement"],
        }
        for kind in _LOOKED_FOR:
            layer, head = first.best_head(kind)
            without = self.measure(model, [HeadOff((layer, head))], measured_on).figures
            others = [other for other in KINDS if other != kind]
            figures |= {
                f"{kind} head: layer": float(layer),
                f"{kind} head: head": float(head),
                f"{kind} head: weight on where it was said": whole.heads[kind][layer][head],
                f"{kind} right": whole.figures[kind],
                f"{kind} head off: {kind} right": without[kind],
                f"{kind} head off: the others right": sum(without[other] for other in others) / len(others),
            }
        return figures

    def questions(self, count: int, seed: int = 0, *, withheld: bool = False) -> Told:
        """Stories to be measured on; made once."""
        return _questions(count, seed, withheld)

    def _ids(self, one: Story) -> list[int]:
        return self.vocabulary.ids(one.words)


def batch_of(ids: Sequence[Sequence[int]]) -> Batch:
    """Stories, [CLS] before each; asked for: each next word, and after the last one [CLS], which ends it."""
    read, targets = next_words(ids)
    return Batch(read, targets, read != PAD)


def of_mentions(weights: Tensor, told: Told, kinds: Sequence[str]) -> Tensor:
    """[text, layer, head]: the mean weight on the earlier mentions of the word that comes next, where that is a known
    one of these kinds. `weights` is [layer, text, head, query, key]."""
    asked = torch.stack([told.asked(kind) for kind in kinds]).any(0)  # [text, query]
    on = torch.einsum("lthqk,tqk->tlhq", weights, told.mentions().float())
    return (on * asked[:, None, None, :]).sum(-1) / asked.sum(-1).clamp(min=1)[:, None, None]


@torch.no_grad()
def perplexity(model: Transformer, told: Told) -> float:
    """e to the mean cross-entropy of the next word, in nats, over all that is counted."""
    batch = told.batch
    logits = model(batch.ids, is_token=batch.is_token).logits
    nats = cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=NOT_ASKED, reduction="none")
    return math.exp(float(nats[told.counted.flatten()].mean()))


@cache
def _questions(count: int, seed: int, withheld: bool) -> Told:
    task = StoriesTask()
    found = list(stories(count, HELD_OUT + 1000 + seed, withheld=withheld))
    batch = batch_of([task._ids(one) for one in found])
    kinds, counted = torch.zeros_like(batch.ids), batch.targets != NOT_ASKED
    names = list(KINDS)
    nats = 0.0
    for row, one in enumerate(found):
        for place, kind in one.known.items():
            if kind in names:
                kinds[row, place] = 1 + names.index(kind)  # read one token before, where [CLS] makes up for it
        nats += one.nats
        if withheld:  # that the pair comes is what no reader can know
            counted[row, one.words.index(thing_in(one))] = False
    return Told(batch, kinds, nats / int(counted.sum()), counted)
