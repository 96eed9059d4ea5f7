"""What stands on the first screen, and that nothing is wider than a screen."""

from __future__ import annotations

import pytest

from tests.browser.pages import Explore

pytestmark = pytest.mark.browser
SENTENCE = "The cat, which was black, sat on the mat"
TOO_WIDE = """() => {
    const found = [];
    const walk = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) walk(one.shadowRoot);
            const { width, right } = one.getBoundingClientRect();
            const isSeen = width > 0 && getComputedStyle(one).visibility !== "hidden";
            const isWide = isSeen && right > innerWidth + 1 && !one.closest(".tiles, .way");
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
            const isText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
            const size = parseFloat(getComputedStyle(one).fontSize);
            const isSeen = one.checkVisibility({ visibilityProperty: true });
            if (isText && isSeen && size < 12) found.push(`${one.tagName} ${size}`);
        }
    };
    walk(document.body);
    return found;
}"""


def test_the_sentence_its_reading_and_the_whole_heatmap_are_on_the_first_screen(explore: Explore):
    explore.page.set_viewport_size({"width": 1280, "height": 720})
    explore.open(model="minilm", text=SENTENCE)  # 13 tokens
    box = explore.page.locator(".large").bounding_box()
    assert box["y"] + box["height"] <= 720
    assert (
        explore.page.locator(".reading").bounding_box()["y"] > explore.page.locator(".words").first.bounding_box()["y"]
    )
    top = explore.page.locator(".st-key-text").bounding_box()["y"]
    tools = explore.page.locator(".st-key-line").bounding_box()
    assert tools["y"] + tools["height"] - top <= 720 / 5, "form, check and tools"


@pytest.mark.parametrize("path", ["", "compare", "train"])
def test_nothing_is_wider_than_the_screen_and_no_type_is_too_small(explore: Explore, path: str):
    explore.page.goto(f"{explore.url}/{path}")
    explore.page.locator(".explorer[data-drawn]").first.wait_for()
    explore.page.locator(".status .checked").first.wait_for()
    for width in (1920, 1280, 1024, 768, 640, 390, 360):  # 640: a screen of 1280 at 200 %
        explore.page.set_viewport_size({"width": width, "height": 800})
        explore.page.wait_for_timeout(300)  # what is drawn for another width comes with the next frames
        assert explore.page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert explore.page.evaluate(TOO_WIDE) == [], width
        assert explore.page.evaluate(TOO_SMALL) == [], width


def test_on_a_phone_heads_are_as_large_as_a_finger_and_stand_under_the_large_one(explore: Explore):
    explore.page.set_viewport_size({"width": 390, "height": 844})
    explore.open(model="minilm", text=SENTENCE)
    tile = explore.tile(0, 0).bounding_box()
    assert min(tile["width"], tile["height"]) >= 40
    large, heads = (explore.page.locator(f".card.{name}").bounding_box() for name in ("head", "heads"))
    assert heads["y"] >= large["y"] + large["height"]
    explore.tile(5, 11).scroll_into_view_if_needed()
    explore.choose_head(5, 11)
    assert explore.head() == (5, 11)


def test_what_is_interesting_is_one_click_away_and_says_what_to_see(explore: Explore):
    explore.open(text="The dog chased the cat because the dog was hungry")
    explore.page.get_by_role("button", name="previous word").click()
    explore.settle()
    assert explore.page.locator(".chip-said").inner_text() == "Most words look at the word before them."
    assert explore.head() == (0, 2)
    assert "layer=0&head=2" in explore.page.url
