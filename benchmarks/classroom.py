"""What else a class asks of a server than texts and choices: python -m benchmarks.classroom, into classroom.md.

One page in Chromium that nobody touches; and 150 visits to a server that may have 256 files open.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser
from websockets.exceptions import ConnectionClosed

from benchmarks.driven import chromium
from benchmarks.sessions import child, worked
from tests.browser.serving import served_app
from tests.serving.client import Client

RESULTS = Path(__file__).parent / "classroom.md"
IDLE = 30.0  # seconds
VISITS, FILES = 150, 256


def idle() -> str:
    """The row of a page that is open, and nothing is done on it."""
    with served_app() as url:
        server = child()
        with chromium() as browser:
            share = _share(url, browser, server)
    return f"| one idle page, the server’s share of a core in {IDLE:.0f} s | ≤ 1 % | {share:.1%} |"


def _share(url: str, browser: Browser, server: int) -> float:
    """Of a core, that the server takes while the page is only open."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(url)
    page.wait_for_selector("[role=option]", state="attached")
    page.wait_for_timeout(10_000)  # what is read ahead is read
    before = worked(server)
    page.wait_for_timeout(1000 * IDLE)
    return (worked(server) - before) / IDLE


def files() -> list[str]:
    """The rows of visits to a server that may have few files open: where it may raise that itself, and where not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))  # a process that is started has its parent's limits
    with served_app() as url:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        raised = _visits(url)
    with served_app() as url:
        resource.prlimit(child(), resource.RLIMIT_NOFILE, (FILES, FILES))
        fixed = _visits(url)
    return [
        f"| the soft limit of files at {FILES}, which the server raises: of {VISITS} visits, all of which stay, "
        f"see the page | {VISITS} | {raised} |",
        f"| the hard limit at {FILES}, which it cannot: the same | | {fixed} |",
    ]


def _visits(url: str) -> int:
    """How many visitors see the page, until one does not."""
    staying: list[Client] = []
    with suppress(OSError, TimeoutError, ConnectionClosed):
        while len(staying) < VISITS:
            client = Client(url)
            if client.open() or not client.identity:
                break
            staying.append(client)
    for client in staying:
        client.socket.close()
    return len(staying)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    load = os.getloadavg()[0]
    rows = [idle(), *files()]
    written = f"""# What else a class asks of a server

Written by `python -m benchmarks.classroom`. The page is Explore in Chromium; visits speak the page's own protocol,
without a browser. Load before: {load:.1f} of {os.cpu_count()} cores; the machine is shared.

| what | must | measured |
|---|---|---|
{chr(10).join(rows)}

Python {platform.python_version()}, {platform.system()}, CPU only.
"""
    RESULTS.write_text(written, encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()
