"""Links made at random: each is answered, and none with an error."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.serving.client import Client

WORDS = ("the", "cat", "dogs", "which", "sleeps", "[MASK]", "猫", "قطة", "🐈", "<b>", "%", "\0", "\n")
NUMBERS = ("0", "1", "3", "-1", "99", "9999999999", "1e3", "nan", "", "٣")
MODELS = ("grammar", "induction", "random", "minilm", "grammar-seed3-2x4-32-200", "/etc", "~nobody/x.safetensors", "\0")
HEADS = ("0.0", "1.0-1.3", "5.11-2.2", "999.999", "1", "-")
DrawnBy = Callable[[random.Random], str]


def one_of(*values: str) -> DrawnBy:
    return lambda drawn: drawn.choice(values)


def text(drawn: random.Random) -> str:
    return " ".join(drawn.choice(WORDS) for _ in range(drawn.choice([0, 1, 8, 300])))


PARAMS: dict[str, DrawnBy] = {
    **dict.fromkeys(("text", "pair", "sentence_b"), text),
    **dict.fromkeys(("model", "model_b"), one_of(*MODELS)),
    **dict.fromkeys(("layer", "head", "query", "key", "step", "seed", "layer_b", "head_b"), one_of(*NUMBERS)),
    **dict.fromkeys(("off", "over", "second"), one_of(*HEADS)),
    **dict.fromkeys(("specials", "positions", "causal", "scaling"), one_of("on", "off", "x")),
    "show": one_of("lines", "difference", "x"),
    "words": one_of("words", "joined", "x"),
    "filter": one_of("AA", "AB", "x"),
    "compare": one_of("heads", "sentences", "models", "x"),
    "d_model": one_of("16", "768", "17", "100000"),
    "heads": one_of("1", "3", "12", "64"),
    "temperature": one_of("0.05", "20", "nan", "inf", "-1"),
}


@pytest.mark.parametrize("page", ["", "compare", "train", "learn"])
def test_links_at_random_are_answered(server: str, page: str):
    drawn = random.Random(page)
    for _ in range(12):
        params = {name: draw(drawn) for name, draw in PARAMS.items() if drawn.random() < 0.35}
        assert Client(server, page, **params).open() == [], params
