"""Pictures as a task: answer a question about a scene; "which digit is red?", "which colour is the 7?".

A scene of `attnviz.training.scenes` shows four digits of four colours, and each is asked for twice, by its colour and
by its digit. Where the object is that is asked for is known, so it can be counted how often a head looks at its patch.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor

from attnviz._brief import brief
from attnviz.picture_transformer import ASKED, PictureConfig, PictureTransformer
from attnviz.request import Change, HeadOff, Picture, Unseen
from attnviz.training.lexicon import SPECIALS
from attnviz.training.measures import Measures, of_best_head
from attnviz.training.scenes import COLOURS, DIGITS, OBJECTS, PATCH, SIDE, Scenes, drawn, scenes
from attnviz.training.tasks import NOT_ASKED, Batch, HeldOut
from attnviz.training.vocabulary import Vocabulary
from attnviz.transformer import TransformerRecord

BATCH = 32
HALF = 300  # scenes in each half of the examination
KINDS = ("digit", "colour")  # what is asked: the digit of a colour, the colour of a digit
_HELD_OUT = 2**31  # the seeds of training runs end before it
_CUT = 60  # scenes in which a patch is cut


@dataclass(frozen=True, eq=False)
class Questions:
    """Scenes to be measured on, each asked for its four objects, first by colour, then by digit."""

    scenes: Scenes
    batch: Batch  # [scene, word], the eight questions one after another

    __repr__ = brief

    @property
    def answers(self) -> Tensor:
        """[scene, question]: the ids of the right answers."""
        return self.batch.targets[:, places()]

    @property
    def cells(self) -> Tensor:
        """[scene, question]: the cell of the object that is asked for."""
        return self.scenes.cells.repeat(1, 2)


class PictureTask:
    """Answer a question about a picture."""

    name: ClassVar[str] = "picture"
    title: ClassVar[str] = "Pictures: which digit is red?"
    offered: ClassVar[str] = "Trained here · pictures"
    in_short: ClassVar[str] = "questions about a picture: which digit is red, which colour is the 7?"
    explained: ClassVar[str] = (
        "Asked: which digit has this colour, and which colour this digit, of four digits among cuttings of others. "
        "Where each stands is known, so it can be counted how often a head looks most at the patch that is asked for. "
        "All are digits that it has never seen, and one of each scene is in a colour that it never had."
    )
    readable: ClassVar[str] = (
        "Pictures of 40 × 40 pixels with digits in cells of 8 × 8, asked as “which digit is red?” or “which colour is "
        "the 7?”."
    )
    invitation: ClassVar[str] = "Try a scene"
    figures: ClassVar[dict[str, str]] = {
        "agreement": "answer right",
        "colour": "best head: share on the patch of the colour that is asked for",
        "digit": "best head: share on the patch of the digit that is asked for",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "answer right"},
        {"agreement": "always would be 1, guessing about 0.13"},
        "100 scenes of digits that it has never seen, one of each in a colour that it never had",
        "scenes it has never seen",
    )
    longest: ClassVar[int] = ASKED
    learned: ClassVar[str] = "colour"
    recipe: ClassVar[Mapping[str, float]] = {"layers": 1, "heads": 2, "steps": 1500, "decay": 0.01}
    part: ClassVar[str] = ""
    reads: ClassVar[type] = Picture
    target_vocabulary = None
    vocabulary = Vocabulary((*SPECIALS, *KINDS, *COLOURS, *DIGITS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"asked": KINDS, "colour": tuple(COLOURS), "digit": DIGITS}

    def config(self, *, layers: int, heads: int, d_model: int) -> PictureConfig:
        words = len(self.vocabulary)
        spread = 1 / math.sqrt(d_model)  # smaller first weights learn as fast, and less of pairs that are withheld
        return PictureConfig(
            words, layers, heads, d_model, 2 * d_model, tied=False, spread=spread, side=SIDE, patch=PATCH
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield self.batch(drawn(BATCH, generator))

    def batch(self, some: Scenes) -> Batch:
        """All eight questions of each scene; the answer is asked for at a question's last word."""
        first_colour, first_digit = (self.vocabulary.id(kind[0]) for kind in (tuple(COLOURS), DIGITS))
        colours, digits = some.colours + first_colour, some.digits + first_digit
        asked = [torch.full_like(colours, self.vocabulary.id(kind)) for kind in KINDS]
        ids = torch.cat([torch.stack([asked[0], colours], -1), torch.stack([asked[1], digits], -1)], 1).flatten(1)
        targets = torch.full((len(some), ids.shape[1] + (SIDE // PATCH) ** 2), NOT_ASKED)
        targets[:, places()] = torch.cat([digits, colours], 1)
        return Batch(ids, targets, pictures=some.pictures)

    def example(self, seed: int) -> tuple[str, int]:
        """A question about a scene it has not learned from (`scenes`, with this seed and `withheld`), and where the
        answer is read."""
        one = scenes(1, seed, withheld=True)
        return f"which digit is {tuple(COLOURS)[int(one.colours[0, 0])]}?", ASKED - 1

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
        right = (record.logits[:, places()].argmax(-1) == asked.answers).float()  # [scene, question]
        share, top = looked(record, asked)
        by_kind = {"colour": slice(OBJECTS), "digit": slice(OBJECTS, None)}  # what a question names
        heads = {name: share[:, some].mean((0, 1)) for name, some in by_kind.items()}
        heads |= {f"{name}, top": top[:, some].mean((0, 1)) for name, some in by_kind.items()}
        figures = {
            "agreement": float(right.mean()),
            **{name: of_best_head(share[:, some].mean(1))[0] for name, some in by_kind.items()},
            **{f"{name} questions": float(right[:, some].mean()) for name, some in by_kind.items()},
            "pair": float(right[:, ::OBJECTS].mean()),  # of the first object of each scene
        }
        return Measures(figures, {name: table.tolist() for name, table in heads.items()})

    def examine(self, model: PictureTransformer) -> dict[str, float]:
        """Heads are chosen on one half of the data and measured on the other, as `evaluation` says."""
        chosen_on, measured_on = self.questions(HALF, 1), self.questions(HALF, 2)
        first, whole = self.measure(model, questions=chosen_on), self.measure(model, questions=measured_on)
        other = self.measure(model, questions=self.questions(HALF, 3, withheld=False))
        figures = {
            "answer right": whole.figures["agreement"],
            "withheld pair: answer right": whole.figures["pair"],
            "digits and pairs of training: answer right": other.figures["agreement"],
        }
        heads = {name: first.best_head(name) for name in ("colour", "digit")}
        moved = self.measure(model, questions=self.moved(measured_on))
        for name, (layer, head) in heads.items():
            top = f"{name}, top"
            without = self.measure(model, [HeadOff((layer, head))], measured_on).figures
            figures |= {
                f"{name} head: layer": float(layer),
                f"{name} head: head": float(head),
                f"{name} head: share on the object’s patch": whole.heads[name][layer][head],
                f"{name} head: top patch is the object’s": whole.heads[top][layer][head],
                f"{name} head: top patch is the object’s, moved to another cell": moved.heads[top][layer][head],
                f"questions by {name}: right": whole.figures[f"{name} questions"],
                f"{name} head off: questions by colour right": without["colour questions"],
                f"{name} head off: questions by digit right": without["digit questions"],
            }
        return figures | self.cut(model, measured_on)

    @torch.no_grad()
    def cut(self, model: PictureTransformer, asked: Questions) -> dict[str, float]:
        """How often the answer is still right where nobody may look at the object's patch, and where it is another."""
        own: list[bool] = []
        others: list[bool] = []
        for row in range(_CUT):
            batch = self.batch(asked.scenes.part([row]))
            change = Unseen(key=batch.ids.shape[1] + int(asked.scenes.cells[row, 0]))
            logits = model(batch.ids, **batch.given(), changes=[change]).logits[0, places()]
            right = (logits.argmax(-1) == asked.answers[row]).tolist()
            for question, is_right in enumerate(right):
                (own if question % OBJECTS == 0 else others).append(is_right)
        return {
            "the object’s patch unseen: answer right": sum(own) / len(own),
            "another object’s patch unseen: answer right": sum(others) / len(others),
        }

    def questions(self, count: int, seed: int = 0, *, withheld: bool = True) -> Questions:
        """Scenes to be measured on; made once. `withheld`: as `scenes` has it."""
        return _questions(count, seed, withheld)

    def moved(self, asked: Questions) -> Questions:
        """The same questions of the same scenes, their objects in other cells."""
        found = asked.scenes.moved(torch.Generator().manual_seed(_HELD_OUT))
        return Questions(found, self.batch(found))


def places() -> list[int]:
    """Where the answers to the eight questions are read: at the last word of each."""
    return list(range(ASKED - 1, 2 * OBJECTS * ASKED, ASKED))


def looked(record: TransformerRecord, asked: Questions) -> tuple[Tensor, Tensor]:
    """Of the weight that a question gives to patches, the share on the object's; and 1 where that is the strongest
    patch, else 0: both [scene, question, layer, head]."""
    words = asked.batch.ids.shape[1]
    weights = torch.stack([block.attention.weights for block in record.blocks])  # [layer, scene, head, query, key]
    rows = weights[..., places(), words:]  # [layer, scene, head, question, patch]
    cells = asked.cells[None, :, None, :, None].expand(*rows.shape[:-1], 1)
    share = rows.gather(-1, cells)[..., 0] / rows.sum(-1)
    top = (rows.argmax(-1) == cells[..., 0]).float()
    return share.permute(1, 3, 0, 2), top.permute(1, 3, 0, 2)


@cache
def _questions(count: int, seed: int, withheld: bool) -> Questions:
    found = scenes(count, _HELD_OUT + 1000 + seed, withheld=withheld)
    return Questions(found, PictureTask().batch(found))
