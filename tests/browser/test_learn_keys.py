"""The Learn page for everyone: by keys alone, read aloud, by touch, on every screen, and before a class."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator

import attnviz
from tests.browser.pages import Explore, Learn
from tests.browser.test_first_screen import TOO_SMALL, TOO_WIDE, drawn_for
from tests.browser.test_presenting import is_readable

pytestmark = pytest.mark.browser
SENTENCE = "The cat, which was black, sat on the mat"
PROJECTOR, LARGE = {"width": 1024, "height": 768}, {"width": 1920, "height": 1080}
WIDTHS = (1920, 1280, 1024, 640, 390, 360)  # 640: a screen of 1280 at 200 %
LESSON = "who-sat"
FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found === document.body ? "" : [found.textContent.trim(), found.ariaLabel, found.className].find(Boolean);
}"""
# What a screen reader is told: the regions whose words have changed.
SAID = """(root) => [...root.querySelectorAll("[aria-live=polite], [role=status], output")]
    .filter((one) => one.checkVisibility() && one.textContent.trim()).map((one) => one.textContent.trim())"""


@pytest.fixture
def opened(fresh: Explore) -> Learn:
    """A page of its own, which a test opens."""
    return Learn(fresh.page, fresh.url)


@pytest.fixture
def led(explore: Explore) -> Learn:
    """A page that is open already, and that an address leads to any model and text."""
    return Learn(explore.page, explore.url)


def open_lesson(learn: Learn, **params: str) -> None:
    learn.page.goto(f"{learn.url}/learn?lesson={LESSON}" + "".join(f"&{k}={v}" for k, v in params.items()))
    learn.page.wait_for_selector(".learning .explorer[data-drawn][data-lesson]", timeout=60_000)
    learn.page.evaluate("document.fonts.ready")


def focused(learn: Learn) -> str:
    """What has the focus, by its text, name or class; empty where nothing has."""
    found: str = learn.page.evaluate(FOCUSED)
    return found


def matrix(learn: Learn, name: str, card: str = "walk") -> Locator:
    """A matrix, by its name in the formula."""
    figures = learn.page.locator(f".card.{card} .shown")
    return figures.filter(has=learn.page.locator("figcaption b", has_text=name)).first.locator(".cells")


def said_of(cell: Locator) -> tuple[str, float]:
    """The name of a cell and its number, as a screen reader says them."""
    name, number = (cell.get_attribute("aria-valuetext") or "").rsplit(": ", 1)
    return name, float(number.replace("−", "-"))


def test_each_matrix_is_one_stop_and_arrow_keys_read_its_numbers(learn: Learn):
    learn.begin(walk="scores", layer=1, head=0, query=8, key=2)
    scores = attnviz.trace(SENTENCE).layers[1].head(0).scores
    cells = matrix(learn, "S")
    assert (cells.get_attribute("role"), cells.get_attribute("aria-label")) == ("slider", "S, all scores, 12 by 12")
    cells.focus()
    learn.page.keyboard.press("Home")
    for key, row, column in (("ArrowRight", 8, 1), ("ArrowUp", 7, 1), ("End", 7, 11), ("ArrowRight", 7, 11)):
        learn.page.keyboard.press(key)
        name, number = said_of(cells)
        assert number == pytest.approx(scores[row, column].item(), abs=6e-3)
        assert learn.tip() == [cells.get_attribute("aria-valuetext")]
    assert name == "S of ,₇ → mat"
    assert (learn.state()["query"], learn.state()["key"]) == (8, 2), "reading chooses nothing"
    learn.page.keyboard.press("Enter")
    assert (learn.state()["query"], learn.state()["key"]) == (7, 11)
    assert focused(learn) == "S, all scores, 12 by 12"
    learn.page.keyboard.press("Tab")
    assert not learn.page.locator(".explorer .tip").is_visible()
    assert learn.page.locator(".card.walk .cells").count() == 1


def test_what_is_drawn_anew_keeps_the_focus(learn: Learn):
    learn.begin(walk="layers")
    following = learn.page.locator("[data-go=next]")
    following.focus()
    learn.page.keyboard.press("Enter")
    assert learn.title() == "20 · Which word?"
    assert focused(learn) == "Step back", "there is no next one"
    learn.page.keyboard.press("Enter")
    assert learn.title() == "19 · The next layers"
    assert focused(learn) == "Step back"
    learn.show("why")
    topic = learn.page.get_by_role("button", name="Why softmax?")
    topic.focus()
    learn.page.keyboard.press("Enter")
    assert focused(learn) == "Why softmax?"
    choice = learn.page.get_by_label("Here:")
    choice.focus()
    choice.select_option("hard")
    assert "softmaxsoftmax" in focused(learn).replace(", temperature ¼", ""), "the list"
    learn.show("row")
    slider = learn.page.get_by_label("weight on mat", exact=True)
    slider.focus()
    for _ in range(3):
        learn.page.keyboard.press("ArrowRight")
    assert focused(learn) == "weight on mat"
    assert slider.get_attribute("aria-valuetext") == learn.page.locator(".card.row .weight").last.inner_text()
    learn.page.get_by_role("button", name="Back to the model’s own row").press("Enter")
    assert focused(learn).startswith("weight on")


