"""A lesson as one file: without a server, without a network, with the page's own numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

import attnviz
from attnviz import lessons
from attnviz.service import lessons as served
from tests.browser.pages import Explore

pytestmark = pytest.mark.browser
LESSONS = {lesson.name: lesson for lesson in lessons.shipped()}


@pytest.fixture
def pupil(reader: BrowserContext) -> Iterator[Page]:
    page = reader.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def opened(page: Page, name: str, folder: Path) -> None:
    file = folder / f"{name}.html"
    file.write_text(served.as_file(LESSONS[name]), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".explorer[data-drawn]")


def what_it_says(page: Page) -> list[str | None]:
    """The text, and the formulas with their numbers."""
    lines = page.locator(".card.walk .formula-line").all()
    return [page.locator(".lesson-text").inner_text(), *(line.get_attribute("data-tex") for line in lines)]


@pytest.mark.parametrize("name", LESSONS)
def test_all_steps_of_a_lesson_are_there(pupil: Page, name: str, tmp_path: Path):
    opened(pupil, name, tmp_path)
    for i, step in enumerate(lessons.resolved(LESSONS[name])["steps"]):
        pupil.locator(".dots button").nth(i).click()
        assert pupil.locator(".card.lesson .title").inner_text() == step["title"]
        assert pupil.locator(f".explorer[data-pane={step['view']['pane']}]").count() == 1
        assert pupil.locator(".words.queries button").count() > 5
    assert f"%22at%22%3A{i}" in pupil.url  # a reload comes back here


def test_the_file_says_what_the_page_says(pupil: Page, explore: Explore, tmp_path: Path):
    opened(pupil, "query-key-value", tmp_path)
    page = explore.page
    for at in ("0", "3", "4"):
        pupil.locator(".dots button").nth(int(at)).click()
        page.goto(f"{explore.url}/learn?lesson=query-key-value&at={at}")
        page.wait_for_selector(".learning .explorer[data-drawn] .words.queries button")
        assert what_it_says(pupil) == what_it_says(page)


def test_a_new_sentence_is_read_without_a_server(pupil: Page, tmp_path: Path):
    opened(pupil, "who-sat", tmp_path)
    pupil.locator(".dots button").nth(2).click()
    text = "The engines near the small dog started"
    field = pupil.get_by_label("A sentence of your own")
    field.fill(text)
    field.press("Enter")
    weights = attnviz.trace(text, model="grammar").layers[1].weights[0]
    said = pupil.locator(".reading").inner_text()
    found = re.match(r"started looks at engines (\d\.\d\d)", said)
    assert found is not None
    assert float(found[1]) == pytest.approx(weights[-1, 2].item(), abs=0.005)
    field.fill("   ")
    field.press("Enter")
    assert "no word" in pupil.locator(".own-sentence .wrong").inner_text()
    pupil.get_by_role("button", name="Back to the lesson’s").click()
    assert "sat looks at cat 0.98" in pupil.locator(".reading").inner_text()


def test_a_question_covers_what_it_asks_and_the_rate_stays_in_the_browser(pupil: Page, tmp_path: Path):
    opened(pupil, "who-sat", tmp_path)
    pupil.locator(".dots button").nth(1).click()
    assert pupil.locator(".explorer[data-covered]").count() == 1
    assert not pupil.locator(".card.head .large").is_visible()
    pupil.locator(".asking .choices button", has_text=re.compile("^cat$")).press("Enter")
    assert pupil.locator(".asking .told-answer").inner_text().startswith("Yes. “sat” gives 0.98")
    assert pupil.locator(".card.head .large").is_visible()
    assert pupil.locator(".asking .rate").inner_text() == "1 of 1 right"
    assert pupil.evaluate("localStorage['attnviz.rate']") == '{"right":1,"asked":1}'
    pupil.evaluate("localStorage.clear()")
