"""A text of more than 512 tokens on Explore: rows, and a picture of the head in cells."""

from __future__ import annotations

import re

from playwright.sync_api import expect

import attnviz
from benchmarks.texts import text_of
from tests.browser.pages import Explore, weight_in_words

TOKENS, FAR = 1_100, 1_000
# The words whose label for a screen reader is written from now on.
_WATCH = """() => {
    globalThis.written = [];
    for (const part of document.querySelectorAll('.st-key-explorer *')) {
        const words = part.shadowRoot?.querySelector('.words.queries');
        if (!words) continue;
        new MutationObserver(found => written.push(...found.map(one => one.target))).observe(
            words, { subtree: true, attributeFilter: ["aria-label"] });
    }
}"""
_WHOLE = "explorer.numbers.tiled.table(0, 1) !== null"


def test_a_word_far_down_a_long_text_is_chosen_and_its_weights_are_the_packages(fresh: Explore):
    text = text_of(TOKENS + 2)
    layer = attnviz.trace(text, model="random", causal=True).layers[0]
    fresh.open(model="random", causal="on", layer="0", head="1", text="the cat sat")
    assert fresh.page.get_by_role("button", name="Lines").is_visible()
    fresh.type(text)
    assert len(fresh.tokens()) == TOKENS
    fresh.word(FAR).click()
    fresh.settle()
    assert fresh.state()["query"] == FAR
    assert f"query={FAR}" in fresh.page.url
    for _ in range(100):
        if fresh.ask(_WHOLE):
            break
        fresh.page.wait_for_timeout(50)
    weights = layer.head(1, FAR).weights[0]
    best = int(weights.argmax())
    assert f" {weight_in_words(weights[best])}" in fresh.reading()
    said = fresh.point(FAR, best)[0]
    assert said.endswith(f"{weight_in_words(weights[best])}, layer 0 head 1"), said
    assert "may not look" in fresh.point(FAR, FAR + 50)[0]
    told = [fresh.page.locator(f".st-key-explorer .{name}").inner_text() for name in ("legend", "linking")]
    assert "A cell has the largest weight of 2 × 2 words" in told[0]
    assert told[1] == "Which heads link two words is told of texts of up to 512 tokens."
    assert not fresh.page.get_by_role("button", name="Lines").is_visible()
    row, words = (fresh.page.locator(f".words.queries{of}") for of in ("", " button"))
    name = fresh.ask(f"explorer.numbers.all.rows[{FAR}].name")
    expect(row).to_have_attribute("aria-label", re.compile(f"how much {name} looks at it in layer 0 head 1$"))
    expect(words.nth(best)).to_have_attribute("aria-label", re.compile(f": {weight_in_words(weights[best])}$"))
    fresh.page.evaluate(_WATCH)
    fresh.word(FAR - 1).click()
    fresh.settle()
    written = fresh.page.evaluate("() => globalThis.written.map(one => Number(one.dataset.index))")
    assert written
    assert not [i for i in written if i > FAR], "a word that neither may look at is not told anew"
