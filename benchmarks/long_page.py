"""The longest texts on the page: SmolLM2 on 4,096 tokens, from Enter to its pictures drawn against the forward pass
alone, in turn; what is sent before that; and what a choice costs there."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import torch

from attnviz import AttnvizError, load_model
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.twins import with_attention
from attnviz.request import Text
from benchmarks.driven import Driven, chromium
from benchmarks.explorer import row
from benchmarks.texts import text_of
from benchmarks.writing import SIZES, save
from tests.browser.serving import served_app

MODEL = "smollm2"
TOKENS = 4096
NETWORKS = ("eager", "sdpa")


def long_page_rows(texts: int = 3, choices: int = 20) -> list[str]:
    """The table's rows. The forward pass is transformers' own, on one thread, as the server's."""
    torch.set_num_threads(1)
    with _model() as (model, asked, called):
        settings = {} if asked == MODEL else {"ATTNVIZ_MODELS": asked}
        with served_app(**settings) as url, chromium() as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            driven = Driven(page, url)
            driven.open("the cat sat on a mat", model=asked)
            what = f"{called}, {TOKENS:,} tokens"
            return [*_texts(driven, model, what, texts), *_choices(driven, what, choices)]


@contextmanager
def _model() -> Iterator[tuple[PretrainedModel, str, str]]:
    """SmolLM2, how the page is asked for it, and what its rows are called; where it is not installed, a random Llama
    of its size."""
    with tempfile.TemporaryDirectory() as folder:
        asked = called = MODEL
        try:
            model = load_model(MODEL, device="cpu")
        except AttnvizError:
            asked, called = folder, "135 M parameters (30 layers × 9 heads)"
            save(Path(folder), SIZES[called], places=TOKENS)
            model = load_model(folder, device="cpu")
        assert isinstance(model, PretrainedModel)
        yield model, asked, called


def _texts(driven: Driven, model: PretrainedModel, what: str, count: int) -> list[str]:
    """New texts: how long until they are drawn, and what is sent until then."""
    networks = [with_attention(model.network, one) for one in NETWORKS]
    waits: list[float] = []
    sent: list[float] = []
    forwards: list[list[float]] = [[] for _ in networks]
    for variant in range(count + 1):
        text = _text(model, variant)
        before = driven.received
        waited = driven.enter(text) / 1000
        until_drawn = (driven.received - before) / 1e6
        driven.settle()
        if driven.tokens != TOKENS:
            raise RuntimeError(f"{driven.tokens} tokens, not {TOKENS}")
        times = [_forward(network, model, text) for network in networks]
        if variant:  # the first one warms up
            waits.append(waited)
            sent.append(until_drawn)
            for kept, time in zip(forwards, times, strict=True):
                kept.append(time)
    return [
        *(
            f"| Enter to all heads drawn ÷ transformers’ {network} forward pass alone, {what} ({count} texts) | | "
            f"{statistics.median(a / b for a, b in zip(waits, alone, strict=True)):.2f} "
            f"({statistics.median(waits):.1f} s ÷ {statistics.median(alone):.1f} s) | |"
            for network, alone in zip(NETWORKS, forwards, strict=True)
        ),
        row(f"sent to the page until they are drawn, {what}", "", sent, "MB", 2),
    ]


def _choices(driven: Driven, what: str, count: int) -> list[str]:
    """What the page computes and draws for another word, and for another head of a layer that it has the vectors of."""
    layer: int = driven.page.evaluate("() => bench.explorer().state.layer")
    heads = [head for one, head in driven.heads if one == layer]
    driven.choose([{"head": head} for head in heads])  # as often as they are drawn, so is it fast
    changes: dict[str, list[dict[str, Any]]] = {
        "word": [{"query": token} for token in Random(0).sample(range(driven.tokens), count)],
        "head": [{"head": heads[i % len(heads)]} for i in range(count)],
    }
    rows = []
    for kind, asked in changes.items():
        before = driven.received
        found = driven.choose(asked)
        driven.settle()
        sent = (driven.received - before) / count / 1e6
        said = f"another {kind}, {what} ({count} choices)"
        rows += [
            row(f"own time of a redraw, {said}", "", [one["own"] for one in found], "ms", 1),
            row(f"a choice to its frame on the screen, {said}", "", [one["frame"] for one in found], "ms", 1),
            row(f"sent to the page for a choice, {said}", "", [sent], "MB", 3),
        ]
    return rows


def _text(model: PretrainedModel, variant: int) -> str:
    """Of as many tokens of the model's as it reads."""
    text = text_of(2 * TOKENS, variant)
    tokens, _ = model.tokens_of(Text(text, most=TOKENS))
    return text[: tokens.cut]


def _forward(network: Any, model: PretrainedModel, text: str) -> float:
    """Seconds of one, without logits."""
    tokens, _ = model.tokens_of(Text(text, most=TOKENS))
    ids = torch.tensor([tokens.ids])
    start = perf_counter()
    with torch.inference_mode():
        network(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    return perf_counter() - start
