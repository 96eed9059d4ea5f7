"""When a page has come to rest: what it says to its server, and what changes on it."""

from __future__ import annotations

from weakref import WeakSet

from playwright.sync_api import Page

# Notes how often and when last the page spoke to its server, and when the server to it.
_LISTEN = """(() => {
    if (globalThis.wire) return;
    globalThis.wire = { sent: 0, heard: 0, count: 0 };
    const sockets = new WeakSet();
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (...message) {
        wire.sent = performance.now();
        wire.count += 1;
        if (!sockets.has(this)) this.addEventListener("message", () => { wire.heard = performance.now(); });
        sockets.add(this);
        return send.apply(this, message);
    };
})();"""
# Comes back once the server has answered and has nothing more to say, and the page has drawn it: nothing on it changes.
# A message that nobody answers (a sign of life) is not waited for long, and a page that never settles is a failure.
SETTLE = """(quiet) => new Promise((done, fail) => {
    const start = performance.now();
    let last = start;
    const watch = new MutationObserver(() => { last = performance.now(); });
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    const isWaiting = () => location.protocol !== "file:" && isServing();
    const isServing = () => !document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
        || document.querySelector("[data-testid=stSkeleton], .stPlotlyChart:not(:has(.main-svg))")
        || (wire.sent > wire.heard && performance.now() - wire.sent < 5000);
    const look = () => {
        if (isWaiting()) last = performance.now();
        if (performance.now() - start > 60000) {
            const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
            fail(new Error(`not settled: the script is ${state}, sent at ${wire.sent}, heard at ${wire.heard}`));
            return;
        }
        if (performance.now() - Math.max(last, wire.heard) < quiet) {
            setTimeout(look, 10);
            return;
        }
        watch.disconnect();
        done();
    };
    setTimeout(look, 10);
})"""
QUIET = 80  # milliseconds
QUIET_FILE = 30  # where no server has anything to say
_listening: WeakSet[Page] = WeakSet()


def listen(page: Page) -> None:
    """Have each document on it note when it speaks to its server."""
    if page not in _listening:
        page.add_init_script(_LISTEN)
        _listening.add(page)
