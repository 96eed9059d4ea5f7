"""The explorer in a file of its own."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from attnviz import Trace
from attnviz.client import html
from tests.browser.pages.explorer import Explorer
from tests.browser.pages.settling import QUIET_FILE, listen


class ExplorerFile(Explorer):
    """The explorer in a file of its own, opened from the disk: what is the same with and without a server."""

    quiet = QUIET_FILE

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.path = page, folder / "page.html"
        listen(page)

    def open(self, trace: Trace, *, address: str = "", **first: object) -> None:
        """`first` is what is chosen at first, beside head 0 of layer 0 and the first word."""
        chosen = {"layer": 0, "head": 0, "query": 0} | first
        self.path.write_text(html(trace, first=chosen), encoding="utf-8")
        self.page.goto("about:blank")  # or another address after # alone would not load it again
        self.page.goto(self.path.as_uri() + address)
        self.page.wait_for_selector(self.ready)
        self.settle()
