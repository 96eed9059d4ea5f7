"""Browsers at two replicas, one of which is killed and started again: what they show, take and bring."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Error, FilePayload, Page, Response, sync_playwright

from benchmarks.balanced import COOKIE, NAMES, Balanced
from tests.browser.pages import Explore
from tests.browser.serving import BROWSER_ARGUMENTS, find_browser

TEXTS = ("The dog sleeps near the cat", "The cats that saw the dog sleep", "The dog that saw the cats sleeps")
HEAD = (0, 3)
_PROBES = ("/_stcore/health", "/_stcore/host-config")  # a page asks for them until somebody answers
_WRONG = ".notice.error, [data-testid=stException], [data-testid=stDialog]"
_CONNECTED = "[data-testid=stApp][data-test-connection-state=CONNECTED]"
_PATIENCE = 60_000  # milliseconds
_NOTICED = 2_000  # by then a page knows that its server is gone


@dataclass
class Seen:
    """What was counted."""

    files: int = 0  # that were taken, as before
    pictures: int = 0  # that were brought, and read
    wrong: list[str] = field(default_factory=list)


class Visitor:
    """A browser of its own with two pages: a text with a chosen head, and a picture."""

    def __init__(self, browser: Browser, both: Balanced, text: str, seen: Seen) -> None:
        self.text, self.seen = text, seen
        self.context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
        self.explore, self.pictures = (Explore(self._page(), both.url) for _ in range(2))

    def _page(self) -> Page:
        page = self.context.new_page()
        page.on("response", self._heard)
        page.on("pageerror", lambda error: self.seen.wrong.append(str(error)))
        return page

    def _heard(self, answer: Response) -> None:
        if answer.status >= 400 and not answer.url.split("?")[0].endswith(_PROBES):
            self.seen.wrong.append(f"{answer.status} {answer.url.split('?')[0]}")

    @property
    def replica(self) -> str:
        """At which it is."""
        cookies: list[Any] = self.context.cookies()
        return next((cookie["value"] for cookie in cookies if cookie["name"] == COOKIE), "")

    def open(self) -> None:
        """Type, choose, take and bring."""
        self.explore.open(model="grammar")
        self.explore.type(self.text)
        self.explore.choose_head(*HEAD)
        self.explore.open_detail("Save or share")
        self.table = self.taken()
        self.pictures.open(model="picture")
        self.pictures.page.get_by_role("button", name="Your own").click()
        self.brought()

    def taken(self) -> bytes:
        """The file of the chosen head's numbers."""
        with self.explore.page.expect_download(timeout=_PATIENCE) as download:
            self.explore.page.get_by_role("button", name="CSV: this head").click(timeout=_PATIENCE)
        return download.value.path().read_bytes()

    def brought(self) -> None:
        """A picture, which the page then shows."""
        written = io.BytesIO()
        Image.fromarray(np.full((80, 120, 3), 90, np.uint8)).save(written, "PNG")
        file = FilePayload(name="mine.png", mimeType="image/png", buffer=written.getvalue())
        self.pictures.page.locator("input[type=file]").set_input_files(file)
        self.pictures.page.get_by_text("A link cannot carry your picture").wait_for(timeout=_PATIENCE)
        self.pictures.settle()
        self.seen.pictures += 1

    def check(self) -> None:
        """All is as it was before, and files can be taken and brought."""
        for explore in (self.explore, self.pictures):
            explore.page.wait_for_selector(_CONNECTED, timeout=_PATIENCE)
            explore.settle()
        taken = self.taken()
        self.seen.files += taken == self.table
        self.brought()
        words = self.explore.tokens()[1:]
        for what, was, now in (
            ("text", self.text, self.explore.field()),
            ("words", self.text.lower(), " ".join(words).lower()),
            ("head", HEAD, self.explore.head()),
            ("file", len(self.table), len(taken)),
        ):
            if was != now:
                self.seen.wrong.append(f"{what}: {was} became {now}")
        for page in (self.explore.page, self.pictures.page):
            self.seen.wrong += page.locator(_WRONG).all_inner_texts()


def in_browsers(both: Balanced) -> list[str]:
    """What was seen, in sentences."""
    seen, told = Seen(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGUMENTS)
        visitors = [Visitor(browser, both, text, seen) for text in TEXTS]
        for visitor in visitors:
            visitor.open()
        at = {name: sum(visitor.replica == name for visitor in visitors) for name in NAMES}
        dies = max(NAMES, key=lambda name: at[name])
        for what in ("killed", "started again"):
            before = seen.files, seen.pictures, len(seen.wrong)
            if what == "killed":
                both.kill(dies)
            else:
                both.start(dies)
            visitors[0].explore.page.wait_for_timeout(_NOTICED)
            for visitor in visitors:
                try:
                    visitor.check()
                except Error as error:
                    seen.wrong.append(f"{visitor.text}: {error.message.splitlines()[0]}")
            moved = sum(visitor.replica != dies for visitor in visitors)
            told.append(
                f"replica {dies}, with {at[dies]} of {len(visitors)} browsers, is {what}: {moved} of {len(visitors)} "
                f"are at the other one; {seen.files - before[0]} files were taken that equal those taken before, "
                f"{seen.pictures - before[1]} pictures were brought and read; {len(seen.wrong) - before[2]} errors, "
                "error boxes or answers of 400 and more."
            )
        browser.close()
    return [*told, *seen.wrong]
