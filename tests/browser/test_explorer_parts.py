"""The explorer of a model of several parts: an encoder, a decoder, and what the decoder sees of the encoder."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from attnviz import HeadOff, Trace
from tests.browser.pages import ExplorerFile, weight_in_words
from tests.support.traces import translation_of

pytestmark = pytest.mark.browser

SOURCE, TARGET = "the cat sat on the mat", "le chat noir"
D = 4


@pytest.fixture(scope="module")
def translation() -> Trace:
    return translation_of(SOURCE.split(), TARGET.split(), d=D, changes=[HeadOff("cross.0.1")])


@pytest.fixture
def page(explorer: ExplorerFile, translation: Trace) -> Page:
    explorer.open(translation, part="cross", query=1)
    return explorer.page


def ask(page: Page, expression: str) -> Any:
    return page.locator(".host").evaluate(f"(host) => {{ const {{ explorer }} = host; return {expression}; }}")


def labels(page: Page, side: str) -> list[str]:
    return page.locator(f".words.{side} button bdi").all_inner_texts()


def test_cross_attention_has_two_rows_of_words(page: Page):
    source, target = [SOURCE.split(), TARGET.split()]
    assert labels(page, "queries") == target
    assert labels(page, "keys") == source
    assert page.locator(".sentence p:visible").all_inner_texts() == ["Target", "Source"]
    assert page.get_by_role("radio", name="Cross-attention").is_checked()
    assert ask(page, "[explorer.numbers.grouping.rows.length, explorer.numbers.grouping.columns.length]") == [3, 6]


def test_what_is_told_are_the_parts_own_weights(page: Page, translation: Trace):
    weights = translation.parts["cross"][0].weights
    for row in range(3):
        for column in range(6):
            (told,) = ask(page, f"explorer.figure.inWords({{ row: {row}, column: {column} }})")
            assert weight_in_words(weights[0, row, column]) in told
    named = f"sat: chat → sat, {weight_in_words(weights[0, 1, 2])}, layer 0 head 0"
    expect(page.locator(".words.keys button").nth(2)).to_have_attribute("aria-label", named)


def test_a_word_of_the_target_looks_and_one_of_the_source_is_looked_at(page: Page):
    page.locator(".words.queries button").nth(2).click()
    page.locator(".words.keys button").nth(5).click()
    state = ask(page, "explorer.state")
    assert (state["part"], state["query"], state["key"]) == ("cross", 2, 5)
    page.keyboard.press("ArrowLeft")
    assert ask(page, "explorer.state.key") == 4
    page.locator(".words.keys button").nth(4).click()
    assert ask(page, "explorer.state.key") is None, "pressed again it is let go"


def test_what_needs_one_row_of_words_is_not_there(page: Page):
    expect(page.locator(".position-key")).to_be_hidden()
    assert page.locator(".filter").is_hidden()
    assert page.locator(".shape").inner_text().startswith("Q: 3 tokens × 4 (d_head); K and V: 6 tokens × 4 (d_head)")
    page.get_by_role("radio", name="Encoder").check()
    expect(page.locator(".position-key")).to_be_visible()


def test_another_part_is_chosen_with_the_mouse_or_the_keys_and_is_in_the_address(page: Page):
    page.get_by_role("radio", name="Encoder").check()
    assert labels(page, "queries") == SOURCE.split()
    assert page.locator(".words.keys").is_hidden()
    page.keyboard.press("ArrowDown")
    assert ask(page, "explorer.state.part") == "decoder"
    assert labels(page, "queries") == TARGET.split()
    assert "decoder" in page.url
    page.reload()
    page.wait_for_selector(".explorer[data-drawn]")
    assert labels(page, "queries") == TARGET.split()
    assert page.get_by_role("radio", name="Decoder").is_checked()


def test_a_head_of_one_part_that_is_off_is_off_there_alone(page: Page):
    expect(page.locator(".tiles [role=option]").nth(1)).to_have_attribute("aria-label", re.compile("switched off"))
    page.get_by_role("radio", name="Decoder").check()
    expect(page.locator(".tiles [role=option]").nth(1)).to_have_attribute("aria-label", re.compile("→"))
    assert "off" not in (page.locator(".tiles [role=option]").nth(1).get_attribute("aria-label") or "")


def test_an_explorer_that_is_taken_away_leaves_nothing_behind(page: Page):
    before = ask(page, "explorer.times.length")
    ask(page, "explorer.destroy()")
    for made in ("canvas", ".words button", ".ranking li", ".parts input", "[role=option]", ".title b"):
        assert page.locator(f".explorer {made}").count() == 0, made
    page.keyboard.press("l")
    page.locator(".shows button").nth(1).click()
    page.set_viewport_size({"width": 900, "height": 900})
    page.wait_for_timeout(100)
    assert ask(page, "[explorer.state.show, explorer.times.length]") == ["heatmap", before]
