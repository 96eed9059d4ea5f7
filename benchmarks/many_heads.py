"""A model of 270 heads on the page: from Enter to all of them drawn, against the model's own forward pass, in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from itertools import count
from time import perf_counter
from typing import Any

import torch
from playwright.sync_api import Browser

from attnviz.models.names import Packaged
from attnviz.models.pretrained.loading import load_pretrained
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.models.pretrained.twins import with_attention
from benchmarks.driven import Driven, chromium
from benchmarks.texts import text_of
from tests.browser.serving import served_app

MODEL = "smollm2"
LENGTHS = (128, 512)
HEADS = 270
MUST, MUST_SEND = 1.25, 1.5


def many_heads_rows(texts: int = 8) -> list[str]:
    """The table's rows. The forward pass is transformers' eager one, on one thread, as the server's."""
    torch.set_num_threads(1)
    model = load_pretrained(Packaged(MODEL), device="cpu")
    assert isinstance(model, PretrainedModel)
    with served_app() as url, chromium() as browser:
        return [row for tokens in LENGTHS for row in _of_length(browser, url, model, tokens, texts)]


def _of_length(browser: Browser, url: str, model: PretrainedModel, tokens: int, texts: int) -> list[str]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    driven = Driven(page, url)
    driven.open(_text(model, tokens, 0), model=MODEL)
    networks = (model.eager, with_attention(model.with_words, "eager"))
    waits: list[float] = []
    forwards: dict[str, list[float]] = {"without logits": [], "with its logits": []}
    sent: list[float] = []
    for variant in range(1, texts + 3):
        text = _text(model, tokens, variant)
        before = driven.received
        waited = driven.enter(text)
        until_drawn = driven.received - before
        driven.settle()
        if driven.tokens != tokens or len(driven.heads) != HEADS:
            raise RuntimeError(f"{driven.tokens} tokens and {len(driven.heads)} heads, not {tokens} and {HEADS}")
        times = [_milliseconds(_forward(model, text, of)) for of in networks]
        if variant > 2:  # the first ones warm up
            waits.append(waited)
            sent.append(until_drawn / 1e6)
            for kept, time in zip(forwards.values(), times, strict=True):
                kept.append(time)
    page.close()
    what = f"{MODEL}, {tokens} tokens ({texts} texts)"
    wait = statistics.median(waits)
    return [
        *(
            f"| Enter to all {HEADS} heads drawn ÷ the forward pass alone, {name}, {what} | ≤ {MUST} | "
            f"{statistics.median(a / b for a, b in zip(waits, alone, strict=True)):.2f} ({wait:.0f} ms ÷ "
            f"{statistics.median(alone):.0f} ms) | |"
            for name, alone in forwards.items()
        ),
        f"| sent to the page until they are drawn, {what} | ≤ {MUST_SEND} MB | {statistics.median(sent):.2f} MB | |",
    ]


def _forward(model: PretrainedModel, text: str, network: Any) -> Callable[[], None]:
    ids = torch.tensor([_ids(model, text)])

    def run() -> None:
        with torch.inference_mode():
            network(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)

    return run


def _ids(model: PretrainedModel, text: str) -> list[int]:
    return [token.id for token in model.tokens_of(model.request(text).input)[0].of_text]


def _text(model: PretrainedModel, tokens: int, variant: int) -> str:
    """Of that many tokens of the model's: words of the other measurements' texts, as many as fit, and full stops."""
    words = text_of(tokens + 2, variant).split()
    for kept in count(len(words), -1):
        text = " ".join(words[:kept])
        if (missing := tokens - len(_ids(model, text))) >= 0:
            return text + " a" * missing
    raise AssertionError


def _milliseconds(run: Callable[[], None]) -> float:
    start = perf_counter()
    run()
    return 1000 * (perf_counter() - start)
