"""The masked-word objective: hide words, or put wrong ones in their place, and ask for the right ones.

BERT's objective (Devlin et al. 2019, section 3.1) with one change. Of the chosen words 60 % become [MASK], 10 % stay,
and 30 % become a wrong word *of the same category*: then a verb that is there may be wrong, and the model learns
to look for the subject from a verb that it can read as well as from [MASK].
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from attnviz.training.tasks import NOT_ASKED, Batch
from attnviz.training.vocabulary import MASK, PAD, START, UNKNOWN
from attnviz.training.words.grammar.lexicon import CATEGORIES

BATCH = 64
_MASKED, _WRONG = 0.6, 0.3  # of the chosen words; the rest stay as they are
_UNKNOWN = 0.02  # of all words become [UNK], so that a word it does not know is nothing new to a model
_CHOSEN = {"verb": 0.9, "copula": 0.5, "pronoun": 0.5, "special": 0.0}
_CHOSEN_ELSE = 0.03
# By a wrong word of their kind. Not nouns and adjectives: that could make a combination which is withheld.
_REPLACED = ("verb", "copula", "transitive", "place", "preposition", "relative", "pronoun")


class MaskedWords:
    """Batches of sentences with words hidden."""

    def __init__(self, sentences: Sequence[Sequence[int]]) -> None:
        """Sentences as ids of the grammar's vocabulary, without [CLS]."""
        lengths = torch.tensor([len(sentence) + 1 for sentence in sentences])
        self.ids = torch.full((len(sentences), int(lengths.max())), PAD)
        for row, sentence in zip(self.ids, sentences, strict=True):
            row[: len(sentence) + 1] = torch.tensor([START, *sentence])
        self.lengths = lengths
        starts: list[int] = []
        sizes: list[int] = []
        chosen: list[float] = []
        for category, words in CATEGORIES.items():
            start = len(starts)
            replaced = category in _REPLACED
            starts += [start if replaced else start + i for i in range(len(words))]
            sizes += [len(words) if replaced else 1] * len(words)
            chosen += [_CHOSEN.get(category, _CHOSEN_ELSE)] * len(words)
        self.start = torch.tensor(starts)  # [word]: the first id of its category, if it can be replaced
        self.size = torch.tensor(sizes)  # [word]: how many words to choose from
        self.chosen = torch.tensor(chosen)  # [word]: how often it is asked for

    def batch(self, rows: Tensor, generator: torch.Generator) -> Batch:
        """Those sentences, with words hidden as the generator has it."""
        longest = int(self.lengths[rows].max())
        ids = self.ids[rows, :longest]
        chance = torch.rand(4, *ids.shape, generator=generator)
        asked = chance[0] < self.chosen[ids]
        peers = self.start[ids] + (chance[1] * self.size[ids]).long()
        hidden = asked & (chance[2] < _MASKED)
        wrong = asked & ~hidden & (chance[2] < _MASKED + _WRONG)
        unknown = ~asked & (chance[3] < _UNKNOWN) & (ids > START)
        read = ids.masked_fill(hidden, MASK).masked_fill(unknown, UNKNOWN).where(~wrong, peers)
        return Batch(read, ids.masked_fill(~asked, NOT_ASKED), ids != PAD)

    def order(self, generator: torch.Generator) -> list[Tensor]:
        """All sentences once, in batches in random order. (Batches of one length would be faster to compute, but each
        would hold one kind of sentence, and much longer is then needed until the subject is found.)"""
        shuffled = torch.randperm(len(self.ids), generator=generator)
        return [shuffled[i : i + BATCH] for i in range(0, len(shuffled) - BATCH + 1, BATCH)]
