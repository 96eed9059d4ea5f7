"""What the page keeps in memory: JavaScript's heap and the buffers beside it, after collecting garbage."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.driven import Driven
from benchmarks.texts import text_of
from tests.browser.serving import served_app

_BARE = "import streamlit as st\nst.text_input('Sentence')\n"


@dataclass(frozen=True)
class Memory:
    """Megabytes: objects on JavaScript's heap, the buffers of its typed arrays, and the pixels of canvases."""

    heap: float
    buffers: float
    canvases: float

    @property
    def all(self) -> float:
        """The heap and the buffers."""
        return self.heap + self.buffers

    def __str__(self) -> str:
        return f"{self.all:.1f} MB ({self.heap:.1f} heap + {self.buffers:.1f} buffers)"


def memory_of(page: Page) -> Memory:
    """What the page keeps once garbage is collected (DevTools' `Runtime.getHeapUsage`)."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(200)
    told = session.send("Runtime.getHeapUsage")
    session.detach()
    pixels: int = page.evaluate(
        """() => {
          const canvases = globalThis.bench?.explorer()?.root.querySelectorAll('canvas') ?? [];
          return [...canvases].reduce((sum, {width, height}) => sum + 4 * width * height, 0);
        }"""
    )
    return Memory(told["usedSize"] / 1e6, told["backingStorageSize"] / 1e6, pixels / 1e6)


def memory_rows(browser: Browser, url: str, sentences: int = 50) -> list[str]:
    """The table's rows: a page of Streamlit's own, ours at 13 and 512 tokens, and again after other sentences."""
    bare = _bare(browser.new_page())
    driven = Driven(browser.new_page(viewport={"width": 1440, "height": 1000}), url)
    driven.open(text_of(13, 1))
    short = memory_of(driven.page)
    driven.enter(text_of(512, 1))
    driven.settle()
    long = memory_of(driven.page)
    for variant in range(sentences):
        driven.enter(text_of(128, variant))
        driven.settle(0.3)
    driven.enter(text_of(512, 1))
    driven.settle()
    after = memory_of(driven.page)
    driven.page.close()
    growth = 100 * (after.all / long.all - 1)
    return [
        f"| page's heap and buffers: Streamlit's own page with one field | | {bare} | |",
        f"| page's heap and buffers: Explore, 13 tokens | | {short} | |",
        f"| page's heap and buffers: Explore, 512 tokens | ≤ 60 MB | {long}; canvases {long.canvases:.1f} MB | |",
        f"| page's heap and buffers: the same text after {sentences} others of 128 tokens | ≤ +20 % "
        f"| {after}: {growth:+.0f} % | |",
    ]


def _bare(page: Page) -> Memory:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(_BARE)
        with served_app(str(script)) as url:
            page.goto(url)
            page.get_by_label("Sentence").wait_for()
            page.wait_for_timeout(2000)
            memory = memory_of(page)
    page.close()
    return memory
