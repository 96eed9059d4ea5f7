"""A real server and a real browser. Every page is watched: nothing leaves the machine, nothing fails silently."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, sync_playwright

from tests.browser.pages import Explore, ExplorerFile
from tests.browser.serving import BROWSER_ARGUMENTS, find_browser, served_app

# A page of a site that is open already shares its process, and finds Streamlit's JavaScript compiled: it opens in two
# thirds of the time. So a page of each site stays open.
SHARED = [*BROWSER_ARGUMENTS, "--process-per-site"]


def is_error(message: ConsoleMessage) -> bool:
    """Streamlit's page looks for its server below the page's own address first, and is told 404."""
    probes = tuple(
        f"/{page}/_stcore/{file}" for page in ("compare", "train", "learn") for file in ("health", "host-config")
    )
    return message.type == "error" and not message.location["url"].endswith(probes)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
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
def server() -> Iterator[str]:
    with served_app() as url:
        yield url


@pytest.fixture(scope="session")
def visitor(browser: Browser, server: str) -> Iterator[BrowserContext]:
    """A browser that has been here before: it has Streamlit's own files, and nothing else."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.new_page().goto(f"{server}/_stcore/health")
    yield context
    context.close()


@pytest.fixture
def explore(visitor: BrowserContext, server: str) -> Iterator[Explore]:
    page = visitor.new_page()
    errors: list[str] = []
    left: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    local = (server, server.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(local) else left.append(request.url))
    page.on("websocket", lambda socket: None if socket.url.startswith(local) else left.append(socket.url))
    yield Explore(page, server)
    if page.url.startswith(server):
        page.evaluate("localStorage.clear()")
    page.close()
    visitor.clear_cookies()
    assert left == [], "something was asked of another host"
    assert errors == [], "the console has errors"


@pytest.fixture(scope="session")
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a network."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, offline=True)
    context.new_page().goto(Path(__file__).as_uri())
    yield context
    context.close()


@pytest.fixture
def explorer(reader: BrowserContext, tmp_path: Path) -> Iterator[ExplorerFile]:
    page = reader.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda one: None if one.url.startswith(("file:", "data:", "blob:")) else wrong.append(one.url))
    yield ExplorerFile(page, tmp_path)
    page.close()
    assert wrong == []
