"""The explorer by touch: a tap does what pointing, Shift and Ctrl do with a mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import attnviz
from tests.browser.pages import Explore, ExplorerFile, Learn
from tests.browser.test_learn_keys import matrix
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def trace() -> attnviz.Trace:
    return attnviz.trace(SENTENCE, "minilm")


@pytest.fixture(scope="module")
def telephones(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE)
    yield context
    context.close()


@pytest.fixture(scope="module")
def telephone(telephones: BrowserContext) -> Page:
    return telephones.new_page()


@pytest.fixture
def phone(telephone: Page, tmp_path, trace: attnviz.Trace) -> ExplorerFile:
    """The page as a file, on a telephone."""
    explorer = ExplorerFile(telephone, tmp_path)
    explorer.open(trace, layer=5, head=11, query=8)
    return explorer


def tap(phone: ExplorerFile, row: int, column: int) -> None:
    phone.page.touchscreen.tap(*phone.place(row, column))
    phone.settle()


def test_a_tap_chooses_a_cell_and_says_its_number_until_one_taps_elsewhere(phone: ExplorerFile):
    tap(phone, 8, 2)
    assert (phone.state()["query"], phone.state()["key"]) == (8, 2)
    assert phone.tip()[0] == "sat → cat, 0.64, layer 5 head 11"
    tap(phone, 8, 4)
    assert phone.tip()[0].split(" → ")[1].startswith("which, ")
    assert "which" in phone.reading(), "the word that is pinned is said, too"
    phone.page.locator(".card.head .title").tap()
    phone.settle()
    assert not phone.page.locator(".explorer .tip").is_visible()


def test_a_list_says_what_a_tap_on_a_head_does(phone: ExplorerFile):
    phone.tile(0, 2).tap()
    phone.settle()
    assert phone.head() == (0, 2)
    assert phone.tip()[0].startswith("layer 0 head 2")
    phone.page.get_by_label("A tap").select_option("over")
    phone.tile(0, 3).tap()
    phone.settle()
    assert (phone.head(), phone.state()["over"]) == ((0, 2), [[0, 3]])
    phone.page.get_by_label("A tap").select_option("second")
    phone.tile(1, 1).tap()
    phone.settle()
    assert phone.state()["second"] == [1, 1]


def test_vectors_the_way_of_a_word_and_the_links_say_their_numbers(phone: ExplorerFile):
    phone.page.locator(".matrix.k .target").tap()
    assert phone.tip()[0].startswith("k[")
    box = phone.page.locator(".way").bounding_box()
    phone.page.locator(".way").scroll_into_view_if_needed()
    phone.page.locator(".way").tap(position={"x": 100, "y": 60})
    assert phone.tip(), box
    phone.page.locator(".ranking .link").first.tap()
    assert "another word gives" in phone.tip()[1]
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_words_are_asked_for_in_the_lists(phone: ExplorerFile):
    phone.page.get_by_role("combobox", name="from").or_(
        phone.page.locator(".question select").first
    ).first.select_option(index=3)
    phone.settle()
    assert phone.state()["query"] == 3


def test_a_question_mark_opens_by_a_tap_and_closes_by_one_beside_it(phone: ExplorerFile):
    marks = phone.page.locator(".help.read")
    marks.nth(0).locator("summary").tap()
    assert marks.nth(0).get_attribute("open") is not None
    marks.nth(1).locator("summary").tap()
    assert marks.nth(0).get_attribute("open") is None, "one at a time"
    phone.page.locator(".card.head .title").tap()
    assert phone.page.locator(".help[open]").count() == 0


def test_pages_are_a_tap_away_and_nothing_stays_over_them(telephones: BrowserContext, server: str):
    explore = Explore(telephones.new_page(), server)
    explore.open()
    explore.page.get_by_role("link", name="Compare", exact=True).tap()
    explore.page.locator(".comparer .difference[data-drawn]").wait_for()
    title = explore.page.locator(".comparer .title").first
    title.scroll_into_view_if_needed()
    on_top = title.evaluate(
        """(one) => {
            const { left, top } = one.getBoundingClientRect();
            let found = document.elementFromPoint(left + 5, top + 5);
            while (found?.shadowRoot) found = found.shadowRoot.elementFromPoint(left + 5, top + 5);
            return one.contains(found);
        }"""
    )
    assert on_top
    assert explore.page.locator(".brand").is_visible()


def test_on_learn_a_tap_says_a_number_and_a_list_has_the_steps(telephones: BrowserContext, server: str):
    learn = Learn(telephones.new_page(), server)
    learn.open(walk="score", query="8", key="2")
    q = matrix(learn, "q")
    q.locator("canvas").tap(position={"x": 60, "y": 14})
    assert learn.tip() == [q.get_attribute("aria-valuetext")]
    assert not learn.page.locator(".rail .steps").is_visible()
    learn.page.locator(".rail select").select_option("softmax")
    assert learn.title() == "11 · Softmax"
    learn.show("row")
    slider = learn.page.get_by_label("weight on mat", exact=True)
    box = slider.bounding_box()
    slider.tap(position={"x": 0.8 * box["width"], "y": box["height"] / 2})
    assert float(slider.get_attribute("aria-valuetext")) == pytest.approx(0.8, abs=0.1)
