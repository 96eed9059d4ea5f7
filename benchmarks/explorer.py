"""What a person waits for in the explorer, what is sent to it and what it keeps: measured in Chromium."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Browser

from benchmarks import timed_server
from benchmarks.driven import Driven, chromium
from benchmarks.memory import memory_rows
from benchmarks.texts import text_of
from tests.browser.serving import served_app

LENGTHS = (13, 128, 512)
KINDS = {"head": "head", "query": "word", "second": "pinned head"}
OWN_MUST = {128: "≤ 4 ms", 512: "≤ 16 ms"}
ENTER_MUST = {13: "≤ 0.15 s", 128: "≤ 0.3 s", 512: "≤ 0.9 s"}
MESSAGES_MUST = {13: "0"}
SENT_MUST = {128: "≤ 2.5 MB", 512: "≤ 10 MB"}


def explorer_rows(choices: int = 20, texts: int = 8) -> list[str]:
    """The table's rows, of the bundled MiniLM's 72 heads."""
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "runs"
        log.touch()
        with served_app(runner="benchmarks.timed_server", **{timed_server.FILE: str(log)}) as url:
            rows = [row for tokens in LENGTHS for row in _of_length(browser, url, log, tokens, choices, texts)]
            return [*sorted(rows, key=lambda row: row.split(",")[0]), *memory_rows(browser, url)]


def _of_length(browser: Browser, url: str, log: Path, tokens: int, choices: int, texts: int) -> list[str]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    driven = Driven(page, url)
    driven.open(text_of(tokens, 1000))
    rows = _texts(driven, tokens, texts) + _choices(driven, log, tokens, choices)
    page.close()
    return rows


def _texts(driven: Driven, tokens: int, count: int) -> list[str]:
    """New texts: how long until they are drawn, and what is sent."""
    waits, sent = [], []
    for variant in range(1, count + 4):
        before = driven.received
        waited = driven.enter(text_of(tokens, variant))
        driven.settle()
        if driven.tokens != tokens or len(driven.heads) != 72:
            raise RuntimeError(f"{driven.tokens} tokens and {len(driven.heads)} heads, not {tokens} and 72")
        if variant > 3:  # the first ones warm up
            waits.append(waited / 1000)
            sent.append((driven.received - before) / 1e6)
    n = f"{tokens} tokens ({count} texts)"
    return [
        row(f"Enter to all 72 heads drawn, warm, {n}", ENTER_MUST[tokens], waits, "s", 2),
        row(f"sent to the page for a new text, {n}", SENT_MUST.get(tokens, ""), sent, "MB", 2),
    ]


def _choices(driven: Driven, log: Path, tokens: int, count: int) -> list[str]:
    """Choices: the redraw's own time, the frame it is in, what is sent, and the server's time."""
    rows = []
    driven.choose(_changes(driven, "head", 5, seed=0) + _changes(driven, "query", 5, seed=0))
    driven.settle()
    since, before, messages = len(log.read_text().splitlines()), driven.received, driven.sent
    frames: list[float] = []
    at_once: list[bool] = []
    for kind, name in KINDS.items():
        results = driven.choose(_changes(driven, kind, count))
        what = f"own time of a redraw, another {name}, {tokens} tokens ({count} choices)"
        rows.append(row(what, OWN_MUST.get(tokens, ""), [r["own"] for r in results], "ms", 1))
        frames += [r["frame"] for r in results]
        at_once += [r["atOnce"] for r in results]
    driven.settle()
    sent, messages = (driven.received - before) / len(frames) / 1e6, driven.sent - messages
    runs = timed_server.fragment_runs(log, since)
    for kind in KINDS:
        first, *others = _changes(driven, kind, 6, seed=2)
        driven.choose([first])
        at_once += [driven.is_painted_at_once(change) for change in others]
    said = f"{tokens} tokens ({len(frames)} choices)"
    share = f"{sum(at_once)} of {len(at_once)}"
    return [
        *rows,
        row(f"a choice to its frame on the screen, {said}", "", frames, "ms", 1),
        f"| a choice drawn in its own event, nothing left for a later frame, {tokens} tokens | all | {share} | |",
        row(f"sent to the page for a choice, {said}", "", [sent], "MB", 3),
        f"| messages to the server for {len(frames)} choices, {tokens} tokens | {MESSAGES_MUST.get(tokens, '')} "
        f"| {messages} | |",
        *_of_server(runs, said),
    ]


def _of_server(runs: list[dict[str, float]], said: str) -> list[str]:
    """Its time for a choice, where it hears of any."""
    if not runs:
        return []
    return [
        row(f"server's own time for a choice, {said}", "≤ 10 ms", [r["ms"] - r["waited"] for r in runs], "ms", 1),
        row(f"server's time for a choice with waiting for a core, {said}", "", [run["ms"] for run in runs], "ms", 1),
    ]


def _changes(driven: Driven, kind: str, count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Choices of one kind, none the same as the one before it."""
    random = Random(f"{kind} {seed}")
    pool: Sequence[Any] = range(driven.tokens) if kind == "query" else driven.heads
    picked = [random.choice(pool)]
    while len(picked) < count:
        picked.append(random.choice([one for one in pool if one != picked[-1]]))
    if kind == "head":
        return [{"layer": layer, "head": head} for layer, head in picked]
    return [{kind: one} for one in picked]


def row(what: str, must: str, values: Sequence[float], unit: str, digits: int) -> str:
    """A row of the table: the middle and the 95th percentile."""
    late = f"{statistics.quantiles(values, n=20)[-1]:.{digits}f} {unit}" if len(values) > 1 else ""
    return f"| {what} | {must} | {statistics.median(values):.{digits}f} {unit} | {late} |"
