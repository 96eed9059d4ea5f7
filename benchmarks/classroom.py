"""What else a class asks of a server than texts and choices: python -m benchmarks.classroom, into classroom.md.

One page in Chromium that nobody touches; 150 visits to a server that may have 256 files open; and 30 people who press
Train at once, each with a seed of their own, and watch until their run is over.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
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
CLASS = 30
LOOKS = 6.0  # seconds from one look at a run to the next, as of the page where so many watch
_SECONDS = re.compile(r"about (\d+) (s|minutes) left")


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


def training() -> list[str]:
    """The rows of a class whose every pupil trains a model of their own."""
    with served_app() as url:
        pupils = [Client(url, "train") for _ in range(CLASS)]
        for pupil in pupils:
            pupil.open()
        start = time.perf_counter()
        with ThreadPoolExecutor(CLASS) as together:
            found = list(together.map(lambda one: _trained(one[1], 100 + one[0], start), enumerate(pupils)))
        for pupil in pupils:
            pupil.socket.close()
    ends = sorted(end for end, _ in found)
    told = [abs(said - (end - at)) / end for end, all_told in found for at, said in all_told]
    return [
        f"| {CLASS} people press Train at once, each with a seed of their own: the last run is over after "
        f"| ≤ 4 minutes | {ends[-1]:.0f} s (the first after {ends[0]:.0f} s) |",
        f"| what they are told is left, and what is: the difference, of the whole time (median) | true | "
        f"{statistics.median(told):.0%} |",
    ]


def _trained(pupil: Client, seed: int, start: float) -> tuple[float, list[tuple[float, float]]]:
    """Seconds until the pupil's run is over; and when, from the start, they were told how many seconds are left."""
    told: list[tuple[float, float]] = []
    set_to = pupil.state("train_seed", int_value=seed)
    errors = pupil.ask(set_to, pupil.state("train", trigger_value=True), runs=2)
    while not errors and "Trained after" not in pupil.html:
        at = time.perf_counter() - start
        if said := _SECONDS.search(pupil.progress):
            told.append((at, float(said[1]) * (60 if said[2] == "minutes" else 1)))
        time.sleep(LOOKS)
        errors = pupil.ask()
    if errors:
        raise RuntimeError(errors[0])
    return time.perf_counter() - start, told


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    load = os.getloadavg()[0]
    rows = [idle(), *files(), *training()]
    written = f"""# What else a class asks of a server

Written by `python -m benchmarks.classroom`. The page is Explore in Chromium; visits and the class speak the page's own
protocol, without a browser. A run is the form's usual one (grammar, 800 steps); who watches has the page drawn anew
every {LOOKS:.0f} seconds. Load before: {load:.1f} of {os.cpu_count()} cores; the machine is shared.

| what | must | measured |
|---|---|---|
{chr(10).join(rows)}

Python {platform.python_version()}, {platform.system()}, CPU only.
"""
    RESULTS.write_text(written, encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()
