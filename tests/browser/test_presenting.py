"""Presentation: one card at a time over the whole window, in large type, for a class."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

import attnviz
from tests.browser.pages import Compare, Explore, ExplorerFile, Train
from tests.browser.test_first_screen import SENTENCE, TOO_WIDE

pytestmark = pytest.mark.browser
PROJECTOR = {"width": 1024, "height": 768}
READABLE = 20  # pixels, from eight metres
TYPE = """() => {
    const found = [];
    const walk = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) walk(one.shadowRoot);
            const isText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
            if (!isText || one.closest(".katex-mathml, .vlist-s")) continue; // is heard, and not seen
            if (!one.checkVisibility({ visibilityProperty: true })) continue;
            const scale = one instanceof SVGElement ? one.ownerSVGElement.getScreenCTM().a : 1;
            const size = scale * parseFloat(getComputedStyle(one).fontSize);
            found.push([size, `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 20)}`]);
        }
    };
    walk(document.body);
    return found;
}"""
SHOWN = """(root) => [...root.querySelectorAll(".card, .neuron, .host")].filter((one) => one.checkVisibility())
    .map((one) => one.className.replace("card ", "").replace(" now", ""))"""
GROUND = "(root) => getComputedStyle(root).backgroundColor"


def is_readable(page: Page) -> bool:
    """All that is to be read has the size for it, and nothing is wider than the screen."""
    assert page.evaluate(TOO_WIDE) == []
    texts = page.evaluate(TYPE)
    assert [text for text in texts if text[0] < READABLE] == []
    return len(texts) > 0


def test_another_text_that_comes_presented_is_drawn_whole(explore: Explore):
    explore.page.set_viewport_size(PROJECTOR)
    explore.begin(text=f"{SENTENCE}, and the dogs that saw the cat sleep")
    explore.begin(text="The cat sleeps", present="1")  # of fewer words; the page's errors are the fixture's to find
    assert explore.tokens() == ["[CLS]", "The", "cat", "sleeps"]
    assert explore.cell_numbers()
    explore.begin()


def test_a_link_presents_a_card_and_arrow_keys_walk_the_cards(explore: Explore):
    explore.page.set_viewport_size(PROJECTOR)
    explore.begin(text=SENTENCE, present="1")
    root = explore.page.locator(".explorer")
    cards = [["head"], ["heads"], ["vectors"], ["vectors", "neuron"], ["linking"], ["heads-map"]]
    for at, shown in enumerate(cards):
        assert root.evaluate(SHOWN) == shown
        assert explore.page.get_by_text(f"{at + 1} of {len(cards)}").is_visible()
        assert is_readable(explore.page), shown
        assert 12 * explore.ask("explorer.context.zoom") >= READABLE, "what is drawn"
        assert f"present={at + 1}" in explore.page.url
        explore.page.keyboard.press("ArrowRight")
        explore.settle()
    explore.page.locator(".map circle").first.wait_for()
    assert root.evaluate(SHOWN) == cards[-1], "there is none after the last"
    for key in ("ArrowLeft", "PageUp", "ArrowUp", "ArrowDown"):
        explore.page.keyboard.press(key)
    explore.settle()
    assert root.evaluate(SHOWN) == cards[3]
    explore.page.keyboard.press("Escape")
    explore.settle()
    assert len(root.evaluate(SHOWN)) == len(cards)
    assert "present" not in explore.page.url
    assert explore.page.get_by_label("Sentence", exact=True).is_visible()


def test_compare_presents_both_sides_their_difference_and_what_is_said_of_it(explore: Explore):
    compare = Compare(explore.page, explore.url)
    compare.page.set_viewport_size(PROJECTOR)
    compare.begin(text=SENTENCE)
    compare.page.keyboard.press("f")
    compare.settle()
    root = compare.page.locator(".comparer")
    for shown in (["host", "head"], ["host", "head"], ["picture"], ["compared"]):
        assert root.evaluate(SHOWN) == shown
        assert is_readable(compare.page), shown
        compare.page.keyboard.press("PageDown")
        compare.settle()
    compare.begin(text=SENTENCE, present="3")
    assert root.evaluate(SHOWN) == ["picture"]


def test_a_key_presents_and_leaves_and_what_was_there_is_there_again(explorer: ExplorerFile):
    explorer.page.set_viewport_size({"width": 1280, "height": 720})
    explorer.open(attnviz.trace(SENTENCE, "minilm"))
    before = explorer.page.locator(".large").bounding_box()
    numbers = explorer.cell_numbers()
    explorer.page.keyboard.press("f")
    explorer.settle()
    full = explorer.page.locator(".large").bounding_box()
    assert full["width"] > 1.4 * before["width"]
    assert full["y"] + full["height"] <= 720
    assert not explorer.page.locator("body > h1").is_visible(), "what is around"
    explorer.page.locator(".reading").click()  # takes the focus away
    explorer.page.keyboard.press("Escape")
    explorer.settle()
    assert explorer.page.locator(".large").bounding_box() == before
    assert explorer.cell_numbers() == numbers
    assert explorer.page.locator("body > h1").is_visible()
    explorer.page.get_by_role("button", name="Present").click()
    explorer.settle()
    assert explorer.page.get_by_text("1 of 6").is_visible()
    explorer.page.get_by_role("button", name="Leave").click()
    explorer.settle()
    assert explorer.page.locator(".large").bounding_box() == before


def test_what_is_pointed_at_and_chosen_is_what_is_under_the_pointer(explorer: ExplorerFile):
    explorer.page.set_viewport_size(PROJECTOR)
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, present=1)
    assert explorer.point(8, 2)[0].startswith("sat → cat")
    explorer.page.mouse.click(*explorer.place(8, 2))
    explorer.settle()
    assert (explorer.state()["query"], explorer.state()["key"]) == (8, 2)
    explorer.page.keyboard.press("ArrowRight")  # a click leaves the arrow keys to the cards
    explorer.settle()
    assert explorer.state()["present"] == 2
    explorer.choose_head(2, 3)
    assert explorer.head() == (2, 3)
    explorer.page.keyboard.press("ArrowLeft")
    explorer.settle()
    assert explorer.page.locator(".card.head .title").inner_text().startswith("Layer 2 head 3")
    while explorer.page.evaluate("document.activeElement.getAttribute('role')") != "slider":
        explorer.page.keyboard.press("Tab")
    explorer.page.keyboard.press("ArrowRight")  # Tab gives them to what has the focus
    explorer.settle()
    assert explorer.state()["key"] == 3
    assert explorer.state()["present"] == 1


def test_a_switch_makes_it_light_or_dark_and_the_page_stays_as_it_is(explorer: ExplorerFile):
    explorer.page.emulate_media(color_scheme="light")
    explorer.open(attnviz.trace(SENTENCE, "minilm"), present=1)
    root = explorer.page.locator(".explorer")
    light = root.evaluate(GROUND)
    explorer.page.get_by_role("button", name="Dark").click()
    explorer.settle()
    assert root.evaluate(GROUND) == "rgb(15, 18, 24)"
    assert explorer.ask("explorer.context.dark") is True
    explorer.page.get_by_role("button", name="Light").click()
    explorer.settle()
    assert root.evaluate(GROUND) == "rgb(251, 251, 249)" != light
    explorer.page.get_by_role("button", name="Dark").click()
    explorer.page.keyboard.press("Escape")
    explorer.settle()
    assert explorer.ask("explorer.context.dark") is False


def test_a_key_that_is_typed_into_a_field_is_a_letter(fresh: Explore):
    fresh.open(text=SENTENCE)
    field = fresh.page.get_by_label("Sentence", exact=True)
    field.focus()
    fresh.page.keyboard.type("f")
    assert "f" in field.input_value()
    assert fresh.state()["present"] == 0


@pytest.mark.parametrize(
    ("wrong", "is_presented"),
    [
        ({"layer": "99", "query": "200", "off": "9.9", "show": "x", "over": "7", "step": "-1"}, True),
        ({"present": "99"}, True),
        ({"present": "yes"}, False),
        ({"model": "nonsense/none", "layer": "x", "text": "   "}, False),
    ],
)
def test_a_link_with_everything_else_wrong_opens(fresh: Explore, wrong: dict[str, str], is_presented: bool):
    fresh.open(**{"present": "1", **wrong})
    assert (fresh.state()["present"] > 0) is is_presented
    if is_presented:
        fresh.page.get_by_role("button", name="Leave").click()
        fresh.settle()
    assert fresh.page.get_by_label("Sentence", exact=True).is_visible()
    if set(wrong) != {"present"} or not is_presented:
        assert fresh.page.locator(".notice").count() >= 1


def test_on_a_phone_all_of_it_is_on_the_screen(explorer: ExplorerFile):
    explorer.page.set_viewport_size({"width": 390, "height": 844})
    explorer.open(attnviz.trace(SENTENCE, "grammar"), present=1)
    assert explorer.page.evaluate(TOO_WIDE) == []
    for name in ("Back", "Next", "Dark", "Leave"):
        box = explorer.page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["x"] >= 0, name
        assert box["y"] + box["height"] <= 844, name


def test_a_list_has_the_arrow_keys_while_escape_and_page_keys_stay_the_presentation_s(explorer: ExplorerFile):
    explorer.page.set_viewport_size(PROJECTOR)
    explorer.open(attnviz.trace(SENTENCE, "grammar"), present=5)
    second = explorer.page.locator(".question select").nth(1)
    second.focus()
    explorer.page.keyboard.press("ArrowDown")
    explorer.settle()
    assert explorer.state()["present"] == 5
    key = explorer.state()["key"]
    explorer.page.keyboard.press("PageUp")
    explorer.settle()
    assert (explorer.state()["present"], explorer.state()["key"]) == (4, key)
    explorer.page.keyboard.press("Escape")
    explorer.settle()
    assert explorer.state()["present"] == 0


def test_a_long_text_leaves_room_for_the_card_and_what_does_not_fit_is_scrolled(explorer: ExplorerFile):
    explorer.page.set_viewport_size(PROJECTOR)
    explorer.open(attnviz.trace("the cat sat on a mat and " * 18, "minilm"), present=1)
    card = explorer.page.locator(".card.now")
    assert card.bounding_box()["height"] > 0.5 * PROJECTOR["height"]
    assert explorer.page.get_by_role("button", name="Leave").bounding_box()["y"] < PROJECTOR["height"] - 40
    explorer.page.keyboard.press("ArrowDown")
    explorer.settle()
    assert card.evaluate("(one) => one.scrollTop") > 0
    assert explorer.state()["present"] == 1
    explorer.page.keyboard.press("ArrowRight")
    explorer.settle()
    assert explorer.state()["present"] == 2


def test_another_page_is_there_when_one_leaves_a_presentation_by_going_back(fresh: Explore):
    Train(fresh.page, fresh.url).open()
    before = fresh.page.evaluate("history.length")
    fresh.page.get_by_role("link", name="Explore", exact=True).click()
    fresh.page.wait_for_selector(fresh.ready)
    fresh.settle()
    fresh.page.keyboard.press("f")
    for _ in range(5):
        fresh.page.keyboard.press("ArrowRight")  # to the map, which is asked of the server: it knows of the card
        fresh.settle()
    fresh.page.evaluate("before => history.go(before - history.length)", before)
    fresh.page.get_by_role("button", name="Play").wait_for()
