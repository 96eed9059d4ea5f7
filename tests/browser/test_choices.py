"""A choice costs the server nothing: of a short text the page has all that it shows, and writes its address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

import attnviz
from attnviz.analysis import links
from tests.browser.pages import Compare, Explore, ExplorerFile, Train, weight_in_words

pytestmark = pytest.mark.browser

SENTENCE = "The cat, which was black, sat on the mat"


def test_no_choice_on_a_short_text_sends_anything_and_all_it_shows_is_the_package_s(explore: Explore, minilm: Any):
    explore.begin(model="minilm", text=SENTENCE)
    before = explore.sent()
    explore.choose_head(5, 11)
    explore.word(9).click()
    explore.word(2).click(modifiers=["Shift"])
    explore.tile(2, 3).click(modifiers=["Control"])
    explore.page.keyboard.press("p")
    explore.choose_head(4, 3)
    explore.page.keyboard.press("d")
    explore.page.keyboard.press("h")
    explore.page.get_by_role("checkbox", name="Special tokens").uncheck()
    explore.page.get_by_role("checkbox", name="Special tokens").check()
    explore.settle()
    trace = minilm.trace(SENTENCE)
    numbers = [weight_in_words(weight) for weight in trace.layers[4].weights[3].flatten().tolist()]
    assert explore.cell_numbers() == numbers
    found = links(trace, 9, 2, untrained=minilm.untrained().trace(SENTENCE))
    best = max(found, key=lambda link: link.weight)
    strongest = explore.page.locator(".ranking button").first
    for told in (
        f"layer {best.layer} head {best.head}: {weight_in_words(best.weight)}",
        f"another word gives {weight_in_words(best.others)} on average",
        f"{weight_in_words(best.position)} on average at the same distance",
        f"{weight_in_words(best.untrained)} before training",
    ):
        expect(strongest).to_have_attribute("aria-label", re.compile(re.escape(told)))
    assert explore.sent() == before, "the server was told of a choice"


def test_what_stands_beside_the_pointer_is_of_the_word_that_is_chosen_by_now(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "grammar"), query=8)
    explorer.word(1).hover()
    tip = explorer.page.locator(".explorer .tip:not([hidden])")
    expect(tip).to_contain_text("sat → The")
    explorer.word(1).click()
    expect(tip).to_contain_text("The → The")


def test_the_page_writes_the_address_that_the_server_would(fresh: Explore):
    fresh.open(model="minilm", text="It didn't purr", special_tokens="on")
    fresh.choose_head(5, 11)
    fresh.word(3).click()
    fresh.word(1).click(modifiers=["Shift"])
    fresh.tile(2, 3).click(modifiers=["Control"])
    fresh.page.keyboard.press("p")
    fresh.page.keyboard.press("l")
    fresh.page.get_by_role("checkbox", name="Special tokens").uncheck()
    fresh.page.wait_for_url("**specials=off")
    own = fresh.page.url
    count = fresh.page.evaluate("history.length")
    fresh.page.locator(".brand").click()  # whoever does something outside the explorer may ask something
    fresh.settle()
    fresh.page.wait_for_function("() => attnviz.told > 0")
    assert fresh.page.url == own
    assert fresh.page.evaluate("history.length") == count, "the server wrote it again"
    fresh.open()
    assert "?" not in fresh.page.url or fresh.page.url.endswith("?")


def test_what_was_chosen_is_told_with_the_next_thing_that_is_asked(explore: Explore):
    explore.begin()
    explore.choose_head(0, 2)
    explore.word(4).click()
    explore.page.get_by_role("button", name="Switch this head off").click()
    expect(explore.page.locator(".st-key-switch_head")).to_contain_text("Switch this head on")
    explore.settle()
    assert "off=0.2" in explore.page.url
    assert explore.head() == (0, 2)
    explore.choose_head(1, 1)
    explore.type("The dogs near the car sleep")
    assert explore.head() == (1, 1)
    assert "layer=1&head=1" in explore.page.url


def test_enter_after_a_choice_reads_the_text_even_where_the_field_kept_the_focus(explore: Explore):
    explore.begin()
    field = explore.page.get_by_label("Sentence", exact=True)
    field.fill("The dogs near the car sleep")
    explore.ask("explorer.choose({ layer: 0, head: 3 })")
    field.press("Enter")
    explore.settle()
    assert explore.tokens()[:3] == ["[CLS]", "The", "dogs"]
    assert explore.head() == (0, 3)


def test_another_page_has_what_was_chosen(explore: Explore):
    explore.begin()
    explore.choose_head(0, 2)
    explore.visit("Compare", Compare(explore.page, explore.url))
    assert "layer=0&head=2" in explore.page.url


def test_back_and_forward_go_from_choice_to_choice(explore: Explore):
    explore.begin()
    explore.word(2).click()
    explore.page.wait_for_url("**query=2")
    explore.settle()
    explore.word(4).click()
    explore.page.wait_for_url("**query=4")
    for go, query in (("back", 2), ("back", 8), ("forward", 2), ("forward", 4)):
        getattr(explore.page, f"go_{go}")()
        explore.settle()
        assert explore.state()["query"] == query


def test_what_is_unfolded_follows_every_choice(explore: Explore):
    explore.begin()
    explore.open_detail("Is this weight meaningful?")
    before = explore.sent()
    explore.word(4).click()
    explore.settle()
    assert explore.sent() > before
    expect(explore.page.locator(".meaning")).to_be_visible()
    expect(explore.page.get_by_text("which →", exact=False).last).to_be_visible()
    explore.open_detail("Is this weight meaningful?")
    before = explore.sent()
    explore.word(5).click()
    explore.settle()
    assert explore.sent() == before, "folded again, it follows nothing"


def test_of_a_long_text_the_server_is_asked_once_choices_rest(fresh: Explore):
    fresh.open(model="minilm", layer="0", head="0", text="the cat sat on the mat " * 12)
    before = fresh.sent()
    fresh.ask("[1, 2, 3, 4, 5, 6].forEach((head) => explorer.choose({ head }))")
    fresh.page.wait_for_function("() => attnviz.told > 0")
    fresh.settle()
    assert fresh.sent() == before + 1
    assert fresh.ask("explorer.context.answer.heads[0]") == [0, 6]


def test_compare_asks_nothing_either_and_a_reload_shows_the_same(fresh: Explore):
    compare = Compare(fresh.page, fresh.url)
    compare.open()
    before = compare.sent()
    compare.choose_head_of("A", 0, 1)
    beside = compare.states()[1]
    compare.choose_head_of("B", 1, 3)
    compare.side("A").locator(".words button").nth(4).click()
    compare.side("B").locator(".words button").nth(2).click()
    compare.settle()
    assert compare.sent() == before, "the server was told of a choice"
    assert (beside["layer"], beside["head"]) != (1, 3)
    states = compare.states()
    assert [(one["layer"], one["head"], one["query"]) for one in states] == [(0, 1, 2), (1, 3, 2)]
    address = compare.page.url
    assert address.endswith("layer=0&head=1&query=2&layer_b=1&head_b=3")
    compare.page.locator(".brand").click()
    compare.page.wait_for_function("() => attnviz.told > 0")
    compare.settle()
    assert (compare.page.url, compare.states()) == (address, states), "the server took both as they were"
    compare.page.reload()
    compare.page.wait_for_selector(compare.ready)
    compare.settle()
    assert (compare.page.url, compare.states()) == (address, states)


def test_a_later_choice_in_a_stands_though_b_s_is_told_with_it(fresh: Explore):
    compare = Compare(fresh.page, fresh.url)
    compare.open()
    compare.choose_head_of("B", 1, 3)
    compare.side("B").locator(".words button").nth(2).click()
    compare.side("A").locator(".words button").nth(4).click()
    compare.page.locator(".brand").click()
    compare.page.wait_for_function("() => attnviz.told > 0")
    compare.settle()
    assert [(one["head"], one["query"]) for one in compare.states()][1] == (3, 4)
    assert "query=4" in compare.page.url


def test_on_train_a_choice_costs_nothing_and_is_kept_when_the_step_moves(explore: Explore):
    train = Train(explore.page, explore.url)
    train.begin()
    before = train.sent()
    train.choose_head(0, 2)
    train.word(4).click()
    train.settle()
    assert train.sent() == before
    train.page.get_by_role("slider", name="Step of the training").focus()
    train.page.keyboard.press("End")
    train.page.wait_for_url("**step=2000**")  # a slider rests a while before it says where it is
    train.settle()
    assert train.head() == (0, 2)
    assert train.state()["query"] == 4
