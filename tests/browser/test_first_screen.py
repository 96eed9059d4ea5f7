"""What stands on the first screen, and that nothing is wider than a screen."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.pages import Compare, Explore, Train

pytestmark = pytest.mark.browser
SENTENCE = "The cat, which was black, sat on the mat"
SCREENS = (1920, 1440, 1280, 1024, 768, 640, 390, 360)  # 640: a screen of 1280 at 200 %
LARGE = (1920, 1440, 1024)
EXPLORER = ".st-key-explorer .explorer"
COMPARED = (".comparer .card", ".comparer .words")
TOO_WIDE = """() => {
    const found = [];
    const walk = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) walk(one.shadowRoot);
            const { width, right } = one.getBoundingClientRect();
            const isSeen = width > 0 && getComputedStyle(one).visibility !== "hidden";
            const scrolls = one.closest(".tiles, .way, .formula-line, .scrolled, .st-key-lessons_row");
            const isWide = isSeen && right > innerWidth + 1 && !scrolls;
            if (isWide) found.push(`${one.tagName}.${one.className}`);
        }
    };
    walk(document.body);
    return found;
}"""
TOO_SMALL = """() => {
    const found = [];
    const walk = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) walk(one.shadowRoot);
            if (one.closest(".katex-mathml, .vlist-s")) continue; // is heard, and not seen
            const isText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
            const size = parseFloat(getComputedStyle(one).fontSize);
            const isSeen = one.checkVisibility({ visibilityProperty: true });
            if (isText && isSeen && size < 12) found.push(`${one.tagName} ${size}`);
        }
    };
    walk(document.body);
    return found;
}"""


def test_the_sentence_its_reading_and_the_whole_heatmap_are_on_the_first_screen(fresh: Explore):
    fresh.page.set_viewport_size({"width": 1280, "height": 720})
    fresh.open(model="minilm", text=SENTENCE)  # 13 tokens
    box = fresh.page.locator(".large").bounding_box()
    assert box["y"] + box["height"] <= 720
    assert fresh.page.locator(".reading").bounding_box()["y"] > fresh.page.locator(".words").first.bounding_box()["y"]
    top = fresh.page.locator(".st-key-text").bounding_box()["y"]
    tools = fresh.page.locator(".st-key-line").bounding_box()
    assert tools["y"] + tools["height"] - top <= 720 / 5, "form, check and tools"


INSIDE = """(card) => [...card.querySelectorAll("canvas, button, select, p, .target")]
    .filter((e) => e.getClientRects().length)
    .map((e) => [e.className || e.tagName, e.getBoundingClientRect().right])"""


def drawn_for(site: Explore, size: dict[str, int]) -> None:
    """Give the window this size, and wait until all is drawn for it, or will not be."""
    site.page.set_viewport_size(size)
    site.settle()
    with suppress(TimeoutError):  # what is drawn may follow some time after all else has settled
        site.page.wait_for_function(f"() => ({TOO_WIDE})().length === 0", timeout=10_000)


def all_fits(site: Explore, width: int, *parts: str) -> None:
    """Nothing is wider than a screen and no type too small, and these parts stand within it."""
    drawn_for(site, {"width": width, "height": 900})
    assert site.page.evaluate(TOO_WIDE) == [], width
    assert site.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert site.page.evaluate(TOO_SMALL) == [], width
    for part in parts:
        boxes = [box for one in site.page.locator(part).all() if (box := one.bounding_box()) and box["width"]]
        assert boxes, part
        assert all(0 <= box["x"] < box["x"] + box["width"] <= width for box in boxes), (part, width)


def cards_fit(explore: Explore) -> None:
    """The explorer's cards stand within it, wide enough, and what is in them within them."""
    frame = explore.page.locator(EXPLORER).bounding_box()
    right = frame["x"] + frame["width"]
    for card in explore.page.locator(".explorer .card").all():
        box = card.bounding_box()
        if box is None:
            continue  # of a single head there is no map
        assert frame["x"] - 1 <= box["x"] < box["x"] + box["width"] <= right + 1
        assert box["width"] >= 200
        assert [name for name, end in card.evaluate(INSIDE) if end > box["x"] + box["width"] + 1] == []


@pytest.mark.parametrize(("model", "widths"), [("grammar", SCREENS), ("minilm", LARGE)])
def test_on_explore_nothing_is_wider_than_the_screen_and_no_type_is_too_small(
    explore: Explore, model: str, widths: tuple[int, ...]
):
    explore.begin(model=model, text=SENTENCE, key="2", over="0.1")
    for width in widths:
        all_fits(explore, width, EXPLORER)
        if width in LARGE:
            cards_fit(explore)


def test_on_compare_nothing_is_wider_than_the_screen_and_no_type_is_too_small(explore: Explore):
    compare = Compare(explore.page, explore.url)
    compare.begin()
    for width in SCREENS:
        all_fits(compare, width, *COMPARED)
    compare.page.emulate_media(color_scheme="dark")
    compare.begin(compare="models", model="minilm", layer="5", head="11", model_b="grammar")
    for width in (390, *LARGE):
        all_fits(compare, width, *COMPARED)
    for scheme, color in (("dark", "rgb(230, 232, 238)"), ("light", "rgb(31, 36, 48)")):
        compare.page.emulate_media(color_scheme=scheme)
        expect(compare.page.locator(".difference")).to_have_css("color", color)


def test_on_train_nothing_is_wider_than_the_screen_and_no_type_is_too_small(explore: Explore):
    train = Train(explore.page, explore.url)
    train.begin(off="1.0")
    parts = (".st-key-chart_curves .main-svg >> nth=0", EXPLORER)
    for width in SCREENS:
        all_fits(train, width, *parts)
        assert all(train.page.locator(part).bounding_box()["width"] >= 200 for part in parts)


def test_on_a_phone_heads_are_as_large_as_a_finger_and_stand_under_the_large_one(explore: Explore):
    explore.page.set_viewport_size({"width": 390, "height": 844})
    explore.begin(model="minilm", text=SENTENCE)
    tile = explore.tile(0, 0).bounding_box()
    assert min(tile["width"], tile["height"]) >= 40
    large, heads = (explore.page.locator(f".card.{name}").bounding_box() for name in ("head", "heads"))
    assert heads["y"] >= large["y"] + large["height"]
    explore.tile(5, 11).scroll_into_view_if_needed()
    explore.choose_head(5, 11)
    assert explore.head() == (5, 11)


def test_what_is_interesting_is_one_click_away_and_says_what_to_see(explore: Explore):
    explore.begin(text="The dog chased the cat because the dog was hungry")
    explore.page.get_by_role("button", name="previous word").click()
    explore.settle()
    assert explore.page.locator(".chip-said").inner_text() == "Most words look at the word before them."
    assert explore.head() == (0, 2)
    assert "layer=0&head=2" in explore.page.url
