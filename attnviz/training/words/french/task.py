"""English to French as a task: write the translation of a sentence, word after word.

The objective of Sutskever et al. 2014 and Vaswani et al. 2017 on the sentences of `bilingual`: the
next word of the translation, given the source and the words before it. Since the grammar says which words mean the
same, how often cross-attention looks at the right one is known (Bahdanau et al. 2015 looked at it by eye).

The row that decides is the one that *predicts* a word, which stands at the word before it: there the model has to know
what to say next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar

import torch

from attnviz.networks.encoder_decoder import EncoderDecoderConfig
from attnviz.request import Translation
from attnviz.training.batches import filled, next_words, shuffled
from attnviz.training.tasks import HELD_OUT, Batch, HeldOut
from attnviz.training.vocabulary import PAD, SPECIALS, START, Vocabulary
from attnviz.training.words.french import bilingual
from attnviz.training.words.french.bilingual import ENGLISH, FRENCH, Sentence, sentences
from attnviz.training.writing import Examined, Questions, WritingTask
from attnviz.transformer import TransformerConfig

CORPUS = 20_000  # sentences to learn from
BATCH = 64
SPREAD = 0.075  # of the first weights: with smaller ones it translates as well, and heads look elsewhere


class FrenchTask(WritingTask[Sentence]):
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
    recipe: ClassVar[Mapping[str, float]] = {"layers": 1, "d_model": 64, "steps": 1500, "dropout": 0.15}
    reads: ClassVar[type] = Translation
    vocabulary = Vocabulary((*SPECIALS, *ENGLISH))
    target_vocabulary = Vocabulary((*SPECIALS, *FRENCH))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"": ENGLISH}
    at_once: ClassVar[int] = BATCH
    half: ClassVar[int] = 300
    asked: ClassVar[int] = 100
    examined: ClassVar[Examined] = Examined(
        exact="translation exact, withheld pairs",
        exact_of_others="translation exact, other sentences",
        exact_of_longer="translation exact, 17 to 20 words",
        next_right="next word right",
        top="best head: top key is the aligned word",
        weight="best head: weight on it",
        cut="a noun’s source cut: the noun right",
        cut_of_others="a noun’s source cut: other words right",
    )

    def config(self, *, layers: int, heads: int, d_model: int) -> EncoderDecoderConfig:
        def side(words: Vocabulary, *, causal: bool) -> TransformerConfig:
            return TransformerConfig(
                len(words), layers, heads, d_model, 2 * d_model, causal=causal, spread=SPREAD, scaled=True
            )

        return EncoderDecoderConfig(side(self.vocabulary, causal=False), side(self.target_vocabulary, causal=True))

    def batches(self, seed: int) -> Iterator[Batch]:
        yield from map(self.batch, shuffled(list(sentences(CORPUS, seed)), BATCH, seed))

    def batch(self, some: Sequence[Sentence]) -> Batch:
        """[CLS] before each; asked for: each next French word, and after the last one [CLS], which ends it."""
        source = filled([[START, *self.vocabulary.ids(one.english)] for one in some])
        ids, targets = next_words([self.ids_of(one) for one in some])
        return Batch(ids, targets, ids != PAD, source, source != PAD)

    def example(self, seed: int) -> tuple[str, int]:
        """A sentence it has not learned from, and the place of its first word."""
        (one,) = sentences(1, HELD_OUT + seed, least=5, most=12)
        return written(one.english), 1

    def continued(self, text: str, word: str) -> str:
        return written([*text.split(), word])

    def ids_of(self, one: Sentence) -> list[int]:
        return self.target_vocabulary.ids(one.french)

    def longer(self) -> Questions[Sentence]:
        return self.questions(self.half // 2, 4, least=17)

    def cut_at(self, one: Sentence) -> tuple[int, Iterable[int]]:
        """A noun, and its source."""
        at = one.kinds.index("noun")
        return at, [1 + key for key in one.sources[at]]

    def questions(
        self, count: int, seed: int = 0, *, withheld: bool = True, least: int = 2, most: int = bilingual.LONGEST
    ) -> Questions[Sentence]:
        """Sentences to be measured on; made once. `withheld`: each with a pair that no training has."""
        return _questions(count, seed, withheld, least, most)


def written(words: Sequence[str]) -> str:
    """Words as a person writes them.

    >>> written(["the", "cat", "sleeps", "."])
    'The cat sleeps.'
    """
    text = " ".join(words).replace(" .", ".")
    return text[:1].upper() + text[1:]


@cache
def _questions(count: int, seed: int, withheld: bool, least: int, most: int) -> Questions[Sentence]:
    task = FrenchTask()
    found = tuple(sentences(count, HELD_OUT + 1000 + seed, pairs=withheld, least=least, most=most))
    batch = task.batch(found)
    assert batch.source is not None
    aligned = torch.zeros(*batch.ids.shape, batch.source.shape[1], dtype=torch.bool)
    known = torch.zeros(batch.ids.shape, dtype=torch.bool)
    for row, one in enumerate(found):
        for place, (sources, kind) in enumerate(zip(one.sources, one.kinds, strict=True)):
            aligned[row, place, [1 + source for source in sources]] = True  # read one token before it, and after [CLS]
            known[row, place] = kind != "particle"
    return Questions(found, batch, aligned, known)
