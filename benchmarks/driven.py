"""Explore in Chromium, driven by a measurement: texts, choices, and what comes over the websocket."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from tests.browser.serving import BROWSER_ARGUMENTS, find_browser

# The explorer; the end of the frame whose callbacks are running (a task comes after its painting); the next frame; the
# time from Enter to the end of the frame that has a new text; a list of choices one after another, each once the last
# one is answered.
HELP = """
globalThis.bench = {
  explorer() {
    for (const part of document.querySelectorAll('.st-key-explorer *')) {
      const host = part.shadowRoot?.querySelector('.host');
      if (host?.explorer) return host.explorer;
    }
  },
  painted: () => new Promise(done => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(0);
  }),
  frame: () => new Promise(requestAnimationFrame).then(bench.painted),
  pause: ms => new Promise(done => setTimeout(done, ms)),
  fromEnter() {
    const before = bench.explorer().trace.header.id;
    bench.drawn = new Promise(done => addEventListener('keydown', async ({ timeStamp }) => {
      while (bench.explorer()?.trace?.header.id === before) await new Promise(requestAnimationFrame);
      done(await bench.painted() - timeStamp);
    }, { once: true, capture: true }));
  },
  async choices(changes, pause) {
    const results = [];
    for (const change of changes) {
      const explorer = bench.explorer();
      const { dataset } = explorer.root;
      const before = Number(dataset.drawn);
      const start = performance.now();
      explorer.choose(change);
      const own = explorer.times.at(-1);
      const { layer, head, query } = explorer.state;
      const at = Number(dataset.drawn);
      const isTold = dataset.chosen === [layer, head, query].join('.');
      const frame = await bench.frame() - start;
      results.push({ own, frame, atOnce: isTold && at === before + 1 && Number(dataset.drawn) === at });
      await bench.pause(pause);
      const isAnswered = () => {
        if (explorer.trace.header.selfContained) return true; // there is nothing to ask
        const [first] = explorer.context.answer?.heads ?? [[]];
        return first[0] === layer && first[1] === head && explorer.context.answer.queries[0] === query;
      };
      for (let i = 0; i < 100 && !isAnswered(); i++) await bench.pause(20);
    }
    return results;
  },
  pixels: () => [...bench.explorer().root.querySelectorAll('canvas')].map(canvas => canvas.toDataURL()),
  async isPaintedAtOnce(change) {
    const before = bench.pixels().join();
    bench.explorer().choose(change);
    const now = bench.pixels().join();
    await bench.frame();
    const next = bench.pixels().join();
    await bench.pause(400); // the server's answer comes
    return now !== before && next === now;
  },
};
"""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """The browser that is there, without a window."""
    path = find_browser()
    if path is None:
        raise RuntimeError("No Chromium or Chrome: install one or set CHROME to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*BROWSER_ARGUMENTS, *arguments])
        yield browser
        browser.close()


class Driven:
    """A tab with Explore in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.received = 0  # bytes over the websocket
        self.sent = 0  # messages to the server
        self._last = time.perf_counter()
        page.on("websocket", self._listen)
        page.add_init_script(HELP)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)
        socket.on("framesent", self._count_sent)

    def _count_sent(self, _: str | bytes) -> None:
        self.sent += 1

    def _count(self, payload: str | bytes) -> None:
        self.received += len(payload)
        self._last = time.perf_counter()

    def open(self, text: str, model: str = "minilm") -> None:
        """The page with this text, everything on it drawn."""
        self.page.goto(f"{self.url}/?{urlencode({'model': model, 'text': text})}")
        self.page.wait_for_function("() => bench.explorer()?.context.notes", timeout=120_000)
        self.settle()

    def look(self) -> None:
        """The page as it first opens, its heads drawn."""
        self.page.goto(self.url)
        self.page.wait_for_function("() => bench.explorer()?.times.length", timeout=120_000)
        self.page.evaluate("() => bench.frame()")

    def settle(self, quiet: float = 0.8) -> None:
        """Wait until the server has nothing more to do or to say."""
        self._last = time.perf_counter()
        while time.perf_counter() - self._last < quiet:
            self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
            self.page.wait_for_timeout(100)

    def enter(self, text: str) -> float:
        """Type a text: milliseconds from Enter to the end of the frame in which all its heads are painted."""
        field = self.page.get_by_label("Sentence", exact=True)
        field.fill(text)
        self.page.wait_for_timeout(200)
        self.page.evaluate("() => bench.fromEnter()")
        field.press("Enter")
        waited: float = self.page.evaluate("() => bench.drawn")
        return waited

    @property
    def tokens(self) -> int:
        count: int = self.page.evaluate("() => bench.explorer().trace.header.rows.text.tokens.length")
        return count

    @property
    def heads(self) -> list[list[int]]:
        """Every [layer, head]."""
        layers: list[int] = self.page.evaluate(
            "() => bench.explorer().trace.header.parts[0].layers.map(({heads}) => heads)"
        )
        return [[layer, head] for layer, heads in enumerate(layers) for head in range(heads)]

    def choose(self, changes: Sequence[Mapping[str, Any]], pause: int = 300) -> list[dict[str, Any]]:
        """Make choices in turn. Of each: the explorer's own milliseconds, those until its frame was on the screen, and
        whether it was drawn once, at once."""
        results: list[dict[str, Any]] = self.page.evaluate("([c, p]) => bench.choices(c, p)", [changes, pause])
        return results

    def is_painted_at_once(self, change: Mapping[str, Any]) -> bool:
        """Do the canvases show a choice right after it, and nothing else in the frame that follows?"""
        result: bool = self.page.evaluate("c => bench.isPaintedAtOnce(c)", change)
        return result
