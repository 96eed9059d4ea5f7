"""The grammar as a task: learn masked words, be measured on verbs far from their subjects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.request import Change
from attnviz.training.batches import filled
from attnviz.training.measures import Measures, head_weights, of_best_head, on_keys, previous_token_score, row_entropy
from attnviz.training.tasks import Batch, HeldOut, Task
from attnviz.training.vocabulary import MASK, PAD, SPECIALS, START, UNKNOWN, Vocabulary
from attnviz.training.words.grammar.building import LONGEST, held_out_sentences, training_sentences
from attnviz.training.words.grammar.evaluation import examined
from attnviz.training.words.grammar.lexicon import ANIMATE, CATEGORIES, OWN_VERBS, SHARED_VERBS
from attnviz.training.words.grammar.objective import MaskedWords
from attnviz.training.words.grammar.parsing import parse
from attnviz.training.words.grammar.sentences import Sentence
from attnviz.transformer import Transformer, TransformerConfig

CORPUS = 30_000  # sentences to learn from
BUILT = (  # sentences of the grammar, one of each kind
    "The cat near the dogs sits.",
    "When my birds chirped, the girl who saw the dog smiled.",
    "The cars, which are old, stall today.",
    "The lamp the boys found shone on the table.",
)


@dataclass(frozen=True, eq=False)
class Questions:
    """Sentences to be measured on, as tensors."""

    ids: Tensor  # [text, token], [CLS] first
    is_token: Tensor  # [text, token]
    verb: Tensor  # [text]: its place
    subject: Tensor  # [text]: its place
    attractors: Tensor  # [text, token]: True at an attractor
    right_number: Tensor  # [text, present verb]: the verbs in the subject's number
    right: Tensor  # [text, present verb]: of these, the ones that the subject can have

    __repr__ = brief

    def part(self, rows: slice) -> Questions:
        """Some of the texts."""
        return Questions(**{name: value[rows] for name, value in vars(self).items()})

    def hidden(self) -> Tensor:
        """The ids with every verb hidden."""
        return self.ids.scatter(1, self.verb[:, None], MASK)

    def __len__(self) -> int:
        return len(self.ids)


class GrammarTask(Task):
    """Masked words of the small English (`attnviz.training.words.grammar`)."""

    name: ClassVar[str] = "grammar"
    title: ClassVar[str] = "Grammar: which word does a verb belong to?"
    offered: ClassVar[str] = "Trained here · small grammar"
    in_short: ClassVar[str] = "find the words that are hidden; a verb can be known only from its subject."
    explained: ClassVar[str] = (
        "Asked: the hidden verb of sentences it has never seen. Its subject gives the number (one cat sits, two cats "
        "sit) and the class (cats purr, engines stall); between them stands another noun, of the other number and "
        "class, as in “The cat near the dogs …”. Counted among present-tense verbs: these show a number."
    )
    readable: ClassVar[str] = (
        f"Sentences of these words, of up to {LONGEST} each, built as {' '.join(f'“{one}”' for one in BUILT)} "
        "Write [MASK] for a word that it should guess. What a verb has to do with its subject is what it has learned."
    )
    invitation: ClassVar[str] = "Try a sentence of its grammar"
    figures: ClassVar[dict[str, str]] = {
        "agreement": "verb right in number and class",
        "number": "verb right in number",
        "top": "best head: the verb looks most at its subject",
        "weight": "best head: weight from the verb to its subject",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"number": "verb right in number", "agreement": "right in number and class"},
        {
            "number": "in its grammar, among present-tense verbs; always would be 1, guessing 0.5",
            "agreement": "among the same verbs; guessing: about 0.1",
        },
        "200 sentences it has never seen, each with a noun of the other number between subject and verb",
        "200 sentences it has never seen",
    )
    longest: ClassVar[int] = LONGEST
    learned: ClassVar[str] = "top"
    vocabulary = Vocabulary(tuple(word for words in CATEGORIES.values() for word in words))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {
        name + "s" * (name != "other"): words for name, words in CATEGORIES.items() if words is not SPECIALS
    }

    def config(self, *, layers: int, heads: int, d_model: int) -> TransformerConfig:
        return TransformerConfig(
            len(self.vocabulary), layers=layers, heads=heads, d_model=d_model, d_ff=2 * d_model, longest=512
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        masked = MaskedWords([self.vocabulary.ids(s.words) for s in training_sentences(CORPUS, seed)])
        generator = torch.Generator().manual_seed(seed)
        while True:
            for rows in masked.order(generator):
                yield masked.batch(rows, generator)

    def unlike(self, words: Sequence[str]) -> str:
        """That the grammar cannot have written them. (Of words that are not known, that is all there is to say.)"""
        if SPECIALS[UNKNOWN] in words:
            return ""
        found = parse(tuple(words))
        if found is None:
            return "The model knows these words, but the sentence is not built as those it learned from."
        if not found.agrees:
            return "A verb here does not fit its noun. In every sentence that the model learned from, it does."
        return ""

    def example(self, seed: int) -> tuple[str, int]:
        """A held-out sentence with one or two attractors; its verb looks."""
        (sentence,) = held_out_sentences(1, seed, attractors=1 + seed % 2)
        return sentence.text, sentence.main.verb + 1  # [CLS] stands before the words

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        """Subject, verb, attractors, pronoun and antecedent of a sentence of the grammar."""
        found = parse(tuple(words))
        if found is None:
            return {}
        named = [
            (found.subject, "subject"),
            (found.verb, "verb"),
            *((place, "other noun") for place in found.attractors),
        ]
        if found.antecedent is not None:
            named += [(found.pronoun, "pronoun"), (found.antecedent, "antecedent")]
        roles: dict[int, str] = {}
        for place, role in named:
            if place is not None:
                roles[place] = f"{roles[place]}, {role}" if place in roles else role
        return roles

    @torch.no_grad()
    def measure(
        self, model: Transformer, changes: Collection[Change] = (), questions: Questions | None = None
    ) -> Measures:
        """On held-out sentences with one attractor, unless other questions are given."""
        asked = self.questions(200, 1) if questions is None else questions
        number, agreement = verbs_right(model(asked.hidden(), is_token=asked.is_token, changes=changes).logits, asked)
        weights = head_weights(model(asked.ids, is_token=asked.is_token, changes=changes))
        weight, top = on_keys(weights, asked.verb, asked.subject)
        rows = weights[:, torch.arange(len(asked)), :, asked.verb]  # [text, layer, head, key]
        heads = {
            "top": top.mean(0),
            "weight": weight.mean(0),
            "attractor": (rows * asked.attractors[:, None, None, :]).sum(-1).mean(0),
            "entropy": row_entropy(weights, asked.is_token),
            "previous": previous_token_score(weights, asked.is_token),
        }
        top_of_best, weight_of_best = of_best_head(top, weight)
        figures = {"agreement": agreement, "number": number, "top": top_of_best, "weight": weight_of_best}
        return Measures(figures, {name: table.tolist() for name, table in heads.items()})

    def examine(self, model: Transformer) -> dict[str, float]:
        return examined(self, model)

    def questions(self, count: int, attractors: int, seed: int = 0) -> Questions:
        """Held-out sentences; made once."""
        return _questions(count, attractors, seed)


def verbs_right(logits: Tensor, asked: Questions) -> tuple[float, float]:
    """How often the most probable present-tense verb has the subject's number; and its number and class.

    `logits` [text, token, word], read where the verb is hidden.
    """
    at_verb = logits[torch.arange(len(asked)), asked.verb][:, present_verbs()]  # [text, present verb]
    best = at_verb.argmax(-1, keepdim=True)
    number = asked.right_number.gather(1, best).float().mean()
    return float(number), float(asked.right.gather(1, best).float().mean())


@cache
def present_verbs() -> Tensor:
    """Ids of the verbs that show a number: singular, plural, singular, plural, …"""
    verbs = [v for own in OWN_VERBS.values() for v in own] + SHARED_VERBS
    return torch.tensor(GrammarTask.vocabulary.ids(form for v in verbs for form in (v.singular, v.plural)))


@cache
def _questions(count: int, attractors: int, seed: int) -> Questions:
    return as_questions(held_out_sentences(count, seed, attractors=attractors))


def as_questions(sentences: Sequence[Sentence]) -> Questions:
    """Sentences as tensors, [CLS] before each."""
    ids = filled([[START, *GrammarTask.vocabulary.ids(sentence.words)] for sentence in sentences])
    attractors = torch.zeros_like(ids, dtype=torch.bool)
    right = torch.zeros(len(sentences), len(present_verbs()), dtype=torch.bool)
    right_number = torch.zeros_like(right)
    kinds = [kind for kind, own in OWN_VERBS.items() for _ in own] + ["shared"] * len(SHARED_VERBS)
    for i, sentence in enumerate(sentences):
        clause = sentence.main
        attractors[i, [place + 1 for place in clause.attractors]] = True
        right_number[i, int(clause.plural) :: 2] = True
        for j, kind in enumerate(kinds):
            if kind == clause.noun.kind or (kind == "shared" and clause.noun.kind in ANIMATE):
                right[i, 2 * j + int(clause.plural)] = True
    return Questions(
        ids,
        ids != PAD,
        torch.tensor([s.main.verb + 1 for s in sentences]),
        torch.tensor([s.main.subject + 1 for s in sentences]),
        attractors,
        right_number,
        right,
    )
