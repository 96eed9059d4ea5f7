"""Two hops: "which digit is left of the red one?" The digit that is asked for is named by another, beside which it
stands. To find it takes two layers: in the first, patches learn what stands beside them; in the second, the question
finds the patch that has what it asks for on the side that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from attnviz.networks.picture_transformer import PictureTransformer
from attnviz.training.measures import head_weights
from attnviz.training.pictures.looking import HALF, Questions, SceneTask, looked
from attnviz.training.pictures.wording import BESIDE, Wording
from attnviz.training.scenes import ACROSS, COLOURS, DIGITS, Layout, Scenes
from attnviz.training.tasks import HeldOut
from attnviz.training.vocabulary import SPECIALS, Vocabulary
from attnviz.transformer import TransformerRecord

SIDES = {"left": (0, -1), "right": (0, 1), "above": (-1, 0), "below": (1, 0)}  # rows and columns from the named one
ASKED = 6  # questions about a scene: of four digits that stand together so many at least have an answer


class BesideTask(SceneTask):
    """Say which digit stands beside one that is named by its colour."""

    name: ClassVar[str] = "beside"
    title: ClassVar[str] = "Two hops: which digit is left of the red one?"
    offered: ClassVar[str] = "Trained here · two hops"
    in_short: ClassVar[str] = "two hops in a picture: which digit is left of the red one?"
    explained: ClassVar[str] = (
        "Asked: which digit stands left or right of the one that has this colour, above or below it, of four digits "
        "that stand together among cuttings of others. Where the answer stands is known, so it can be counted how "
        "often a head looks most at its patch. All are digits that it has never seen, and one of each scene is in a "
        "colour that it never had."
    )
    readable: ClassVar[str] = (
        "Pictures of 40 × 40 pixels with digits in cells of 8 × 8, asked as “which digit is left of the red one?”: "
        "left, right, above or below."
    )
    figures: ClassVar[dict[str, str]] = {
        "agreement": "answer right",
        "answer": "best head: share on the answer’s patch",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "answer right"},
        {"agreement": "always would be 1, guessing among the other digits of the scene 0.33"},
        "100 scenes of digits that it has never seen, one of each in a colour that it never had",
        "scenes it has never seen",
    )
    learned: ClassVar[str] = "answer"
    recipe: ClassVar[Mapping[str, float]] = {"layers": 2, "heads": 4, "d_model": 64, "steps": 2000, "decay": 0.01}
    layout: ClassVar[Layout] = Layout(cuttings=4, together=True)
    turn: ClassVar[float] = 0.5  # faster than where nothing is asked of places
    around: ClassVar[int] = 1  # else a question first learns to gather all digits of a scene, and goes no further
    patches: ClassVar[Sequence[str]] = ("the answer’s patch", "the named one’s patch", "another object’s patch")
    kinds: ClassVar[Mapping[str, str]] = {side: side for side in SIDES}
    question: ClassVar[str] = "which digit is left of the red one?"
    shown: ClassVar[Sequence[int]] = (55, 69, 54, 29, 48, 28, 59, 21, 46, 20)  # of the last it looks elsewhere
    wording: ClassVar[Wording | None] = Wording(
        {side: tuple(COLOURS) for side in SIDES},
        "the digit beside one of some colour",
        f"Ask “which digit is left of the red one?” ({', '.join(SIDES)}; {', '.join(COLOURS)}).",
        {"over": "above", "under": "below"},
        BESIDE | {"digit", "number", "one", "to", "on", "stands"},
    )
    vocabulary = Vocabulary((*SPECIALS, *SIDES, *COLOURS, *DIGITS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {
        "side": tuple(SIDES),
        "colour": tuple(COLOURS),
        "digit": DIGITS,
    }

    def asked(self, some: Scenes) -> tuple[Tensor, Tensor, Tensor]:
        """The first questions that have an answer; which object is named and on which side, in this order."""
        there = _beside(some).flatten(1)  # [scene, question]: the object there, or −1
        first = (there < 0).int().argsort(dim=1, stable=True)[:, :ASKED]  # those with an answer stand first
        named, sides = first // len(SIDES), first % len(SIDES)
        things, first_side = there.gather(1, first), next(iter(SIDES))
        colours = some.colours.gather(1, named) + self.vocabulary.id(next(iter(COLOURS)))
        ids = torch.stack([sides + self.vocabulary.id(first_side), colours], -1)
        return ids, things, some.digits.gather(1, things) + self.vocabulary.id(DIGITS[0])

    def questions_of(self, some: Scenes) -> tuple[str, ...]:
        said = {"left": "left of", "right": "right of"}
        there, colours = _beside(some)[0].tolist(), [tuple(COLOURS)[int(one)] for one in some.colours[0]]
        return tuple(
            f"which digit is {said.get(side, side)} the {colour} one?"
            for colour, beside in zip(colours, there, strict=True)
            for side, thing in zip(SIDES, beside, strict=True)
            if thing >= 0
        )

    def kinds_of(self, asked: Questions) -> dict[str, Tensor]:
        return {"answer": torch.ones_like(asked.things, dtype=torch.bool), **super().kinds_of(asked)}

    def named(self, asked: Questions) -> Tensor:
        """[scene, question]: the object that is named by its colour."""
        colours = asked.batch.ids[:, asked.places] - self.vocabulary.id(next(iter(COLOURS)))
        return (asked.scenes.colours[:, None] == colours[..., None]).int().argmax(-1)

    def looks(self, record: TransformerRecord, asked: Questions) -> dict[str, Tensor]:
        named = Questions(asked.scenes, asked.batch, self.named(asked))
        shares, _ = looked(record, named)
        words, scene = asked.batch.ids.shape[1], torch.arange(len(asked.scenes))[:, None]
        between = head_weights(record)[:, scene, :, words + asked.cells, words + named.cells]
        return {"named": shares.mean((0, 1)), "between": between.mean((0, 1))}

    def whose(self, asked: Questions) -> Tensor:
        return torch.where(asked.things == 0, 0, torch.where(self.named(asked) == 0, 1, 2))

    def examine(self, model: PictureTransformer) -> dict[str, float]:
        chosen_on, asked = self.questions(HALF, 1), self.questions(HALF, 2)
        at = self.measure(model, questions=chosen_on).best_head("answer")
        whole = self.measure(model, questions=asked)
        last = model.config.layers - 1
        layers = [[(layer, head) for head in range(model.config.heads)] for layer in range(last + 1)]
        return {
            **self.overall(model, whole),
            **{f"questions for what is {side}: right": whole.figures[f"{side} questions"] for side in SIDES},
            **self.head("answer", at, whole),
            "answer head: share on the named one’s patch": whole.heads["named"][at[0]][at[1]],
            "first layer, mean of heads: weight from the answer’s patch to the named one’s": (
                sum(whole.heads["between"][0]) / model.config.heads
            ),
            "answer head off: answer right": self.without(model, [at], asked)["agreement"],
            "first layer off: answer right": self.without(model, layers[0], asked)["agreement"],
            "last layer off: answer right": self.without(model, layers[last], asked)["agreement"],
            **self.cut(model, asked),
        }


def _beside(some: Scenes) -> Tensor:
    """[scene, object, side]: which object stands there, or −1 where none does."""
    rows, columns = some.cells // ACROSS, some.cells % ACROSS
    found = []
    for down, across in SIDES.values():
        is_there = (rows[:, None] == (rows + down)[..., None]) & (columns[:, None] == (columns + across)[..., None])
        found.append(torch.where(is_there.any(-1), is_there.int().argmax(-1), -1))  # is_there: [scene, object, object]
    return torch.stack(found, -1)
