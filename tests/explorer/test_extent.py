"""Which traces are long: of them the page has rows and pictures, and no head's weights all at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from attnviz import PatchToken, Pixels, Request, Tokens, Trace
from attnviz.client.payloads import extent
from attnviz.request import Named, Picture
from tests.support.traces import layer_of, letters, translation_of


def test_few_words_that_look_at_very_many_moments_are_no_long_text():
    """Whisper hears 1,500 moments: what its few words look at is no more than a page can hold."""
    heard = translation_of(letters(600), letters(3))
    parts = {part: layers for part, layers in heard.parts.items() if part != "encoder"}
    assert extent.is_tiled(heard), "of the 600 that look at one another it shows rows"
    assert not extent.is_tiled(replace(heard, parts=parts))


def test_a_picture_of_many_patches_is_no_long_text():
    pixels = Pixels.of(np.zeros((24, 24, 3), dtype=np.uint8))
    patches = tuple(PatchToken(f"{i}", box=(i % 24, i // 24, 1, 1)) for i in range(24 * 24))
    assert len(patches) > extent.SQUARE
    layer = layer_of(*[torch.zeros(1, len(patches), 1)] * 2, queries=Tokens("image", patches, pixels))
    seen = Trace(Request(Picture(pixels, ""), Named("made")), {"": (layer,)}, {"image": torch.zeros(len(patches), 2)})
    assert not extent.is_tiled(seen)
