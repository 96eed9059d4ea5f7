"""The way of one word, and what is said of a pin: in a file of its own, opened from the disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Page, expect

import attnviz
from attnviz import Trace
from tests.browser.pages import ExplorerFile, weight_in_words
from tests.support.traces import layer_of, with_layers

pytestmark = pytest.mark.browser

TEXT = "the cat which was black sat on the mat while the dog slept in the sun and birds sang"
Opened = Callable[..., "Way"]


class Way:
    """The way of one word, as a person points at it and walks through it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.scroller = page.locator(".way .scroller")

    def ask(self, expression: str) -> Any:
        return self.page.locator(".host").evaluate(f"(host) => {{ const {{ explorer }} = host; return {expression}; }}")

    def told(self) -> list[str]:
        return self.page.locator(".explorer .tip:not([hidden]) > *").all_inner_texts()

    def point(self, column: str, share: float, y: float) -> list[str]:
        """What is said at so much of a column's width, at a height of the picture."""
        self.page.locator(".way").scroll_into_view_if_needed()
        frame = self.page.locator(".way").bounding_box()
        assert frame is not None
        left, width = self.ask(f"explorer.neuron.columns.{column}")
        self.page.mouse.move(frame["x"] + left + share * width, frame["y"] + y)
        return self.told()

    def press(self, *keys: str) -> str:
        """What a screen reader is told after these keys."""
        self.scroller.focus()
        for key in keys:
            self.page.keyboard.press(key)
        return self.scroller.get_attribute("aria-valuetext") or ""


@pytest.fixture
def opened(explorer: ExplorerFile) -> Opened:
    def open_(trace: Trace, **first: object) -> Way:
        explorer.open(trace, **{"query": 1} | first)
        return Way(explorer.page)

    return open_


