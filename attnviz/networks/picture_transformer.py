"""The from-scratch transformer that is asked about a picture: a question of two words, and the patches of the picture.
In the place of a question may stand [CLS] alone.

    embedded = [E[words]; patches · W + b]              # [token, d_model]: the question first, then patch after patch
    … the blocks of `attnviz.transformer` …             # positions turn by row and by column; a question stands still
    logits   = norm(x) Eᵀ + b                           # read at the last word of the question: the answer

Patches as tokens are those of Dosovitskiy et al. 2021 ("An Image is Worth 16x16 Words", section 3.1). A patch looks at
patches, a question at itself and at all patches: so many questions may be asked of one picture in one pass, each as if
it were alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from attnviz.changes.applying import is_unplaced
from attnviz.errors import AttnvizError
from attnviz.positions import grid_angles
from attnviz.request import Change
from attnviz.transformer import Drop, Transformer, TransformerConfig, TransformerRecord

CHANNELS = 3  # red, green, blue


@dataclass(frozen=True)
class PictureConfig(TransformerConfig):
    """Everything that fixes its shape. `vocabulary` is of the questions and of the answers. Impossible ones are refused
    with a sentence."""

    side: int = 40  # pixels of a picture's side
    patch: int = 8  # pixels of a patch's side
    asked: int = 2  # words of a question: what is asked ("digit"), and of which ("red"); 1: [CLS] alone
    turn: float = 1.0  # radians by which rotary positions turn their fastest pair from a cell to the next
    around: int = 0  # steps from cell to cell that a patch looks before the last layer, and a question none; 0: all

    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {
        **TransformerConfig.LIMITS,
        "side": (1, 512),
        "patch": (1, 64),
        "asked": (1, 8),
        "around": (0, 1024),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.side % self.patch:
            raise AttnvizError(f"Patches of {self.patch} pixels do not fill a side of {self.side}.")
        if self.d_head % 4:
            raise AttnvizError(
                f"Half the pairs of a head turn by row and half by column, and d_head {self.d_head} is no multiple of "
                "4: choose a larger d_model, or fewer heads."
            )
        if (self.positions, self.causal) != ("rotary", False):
            raise AttnvizError("A model that is asked about pictures has rotary positions, and looks both ways.")

    @property
    def across(self) -> int:
        """Patches in a row, and rows of patches."""
        return self.side // self.patch

    @property
    def patches(self) -> int:
        """Patches of a picture."""
        return self.across**2

    def network(self, *, seed: int = 0) -> PictureTransformer:
        return PictureTransformer(self, seed=seed)


class PictureTransformer(Transformer):
    """A question and a picture to probabilities of the answer."""

    config: PictureConfig

    def __init__(self, config: PictureConfig, *, seed: int = 0) -> None:
        super().__init__(config, seed=seed)
        generator = torch.Generator().manual_seed(seed + 1)
        numbers = CHANNELS * config.patch**2
        self.w_patch = nn.Parameter(torch.randn(numbers, config.d_model, generator=generator) / math.sqrt(numbers))
        self.b_patch = nn.Parameter(torch.zeros(config.d_model))

    def forward(  # type: ignore[override]  # it reads more than words
        self,
        ids: Tensor,
        *,
        pictures: Tensor,
        is_token: Tensor | None = None,
        drop: Drop | None = None,
        changes: Collection[Change] = (),
    ) -> TransformerRecord:
        """Questions, the ids [..., word] of `asked` words each, and pictures [..., row, column, channel] of 0 to 255,
        to a record of every stage: of the words first, then of the patches. All pictures have as many patches, so
        nothing is filled up, and `is_token` says nothing here.

        Raises:
            AttnvizError: a picture of another size, a change that it cannot take, a head or token that is not there.
        """
        side, asked = self.config.side, self.config.asked
        if pictures.shape[-3:] != (side, side, CHANNELS) or ids.shape[-1] % asked:
            raise AttnvizError(
                f"A picture is {side} × {side} × {CHANNELS} numbers, and a question {asked} words; here are "
                f"{' × '.join(map(str, pictures.shape[-3:]))} and {ids.shape[-1]}."
            )
        seen = patches_of(pictures, self.config.patch) / 255 @ self.w_patch + self.b_patch
        embedded = torch.cat([self.embedding[ids] * self.config.factor, seen], dim=-2)
        return self.through(embedded, drop=drop, changes=changes)

    def mask(self, n: int, is_token: Tensor | None = None) -> Tensor:
        """[query, key]: 0 from patch to patch, and from a word to its own question and to all patches."""
        words = n - self.config.patches
        question = torch.arange(n, device=self.embedding.device) // self.config.asked
        is_patch = torch.arange(n, device=self.embedding.device) >= words
        seen = is_patch | (question[:, None] == question) & ~is_patch[:, None]
        return torch.zeros(n, n, device=self.embedding.device).masked_fill(~seen, -math.inf)

    def masks(self, n: int, is_token: Tensor | None = None) -> list[Tensor | None]:
        """The last layer's is `mask`; that of those before, where the model looks around, hides from a patch what is
        farther, and from a word all patches."""
        last = self.mask(n, is_token)
        if not self.config.around:
            return [last] * self.config.layers
        before, words = last.clone(), n - self.config.patches
        before[:, words:] = -math.inf
        before[words:, words:] = torch.where(steps_apart(self.config.across) <= self.config.around, 0.0, -math.inf)
        return [*[before] * (self.config.layers - 1), last]

    def angles(self, n: int, changes: Collection[Change] = ()) -> Tensor | None:
        """[token, d_head / 2]: of the words 0, of the patches by row and by column."""
        if is_unplaced(changes):
            return None
        across = self.config.across
        turned = self.config.turn * grid_angles(across, across, self.config.d_head)
        still = torch.zeros(n - len(turned), turned.shape[-1])
        return torch.cat([still, turned]).to(self.embedding.device)


def steps_apart(across: int) -> Tensor:
    """[cell, cell]: how many steps it is from one to the other on a grid of so many rows and columns, each step to the
    cell left, right, above or below.

    >>> steps_apart(2)
    tensor([[0, 1, 1, 2],
            [1, 0, 2, 1],
            [1, 2, 0, 1],
            [2, 1, 1, 0]])
    """
    places = torch.cartesian_prod(torch.arange(across), torch.arange(across))  # [cell, row and column]
    return (places[:, None] - places).abs().sum(-1)


def patches_of(pictures: Tensor, patch: int) -> Tensor:
    """[..., row, column, channel] to [..., patch, numbers]: patches row by row, and in each its pixels row by row.

    >>> patches_of(torch.arange(16.0).view(4, 4, 1), 2)[1]
    tensor([2., 3., 6., 7.])
    """
    *leading, rows, columns, channels = pictures.shape
    cut = pictures.reshape(*leading, rows // patch, patch, columns // patch, patch, channels)
    return cut.transpose(-4, -3).flatten(-3).flatten(-3, -2)
