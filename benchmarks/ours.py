"""attnviz among the other tools: all heads of all layers, on its page and as a file, as `benchmarks.tabs` measures."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from attnviz.client import html
from attnviz.models.pretrained.texts.model import PretrainedModel
from benchmarks.driven import Driven
from benchmarks.tabs import TIMEOUT, Drawn, View, written

# The end of the frame in which the explorer of a file is drawn, in milliseconds since 1970.
_UNTIL_DRAWN = """
([heads, timeout]) => new Promise((done, failed) => {
  const root = () => document.querySelector('.host .explorer');
  const drawn = () => root().querySelectorAll('.tiles [role=option][aria-label^=layer]').length;
  const isDrawn = () => root()?.dataset.drawn && drawn() === heads;
  const next = requestAnimationFrame;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(Date.now());
  const look = () => isDrawn() ? port2.postMessage(0) : next(look);
  next(look);
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
        driven.enter(" ".join(reversed(text.split())))  # the tab was behind the others': this one is not counted
        driven.settle()
        before = driven.received
        waited = driven.enter(text)
        driven.settle()  # what comes after the picture is counted as sent
        return Drawn(waited / 1000, driven.received - before)

    return view


def as_a_file(model: PretrainedModel) -> View:
    """The page that works without a server, made and opened as the other tools' are."""

    def view(page: Page, text: str) -> Drawn:
        start = time.time()
        trace = model.trace(text)
        heads = sum(layer.heads for layer in trace.layers)
        with written(html(trace)) as (address, sent):
            page.goto(address, wait_until="commit")
            drawn = page.evaluate(_UNTIL_DRAWN, [heads, TIMEOUT])
        return Drawn(drawn / 1000 - start, sent)

    return view
