"""attnviz among the other tools: all heads of all layers, on its page and as a file, as `benchmarks.tabs` measures."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from attnviz.explorer import html
from attnviz.models.pretrained_model import PretrainedModel
from benchmarks.driven import Driven
from benchmarks.tabs import TIMEOUT, Drawn, View, written

_UNTIL_DRAWN = """
([before, heads, timeout]) => new Promise((done, failed) => {
  const root = () => document.querySelector('.host .explorer') ?? bench.explorer()?.root;
  const isDrawn = () => Boolean(root()?.dataset.drawn)
    && (before === null || bench.explorer().trace.header.id !== before)
    && root().querySelectorAll('.tiles [role=option]').length === heads;
  const next = requestAnimationFrame;
  const look = () => isDrawn() ? next(() => next(() => done(Date.now()))) : next(look);
  look();
  setTimeout(() => failed(new Error(`not all ${heads} heads were drawn`)), timeout);
})
"""


def on_the_page(browser: Browser, url: str) -> View:
    """The app, in a tab that stays open with the sentence before: from Enter. Sent is what came over the websocket."""
    own = browser.new_page(viewport={"width": 1440, "height": 1000})
    driven = Driven(own, url)
    driven.open("A sentence that was there before")

    def view(page: Page, text: str) -> Drawn:
        own.bring_to_front()
        driven.settle()
        field = own.get_by_label("Sentence", exact=True)
        field.fill(text)
        own.wait_for_timeout(200)
        before, sent = own.evaluate("() => bench.explorer().trace.header.id"), driven.received
        start = time.time()
        field.press("Enter")
        drawn = own.evaluate(_UNTIL_DRAWN, [before, len(driven.heads), TIMEOUT])
        result = Drawn(drawn / 1000 - start, driven.received - sent)
        driven.settle()
        return result

    return view


def as_a_file(model: PretrainedModel) -> View:
    """The page that works without a server, made and opened as the other tools' are."""

    def view(page: Page, text: str) -> Drawn:
        start = time.time()
        trace = model.trace(text)
        heads = sum(layer.heads for layer in trace.layers)
        with written(html(trace)) as (address, sent):
            page.goto(address, wait_until="commit")
            drawn = page.evaluate(_UNTIL_DRAWN, [None, heads, TIMEOUT])
        return Drawn(drawn / 1000 - start, sent)

    return view
