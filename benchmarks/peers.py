"""How long attnviz and other tools take from a text to heads drawn, and what they send: python -m benchmarks.peers.

BertViz and CircuitsVis draw the weights of the bundled MiniLM in one Chromium. Nothing is fetched from the hosts that
their pages name: BertViz's libraries come from npm beforehand, CircuitsVis carries its own.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page
from torch import Tensor

from attnviz.models.names import MINILM
from attnviz.models.pretrained.loading import load_pretrained
from attnviz.models.pretrained.texts.model import PretrainedModel
from benchmarks.driven import chromium
from benchmarks.ours import as_a_file, on_the_page
from benchmarks.tabs import Drawn, View, shown, tab
from benchmarks.texts import text_of
from tests.browser.serving import served_app

RESULTS = Path(__file__).parent / "peers.md"
LENGTHS = (13, 64, 128)
LAYER = 5  # the one that CircuitsVis draws
MODEL_VIEW = "BertViz, model view: 72 heads"
MUST = {13: 0.3, 64: 0.03, 128: 0.01}  # attnviz's time divided by that of BertViz's model view
PATIENT = 15  # seconds, beyond which once is enough


def bertviz_model_view(page: Page, text: str) -> Drawn:
    """All heads of all layers, in each a line from every token to every token."""
    view = _imported("bertviz").model_view
    start = time.time()
    pieces, weights = _read(text)
    html = view(weights, pieces, html_action="return").data
    heads = len(weights) * weights[0].shape[1]
    return shown(page, html, start, (".attn_background", heads, len(pieces) ** 2))


def bertviz_head_view(page: Page, text: str) -> Drawn:
    """One layer's heads over one another, in colours. The page is given all layers."""
    view = _imported("bertviz").head_view
    start = time.time()
    pieces, weights = _read(text)
    html = view(weights, pieces, layer=LAYER, html_action="return").data
    return shown(page, html, start, (".headAttention", weights[0].shape[1], len(pieces) ** 2))


def circuitsvis_layer(page: Page, text: str) -> Drawn:
    """One layer: a small heatmap a head, and one of them large. The page is given that layer only."""
    view = _imported("circuitsvis.attention").attention_heads
    start = time.time()
    pieces, weights = _read(text)
    html = view(attention=weights[LAYER][0], tokens=pieces, mask_upper_tri=False).local_src
    return shown(page, html, start, ("canvas", weights[0].shape[1] + 1, len(pieces) ** 2))


VIEWS: Mapping[str, View] = {
    MODEL_VIEW: bertviz_model_view,
    f"BertViz, head view: layer {LAYER}": bertviz_head_view,
    f"CircuitsVis: layer {LAYER}": circuitsvis_layer,
}


def measure(
    browser: Browser, views: Mapping[str, View] = VIEWS, lengths: Sequence[int] = LENGTHS, repeats: int = 6
) -> dict[tuple[str, int], list[Drawn]]:
    """All views of all lengths in turn, each time in a new tab and with other words, by name of the view and length.

    What took longer than `PATIENT` seconds is not repeated.
    """
    for view in views.values():  # nothing is counted before it is warm
        with tab(browser) as page:
            view(page, text_of(13, repeats))
    results: dict[tuple[str, int], list[Drawn]] = {}
    for variant in range(repeats):
        for tokens in lengths:
            for name, view in views.items():
                times = results.setdefault((name, tokens), [])
                if not times or times[0].seconds <= PATIENT:
                    time.sleep(1)  # until the last tab's process has gone
                    with tab(browser) as page:
                        times.append(view(page, text_of(tokens, variant)))
    return results


def table(results: Mapping[tuple[str, int], Sequence[Drawn]]) -> list[str]:
    """A row a view, a column a length: the median time, what was sent, and how many times it was measured."""
    names, lengths = (list(dict.fromkeys(keys)) for keys in zip(*results, strict=True))
    rows = ["| from the text to drawn | " + " | ".join(f"{n} tokens" for n in lengths) + " |"]
    rows.append("|---" * (len(lengths) + 1) + "|")
    return rows + [f"| {name} | " + " | ".join(_cell(results[name, n]) for n in lengths) + " |" for name in names]


