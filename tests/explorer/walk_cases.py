"""The models, texts and changes whose walks are held: from scratch, trained, random and pretrained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attnviz.client.models import packed_model
from attnviz.models import load_model
from tests.explorer.walking import Told, Walked, Walks, walked
from tests.support.tiny import SENTENCE, save_tiny
from tests.support.trained import trained_with

TEXT = "The cat, which was near the dogs, sat on the mat."
TEXTS = {
    "induction": ["boy old lantern lion . boy old lantern"],
    "grammar": [TEXT, "the cat [MASK] on the mat", "Hello"],
}
DESIGNS: dict[str, dict[str, Any]] = {
    "post-norm, sinusoidal, untied": {"norm": "post", "positions": "sinusoidal", "tied": False, "layers": 3},
    "learned, causal": {"positions": "learned", "causal": True, "d_model": 24, "heads": 3},
    "one head, one layer, post-norm, attention only": {"heads": 1, "layers": 1, "norm": "post", "d_ff": 0},
    "no positions, causal": {"positions": "none", "causal": True, "d_ff": 7, "d_model": 16, "heads": 2},
    "no positions": {"positions": "none", "d_model": 8, "heads": 8, "layers": 1},
}
CHANGES: list[dict[str, Any]] = [
    {"mask": {"kind": "window", "width": 2}, "root": False},
    {"mask": {"kind": "dilated", "width": 4, "step": 2}, "temperature": 0.5},
    {"normalizer": "relu", "mask": {"kind": "causal"}},
    {"normalizer": "polynomial", "temperature": 2},
    {"normalizer": "hard"},
    {"places": False},
    {"mask": {"kind": "bidirectional"}},
]
PRETRAINED = (0, 5)  # layers of MiniLM
FAMILIES = ("t5", "llama", "gpt2")  # scores with a bias; heads that share keys, turned by their place; a causal mask


@dataclass(frozen=True)
class Case:
    """A model, and its walks: by layer, or of all layers."""

    model: Any
    told: Told

    def like(self, walk: Walked, **where: int) -> Walked:
        """The walk of the same run through another layer or head."""
        own = {name: walk.asked.get(name) for name in ("text", "changes", "layer", "head")} | where
        return next(one for one in self.told.walks if all(one.asked.get(name) == own[name] for name in own))


def places(text: str, n: int, layers: range, heads: int, **more: Any) -> list[dict[str, Any]]:
    """A walk for each head, each with another query and key."""
    return [
        {"text": text, "layer": i, "head": h, "query": (3 * i + 5 * h + 2) % n, "key": (7 * h + i) % n, **more}
        for i in layers
        for h in range(heads)
    ]


def walks_of(model: Any, texts: list[str], **more: Any) -> list[dict[str, Any]]:
    found = []
    for text in texts:
        trace = model.trace(text)
        found += places(text, len(trace), range(len(trace.layers)), trace.layers[0].heads, **more)
    return found


def asked_of(name: str, model: Any) -> Walks:
    walks = walks_of(model, TEXTS.get(name, [TEXT]))
    if name == "grammar":
        for change in CHANGES:
            walks += walks_of(model, [TEXT], changes=change)
        walks.append({**walks[0], "upTo": 3})
    one = {"text": TEXT, "layer": 0, "head": 0, "query": 3, "key": 1}
    is_placed = name in ("grammar", "random")
    return Walks(
        packed_model(model, model.request(TEXT)),
        walks,
        [{"text": TEXT, "seed": seed} for seed in range(4)] if is_placed else [],
        [{**one, "weight": weight} for weight in (0.0, 0.4, 1.0)] if model.predicts else [],
    )


def walked_cases(minilm: Any, node: str, folder: Path) -> dict[str, Case]:
    """All of them, in one run of Node."""
    models = {name: load_model(name, device="cpu") for name in ("grammar", "induction", "random")}
    models |= {name: trained_with(seed, **design) for seed, (name, design) in enumerate(DESIGNS.items())}
    options = {"heads": 2, "d_model": 24, "causal": True, "scaling": False, "temperature": 0.7, "positions": False}
    models["random, otherwise"] = load_model("random", device="cpu", seed=7, **options)
    asked = {name: asked_of(name, model) for name, model in models.items()}
    trace = minilm.trace(TEXT)
    for layer in PRETRAINED:
        name = f"minilm, layer {layer}"
        models[name] = minilm
        packed = packed_model(minilm, trace.request, layer=layer)
        asked[name] = Walks(packed, places(TEXT, len(trace), range(layer, layer + 1), 12))
    for family in FAMILIES:
        models[family] = model = load_model(str(save_tiny(folder / family, family)), device="cpu")
        packed = packed_model(model, model.request(SENTENCE), layer=1)
        asked[family] = Walks(packed, places(SENTENCE, len(model.trace(SENTENCE)), range(1, 2), 4))
    alone = minilm.trace("Hello")
    models["minilm, a word"] = minilm
    asked["minilm, a word"] = Walks(packed_model(minilm, alone.request), places("Hello", 3, range(1), 12))
    models["random, a word"] = models["random"]
    packed = packed_model(models["random"], models["random"].request("Hello"))
    asked["random, a word"] = Walks(packed, places("Hello", 1, range(1), 4))
    told = walked(node, folder, list(asked.values()))
    return {name: Case(models[name], one) for name, one in zip(asked, told, strict=True)}


def every(cases: dict[str, Case]) -> list[tuple[str, Case, Walked]]:
    return [(f"{name}: {walk.asked}", case, walk) for name, case in cases.items() for walk in case.told.walks]
