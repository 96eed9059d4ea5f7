"""A real server and a real browser. Every page is watched: nothing leaves the machine, nothing fails silently."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.pages import Explore, ExplorerFile, Learn
from tests.browser.serving import BROWSER_ARGUMENTS, find_browser

# A page of a site that is open already shares its process, and finds Streamlit's JavaScript compiled: it opens in two
# thirds of the time. So a page of each site stays open.
SHARED = [*BROWSER_ARGUMENTS, "--process-per-site"]
# The same browser without windows around its pages: where it is installed, browser tests cost a seventh less.
WITHOUT_WINDOWS = ("chromium-headless-shell", "chrome-headless-shell")
WINDOW = {"width": 1440, "height": 1000}
MOST_ADDRESSES = 25  # behind a page: a browser keeps fifty, and tests count theirs


def is_error(message: ConsoleMessage) -> bool:
    """Streamlit's page looks for its server below the page's own address first, and is told 404."""
    probes = tuple(
        f"/{page}/_stcore/{file}" for page in ("compare", "train", "learn") for file in ("health", "host-config")
    )
    return message.type == "error" and not message.location["url"].endswith(probes)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser(*WITHOUT_WINDOWS)
    if path is None:
        why = "No Chromium or Chrome found: install one (Debian: apt install chromium) or set CHROME to its path."
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SHARED)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visitor(browser: Browser, server: str) -> Iterator[BrowserContext]:
    """A browser that has been here before: it has Streamlit's own files, and nothing else."""
    context = browser.new_context(viewport=WINDOW)
    context.new_page().goto(f"{server}/_stcore/health")
    yield context
    context.close()


class Used:
    """A page that one test after another uses: another document on it costs half of what another page does.

    `watch` is given it once, with the list of what goes wrong on it.
    """

    def __init__(self, context: BrowserContext, watch: Callable[[Page, list[str]], None]) -> None:
        self.context, self.watch = context, watch
        self.wrong: list[str] = []
        self.page: Page | None = None

    @contextmanager
    def lent(self, *, stays: bool = False) -> Iterator[Page]:
        """For a test: with nothing on it, or `stays`, with what the test before left; and nothing may go wrong."""
        page = self._page()
        page.bring_to_front()  # behind another one, it hears nothing of a pointer that rests
        self.wrong.clear()
        yield page
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear()")
        wrong = self.wrong[:]
        if not stays:
            page.goto("about:blank")
        at_ease(page)
        assert wrong == []

    def _page(self) -> Page:
        page = self.page
        if page is not None and not page.is_closed():
            if page.evaluate("history.length") < MOST_ADDRESSES:
                return page
            page.close()
        self.page = self.context.new_page()
        self.watch(self.page, self.wrong)
        return self.page


def at_ease(page: Page) -> None:
    """Nothing is pointed at, and the window is as it was first."""
    page.mouse.move(0, 0)
    page.set_viewport_size(WINDOW)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")


def watch_site(server: str, page: Page, wrong: list[str]) -> None:
    """What the console says, and what is asked of another host."""
    page.on("console", lambda message: wrong.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    local = (server, server.replace("http", "ws"), "data:", "blob:", "about:")
    page.on("request", lambda request: None if request.url.startswith(local) else wrong.append(request.url))
    page.on("websocket", lambda socket: None if socket.url.startswith(local) else wrong.append(socket.url))


def watch_file(page: Page, wrong: list[str]) -> None:
    """The same of a page from the disk, which asks nobody."""
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message) or dialog.dismiss())
    local = ("file:", "data:", "blob:", "about:")
    page.on("request", lambda one: None if one.url.startswith(local) else wrong.append(one.url))


@pytest.fixture(scope="session")
def visited(visitor: BrowserContext, server: str) -> Used:
    return Used(visitor, partial(watch_site, server))


@pytest.fixture
def fresh(visited: Used, server: str) -> Iterator[Explore]:
    """A page that a test opens (`open`): where opening it is what is tested, or what is done stands in no address."""
    with visited.lent() as page:
        yield Explore(page, server)
    visited.context.clear_cookies()


@pytest.fixture(scope="session")
def kept(visitor: BrowserContext, server: str) -> Used:
    return Used(visitor, partial(watch_site, server))


@pytest.fixture
def explore(kept: Used, server: str) -> Iterator[Explore]:
    """A page that is open already: all that is chosen on it stands in its address, which a test sets (`begin`)."""
    with kept.lent(stays=True) as page:
        yield Explore(page, server)


@pytest.fixture(scope="session")
def classroom(visitor: BrowserContext, server: str) -> tuple[Learn, list[str]]:
    """A Learn page that stays open: all that is chosen on it is one state, which a test sets (`Learn.begin`)."""
    page, wrong = visitor.new_page(), []
    watch_site(server, page, wrong)
    learn = Learn(page, server)
    learn.open()
    learn.first = learn.state()
    return learn, wrong


@pytest.fixture
def learn(classroom: tuple[Learn, list[str]]) -> Iterator[Learn]:
    """The Learn page, open already. What needs one that was just opened, or another text, opens `fresh`."""
    learn, wrong = classroom
    learn.page.bring_to_front()  # behind another one, it hears nothing of its window's size
    wrong.clear()
    yield learn
    at_ease(learn.page)
    learn.page.evaluate("localStorage.clear()")
    assert wrong == []


@pytest.fixture(scope="session")
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a network."""
    context = browser.new_context(viewport=WINDOW, offline=True)
    context.new_page().goto(Path(__file__).as_uri())
    yield context
    context.close()


@pytest.fixture(scope="session")
def read(reader: BrowserContext) -> Used:
    return Used(reader, watch_file)


@pytest.fixture
def pupil(read: Used) -> Iterator[Page]:
    """A page from the disk."""
    with read.lent() as page:
        yield page


@pytest.fixture
def explorer(pupil: Page, tmp_path: Path) -> ExplorerFile:
    return ExplorerFile(pupil, tmp_path)
