"""A head built by hand on the Learn page, as a pupil builds it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from tests.browser.pages import Explore, Learn

pytestmark = pytest.mark.browser
PLACES = ["1st", "2nd", "3rd", "4th", "5th", "6th"]


class Bench:
    """The card, as a person sees and uses it."""

    def __init__(self, learn: Learn) -> None:
        self.page, self.card = learn.page, learn.page.locator(".card.build")
        self.field = self.card.get_by_role("textbox")
        self.pattern = self.card.get_by_role("slider", name="Weights of the head")
        self.wrong = self.card.get_by_role("alert")

    def press(self, name: str) -> None:
        self.card.get_by_role("button", name=name, exact=True).click()

    def cell(self, matrix: str, feature: str, column: int) -> Locator:
        grid = self.card.get_by_role("grid", name=matrix)
        row = grid.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=feature, exact=True))
        return row.get_by_role("gridcell").nth(column - 1)

    def goal(self) -> str:
        return self.card.locator(".goal").inner_text()

    def weight(self, query: int, key: int) -> str:
        """What a screen reader says of a weight, to which arrow keys lead."""
        self.pattern.focus()
        for _ in PLACES:
            self.page.keyboard.press("ArrowUp")
        self.page.keyboard.press("Home")
        for key_name, times in (("ArrowDown", query), ("ArrowRight", key)):
            for _ in range(times):
                self.page.keyboard.press(key_name)
        return self.pattern.get_attribute("aria-valuetext") or ""

    def picture(self) -> str:
        drawn: str = self.card.locator(".pattern canvas").evaluate("(canvas) => canvas.toDataURL()")
        return drawn


def begun(learn: Learn, **chosen: object) -> Bench:
    """The card with the head that stands there first."""
    learn.begin(pane="build", **chosen)
    bench = Bench(learn)
    bench.press("Previous word")
    return bench


@pytest.fixture
def bench(learn: Learn) -> Bench:
    return begun(learn)


def test_ready_heads_are_drawn_at_once_and_say_what_they_do(fresh: Explore):
    learn = Learn(fresh.page, fresh.url)
    learn.open(pane="build")
    bench = Bench(learn)
    assert "5 of 5 rows do" in bench.goal()
    assert "The first word has none" in bench.goal()
    assert bench.weight(1, 0) == "cat → the₁: 0.99"
    before = bench.picture()
    bench.press("Same word")
    assert bench.picture() != before
    assert "6 of 6 rows do" in bench.goal()
    assert bench.weight(3, 0) == "the₄ → the₁: 0.50"
    bench.press("First word")
    assert bench.weight(5, 0) == "dog → the₁: 0.99"
    assert bench.cell("W_Q", "always", 1).inner_text() == "4"
    bench.press("All alike")
    assert bench.weight(2, 4) == "saw → black: 0.17"


def test_next_word_is_built_by_the_keyboard_alone(bench: Bench):
    keys = bench.page.keyboard
    turn = bench.card.get_by_role("button", name="Your turn: next word")
    turn.press("Enter")
    assert "So far 0 of 5 rows do" in bench.goal()
    empty = bench.card.get_by_role("button", name="All to 0")
    empty.press("Enter")
    for matrix, steps in (("W_K", 0), ("W_Q", 1)):
        grid = bench.card.get_by_role("grid", name=matrix)
        assert grid.locator("[tabindex='0']").count() == 1
        grid.locator("[tabindex='0']").focus()
        for _ in range(5):  # over the five words to the 1st place
            keys.press("ArrowDown")
        for _ in range(steps):
            keys.press("ArrowRight")
        for place in PLACES[: len(PLACES) - steps]:
            focused = bench.card.locator("[role=gridcell]:focus")
            assert (focused.get_attribute("aria-label") or "").startswith(f"{matrix}, {place}, column ")
            keys.press("Space")
            keys.press("ArrowDown")
            keys.press("ArrowRight")
    assert "Done: 5 of 5 rows do" in bench.goal()
    assert "larger numbers make rows sharper" in bench.goal()
    assert bench.weight(0, 1) == "the₁ → cat: 0.23"
    sharper = bench.card.get_by_role("button", name="Sharper")
    sharper.press("Enter")
    sharper.press("Enter")
    assert bench.weight(0, 1) == "the₁ → cat: 0.99"
    assert "sharper" not in bench.goal()


def test_a_click_goes_round_and_a_number_is_typed(bench: Bench):
    cell = bench.cell("W_Q", "cat", 3)
    for wanted in ("1", "−1", "0"):
        cell.click()
        assert cell.inner_text() == wanted
    bench.page.keyboard.type("-2,5")
    assert bench.field.input_value() == "-2,5"
    bench.page.keyboard.press("Enter")
    assert cell.inner_text() == "−2.5"
    assert cell.evaluate("(cell) => cell.getRootNode().activeElement === cell")
    assert cell.get_attribute("aria-label") == "W_Q, cat, column 3: −2.5"
    bench.page.keyboard.press("Enter")  # to change what is there
    bench.page.keyboard.type("7")
    bench.page.keyboard.press("Escape")
    assert bench.field.input_value() == "−2.5"
    cell.focus()
    bench.page.keyboard.type("3")
    bench.cell("W_K", "dog", 1).focus()  # what is typed is taken where one goes on elsewhere
    assert cell.inner_text() == "3"
    bench.press("Undo")
    assert cell.inner_text() == "−2.5"
    cell.focus()
    bench.field.fill("-12.0625")
    bench.field.press("Enter")
    assert (cell.inner_text(), bench.field.input_value()) == ("−12.1", "−12.0625")  # no digit is lost
    cell.press("Delete")
    assert cell.inner_text() == "0"


@pytest.mark.parametrize(("typed", "said"), [("NaN", "is not a number"), ("1e300", "is too large"), ("", "no number")])
def test_what_is_no_number_changes_nothing_and_is_said(bench: Bench, typed: str, said: str):
    before = bench.picture()
    cell = bench.cell("W_Q", "2nd", 1)
    cell.focus()
    picture = bench.picture()
    bench.field.fill(typed)
    bench.field.press("Enter")
    assert said in bench.wrong.inner_text()
    assert bench.field.get_attribute("aria-invalid") == "true"
    assert bench.field.input_value() == typed
    assert cell.inner_text() == "4"
    assert bench.picture() == picture == before
    bench.field.fill("2")
    assert bench.wrong.inner_text() == ""
    bench.field.press("Enter")
    assert cell.inner_text() == "2"


def test_what_is_built_stays_while_the_page_is_open(bench: Bench):
    bench.press("Same word")
    bench.cell("W_K", "dog", 6).click()
    for pane in ("way", "build"):
        bench.page.locator(f".panes input[value={pane}]").check(force=True)
    bench.page.emulate_media(color_scheme="dark")
    assert bench.cell("W_K", "dog", 6).inner_text() == "1"
    assert bench.cell("W_Q", "dog", 5).inner_text() == "4"


def test_a_word_that_is_pointed_at_shows_whose_rows_make_it(bench: Bench):
    bench.weight(4, 3)
    used = bench.card.locator(".used .feature").all_inner_texts()
    assert used == ["black", "5th", "always", "the", "4th", "always"]
    assert bench.card.locator(".sum .feature").all_inner_texts() == ["q of black", "k of the₄"]
    told = bench.card.locator(".meeting").inner_text()
    assert told == "black → the₄: q · k = 4 · 4 = 16; ÷ √6 = 6.53; softmax over the row: 0.99"


def test_on_a_phone_the_matrices_are_scrolled_inside_themselves(bench: Bench):
    bench.page.set_viewport_size({"width": 390, "height": 844})
    bench.page.wait_for_function("document.querySelector('.stApp').clientWidth <= 390")
    tables = bench.card.locator(".tables")
    assert tables.evaluate("(box) => box.scrollWidth > box.clientWidth")
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 390
    last = bench.cell("W_K", "always", 6)
    last.click()
    assert last.inner_text() == "1"
    box = last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
    assert min(box["width"], box["height"]) >= 24


def test_for_a_class_both_matrices_and_the_weights_are_seen_at_once(learn: Learn):
    learn.page.set_viewport_size({"width": 1280, "height": 720})
    bench = begun(learn, present=1)
    card = bench.card.bounding_box()
    assert card is not None
    for box in (bench.card.locator(".sum").last, bench.card.locator(".meeting")):
        place = box.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] <= card["y"] + card["height"] + 1
    bench.press("First word")
    assert bench.cell("W_K", "1st", 1).inner_text() == "4"