def number(value: float) -> str:
    """As the page writes a number (js/words.js)."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    written = f"{value:.{digits}f}"
    return "0." + "0" * digits if float(written) == 0 else written.replace("-", "−")


@pytest.fixture(scope="module")
def narrow() -> Trace:
    """Values half as wide as queries, in two heads on one key-value head."""
    drawn = torch.Generator().manual_seed(1)
    trace = attnviz.trace(TEXT, "random")
    n = len(trace)
    q, k, v = (torch.randn(h, n, d, generator=drawn) for h, d in ((2, 12), (1, 12), (1, 6)))
    return with_layers(trace, layer_of(q, k, v, scale=12**-0.5), output=torch.zeros(n, 2))


def test_values_narrower_than_queries_are_shown_as_they_are(opened: Opened, narrow: Trace):
    way = opened(narrow, head=1, key=2)
    shape = way.page.locator(".shape").inner_text()
    assert shape.startswith(f"Q and K: {len(narrow)} tokens × 12 (d_head), V: {len(narrow)} tokens × 6 (d_value)")
    record = narrow.layers[0].head(1)
    panel = way.page.get_by_role("img", name=re.compile("^Value vectors of layer 0 head 1"))
    expect(panel).to_have_attribute("aria-label", re.compile(f"{len(narrow)} tokens by 6 numbers. which: "))
    assert panel.get_attribute("aria-label").endswith(": " + ", ".join(number(x) for x in record.v[2].tolist()))
    end = way.ask("explorer.neuron.places.sum")
    for element in (0, 5):
        said = way.point("v", (element + 0.5) / 6, end + 15)
        assert said == [f"sum[{element}] of weight · v[{element}]: {number(float(record.context[1, element]))}"]
        weight, value = float(record.weights[1, 0]), float(record.v[0, element])
        said = way.point("v", (element + 0.5) / 6, 54)
        assert said == [f"v[{element}] of the₀: {weight:.3f} · {number(value)} = {number(weight * value)}"]


def test_no_formula_is_claimed_where_none_is_known(opened: Opened, narrow: Trace):
    way = opened(narrow)
    assert way.page.locator(".formula").all_inner_texts() == ["", "", ""]
    way = opened(attnviz.trace(TEXT, "induction", device="cpu"))
    assert way.page.locator(".formula").all_inner_texts() == ["= R(X·WQ)", "= R(X·WK)", "= X·WV"]


def test_what_is_out_of_sight_or_hidden_is_said_and_weights_sum_to_one(opened: Opened, minilm: Any):
    trace = minilm.trace(TEXT)
    way = opened(trace, layer=5, head=11, query=6, specials=False)
    row = trace.layers[5].weights[11, 6]
    listed = way.ask("explorer.neuron.way.tokens")
    assert listed == list(range(1, len(trace) - 1))
    hidden = float(row[0] + row[-1])
    assert float(row[listed].sum()) + hidden == pytest.approx(1, abs=1e-5)
    places = way.ask("explorer.neuron.places")
    assert way.point("weight", 0.5, places["hidden"] + 8) == [f"2 hidden tokens: weight {hidden:.3f} in all"]
    v = trace.layers[5].v[11]
    value = float(row[0] * v[0, 3] + row[-1] * v[-1, 3])
    said = way.point("v", 3.5 / 32, places["hidden"] + 8)
    assert said == [f"weight · v[3] of 2 hidden tokens, summed: {number(value)}"]
    title = way.page.locator(".neuron .title").inner_text()
    assert title == "How “sat” gets its new vector: this head’s share · layer 5, head 11"


def test_every_number_is_reached_with_keys_and_told(opened: Opened, minilm: Any):
    trace = minilm.trace("the cat sat")
    way = opened(trace, layer=5, head=11, query=2, key=1, specials=False)
    record = trace.layers[5].head(11)
    assert way.press().startswith("the: score ")
    told = way.press("ArrowUp")
    assert told.startswith("q of cat: what it looks for, 32 numbers: ")
    assert told.endswith(", ".join(number(x) for x in record.q[2].tolist()))
    assert way.press("ArrowRight", "ArrowRight") == f"q[1] of cat: {number(float(record.q[2, 1]))}"
    assert way.told() == [f"q[1] of cat: {number(float(record.q[2, 1]))}"], "who sees is told as well"
    assert way.press("ArrowDown").startswith(f"k[1] of the: {number(float(record.k[1, 1]))}; q[1] · k[1] = ")
    assert way.press("ArrowDown", "ArrowDown", "ArrowDown").startswith("weight · v[1] of 2 hidden tokens")
    assert way.press("ArrowDown") == f"sum[1] of weight · v[1]: {number(float(record.context[2, 1]))}"
    told = way.press("ArrowLeft", "ArrowLeft")
    assert told.startswith("This head’s share of the new vector of cat, before W_O")
    assert told.endswith(", ".join(number(x) for x in record.context[2].tolist()))
    assert way.ask("explorer.state.key") == 3, "the token last walked over"
    way.page.keyboard.press("Tab")
    assert way.told() == []


def test_a_pin_says_at_once_what_it_did_and_what_to_do_next(opened: Opened):
    page = opened(attnviz.trace(TEXT, "random")).page
    pin, said = page.locator(".pin"), page.get_by_role("status")
    pin.click()
    expect(pin).to_have_text("Unpin layer 0 head 0")
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(said).to_have_text("Layer 0 head 0 is pinned. Now choose another head to see both.")
    pin.click()
    expect(pin).to_have_text("Pin to compare")
    expect(said).to_have_text("Layer 0 head 0 is no longer pinned.")
    page.keyboard.press("p")
    expect(said).to_have_text("Layer 0 head 0 is pinned. Now choose another head to see both.")
    page.locator(".tiles [role=option]").nth(2).click()
    expect(said).to_have_text("")
    expect(page.locator(".card.head .title")).to_have_text("Layer 0 head 2 | layer 0 head 0")


def test_lines_tell_their_numbers(opened: Opened, minilm: Any):
    trace = minilm.trace("unaffable cats sat")
    way = opened(trace, layer=5, head=11, show="lines", words="words")
    weights = attnviz.analysis.merged(trace.layers[5].weights[11], attnviz.analysis.word_groups(trace))
    place = way.ask("explorer.figure.picture.place")
    frame = way.page.locator(".card.head .target").bounding_box()
    assert frame is not None

    def at(x: float, row: float) -> list[str]:
        way.page.mouse.move(frame["x"] + x, frame["y"] + place["top"] + (row + 0.5) * place["row"])
        return way.told()

    strongest = int(weights[1].argmax())
    said = (
        f"unaffable → {['[CLS]', 'unaffable', 'cats', 'sat', '[SEP]'][strongest]}, {weight_in_words(weights[1].max())}"
    )
    assert at(place["left"] - 20, 1)[0].startswith(said)
    middle = (place["left"] + place["right"]) / 2
    i, j = divmod(int(weights.argmax()), 5)
    names = ["[CLS]", "unaffable", "cats", "sat", "[SEP]"]
    assert at(middle, (i + j) / 2)[0].startswith(f"{names[i]} → {names[j]}, {weight_in_words(weights.max())}")
