"""A question of two steps about a scene: "which digit is left of the red one?".

Four digits stand side by side in some way, among cuttings of others. A patch says nothing of where it stands: its place
turns queries and keys, and no values. So each patch has first to look at those beside it, and the question then looks
for the patch that has red to its right. That takes two layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from attnviz.picture_transformer import PictureTransformer
from attnviz.request import Unplaced
from attnviz.training.lexicon import SPECIALS
from attnviz.training.looking import HALF, Questions, SceneTask
from attnviz.training.measures import head_weights
from attnviz.training.scenes import COLOURS, DIGITS, DIRECTIONS, Layout, Scenes, beside
from attnviz.training.tasks import HeldOut
from attnviz.training.vocabulary import Vocabulary
from attnviz.training.wording import BESIDE, OTHERWISE, Wording
from attnviz.transformer import TransformerRecord

ASKED = 8  # questions about a scene: as many pairs as can stand side by side among four
_TO = {"left": "left of", "right": "right of", "above": "above", "below": "below"}


class BesideTask(SceneTask):
    """Say which digit stands beside one of a colour."""

    name: ClassVar[str] = "beside"
    title: ClassVar[str] = "Side by side: which digit is left of the red one?"
    offered: ClassVar[str] = "Trained here · digits side by side"
    in_short: ClassVar[str] = "questions of two steps about a picture: which digit is left of the red one?"
    explained: ClassVar[str] = (
        "Asked: which digit is left of, right of, above or below the one of a colour, of four side by side. In the "
        "first layer patches look at those beside them, in the second the question looks for the answer. Where each "
        "stands is known, so both are counted. All are digits that it has never seen, and one of each scene is in a "
        "colour that it never had."
    )
    readable: ClassVar[str] = (
        "Pictures of 40 × 40 pixels with digits in cells of 8 × 8, asked as “which digit is left of the red one?”: "
        "left of, right of, above, below."
    )
    figures: ClassVar[dict[str, str]] = {
        "agreement": "answer right",
        "answer": "best head: share on the patch of the answer",
        "neighbour": "best head: weight from there to the patch beside it that is named",
    }
    held_out: ClassVar[HeldOut] = HeldOut(
        {"agreement": "answer right"},
        {"agreement": "always would be 1, guessing 0.10"},
        "100 scenes of digits that it has never seen, one of each in a colour that it never had",
        "scenes it has never seen",
    )
    learned: ClassVar[str] = "answer"
    recipe: ClassVar[Mapping[str, float]] = {"layers": 2, "heads": 4, "d_model": 64, "steps": 2000, "decay": 0.01}
    layout: ClassVar[Layout] = Layout(together=True)
    turn: ClassVar[float] = 1.0  # fast: a neighbour is told from others by where it stands
    kinds: ClassVar[Mapping[str, str]] = {name: name for name in DIRECTIONS}
    question: ClassVar[str] = "which digit is left of the red one?"
    wording: ClassVar[Wording | None] = Wording(
        {name: tuple(COLOURS) for name in DIRECTIONS},
        "the digit beside one of a colour",
        f"Ask “which digit is left of the red one?” (left of, right of, above, below; {', '.join(COLOURS)}).",
        OTHERWISE | {"over": "above", "under": "below"},
        BESIDE | {"digit", "number", "one", "to", "stands"},
    )
    vocabulary = Vocabulary((*SPECIALS, *DIRECTIONS, *COLOURS, *DIGITS))
    categories: ClassVar[Mapping[str, Sequence[str]]] = {
        "where": tuple(DIRECTIONS),
        "colour": tuple(COLOURS),
        "digit": DIGITS,
    }

    def asked(self, some: Scenes) -> tuple[Tensor, Tensor, Tensor]:
        """Each pair that stands side by side, in both directions; the first again, where there are fewer."""
        directions, named, things = self.pairs(some)
        first_colour, first_digit = (self.vocabulary.id(kind[0]) for kind in (tuple(COLOURS), DIGITS))
        where = directions + self.vocabulary.id(next(iter(DIRECTIONS)))
        ids = torch.stack([where, some.colours.gather(1, named) + first_colour], -1)
        return ids, things, some.digits.gather(1, things) + first_digit

    def pairs(self, some: Scenes) -> tuple[Tensor, Tensor, Tensor]:
        """[scene, question], of each: the direction, the object that is named, and the one that stands there."""
        at, objects = some.cells, some.cells.shape[1]
        near = beside()[:, at[:, :, None], at[:, None, :]]  # [direction, scene, named, there]
        is_pair, directions = near.float().max(0)
        order = is_pair.flatten(1).argsort(dim=1, descending=True, stable=True)  # [scene, pair], those that are first
        count = is_pair.sum((1, 2)).long()[:, None]
        chosen = order.gather(1, torch.arange(ASKED) % count)
        return directions.flatten(1).gather(1, chosen), chosen // objects, chosen % objects

    def questions_of(self, some: Scenes) -> tuple[str, ...]:
        directions, named, _ = self.pairs(some)
        told = [
            f"which digit is {tuple(_TO.values())[direction]} the {tuple(COLOURS)[int(some.colours[0, thing])]} one?"
            for direction, thing in zip(directions[0].tolist(), named[0].tolist(), strict=True)
        ]
        return tuple(dict.fromkeys(told))

    def more_of(self, record: TransformerRecord, asked: Questions) -> dict[str, Tensor]:
        """From the patch of the answer, the weight on the patch that is named: over all, and by where that is asked."""
        words = asked.batch.ids.shape[1]
        weights = head_weights(record)[..., words:, words:]  # [layer, scene, head, patch, patch]
        _, named, _ = self.pairs(asked.scenes)
        scenes, to = torch.arange(len(named))[:, None], asked.scenes.cells.gather(1, named)
        on_it = weights.permute(1, 3, 4, 0, 2)[scenes, asked.cells, to]  # [scene, question, layer, head]
        tables = {"neighbour": on_it}
        for name, word in self.kinds.items():
            is_it = asked.first_words == self.vocabulary.id(word)
            tables[f"{name}, neighbour"] = on_it.masked_fill(~is_it[..., None, None], torch.nan)
        return tables

    def examine(self, model: PictureTransformer) -> dict[str, float]:
        chosen_on, asked = self.questions(HALF, 1), self.questions(HALF, 2)
        first, whole = self.measure(model, questions=chosen_on), self.measure(model, questions=asked)
        figures = self.overall(model, whole) | self.head("answer", first.best_head("answer"), whole)
        for name in self.kinds:
            layer, head = first.best_head(f"{name}, neighbour")
            figures |= {
                f"{name}-of head: layer": float(layer),
                f"{name}-of head: head": float(head),
                f"{name}-of head: weight on the patch that is named": whole.heads[f"{name}, neighbour"][layer][head],
                f"{name} questions: right": whole.figures[f"{name} questions"],
            }
        for layer in range(model.config.layers):
            heads = [(layer, head) for head in range(model.config.heads)]
            figures[f"all heads of layer {layer} off: answer right"] = self.without(model, heads, asked)["agreement"]
        unplaced = self.measure(model, [Unplaced()], asked).figures["agreement"]
        return figures | {"without positions: answer right": unplaced} | self.cut(model, asked)
