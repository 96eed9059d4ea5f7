"""English to French as a task: write the translation of a sentence, word after word.

The objective of Sutskever et al. 2014 and Vaswani et al. 2017 on the sentences of `bilingual`: the
next word of the translation, given the source and the words before it. Since the grammar says which words mean the
same, how often cross-attention looks at the right one is known (Bahdanau et al. 2015 looked at it by eye).

The row that decides is the one that *predicts* a word, which stands at the word before it: there the model has to know
what to say next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from attnviz.request import Change, Translation, Unseen
from attnviz.training.measures import Measures
from attnviz.training.tasks import NOT_ASKED, Batch, HeldOut
from attnviz.training.vocabulary import PAD, SPECIALS, START, Vocabulary
from attnviz.training.words import bilingual
from attnviz.training.words.bilingual import ENGLISH, FRENCH, Sentence, sentences
from attnviz.training.writing import exact, measured, right_with, without_heads
from attnviz.transformer import TransformerConfig

CORPUS = 20_000  # sentences to learn from
BATCH = 64
HALF = 300  # sentences in each half of the examination
SPREAD = 0.075  # of the first weights: with smaller ones it translates as well, and heads look elsewhere
_HELD_OUT = 2**31  # the seeds of training runs end before it
_CUT = 60  # sentences in which a word of the source is cut


@dataclass(frozen=True, eq=False)
class Translated:
    """Sentences to be measured on, as tensors."""

    sentences: tuple[Sentence, ...]
    batch: Batch  # every next word is asked for; after the last one, [CLS]: the end
    aligned: Tensor  # [text, target token, source token]: whether what is predicted here says the same as that word
    known: Tensor  # [text, target token]: False where more than one word of the source may be meant, or none

    __repr__ = brief


class FrenchTask:
    """Write a sentence in French."""

    name: ClassVar[str] = "french"
    title: ClassVar[str] = "French: which word says the same?"
    offered: ClassVar[str] = "Trained here · English → French"
    in_short: ClassVar[str] = "a translation, word after word; cross-attention looks at the word that says the same."
    explained: ClassVar[str] = (
        "Asked: the next French word, given the English sentence and the French words before it. The grammar says "
        "which English word each one stands for, so it can be counted how often a head of the cross-attention looks "
        "most at that word. Adjectives and nouns that never stood together are among them."
    )
    readable: ClassVar[str] = (
        "Sentences as “The small cat does not see the black dog” or “My hens often follow her”, in these words."
    )
    invitation: ClassVar[str] = "Try a sentence to translate"
    figures: ClassVar[dict[str, str]] = {
        "agreement": "next French word right",
        "aligned": "best head: looks most at the word that says the same",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "next French word right"},
        {"agreement": "always would be 1, guessing about 0.01"},
        "100 sentences with an adjective and a noun that it has never seen together",
        "sentences it has never seen",
    )
    longest: ClassVar[int] = bilingual.LONGEST
    learned: ClassVar[str] = "aligned"
    recipe: ClassVar[Mapping[str, float]] = {"layers": 1, "d_model": 64, "steps": 1500, "dropout": 0.15}
    part: ClassVar[str] = "cross"
    reads: ClassVar[type] = Translation
    vocabulary = Vocabulary((*SPECIALS, *ENGLISH))
    target_vocabulary = Vocabulary((*SPECIALS, *FRENCH))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"": ENGLISH}

    def config(self, *, layers: int, heads: int, d_model: int) -> EncoderDecoderConfig:
        def side(words: Vocabulary, *, causal: bool) -> TransformerConfig:
            return TransformerConfig(
                len(words), layers, heads, d_model, 2 * d_model, causal=causal, spread=SPREAD, scaled=True
            )

        return EncoderDecoderConfig(side(self.vocabulary, causal=False), side(self.target_vocabulary, causal=True))

    def batches(self, seed: int) -> Iterator[Batch]:
        corpus = list(sentences(CORPUS, seed))
        generator = torch.Generator().manual_seed(seed)
        while True:
            order = torch.randperm(CORPUS, generator=generator).tolist()
            for first in range(0, CORPUS - BATCH + 1, BATCH):
                yield self.batch([corpus[row] for row in order[first : first + BATCH]])

    def batch(self, some: Sequence[Sentence]) -> Batch:
        """[CLS] before each; asked for: each next French word, and after the last one [CLS], which ends it."""
        source = _filled([[START, *self.vocabulary.ids(one.english)] for one in some], PAD)
        written = [self.target_vocabulary.ids(one.french) for one in some]
        ids = _filled([[START, *one] for one in written], PAD)
        targets = _filled([[*one, START] for one in written], NOT_ASKED)
        return Batch(ids, targets, ids != PAD, source, source != PAD)

    def example(self, seed: int) -> tuple[str, int]:
        """A sentence it has not learned from, and the place of its first word."""
        (one,) = sentences(1, _HELD_OUT + seed, least=5, most=12)
        return written(one.english), 1

    def continued(self, text: str, word: str) -> str:
        return written([*text.split(), word])

    def unlike(self, words: Sequence[str]) -> str:
        """What of French it has not learned is not said by the words alone."""
        return ""

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        """Nobody: which word stands for which is what the model shows."""
        return {}

    def measure(
        self, model: EncoderDecoder, changes: Collection[Change] = (), questions: Translated | None = None
    ) -> Measures:
        """On sentences with a pair of adjective and noun that no training has, unless other questions are given."""
        asked = self.questions(100) if questions is None else questions
        return measured(model, asked.batch, asked.aligned, asked.known, changes)

    def examine(self, model: EncoderDecoder) -> dict[str, float]:
        """Heads are chosen on one half of the data and measured on the other, as `evaluation` says."""
        chosen_on, measured_on = self.questions(HALF, 1), self.questions(HALF, 2)
        layer, head = self.measure(model, questions=chosen_on).best_head("aligned")
        whole = self.measure(model, questions=measured_on)
        figures = {
            "translation exact, withheld pairs": self.exact(model, measured_on),
            "translation exact, other sentences": self.exact(model, self.questions(HALF, 3, withheld=False)),
            "translation exact, 17 to 20 words": self.exact(model, self.questions(HALF // 2, 4, least=17)),
            "next word right": whole.figures["agreement"],
            "best head: layer": float(layer),
            "best head: head": float(head),
            "best head: top key is the aligned word": whole.heads["aligned"][layer][head],
            "best head: weight on it": whole.heads["weight"][layer][head],
        }
        figures |= without_heads(model, layer, lambda off: self.exact(model, measured_on, off))
        return figures | self.cut(model, measured_on)

    def exact(self, model: EncoderDecoder, asked: Translated, changes: Collection[Change] = ()) -> float:
        """The share of sentences of which every word is written as it should be, the most probable one each time."""
        return exact(
            model,
            asked.sentences,
            lambda one: self.target_vocabulary.ids(one.french),
            self.batch,
            at_once=BATCH,
            changes=changes,
        )

    def cut(self, model: EncoderDecoder, asked: Translated) -> dict[str, float]:
        """How often a noun is still right where cross-attention may not look at its source, and the other words."""
        nouns: list[bool] = []
        others: list[bool] = []
        for one in asked.sentences[:_CUT]:
            at = one.kinds.index("noun")
            changes = [Unseen(key=1 + key, part="cross") for key in one.sources[at]]
            is_right, beside = right_with(model, self.batch([one]), at, changes)
            nouns.append(is_right)
            others += beside
        return {
            "a noun’s source cut: the noun right": sum(nouns) / len(nouns),
            "a noun’s source cut: other words right": sum(others) / len(others),
        }

    def questions(
        self, count: int, seed: int = 0, *, withheld: bool = True, least: int = 2, most: int = bilingual.LONGEST
    ) -> Translated:
        """Sentences to be measured on; made once. `withheld`: each with a pair that no training has."""
        return _questions(count, seed, withheld, least, most)


def written(words: Sequence[str]) -> str:
    """Words as a person writes them.

    >>> written(["the", "cat", "sleeps", "."])
    'The cat sleeps.'
    """
    text = " ".join(words).replace(" .", ".")
    return text[:1].upper() + text[1:]


def _filled(rows: Sequence[Sequence[int]], with_what: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[with_what] * (longest - len(row))] for row in rows])


@cache
def _questions(count: int, seed: int, withheld: bool, least: int, most: int) -> Translated:
    task = FrenchTask()
    found = tuple(sentences(count, _HELD_OUT + 1000 + seed, pairs=withheld, least=least, most=most))
    batch = task.batch(found)
    assert batch.source is not None
    aligned = torch.zeros(*batch.ids.shape, batch.source.shape[1], dtype=torch.bool)
    known = torch.zeros(batch.ids.shape, dtype=torch.bool)
    for row, one in enumerate(found):
        for place, (sources, kind) in enumerate(zip(one.sources, one.kinds, strict=True)):
            aligned[row, place, [1 + source for source in sources]] = True  # read one token before it, and after [CLS]
            known[row, place] = kind != "particle"
    return Translated(found, batch, aligned, known)
