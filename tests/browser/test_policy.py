"""The content security policy, in a browser: the page needs nothing that it forbids, and that is not done."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.pages import Compare, Explore, Train

pytestmark = pytest.mark.browser

_WATCH = """
globalThis.refused = [];
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    refused.push(`${effectiveDirective} ${blockedURI}`);
});
"""
# A library of Streamlit's page tries WebAssembly for its whole numbers, and goes on without.
_TRIED = {"script-src wasm-eval"}


def test_nothing_that_the_pages_do_is_refused(fresh: Explore):
    page = fresh.page
    page.add_init_script(_WATCH)
    fresh.open()
    for title in ("Is this weight meaningful?", "How the weights are computed, step by step", "Save or share"):
        fresh.open_detail(title)
    for button in ("CSV: this head", "PNG"):
        with page.expect_download():
            page.get_by_role("button", name=button, exact=True).click()
    assert set(page.evaluate("refused")) <= _TRIED
    for other in (Compare(page, fresh.url), Train(page, fresh.url)):
        other.open()
        assert set(page.evaluate("refused")) <= _TRIED


def test_a_script_that_got_into_the_page_is_not_run_and_asks_nobody(visitor: BrowserContext, server: str):
    page = visitor.new_page()
    page.add_init_script(_WATCH)
    page.goto(server)
    page.evaluate(
        """() => {
            const made = (name, attributes) => Object.assign(document.createElement(name), attributes);
            const add = (name, attributes) => document.body.append(made(name, attributes));
            add("script", { textContent: "globalThis.evil = 1" });
            add("script", { src: "https://evil.example/x.js" });
            add("img", { src: "https://evil.example/?sentence" });
            add("iframe", { src: "https://evil.example/" });
        }"""
    )
    page.wait_for_function("refused.length >= 4")
    assert page.evaluate("globalThis.evil") is None
    page.close()
