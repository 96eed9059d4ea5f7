"""How long a person waits, measured in Chromium: for the first look, and after pressing Train."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from benchmarks.driven import Driven, chromium
from tests.browser.serving import served_app


def start_time() -> float:
    """Seconds from starting the server to the first sentence's heads drawn in the browser."""
    with chromium() as browser:
        start = time.perf_counter()
        with served_app() as url:
            Driven(browser.new_page(viewport={"width": 1440, "height": 1000}), url).look()
            return time.perf_counter() - start


def train_time() -> float:
    """Seconds from pressing Train to a best head that finds the subject of nine verbs in ten, as the page shows it."""
    with chromium() as browser, served_app() as url:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(url)  # the libraries are loaded, as they are for somebody who comes from there
        page.wait_for_timeout(8000)
        return _train(page, url)


def _train(page: Page, url: str) -> float:
    page.goto(f"{url}/train")
    page.wait_for_selector(".legend")
    start = time.perf_counter()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector("[data-testid=stProgress]")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.legend tr')].some(row =>
            row.textContent.includes('most at its subject') && Number(row.querySelector('b').textContent) >= 0.9)""",
        timeout=120_000,
    )
    return time.perf_counter() - start
