"""One architecture that looks at pictures: what attnviz shows of a picture (and of a text, where the model reads one
beside it), held against transformers' own eager attention on the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

import attnviz
from attnviz.contents import Pixels
from attnviz.models.names.places import PICTURE_KINDS, TOWER_KINDS
from benchmarks.architecture_check import TEXT, TOLERANCE, Architecture, Outcome, eager, largest

SEEN = "of a picture"  # what an outcome says of such a model


def looks(architecture: Architecture) -> bool:
    """Whether it is of a kind that is shown of a picture."""
    return architecture.model_type in PICTURE_KINDS + TOWER_KINDS


@torch.no_grad()
def compare_seen(model_class: Any, folder: Path) -> Outcome:
    """What attnviz shows of the model in the folder, against transformers."""
    try:
        shown: Any = attnviz.load_model(folder, device="cpu")
        sees = shown.image if shown.compares else shown
        side = sees.preparation.side
        pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
        trace = shown.trace(pixels, question=TEXT if shown.compares else None)
    except attnviz.AttnvizError as error:
        return Outcome("refused", str(error).replace(str(folder), "FOLDER").replace(folder.name, "FOLDER"))
    except Exception as error:  # what no person may see
        return Outcome("raw", f"{type(error).__name__}: {error}")
    given = sees.given(Pixels.of(pixels))
    if shown.compares:
        given["input_ids"] = torch.tensor([[token.id for token in trace.inputs["text"].of_text]])
    found = eager(model_class, folder)(**given, output_attentions=True)
    parts = {"image": found.vision_model_output, "text": found.text_model_output} if shown.compares else {"": found}
    theirs = {part: [weights[0] for weights in one.attentions] for part, one in parts.items()}
    layers, heads = len(trace.every_layer), trace.every_layer[0].heads
    if {part: len(one) for part, one in trace.parts.items()} != {part: len(one) for part, one in theirs.items()}:
        return Outcome("wrong", f"{SEEN}, {layers} layers are shown; transformers has others")
    pairs = [(a.weights, b) for part, one in trace.parts.items() for a, b in zip(one, theirs[part], strict=True)]
    off = max(largest(ours - weights) for ours, weights in pairs)
    spread = max(largest(weights - 1 / (weights > 0).sum(-1, keepdim=True)) for _, weights in pairs)
    if off > TOLERANCE:
        return Outcome("wrong", f"{SEEN}, weights are off by {off:.2g}", off, layers, heads, spread)
    return Outcome("shown", SEEN, off, layers, heads, spread)
