"""Take the pictures of README.md and docs/using.md from the running app: python -m benchmarks.screenshot."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.pages import Compare, Explore, Learn, Train
from tests.browser.serving import BROWSER_ARGUMENTS, find_browser, served_app

FOLDER = Path(__file__).parent.parent / "docs"
TRAIN_VIEW = {"step": "250"}


def take() -> None:
    """All pages in light and in dark."""
    with sync_playwright() as playwright, served_app() as url:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGUMENTS)
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1440, "height": 1120}, color_scheme=scheme)
            Explore(page, url).open(model="minilm", layer="5", head="11")
            page.screenshot(path=FOLDER / f"explore-{scheme}.png")
            page.set_viewport_size({"width": 1440, "height": 1080})
            Compare(page, url).open(compare="models", layer="1", head="0")
            page.screenshot(path=FOLDER / f"compare-{scheme}.png")
            page.set_viewport_size({"width": 1440, "height": 1160})
            Train(page, url).open(**TRAIN_VIEW)
            page.screenshot(path=FOLDER / f"train-{scheme}.png")
            page.set_viewport_size({"width": 1440, "height": 1100})
            Learn(page, url).open(walk="softmax")
            page.screenshot(path=FOLDER / f"learn-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    take()
