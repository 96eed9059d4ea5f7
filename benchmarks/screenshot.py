"""Take the README's pictures from the running app: python -m benchmarks.screenshot."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.explore_page import Explore
from tests.browser.serving import BROWSER_ARGUMENTS, find_browser, served_app

FOLDER = Path(__file__).parent.parent / "docs"
VIEW = {"model": "minilm", "layer": "5", "head": "11"}


def take() -> None:
    """Explore in light and in dark."""
    with sync_playwright() as playwright, served_app() as url:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGUMENTS)
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1440, "height": 1480}, color_scheme=scheme)
            Explore(page, url).open(**VIEW)
            page.screenshot(path=FOLDER / f"explore-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    take()