def _cell(times: Sequence[Drawn]) -> str:
    middle, sent = _median(times), statistics.median(t.sent for t in times)
    return f"**{middle:.2f} s**, {sent / 1e6:.1f} MB (n = {len(times)})"


@cache
def _model() -> PretrainedModel:
    model = load_pretrained(MINILM, device="cpu")
    assert isinstance(model, PretrainedModel)
    return model


@torch.no_grad()
def _read(text: str) -> tuple[list[str], tuple[Tensor, ...]]:
    """The word pieces, and each layer's weights, [1, head, query, key], by transformers' own eager attention."""
    model = _model()
    encoded = model.tokenizer(text, return_tensors="pt")
    pieces = list(model.tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist()))
    return pieces, model.eager(**encoded, output_attentions=True).attentions


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise RuntimeError(f"{error.name} is missing: pip install -r requirements-bench.txt") from error


def ratios(
    results: Mapping[tuple[str, int], Sequence[Drawn]], names: Sequence[str], must: Mapping[int, float]
) -> list[str]:
    """A row for each of these views: its median time divided by that of BertViz's model view."""
    rows = [f"| ÷ {MODEL_VIEW} | " + " | ".join(f"{n} tokens, must be ≤ {most}" for n, most in must.items()) + " |"]
    rows.append("|---" * (len(must) + 1) + "|")
    for name in names:
        shares = [_median(results[name, n]) / _median(results[MODEL_VIEW, n]) for n in must]
        rows.append(f"| {name} | " + " | ".join(f"**{share:.3f}**" for share in shares) + " |")
    return rows


def _median(times: Sequence[Drawn]) -> float:
    return statistics.median(t.seconds for t in times)


_HEAD = f"""# attnviz and other tools, measured

Written by `python -m benchmarks.peers` (after `pip install -r requirements-bench.txt`; it needs npm). The same MiniLM,
texts and Chromium for all, in turn, each time in a new tab. The clock starts at the text, with the model loaded and
everything warm.

BertViz and CircuitsVis: tokens, transformers' eager forward pass with attentions, the tool's HTML, Chromium reading it
from a file. The clock stops at the end of the frame that has the last part: in BertViz every head's lines from each
token to each, in CircuitsVis every head's cells on its canvas and those of the large one. BertViz gives the page all
layers in both views. CircuitsVis gives it layer {LAYER} only: that layer and its own 1.3 MB of JavaScript are what it
sends. BertViz's three libraries are answered from a folder, in about 40 ms.

attnviz on its page: the page is open with another sentence, the new text is in the field, and the clock starts at
Enter; it stops at the end of the frame that has all 72 heads, the large one and its Q, K and V. Since the tab was
behind the others' until then, a text is entered before that is not counted. What is sent is all that comes over the
websocket for a text. attnviz as a file does what the others do: forward pass, HTML (every figure and the map of heads
are computed for it), Chromium reading it from a file.

The machine is shared and has 2 cores, on which Python and browser work side by side: medians count (n: how many times).
What takes longer than {PATIENT} s is measured once.

"""


def main() -> None:
    load = os.getloadavg()[0]
    with chromium() as browser, served_app() as url:
        ours = {
            "attnviz, on its page: 72 heads": on_the_page(browser, url),
            "attnviz, as a file: 72 heads": as_a_file(_model()),
        }
        results = measure(browser, ours | dict(VIEWS))
    tools = ", ".join(f"{name} {version(name)}" for name in ("bertviz", "circuitsvis"))
    system = f"Python {platform.python_version()}, {platform.system()}, CPU only; load before: {load:.1f}"
    rows = [*table(results), "", *ratios(results, list(ours), MUST)]
    text = _HEAD + "\n".join(rows) + f"\n\n{tools}; {system}.\n"
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
