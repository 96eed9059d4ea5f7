"""Pictures as a task: answer a question about a scene; "which digit is red?", "which colour is the 7?".

A scene of `attnviz.training.scenes` shows four digits of four colours, and each is asked for twice, by its colour and
by its digit. Where the object is that is asked for is known, so it can be counted how often a head looks at its patch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from attnviz.networks.picture_transformer import PictureTransformer
from attnviz.training.pictures.looking import HALF, SceneTask
from attnviz.training.pictures.wording import BESIDE, OTHERWISE, Wording
from attnviz.training.scenes import COLOURS, DIGITS, Scenes
from attnviz.training.tasks import HeldOut
from attnviz.training.vocabulary import SPECIALS, Vocabulary

KINDS = ("digit", "colour")  # what is asked: the digit of a colour, the colour of a digit


class PictureTask(SceneTask):
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
    learned: ClassVar[str] = "colour"
    recipe: ClassVar[Mapping[str, float]] = {"layers": 1, "heads": 2, "steps": 3000, "decay": 0.001}
    kinds: ClassVar[Mapping[str, str]] = {"colour": "digit", "digit": "colour"}
    question: ClassVar[str] = "which digit is red?"
    shown: ClassVar[Sequence[int]] = (2, 4, 1, 3, 5, 8, 10, 12, 15, 0)  # of the last it takes a digit for another
    wording: ClassVar[Wording | None] = Wording(
        {"digit": tuple(COLOURS), "colour": DIGITS},
        "one digit by its colour, or for one colour by its digit",
        f"Ask “which digit is red?” ({', '.join(COLOURS)}) or “which colour is the 7?” (0 to 9).",
        OTHERWISE,
        BESIDE,
    )
    vocabulary = Vocabulary((*SPECIALS, *KINDS, *COLOURS, *DIGITS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"asked": KINDS, "colour": tuple(COLOURS), "digit": DIGITS}

    def asked(self, some: Scenes) -> tuple[Tensor, Tensor, Tensor]:
        """Each object by its colour, then each by its digit."""
        first_colour, first_digit = (self.vocabulary.id(kind[0]) for kind in (tuple(COLOURS), DIGITS))
        colours, digits = some.colours + first_colour, some.digits + first_digit
        kinds = [torch.full_like(colours, self.vocabulary.id(kind)) for kind in KINDS]
        ids = torch.cat([torch.stack([kinds[0], colours], -1), torch.stack([kinds[1], digits], -1)], 1)
        things = torch.arange(colours.shape[1]).repeat(2).expand(len(some), -1)
        return ids, things, torch.cat([digits, colours], 1)

    def questions_of(self, some: Scenes) -> tuple[str, ...]:
        colours = [f"which digit is {tuple(COLOURS)[int(one)]}?" for one in some.colours[0]]
        return (*colours, *(f"which colour is the {int(one)}?" for one in some.digits[0]))

    def examine(self, model: PictureTransformer) -> dict[str, float]:
        chosen_on, asked = self.questions(HALF, 1), self.questions(HALF, 2)
        first, whole = self.measure(model, questions=chosen_on), self.measure(model, questions=asked)
        figures = self.overall(model, whole)
        moved = self.measure(model, questions=self.moved(asked))
        for name in self.kinds:
            layer, head = at = first.best_head(name)
            without = self.without(model, [at], asked)
            figures |= self.head(name, at, whole) | {
                f"{name} head: top patch is the object’s, moved to another cell": moved.heads[f"{name}, top"][layer][
                    head
                ],
                f"questions by {name}: right": whole.figures[f"{name} questions"],
                f"{name} head off: questions by colour right": without["colour questions"],
                f"{name} head off: questions by digit right": without["digit questions"],
            }
        return figures | self.cut(model, asked)
