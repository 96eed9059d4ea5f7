"""The explorer in a file of its own: opened from the disk, without a server and with the network cut."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import attnviz
from tests.browser.pages import ExplorerFile
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser

HOSTILE = '</script><b onload="alert(1)">&amp; cat </title><!-- <img src=x onerror=alert(2)>'


def test_it_opens_draws_all_heads_and_answers(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "random"))
    page = explorer.page
    expect(page.locator(".tiles [role=option][aria-label^=layer]")).to_have_count(4)
    page.locator(".tiles [role=option]").nth(2).click()
    expect(page.locator(".explorer")).to_have_attribute("data-chosen", re.compile(r"^0\.2\."))
    assert "#" in page.url, "the choice stands in the address"
    page.keyboard.press("l")
    expect(page.locator(".shows [data-show=lines]")).to_have_attribute("aria-pressed", "true")


def test_an_address_brings_its_choice_back(explorer: ExplorerFile):
    trace = attnviz.trace(SENTENCE, "random")
    explorer.open(trace)
    page = explorer.page
    page.locator(".tiles [role=option]").nth(3).click()
    address = page.url.partition("#")[2]
    explorer.open(trace, address=f"#{address}")
    expect(page.locator(".explorer")).to_have_attribute("data-chosen", re.compile(r"^0\.3\."))


@pytest.mark.parametrize("after", ["#%E0%A4%A", "#7", "#%7B%22layer%22:99,%22head%22:%22x%22,%22over%22:5%7D"])
def test_a_damaged_address_opens_all_the_same(explorer: ExplorerFile, after: str):
    explorer.open(attnviz.trace(SENTENCE, "random"), address=after)
    expect(explorer.page.locator(".explorer")).to_have_attribute("data-chosen", re.compile(r"^0\."))


@pytest.mark.parametrize("text", [HOSTILE, "cat"])
def test_whatever_was_typed_is_shown_as_text(explorer: ExplorerFile, text: str):
    explorer.open(attnviz.trace(text, "random"))
    page = explorer.page
    assert page.locator("h1").text_content() == text
    assert page.locator("img, .explorer b[onload]").count() == 0
    assert page.title().startswith("attnviz: " + " ".join(text.split())[:20])
