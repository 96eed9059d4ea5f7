"""One digit among cuttings of others: which is it? Nothing is asked: [CLS] looks for the one digit that is whole, as it
does in a Vision Transformer that says what a picture is of (Dosovitskiy et al. 2021, section 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import ClassVar

import torch
from torch import Tensor

from attnviz.networks.picture_transformer import PictureTransformer
from attnviz.training.pictures.looking import HALF, SceneTask
from attnviz.training.scenes import DIGITS, Layout, Scenes
from attnviz.training.tasks import HeldOut
from attnviz.training.vocabulary import SPECIALS, START, Vocabulary


class DigitTask(SceneTask):
    """Say which digit is in a picture."""

    name: ClassVar[str] = "digit"
    title: ClassVar[str] = "One digit: which is it?"
    offered: ClassVar[str] = "Trained here · one digit"
    in_short: ClassVar[str] = "one digit in a picture: which is it?"
    explained: ClassVar[str] = (
        "One digit stands among cuttings of others, and nothing is asked: the model says which it is at a token of its "
        "own, [CLS]. Where the digit stands is known, so it can be counted how often a head looks most at its patch. "
        "All are digits that it has never seen, in colours that they never had."
    )
    readable: ClassVar[str] = "Pictures of 40 × 40 pixels with a digit in a cell of 8 × 8. Nothing is asked."
    figures: ClassVar[dict[str, str]] = {
        "agreement": "answer right",
        "digit": "best head: share on the digit’s patch",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "answer right"},
        {"agreement": "always would be 1, guessing 0.10"},
        "100 scenes of digits that it has never seen, each in a colour that it never had",
        "scenes it has never seen",
    )
    learned: ClassVar[str] = "digit"
    recipe: ClassVar[Mapping[str, float]] = {"layers": 1, "heads": 2, "steps": 800, "decay": 0.01}
    layout: ClassVar[Layout] = Layout(objects=1, cuttings=14)
    kinds: ClassVar[Mapping[str, str]] = {"digit": SPECIALS[START]}
    longest: ClassVar[int] = 1
    vocabulary = Vocabulary((*SPECIALS, *DIGITS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {"digit": DIGITS}

    def asked(self, some: Scenes) -> tuple[Tensor, Tensor, Tensor]:
        one = torch.zeros_like(some.digits)
        return (one + START)[..., None], one, some.digits + self.vocabulary.id(DIGITS[0])

    def questions_of(self, some: Scenes) -> tuple[str, ...]:
        return ()

    def examine(self, model: PictureTransformer) -> dict[str, float]:
        chosen_on, asked = self.questions(HALF, 1), self.questions(HALF, 2)
        at = self.measure(model, questions=chosen_on).best_head("digit")
        whole, moved = self.measure(model, questions=asked), self.measure(model, questions=self.moved(asked))
        every = list(product(range(model.config.layers), range(model.config.heads)))
        return {
            **self.overall(model, whole),
            **self.head("digit", at, whole),
            "digit head: top patch is the object’s, moved to another cell": moved.heads["digit, top"][at[0]][at[1]],
            "digit head off: answer right": self.without(model, [at], asked)["agreement"],
            "all heads off: answer right": self.without(model, every, asked)["agreement"],
            **self.cut(model, asked),
        }