def test_a_question_is_answered_by_keys(opened: Learn):
    opened.open(pane="explore")
    opened.page.get_by_role("button", name="Guess first").press("Enter")
    choices = opened.page.locator(".asking .choices button")
    assert focused(opened) == choices.first.inner_text()
    opened.page.keyboard.press("Enter")
    assert focused(opened) == choices.first.inner_text(), "it tells whether it was right"
    assert choices.first.get_attribute("aria-disabled") == "true"
    told = opened.page.locator(".told-answer").inner_text()
    assert told.startswith(("Yes.", "No."))
    opened.page.keyboard.press("Enter")
    assert opened.page.locator(".told-answer").inner_text() == told, "one answer counts"
    opened.page.get_by_role("button", name="Another question").press("Enter")
    assert focused(opened) == choices.first.inner_text()


def test_a_step_is_said_once(learn: Learn):
    def changed(do: Any) -> list[str]:
        root = learn.page.locator(".explorer")
        before = root.evaluate(SAID)
        do()
        learn.settle()
        return [one for one in root.evaluate(SAID) if one not in before]

    learn.begin(walk="scores")
    following = learn.page.locator("[data-go=next]")
    said = changed(lambda: following.press("Enter"))
    assert len(said) == 1
    assert said[0].startswith("9 · ÷ √d")
    learn.show("row")
    slider = learn.page.get_by_label("weight on mat", exact=True)
    said = changed(lambda: slider.fill("500"))
    assert len(said) == 1, "of all the numbers that move, one sentence"
    assert "moved by" in said[0]


def test_in_a_lesson_its_text_is_said_and_its_dots_keep_the_focus(opened: Learn):
    open_lesson(opened)
    assert opened.page.locator(".card.walk .spoken").get_attribute("aria-live") == "off"
    dots = opened.page.locator(".lesson .dots button")
    dots.nth(2).press("Enter")
    assert dots.nth(2).get_attribute("aria-current") == "true"
    assert focused(opened) == dots.nth(2).get_attribute("aria-label")
    dots.nth(dots.count() - 2).press("Enter")
    opened.page.locator("[data-lesson-go=next]").press("Enter")
    assert focused(opened) == "Back"
    assert not opened.page.get_by_role("button", name="Guess first").is_visible(), "a lesson asks by itself"


def test_a_lessons_link_presents_it_and_arrow_keys_go_from_step_to_step(opened: Learn):
    opened.page.set_viewport_size(PROJECTOR)
    open_lesson(opened, at="2", present="1")
    which = opened.page.locator(".presenting .which")
    count = opened.page.locator(".lesson .dots button").count()
    assert which.inner_text() == f"3 of {count}"
    assert "present=1" in opened.page.url
    for step in (4, 5, 6):
        opened.page.keyboard.press("ArrowRight")
        assert which.inner_text() == f"{step} of {count}"
        assert opened.page.locator(".lesson .lesson-text").is_visible()
        assert is_readable(opened.page)
    opened.page.keyboard.press("Escape")
    assert not which.is_visible()
    opened.page.wait_for_url(lambda url: "present" not in url and "at=5" in url)
    opened.page.keyboard.press("f")
    assert which.inner_text() == f"6 of {count}", "it begins where one is"


def test_back_and_forward_lead_through_a_lesson_and_from_lesson_to_lesson(opened: Learn):
    open_lesson(opened)
    page, title = opened.page, opened.page.locator(".lesson .title")
    titles = [title.inner_text()]
    for _ in range(2):
        page.locator("[data-lesson-go=next]").click()
        titles.append(title.inner_text())
        page.wait_for_timeout(150)  # each step an address of its own
    assert len(set(titles)) == 3
    page.locator(".st-key-lessons_row").get_by_text("From scores to weights").click()
    page.locator(".lesson .title", has_text="What is wrong with scores").wait_for()
    for wanted in reversed(titles):
        page.go_back()
        page.locator(".lesson .title", has_text=wanted).wait_for()
    page.go_forward()
    page.locator(".lesson .title", has_text=titles[1]).wait_for()


