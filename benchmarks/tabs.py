"""A tab in which a tool's page is shown, and the time until everything on it is drawn."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

from benchmarks.libraries import scripts

TIMEOUT = 300_000  # milliseconds

# How many shapes each canvas of a page has been given.
_COUNT_SHAPES = """
globalThis.shapes = new WeakMap();
const fill = CanvasRenderingContext2D.prototype.fill;
CanvasRenderingContext2D.prototype.fill = function (...given) {
  shapes.set(this.canvas, (shapes.get(this.canvas) ?? 0) + 1);
  return fill.apply(this, given);
};
"""
# The end of the frame in which everything is there (a task comes after its painting), in milliseconds since 1970.
_UNTIL_DRAWN = """
([what, heads, each, timeout]) => new Promise((done, failed) => {
  const all = selector => document.querySelectorAll(selector);
  const complete = what === 'canvas'
    ? () => [...all('canvas')].filter(canvas => shapes.get(canvas) >= each).length === heads
    : () => all(what).length === heads && document.getElementsByTagName('line').length === heads * each;
  const next = requestAnimationFrame;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(Date.now());
  const look = () => complete() ? port2.postMessage(0) : next(look);
  next(look);
  setTimeout(() => failed(new Error(`not all ${heads} heads were drawn`)), timeout);
})
"""


@dataclass(frozen=True)
class Drawn:
    """One measurement: from having a text to everything drawn, and the bytes that the browser was given."""

    seconds: float
    sent: int


View = Callable[[Page, str], Drawn]


@contextmanager
def tab(browser: Browser) -> Iterator[Page]:
    """A new tab that has every library at hand that the other tools' pages ask for, and asks no other host."""
    libraries = scripts()

    def answer(route: Route) -> None:
        script = libraries.get(route.request.url.rsplit("/", 1)[-1])
        if script is None:
            route.abort()
        else:
            route.fulfill(body=script, content_type="text/javascript")

    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(TIMEOUT)
    page.route(re.compile("^https?://"), answer)
    page.add_init_script(_COUNT_SHAPES)
    yield page
    page.close()


@contextmanager
def written(html: str) -> Iterator[tuple[str, int]]:
    """The address of a page in a file, and its bytes."""
    sent = html.encode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "view.html"
        file.write_bytes(sent)
        yield file.as_uri(), len(sent)


def shown(page: Page, html: str, start: float, expected: tuple[str, int, int]) -> Drawn:
    """Show a page and wait for it. `expected`: what there is once a head, how many heads, how many marks in each."""
    with written("<!doctype html><meta charset=utf-8>" + html) as (address, sent):
        page.goto(address, wait_until="commit")
        drawn = page.evaluate(_UNTIL_DRAWN, [*expected, TIMEOUT])
    return Drawn(drawn / 1000 - start, sent)
