"""What all tasks about pictures have: scenes of `attnviz.training.scenes`, several questions about each in one pass,
and how often a head looks at the patch where the answer stands, which is known.

A task adds its words, what is asked of a scene, its examination, and what a page says of it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.heads import LayerHead
from attnviz.networks.picture_transformer import PictureConfig, PictureTransformer
from attnviz.request import Change, HeadOff, Picture, Unseen
from attnviz.tokens import TextToken
from attnviz.training.measures import Measures, head_weights, of_best_head
from attnviz.training.pictures.wording import Wording, start
from attnviz.training.scenes import FOUR, PATCH, SIDE, Layout, Scenes, drawn, scenes
from attnviz.training.tasks import NOT_ASKED, Batch, Task
from attnviz.transformer import TransformerRecord

BATCH = 32
HALF = 300  # scenes in each half of the examination
HELD_OUT = 2**31  # the seeds of training runs end before it
_CUT = 60  # scenes in which a patch is cut


@dataclass(frozen=True, eq=False)
class Questions:
    """Scenes to be measured on, and what is asked of each."""

    scenes: Scenes
    batch: Batch  # [scene, word], the questions one after another
    things: Tensor  # [scene, question]: the object at which the answer stands

    __repr__ = brief

    @cached_property
    def places(self) -> Tensor:
        """[question]: where the answers are read, at the last word of each."""
        return (self.batch.targets[0] != NOT_ASKED).nonzero()[:, 0]

    @property
    def answers(self) -> Tensor:
        """[scene, question]: the ids of the right answers."""
        return self.batch.targets[:, self.places]

    @property
    def cells(self) -> Tensor:
        """[scene, question]: the cell where the answer stands."""
        return self.scenes.cells.gather(1, self.things)

    @property
    def first_words(self) -> Tensor:
        """[scene, question]: the ids of what is asked."""
        each = self.batch.ids.shape[1] // len(self.places)
        return self.batch.ids[:, ::each]


class SceneTask(Task):
    """Answer questions about scenes."""

    layout: ClassVar[Layout] = FOUR
    wording: ClassVar[Wording | None] = None  # None: nothing is asked, and [CLS] gathers the answer
    question: ClassVar[str] = ""  # an example of one
    kinds: ClassVar[Mapping[str, str]]  # by what is measured for itself, the first word of such questions
    shown: ClassVar[Sequence[int]] = range(10)  # the seeds of the scenes that the page offers
    spread: ClassVar[float] = 0.1  # of the first weights: with larger ones two heads share what one could do
    turn: ClassVar[float] = 0.1  # of positions: slow, so that what is looked for is found wherever it stands
    around: ClassVar[int] = 0  # steps that patches look before the last layer; 0: everywhere
    patches: ClassVar[Sequence[str]] = ("the object’s patch", "another object’s patch")  # that may be unseen (`whose`)
    longest: ClassVar[int] = 2  # words of a question, as the model reads them
    reads: ClassVar[type] = Picture
    invitation: ClassVar[str] = "Try a scene"

    @abstractmethod
    def asked(self, some: Scenes) -> tuple[Tensor, Tensor, Tensor]:
        """Of each scene the questions, ids [scene, question, word]; the object at which each answer stands, and the id
        of the answer, both [scene, question]."""

    @abstractmethod
    def questions_of(self, some: Scenes) -> tuple[str, ...]:
        """What can be asked about the first of these scenes, as a person asks it; nothing where nothing is."""

    @abstractmethod
    def examine(self, model: PictureTransformer) -> dict[str, float]:
        """Every figure by its name; heads are chosen on one half of the data and measured on the other."""

    def words(self, question: str) -> tuple[TextToken, ...]:
        """What the model reads of a question, before the patches.

        Raises:
            AttnvizError: a question that it does not know.
        """
        return start(question) if self.wording is None else self.wording.words(question, self.vocabulary)

    def config(self, *, layers: int, heads: int, d_model: int) -> PictureConfig:
        return PictureConfig(
            *(len(self.vocabulary), layers, heads, d_model, 2 * d_model),
            tied=False,
            spread=self.spread,
            side=SIDE,
            patch=PATCH,
            asked=self.longest,
            turn=self.turn,
            around=self.around,
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield self.about(drawn(BATCH, generator, layout=self.layout)).batch

    def about(self, some: Scenes) -> Questions:
        """All that is asked about these scenes; an answer is asked for at a question's last word."""
        ids, things, answers = self.asked(some)
        each, words = ids.shape[-1], ids.shape[1] * ids.shape[2]
        targets = torch.full((len(some), words + (SIDE // PATCH) ** 2), NOT_ASKED)
        targets[:, each - 1 : words : each] = answers
        return Questions(some, Batch(ids.flatten(1), targets, pictures=some.pictures), things)

    def scenes(self, seed: int) -> Scenes:
        """One that it has not learned from."""
        return scenes(1, seed, withheld=True, layout=self.layout)

    def example(self, seed: int) -> tuple[str, int]:
        """A question about a scene it has not learned from (`scenes`, with this seed), and where the answer is read."""
        return next(iter(self.questions_of(self.scenes(seed))), ""), self.longest - 1

    def continued(self, text: str, word: str) -> str:
        return f"{text} {word}"

    def unlike(self, words: Sequence[str]) -> str:
        """What of pictures it has not learned is not said by the words of a question."""
        return ""

    def roles(self, words: Sequence[str]) -> dict[int, str]:
        return {}

    @torch.no_grad()
    def measure(
        self, model: PictureTransformer, changes: Collection[Change] = (), questions: Questions | None = None
    ) -> Measures:
        """On digits that no training has, one of each scene in a colour that it never had, unless other questions are
        given."""
        asked = self.questions(100) if questions is None else questions
        record = model(asked.batch.ids, **asked.batch.given(), changes=changes)
        right = (record.logits[:, asked.places].argmax(-1) == asked.answers).float()  # [scene, question]
        share, top = looked(record, asked)  # [scene, question, layer, head]
        kinds = self.kinds_of(asked)
        heads = {name: share[of_it].mean(0) for name, of_it in kinds.items()}
        heads |= {f"{name}, top": top[of_it].mean(0) for name, of_it in kinds.items()}
        heads |= self.looks(record, asked)
        figures = {
            "agreement": float(right.mean()),
            **{name: of_best_head(share[of_it])[0] for name, of_it in kinds.items()},
            **{f"{name} questions": float(right[of_it].mean()) for name, of_it in kinds.items()},
            "pair": float(right[asked.things == 0].mean()),  # of the first object of each scene
        }
        return Measures(figures, {name: table.tolist() for name, table in heads.items()})

    def kinds_of(self, asked: Questions) -> dict[str, Tensor]:
        """By what is measured for itself, which of the questions are so, [scene, question]."""
        return {name: asked.first_words == self.vocabulary.id(word) for name, word in self.kinds.items()}

    def looks(self, record: TransformerRecord, asked: Questions) -> dict[str, Tensor]:
        """What else is measured of heads, by its name, [layer, head]."""
        return {}

    def whose(self, asked: Questions) -> Tensor:
        """[scene, question]: whose patch the first object's is to each question, an index in `patches`."""
        return (asked.things != 0).long()

    def overall(self, model: PictureTransformer, whole: Measures) -> dict[str, float]:
        """How much is right: `whole` is of the second half of the examination."""
        other = self.measure(model, questions=self.questions(HALF, 3, withheld=False))
        return {
            "answer right": whole.figures["agreement"],
            "withheld pair: answer right": whole.figures["pair"],
            "digits and pairs of training: answer right": other.figures["agreement"],
        }

    def head(self, name: str, at: LayerHead, whole: Measures) -> dict[str, float]:
        """Where a head looks."""
        layer, head = at
        return {
            f"{name} head: layer": float(layer),
            f"{name} head: head": float(head),
            f"{name} head: share on the object’s patch": whole.heads[name][layer][head],
            f"{name} head: top patch is the object’s": whole.heads[f"{name}, top"][layer][head],
        }

    def without(self, model: PictureTransformer, heads: Collection[LayerHead], asked: Questions) -> dict[str, float]:
        """The figures with these heads switched off."""
        return self.measure(model, [HeadOff(head) for head in heads], asked).figures

    @torch.no_grad()
    def cut(self, model: PictureTransformer, asked: Questions) -> dict[str, float]:
        """How often the answer is still right where nobody may look at the first object's patch, of questions for which
        it is the answer's, and of others."""
        found: dict[str, list[bool]] = {name: [] for name in self.patches}
        for row in range(_CUT):
            one = self.about(asked.scenes.part([row]))
            change = Unseen(key=one.batch.ids.shape[1] + int(one.scenes.cells[0, 0]))
            logits = model(one.batch.ids, **one.batch.given(), changes=[change]).logits[0, one.places]
            right = (logits.argmax(-1) == one.answers[0]).tolist()
            for is_right, whose in zip(right, self.whose(one)[0].tolist(), strict=True):
                found[self.patches[whose]].append(is_right)
        return {f"{name} unseen: answer right": sum(of_it) / len(of_it) for name, of_it in found.items() if of_it}

    def questions(self, count: int, seed: int = 0, *, withheld: bool = True) -> Questions:
        """Scenes to be measured on; made once. `withheld`: as `scenes` has it."""
        return _questions(type(self), count, seed, withheld)

    def moved(self, asked: Questions) -> Questions:
        """The same questions of the same scenes, their objects in other cells."""
        return self.about(asked.scenes.moved(torch.Generator().manual_seed(HELD_OUT)))


def looked(record: TransformerRecord, asked: Questions) -> tuple[Tensor, Tensor]:
    """Of the weight that a question gives to patches, the share on the one where the answer stands; and 1 where that is
    the strongest patch, else 0: both [scene, question, layer, head], and both 0 where it may look at no patch."""
    weights = head_weights(record)  # [layer, scene, head, query, key]
    rows = weights[..., asked.places, asked.batch.ids.shape[1] :]  # [layer, scene, head, question, patch]
    cells = asked.cells[None, :, None, :, None].expand(*rows.shape[:-1], 1)
    whole = rows.sum(-1)
    share = rows.gather(-1, cells)[..., 0] / whole.clamp(min=torch.finfo(whole.dtype).tiny)
    top = ((rows.argmax(-1) == cells[..., 0]) & (whole > 0)).float()
    return share.permute(1, 3, 0, 2), top.permute(1, 3, 0, 2)


@cache
def _questions(kind: type[SceneTask], count: int, seed: int, withheld: bool) -> Questions:
    task = kind()
    return task.about(scenes(count, HELD_OUT + 1000 + seed, withheld=withheld, layout=task.layout))
