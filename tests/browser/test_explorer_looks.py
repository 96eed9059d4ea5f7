"""How the explorer looks: drawn anew at another width, in light and dark, and readable (WCAG AA)."""

from __future__ import annotations

import pytest

import attnviz
from tests.browser.contrast import failing
from tests.browser.pages import Explore, ExplorerFile
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser


def test_another_width_is_drawn_anew(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), query=8)
    before = explorer.ask("explorer.figure.width")
    explorer.page.set_viewport_size({"width": 1700, "height": 900})
    explorer.settle()
    assert explorer.ask("explorer.figure.width") > before


def test_what_is_written_can_be_read(fresh: Explore):
    fresh.open(text="The robot, which was black, sat", key="2", over="0.1-0.2", second="0.3")
    fresh.page.get_by_text("Map of heads").click()
    fresh.page.wait_for_selector(".map circle")
    fresh.page.get_by_text("Keys", exact=True).click()
    for scheme in ("light", "dark"):
        fresh.page.emulate_media(color_scheme=scheme)
        fresh.settle()
        assert fresh.ask("explorer.context.dark") is (scheme == "dark")
        fresh.tile(0, 2).hover()
        fresh.tip()
        count, found = failing(fresh.page)
        assert count > 100
        assert found == [], scheme


def test_a_dark_page_has_dark_pictures(fresh: Explore):
    fresh.page.emulate_media(color_scheme="dark")
    fresh.open(model="minilm")
    assert fresh.ask("explorer.context.dark") is True
    dark = fresh.pictures()
    fresh.page.emulate_media(color_scheme="light")
    fresh.settle()
    assert fresh.ask("explorer.context.dark") is False
    light = fresh.pictures()
    assert all(dark[view] != light[view] for view in dark)


def test_colour_is_never_the_only_sign(explorer: ExplorerFile):
    explorer.open(attnviz.trace("The robot, which was black, sat", "grammar"), key=2, over=[[0, 1], [0, 2]])
    assert (
        explorer.page.locator(".words .unknown").first.evaluate("e => getComputedStyle(e, '::after').content") == '" ?"'
    )
    dashes = explorer.page.locator(".swatch path").evaluate_all(
        "all => all.map(e => e.getAttribute('stroke-dasharray'))"
    )
    assert len(set(dashes)) == 3
    assert [text[0] for text in explorer.page.locator(".swatch").all_inner_texts()] == ["a", "b", "c"]
    style = "e => [getComputedStyle(e).fontWeight, getComputedStyle(e).outlineStyle]"
    assert explorer.page.locator(".words [aria-pressed=true]").evaluate(style)[0] == "600"
    assert explorer.page.locator(".words .to").evaluate(style)[1] == "dashed"
