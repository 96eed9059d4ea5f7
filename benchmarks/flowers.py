"""Does DINOv2's [CLS] look at what the picture is of? A flower is pasted on blurred grounds, at a place drawn anew.

    python -m benchmarks flowers

In the last layer, in the mean of its heads, the largest weight of [CLS] on a patch should lie on the flower. The flower
and the grounds are cut from scikit-learn's two photographs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from sklearn.datasets import load_sample_image

from attnviz.models import Model, load_model
from attnviz.tokens import PatchToken

COUNT = 24
SIDE, SIZE = 224, 64  # pixels of the picture, and of the flower
_BLOOM = (185, 100, 445, 360)  # the flower's square in its photograph
_BLUR = 14


@dataclass(frozen=True)
class Pasted:
    """A picture, and where the flower is on it."""

    picture: NDArray[np.uint8]
    x: int
    y: int

    def is_on(self, patch: PatchToken) -> bool:
        """Whether a patch's middle lies within the flower."""
        x, y, width, height = patch.box
        half = SIZE / 2
        return bool(np.hypot(x + width / 2 - self.x - half, y + height / 2 - self.y - half) <= half)


def pasted(count: int = COUNT, seed: int = 0) -> Iterator[Pasted]:
    """So many of them."""
    drawn = np.random.default_rng(seed)
    flower, temple = (Image.fromarray(load_sample_image(name)) for name in ("flower.jpg", "china.jpg"))
    bloom = flower.crop(_BLOOM).resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    mask = Image.new("L", (SIZE, SIZE))
    ImageDraw.Draw(mask).ellipse((0, 0, SIZE - 1, SIZE - 1), fill=255)
    for i in range(count):
        whole = temple if i % 2 else ImageOps.flip(flower)
        left, top = (int(drawn.integers(length - 300)) for length in whole.size)
        ground = whole.crop((left, top, left + 300, top + 300)).resize((SIDE, SIDE))
        ground = ground.filter(ImageFilter.GaussianBlur(_BLUR))
        x, y = (int(one) for one in drawn.integers(SIDE - SIZE, size=2))
        ground.paste(bloom, (x, y), mask)
        yield Pasted(np.asarray(ground), x, y)


def found(model: Model, one: Pasted) -> tuple[bool, float, float]:
    """Whether the largest weight lies on the flower; its share of the weight on patches; and of the patches."""
    trace = model.trace(one.picture)
    row = trace.layers[-1].weights.mean(0)[0]
    patches = [(i, token) for i, token in enumerate(trace.columns) if isinstance(token, PatchToken)]
    on = [i for i, token in patches if one.is_on(token)]
    best = max((i for i, _ in patches), key=lambda i: float(row[i]))
    whole = float(row[[i for i, _ in patches]].sum())
    return best in on, float(row[on].sum()) / whole, len(on) / len(patches)


def flower_rows() -> list[str]:
    """The lines of its table."""
    model = load_model("dinov2", device="cpu")
    all_found = [found(model, one) for one in pasted()]
    hits = sum(is_on for is_on, _, _ in all_found)
    share, chance = (sum(one[i] for one in all_found) / len(all_found) for i in (1, 2))
    what = "DINOv2, last layer, mean of heads: the largest weight of [CLS] on a patch lies on the pasted flower"
    return [
        f"| {what} | ≥ 23 of 24 | {hits} of {COUNT} | |",
        f"| the flower's share of the weight on patches (of the patches it is {chance:.0%}) | | {share:.0%} | |",
    ]
