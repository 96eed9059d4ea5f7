"""The explorer in a notebook's frame: it draws, follows the theme, takes the room it needs, touches nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

import attnviz
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser

STYLE = "<style>body { background: #fffdf5 } body.dark { background: #101418 } h1 { color: rgb(1, 2, 3) }</style>"


@pytest.fixture(scope="module")
def notebook(browser: Browser) -> Iterator[Page]:
    """A page that shows a trace as a notebook does."""
    shown = attnviz.show(attnviz.trace(SENTENCE, "grammar"), head="1.2", query="sat", key="cat")
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.set_content(f"<!doctype html>{STYLE}<h1>Mine</h1>{shown._repr_html_()}")
    yield page
    page.close()
    assert wrong == []


@pytest.fixture
def frame(notebook: Page) -> Frame:
    [frame] = notebook.main_frame.child_frames
    frame.wait_for_selector(".explorer[data-drawn]")
    return frame


def test_it_opens_at_the_head_and_word_and_answers(frame: Frame):
    expect(frame.locator(".explorer")).to_have_attribute("data-chosen", "1.2.8")
    frame.locator(".tiles [role=option]").nth(1).click()
    expect(frame.locator(".explorer")).to_have_attribute("data-chosen", "0.1.8")


def test_the_page_around_keeps_its_styles_and_its_address(notebook: Page, frame: Frame):
    assert notebook.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    assert "#" not in notebook.url


def test_it_follows_the_theme_of_the_page_around(notebook: Page, frame: Frame):
    def ground() -> str:
        told: str = frame.evaluate("getComputedStyle(document.body).backgroundColor")
        return told

    assert ground() == "rgb(255, 253, 245)"
    notebook.evaluate("document.body.className = 'dark'")
    frame.wait_for_selector(".explorer.dark")
    assert ground() == "rgb(16, 20, 24)"


def test_the_frame_is_as_high_as_what_is_in_it(notebook: Page, frame: Frame):
    for width in (1400, 700):
        notebook.set_viewport_size({"width": width, "height": 900})
        frame.wait_for_function(
            "() => innerHeight === Math.ceil(document.body.getBoundingClientRect().height)"
            f" && document.documentElement.scrollHeight <= innerHeight && Math.abs(innerWidth - {width - 30}) < 30",
            timeout=5000,
        )
