"""Induction as a task: random words, said twice; the second time they can be foretold.

Predicting the next word of the repetition takes two heads, one after the other: one that looks at the previous
token, and one that finds where the present word stood before and looks at what came after it (Elhage et al. 2021, "A
Mathematical Framework for Transformer Circuits"; Olsson et al. 2022, "In-context Learning and Induction Heads").
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor

from attnviz.request import Change, HeadOff
from attnviz.training.measures import Measures, head_weights, of_best_head, previous_token_score, row_entropy
from attnviz.training.tasks import HELD_OUT, NOT_ASKED, Batch, HeldOut, Task
from attnviz.training.vocabulary import SPECIALS, START, Vocabulary
from attnviz.training.words.grammar.lexicon import ADJECTIVES, NOUNS
from attnviz.transformer import Transformer, TransformerConfig

BATCH = 32
SHORTEST, LONGEST = 8, 20  # words in a block
_WORDS = ("the", ",", "which", "was", "sat", "on", "mat", "and", "in", ".", "slept", "by")


class InductionTask(Task):
    """Say what comes next in a block of random words that is said twice."""

    name: ClassVar[str] = "induction"
    title: ClassVar[str] = "Repetition: what came after this word before?"
    offered: ClassVar[str] = "Trained here · repetitions (induction)"
    in_short: ClassVar[str] = "random words said twice; the second time, say what comes next."
    explained: ClassVar[str] = (
        "Asked: what comes next, when a row of random words is said a second time. One head looks at the previous "
        "token; with its help another finds where the present word stood before, and looks at what came after it."
    )
    readable: ClassVar[str] = "Any row of these words, said twice: in the second round it knows what comes next."
    invitation: ClassVar[str] = "Try a row said twice"
    figures: ClassVar[dict[str, str]] = {
        "agreement": "next word right in the repetition",
        "induction": "best head: weight on what came after this word before",
        "previous": "best head: weight on the previous token",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "next word of a repetition right"},
        {"agreement": "always would be 1, guessing about 0.02"},
        "repetitions it has never seen",
        "rows it has never seen",
    )
    longest: ClassVar[int] = 2 * LONGEST
    learned: ClassVar[str] = "induction"
    vocabulary = Vocabulary((*SPECIALS, *(noun.singular for noun in NOUNS), *ADJECTIVES, *_WORDS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"": vocabulary.words[len(SPECIALS) :]}

    def config(self, *, layers: int, heads: int, d_model: int) -> TransformerConfig:
        return TransformerConfig(
            len(self.vocabulary), layers=layers, heads=heads, d_model=d_model, d_ff=0, causal=True, tied=False
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            length = int(torch.randint(SHORTEST, LONGEST + 1, (), generator=generator))
            yield repeated(BATCH, length, generator)

    def example(self, seed: int) -> tuple[str, int]:
        """A short repetition; a word of the second round looks."""
        text = drawn_block(seed)
        return text, len(text.split()) - 2

    def unlike(self, words: Sequence[str]) -> str:
        """That they are no repetition."""
        if is_repetition(words):
            return ""
        return "This model has learned repetitions only: a row of different words, said twice. This text is not one."

    @torch.no_grad()
    def measure(self, model: Transformer, changes: Collection[Change] = (), questions: Batch | None = None) -> Measures:
        """On blocks of 15 words from a generator that no training uses: of 60 words in any order none comes twice."""
        batch = self.questions() if questions is None else questions
        record = model(batch.ids, changes=changes)
        asked = batch.targets != NOT_ASKED
        right = (record.logits.argmax(-1) == batch.targets)[asked].float().mean()
        weights = head_weights(record)
        everywhere = torch.ones_like(batch.ids, dtype=torch.bool)
        induction = induction_scores(weights, batch.ids.shape[1] // 2)
        previous = weights.diagonal(offset=-1, dim1=-2, dim2=-1).mean(-1).transpose(0, 1)  # [text, layer, head]
        heads = {
            "induction": induction.mean(0),
            "previous": previous_token_score(weights, everywhere),
            "entropy": row_entropy(weights, everywhere, causal=True),
        }
        figures = {"agreement": float(right)}
        figures |= {"induction": of_best_head(induction)[0], "previous": of_best_head(previous)[0]}
        return Measures(figures, {name: table.tolist() for name, table in heads.items()})

    def examine(self, model: Transformer) -> dict[str, float]:
        """Heads are chosen on one half of the data and measured on the other, as `evaluation` says."""
        chosen_on, measured_on = self.questions(1), self.questions(2)
        first = self.measure(model, questions=chosen_on)
        before, induction = first.best_head("previous"), first.best_head("induction")
        whole = self.measure(model, questions=measured_on)
        figures = {
            "next word in the repetition": whole.figures["agreement"],
            "previous-token head: layer": float(before[0]),
            "previous-token head: head": float(before[1]),
            "weight on the previous token": whole.heads["previous"][before[0]][before[1]],
            "induction head: layer": float(induction[0]),
            "induction head: head": float(induction[1]),
            "weight on what came after this word before": whole.heads["induction"][induction[0]][induction[1]],
        }
        for name, head in (("previous-token head", before), ("induction head", induction)):
            figures[f"{name} off: next word"] = self.measure(model, [HeadOff(head)], measured_on).figures["agreement"]
        layer = [HeadOff((induction[0], h)) for h in range(model.config.heads)]
        figures["all heads of the induction head's layer off: next word"] = self.measure(
            model, layer, measured_on
        ).figures["agreement"]
        return figures

    def questions(self, seed: int = 0) -> Batch:
        """Repetitions to be measured on; made once."""
        return _questions(seed)


def repeated(texts: int, length: int, generator: torch.Generator) -> Batch:
    """[CLS], a block of different random words, the same block again; asked for: each next word of the second."""
    words = len(InductionTask.vocabulary) - len(SPECIALS)
    block = torch.rand(texts, words, generator=generator).argsort(1)[:, :length] + len(SPECIALS)
    ids = torch.cat([torch.full((texts, 1), START), block, block], dim=1)
    targets = torch.full_like(ids, NOT_ASKED)
    targets[:, length + 1 : -1] = ids[:, length + 2 :]
    return Batch(ids, targets)


def is_repetition(words: Sequence[str]) -> bool:
    """Whether words are what the task is made of: different ones, and then these again, or the first of them; a full
    stop may end them.

    >>> is_repetition("cat black tree cat black".split()), is_repetition("the cat sat on the mat".split())
    (True, False)
    """
    words = words[:-1] if words[-1:] == ["."] else words
    length = len(set(words))
    is_told_again = all(word == words[i - length] for i, word in enumerate(words) if i >= length)
    return length < len(words) <= 2 * length and is_told_again


def drawn_block(seed: int, length: int = 6) -> str:
    """A short repetition as text, for the page.

    >>> first, second = drawn_block(1).split()[:6], drawn_block(1).split()[6:]
    >>> first == second
    True
    """
    block = repeated(1, length, torch.Generator().manual_seed(seed)).ids[0, 1:]
    return " ".join(InductionTask.vocabulary.words[i] for i in block.tolist())


def induction_scores(weights: Tensor, length: int) -> Tensor:
    """[text, layer, head]: in the repetition, the mean weight on the token after the same word's first place.

    `weights` [layer, text, head, query, key] of texts from `repeated`: the query is `length - 1` after that key.
    """
    return weights.diagonal(offset=1 - length, dim1=-2, dim2=-1)[..., 2:].mean(-1).transpose(0, 1)


@cache
def _questions(seed: int) -> Batch:
    # Seeds of training runs end at 2³¹. (Of a larger number torch's generator takes the last 32 bits alone.)
    return repeated(200, 15, torch.Generator().manual_seed(HELD_OUT + 1 + seed))
