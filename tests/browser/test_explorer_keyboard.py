"""The explorer without a mouse: with the keyboard alone, and as a screen reader is told of it."""

from __future__ import annotations

import re

import pytest

import attnviz
from tests.browser.pages import Explore, Explorer, ExplorerFile, weight_in_words
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser
FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return `${found.getAttribute("role") ?? found.tagName.toLowerCase()}: ${found.getAttribute("aria-label") ?? ""}`;
}"""


def tab_to(explore: Explore, wanted: str) -> None:
    """Press Tab until what is wanted has the focus."""
    seen = []
    for _ in range(40):
        explore.page.keyboard.press("Tab")
        seen.append(explore.page.evaluate(FOCUSED))
        if re.match(wanted, seen[-1]):
            return
    raise AssertionError(f"{wanted} is not among {seen}")


def press(explorer: Explorer, *keys: str) -> None:
    for key in keys:
        explorer.page.keyboard.press(key)
    explorer.settle()


def test_words_heads_and_cells_are_chosen_with_the_keyboard_alone(explore: Explore):
    explore.begin(model="minilm", layer="0", head="0")
    explore.page.get_by_label("Sentence", exact=True).focus()
    tab_to(explore, "button: sat")
    press(explore, "Home", "ArrowRight", "ArrowRight")
    assert explore.chosen_token() == "cat"
    press(explore, "End")
    assert explore.chosen_token() == "[SEP]"
    press(explore, "ArrowLeft", "Shift+Enter", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert (explore.state()["query"], explore.state()["key"]) == (8, 11)
    tab_to(explore, "option: layer 0 head 0")
    press(explore, "ArrowDown", "ArrowDown", "End", "ArrowLeft")
    assert explore.head() == (2, 10)
    assert explore.page.evaluate(FOCUSED).startswith("option: layer 2 head 10")
    tab_to(explore, "slider: Weights of layer 2 head 10")
    press(explore, "ArrowUp", "ArrowLeft")
    assert (explore.state()["query"], explore.state()["key"]) == (7, 10)
    tab_to(explore, "slider: How ,₇ gets its new vector")
    press(explore, "ArrowDown")
    assert explore.state()["key"] == 11
    assert "key=11" in explore.page.url


def test_letters_pin_subtract_and_draw_lines(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    explorer.tile(5, 11).focus()
    press(explorer, "d")
    assert explorer.state()["show"] == "heatmap", "there is nothing yet to subtract"
    press(explorer, "p", "ArrowLeft", "d")
    assert explorer.head() == (5, 10)
    assert explorer.state()["second"] == [5, 11]
    assert explorer.state()["show"] == "difference"
    press(explorer, "l")
    assert explorer.state()["show"] == "lines"
    press(explorer, "h", "p")
    assert (explorer.state()["show"], explorer.state()["second"]) == ("heatmap", None)


def test_keys_may_come_faster_than_the_server_answers(explore: Explore):
    explore.begin(model="minilm", query="1")
    explore.word(1).focus()
    for _ in range(6):
        explore.page.keyboard.press("ArrowRight")
        explore.page.wait_for_timeout(30)
    assert explore.chosen_token() == ","
    explore.settle()
    assert "query=7" in explore.page.url
    assert explore.chosen_token() == ","


def test_letters_typed_in_the_sentence_are_text(explore: Explore):
    explore.begin(model="minilm")
    field = explore.page.get_by_label("Sentence", exact=True)
    field.fill("")
    field.press_sequentially("hold the lid up")
    field.press("Enter")
    explore.settle()
    assert explore.field() == "hold the lid up"
    assert explore.state()["show"] == "heatmap"


def test_a_screen_reader_finds_every_heatmap_with_role_name_and_value(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, key=2, query=8)
    tree = explorer.page.locator(explorer.ready).aria_snapshot()
    heads = re.findall(r"- option \"layer (\d+) head (\d+), ([^\"]+)\"", tree)
    assert [(int(layer), int(head)) for layer, head, _ in heads] == [(i, h) for i in range(6) for h in range(12)]
    assert 'listbox "All heads: row is layer, column is head"' in tree
    listbox = explorer.page.get_by_role("listbox", name="All heads")
    assert listbox.get_by_role("option", selected=True).get_attribute("aria-label").startswith("layer 5 head 11, ")
    w = attnviz.trace(SENTENCE, "minilm").layers[5].weights[11]
    slider = explorer.page.get_by_role("slider", name="Weights of layer 5 head 11, as heatmap")
    assert slider.get_attribute("aria-valuetext") == f"sat → cat, {weight_in_words(w[8, 2])}, layer 5 head 11"
    assert slider.get_attribute("aria-valuenow") == f"{100 * w[8, 2]:.1f}"
    way = explorer.page.get_by_role("slider", name="How sat gets its new vector, layer 5 head 11")
    assert way.get_attribute("aria-valuetext").startswith("cat: score ")
    assert way.get_attribute("aria-valuetext").endswith(f"weight {w[8, 2]:.3f}")
    for name, shape in (("Query", "13 tokens by 32 numbers. sat:"), ("Key", "cat:"), ("Value", "cat:")):
        image = explorer.page.get_by_role("img", name=re.compile(f"^{name} vectors of layer 5 head 11"))
        assert shape in image.get_attribute("aria-label")
    assert f'button "cat, looked at: sat → cat, {weight_in_words(w[8, 2])}, layer 5 head 11"' in tree
    assert re.search(r"toolbar \"The sentence", tree)
    assert 'group "Rank by"' in tree
    assert explorer.page.locator(".reading[aria-live=polite]").count() == 1


def test_what_a_screen_reader_hears_follows_the_choice(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, key=2, query=8)
    explorer.large().focus()
    press(explorer, "ArrowDown", "ArrowRight")
    w = attnviz.trace(SENTENCE, "minilm").layers[5].weights[11]
    assert explorer.large().get_attribute("aria-valuetext") == f"on → ,₃, {weight_in_words(w[9, 3])}, layer 5 head 11"
    assert explorer.reading().startswith("on looks at ")
    explorer.choose_head(4, 3, modifiers=["Shift"])
    assert explorer.large().get_attribute("aria-valuetext").count("; ") == 2, "both heads, and their difference"
