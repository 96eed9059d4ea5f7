"""The explorer in a file of its own: opened from the disk, without a server and with the network cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import attnviz
from attnviz import AttentionTrace
from attnviz.client import html
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser

HOSTILE = '</script><b onload="alert(1)">&amp; cat </title><!-- <img src=x onerror=alert(2)>'
Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, offline=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda one: None if one.url.startswith(("file:", "data:", "blob:")) else wrong.append(one.url))

    def open_(trace: AttentionTrace, after: str = "") -> Page:
        path = tmp_path / "page.html"
        path.write_text(html(trace), encoding="utf-8")
        page.goto("about:blank")  # or another address after # alone would not load it again
        page.goto(path.as_uri() + after)
        page.wait_for_selector(".explorer[data-drawn]")
        return page

    yield open_
    context.close()
    assert wrong == []


def test_it_opens_draws_all_heads_and_answers(opened: Opened):
    page = opened(attnviz.trace(SENTENCE, "random"))
    expect(page.locator(".tiles [role=option]")).to_have_count(4)
    page.locator(".tiles [role=option]").nth(2).click()
    expect(page.locator(".explorer")).to_have_attribute("data-chosen", re.compile(r"^0\.2\."))
    assert "#" in page.url, "the choice stands in the address"
    page.keyboard.press("l")
    expect(page.locator(".shows [data-show=lines]")).to_have_attribute("aria-pressed", "true")


def test_an_address_brings_its_choice_back(opened: Opened):
    trace = attnviz.trace(SENTENCE, "random")
    page = opened(trace)
    page.locator(".tiles [role=option]").nth(3).click()
    address = page.url.partition("#")[2]
    again = opened(trace, f"#{address}")
    expect(again.locator(".explorer")).to_have_attribute("data-chosen", re.compile(r"^0\.3\."))


@pytest.mark.parametrize("after", ["#%E0%A4%A", "#7", "#%7B%22layer%22:99,%22head%22:%22x%22,%22over%22:5%7D"])
def test_a_damaged_address_opens_all_the_same(opened: Opened, after: str):
    page = opened(attnviz.trace(SENTENCE, "random"), after)
    expect(page.locator(".explorer")).to_have_attribute("data-chosen", re.compile(r"^0\."))


@pytest.mark.parametrize("text", [HOSTILE, "cat"])
def test_whatever_was_typed_is_shown_as_text(opened: Opened, text: str):
    page = opened(attnviz.trace(text, "random"))
    assert page.locator("h1").text_content() == text
    assert page.locator("img, .explorer b[onload]").count() == 0
    assert page.title().startswith("attnviz: " + " ".join(text.split())[:20])
