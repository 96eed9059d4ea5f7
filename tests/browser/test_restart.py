"""A page stays open while its server is started again, as for an update: nothing of it is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import Explore
from tests.browser.serving import free_port, served_at

SAID = "The connection was lost and is back. What you had chosen is kept."
pytestmark = pytest.mark.browser
# Notes that it was said: it stands there for ten seconds, which drawing another page may take where much goes on.
NOTE = """(said) => {
    const watch = () => { globalThis.wasSaid ||= document.body.textContent.includes(said); };
    new MutationObserver(watch).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def connected(page: Page, *, state: bool) -> None:
    """Wait until the page has a server, or has none."""
    is_so = "[data-test-connection-state=CONNECTED]"
    page.wait_for_selector(f"[data-testid=stApp]{is_so if state else f':not({is_so})'}", timeout=60_000)


def test_what_is_done_on_a_page_whose_server_was_started_again_is_done(browser: Browser):
    """Two pages, since what is done first on each is what the new server hears first of it."""
    port = free_port()
    page, other = (browser.new_page(viewport={"width": 1440, "height": 1000}) for _ in range(2))
    with served_at(port) as url:
        explore, typed = Explore(page, url), Explore(other, url)
        explore.open(model="grammar", text="The dog sleeps near the cat")
        explore.open_detail("Save or share")
        typed.open(model="grammar", text="The dog sleeps near the cat", layer="0", head="3")
    for one in (page, other):
        connected(one, state=False)
        one.evaluate(NOTE, SAID)
    explore.tile(0, 3).click()  # nobody need hear of it
    assert explore.head() == (0, 3)
    with served_at(port):
        connected(other, state=True)
        field = other.get_by_label("Sentence", exact=True)
        field.fill("The dog sleeps near the old cat")
        field.press("Enter")
        other.wait_for_function("() => globalThis.wasSaid", timeout=60_000)
        words = ["[CLS]", "The", "dog", "sleeps", "near", "the", "old", "cat"]
        expect(other.locator(".words button bdi")).to_have_text(words, timeout=60_000)
        typed.settle()
        assert typed.tokens() == words
        assert typed.field() == "The dog sleeps near the old cat"
        assert "layer=0&head=3" in other.url

        connected(page, state=True)
        page.wait_for_function("() => globalThis.wasSaid", timeout=60_000)  # the page asks for itself
        explore.settle()
        assert explore.head() == (0, 3)
        assert "layer=0&head=3" in page.url
        with page.expect_download(timeout=60_000) as download:  # of a file that this server offers
            page.get_by_role("button", name="CSV: this head").click()
        assert download.value.suggested_filename == "attnviz-grammar-layer0-head3-the-dog-sleeps-near-the-cat.csv"
        assert download.value.path().stat().st_size > 0
        page.get_by_role("button", name="Switch this head off").click()
        explore.settle()
        assert explore.head() == (0, 3)
        assert "off=0.3&layer=0&head=3" in page.url
        page.get_by_role("button", name="All on").click()
        explore.settle()
    for one in (page, other):
        one.close()