def test_back_leads_to_what_was_shown_before_on_the_way_too(opened: Learn):
    opened.open(walk="score")
    opened.show("why")
    opened.page.wait_for_url(lambda url: "pane=why" in url)
    opened.page.go_back()
    opened.page.locator(".explorer[data-pane=way]").wait_for()
    opened.settle()
    assert opened.title() == "6 · One score"


def test_presenting_begins_with_the_step_that_is_there_and_leads_back_to_its_button(learn: Learn):
    learn.begin(walk="score")
    button = learn.page.get_by_role("button", name="Present", exact=True)
    button.press("Enter")
    assert learn.title() == "6 · One score"
    learn.page.keyboard.press("ArrowRight")
    assert learn.title() == "7 · A row of scores"
    learn.page.keyboard.press("Escape")
    assert focused(learn) == "Present"


def readable_in(size: dict[str, int], learn: Learn) -> None:
    """What is presented can be read in a window of this size."""
    drawn_for(learn, size)
    assert is_readable(learn.page), (learn.title(), size)


def test_what_is_presented_can_be_read_from_the_last_row(learn: Learn):
    learn.begin(walk="positions", present=1)
    for _ in range(4):
        for size in (PROJECTOR, LARGE):
            readable_in(size, learn)
            assert 12 * learn.ask("explorer.context.zoom") >= 20
        learn.page.keyboard.press("ArrowRight")
    for chosen in ({"walk": "probabilities"}, {"pane": "why", "switched": "unscaled"}, {"pane": "row"}):
        learn.begin(present=1, **chosen)
        for size in (PROJECTOR, LARGE):
            readable_in(size, learn)
            card, bar = (
                learn.page.locator(".card.now").bounding_box(),
                learn.page.locator(".explorer > .presenting").bounding_box(),
            )
            assert card["y"] + card["height"] <= bar["y"] + 1, "what does not fit is scrolled, not covered"


def test_nothing_is_wider_than_the_screen_and_no_type_is_too_small(learn: Learn):
    steps = [{"walk": step} for step in ("words", "positions", "projections", "softmax", "probabilities")]
    for width in WIDTHS:
        drawn_for(learn, {"width": width, "height": 800})
        for chosen in (*steps, {"pane": "explore"}, {"pane": "why"}, {"pane": "row"}):
            learn.begin(**chosen)
            assert learn.page.evaluate(TOO_WIDE) == [], (chosen, width)
            assert learn.page.evaluate(TOO_SMALL) == [], (chosen, width)


def test_on_a_phone_the_lessons_are_one_line_in_which_the_one_that_is_read_is_seen(opened: Learn):
    opened.page.set_viewport_size({"width": 390, "height": 844})
    opened.page.goto(f"{opened.url}/learn?lesson=the-next-word")
    row = opened.page.locator(".st-key-lessons_row")
    chosen = row.get_by_role("radio", checked=True)
    chosen.wait_for(timeout=60_000)
    place = chosen.bounding_box()
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= 390
    assert row.bounding_box()["height"] < 2 * place["height"]


def test_the_last_steps_bars_stand_over_its_matrices_and_the_first_shows_the_places(learn: Learn):
    learn.begin(walk="probabilities")
    bars = learn.page.locator(".card.walk .bars").bounding_box()
    lowest = learn.page.locator(".card.walk .guessed li").last.bounding_box()
    first = learn.page.locator(".card.walk .shown").first.bounding_box()
    assert lowest["y"] + lowest["height"] <= bars["y"] + bars["height"] + 1 <= first["y"] + 1
    learn.go("words")
    cells = learn.page.locator(".walk .places li")
    tokens = ["[CLS]", *SENTENCE.replace(",", " ,").split()]
    assert [cell.split() for cell in cells.all_inner_texts()] == [[word, str(i)] for i, word in enumerate(tokens)]
    assert learn.page.locator(".walk .places .now").inner_text().startswith("sat")
    learn.word(2).click()
    assert learn.page.locator(".walk .places .now").inner_text().startswith("cat")


def test_of_a_long_text_a_switch_shows_a_window_and_says_so(led: Learn):
    led.lead(model="random", text="the cat sat on a mat and " * 8, pane="why", switched="unscaled")
    labels = led.page.locator(".card.why .cells").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert [label.split(", ")[0] for label in labels] == ["before", "after"]
    assert all(label.endswith("24 by 24") for label in labels)
    assert "The text has 56 tokens; the matrices show 24 of them" in led.page.locator(".card.why .changed").inner_text()
