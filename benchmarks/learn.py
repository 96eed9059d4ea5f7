"""The Learn page in Chromium: a step after its key, a switch, a row that is pulled, beside an empty rerun of Streamlit;
and a lesson's file, from its opening to its first paint."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from attnviz import lessons
from attnviz.client.schema import WALK
from attnviz.service import lessons as served
from benchmarks.driven import HELP, chromium
from tests.browser.serving import served_app

# A choice on the page, at any moment between two frames, as a key comes: JavaScript's own time, and until the end of
# the next frame, which is the one that shows it.
_HELP = """
globalThis.learning = {
  explorer() {
    for (const part of document.querySelectorAll('.st-key-learner *')) {
      const host = part.shadowRoot?.querySelector('.host');
      if (host?.explorer) return host.explorer;
    }
  },
  async chosen(change) {
    await bench.pause(250 + 17 * Math.random());
    const start = performance.now();
    learning.explorer().choose(change);
    const own = performance.now() - start;
    await new Promise(requestAnimationFrame);
    return [own, await bench.painted() - start];
  },
};
"""
# The least that Streamlit does: a button whose number changes.
_EMPTY = """
import streamlit as st
st.session_state.n = st.session_state.get("n", 0)
def more(): st.session_state.n += 1
st.button("More", on_click=more)
st.html(f"<p id='n'>{st.session_state.n}</p>")
"""
_RERUN = """() => new Promise(done => {
    const before = document.querySelector('#n').textContent;
    const start = performance.now();
    const look = () => document.querySelector('#n')?.textContent !== before
        ? done(performance.now() - start) : requestAnimationFrame(look);
    document.querySelector('.stButton button').click();
    look();
})"""
_SWITCHES = ("unscaled", "window:2", "unplaced", "temperature:2", "relu", "hard", "off:1.0", "causal")
_TIMES = 3  # through all steps, and all switches


def learn_rows() -> list[str]:
    """The table's rows."""
    with chromium() as browser:
        empty = _empty_rerun(browser)
        with served_app() as url:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.add_init_script(HELP + _HELP)
            page.goto(f"{url}/learn?walk=softmax")
            page.wait_for_selector(".learning .rail li", state="attached")
            page.wait_for_timeout(2500)
            rows = [*_choices(page, empty)]
            page.close()
        return [*rows, *(_file(browser, lesson) for lesson in lessons.shipped()[:1])]


def _choices(page: Page, empty: float) -> list[str]:
    kinds: dict[str, tuple[str, list[dict[str, object]]]] = {
        "a step drawn after its key": ("the next frame", [{"pane": "way", "walk": step} for step in WALK]),
        "another word, at softmax": ("the next frame", [{"walk": "softmax", "query": i} for i in range(1, 12)]),
        "a switch, before and after": (
            f"≤ {4 * empty:.0f} ms (4 × an empty rerun)",
            [{"pane": "why", "switched": one} for one in _SWITCHES],
        ),
        "a row that is pulled": ("", [{"pane": "row", "switched": _row(i)} for i in range(1, 12)]),
    }
    rows = [f"| an empty rerun of Streamlit, from the click to the text changed | | {empty:.0f} ms | |"]
    for name, (must, changes) in kinds.items():
        for change in changes:  # once to warm up
            page.evaluate("change => learning.chosen(change)", change)
        times = [page.evaluate("c => learning.chosen(c)", change) for _ in range(_TIMES) for change in changes]
        for what, at in (("JavaScript’s own time", 0), ("until the end of the next frame, which shows it", 1)):
            values = sorted(one[at] for one in times)
            late = values[int(0.95 * (len(values) - 1))]
            median = statistics.median(values)
            rows.append(f"| {name}, 13 tokens, {what} | {must if at else ''} | {median:.1f} ms | {late:.1f} ms |")
    return rows


def _row(i: int) -> str:
    weights = ["0.05"] * 12
    weights[i] = "0.45"
    return f"row:1:0:8:{'_'.join(weights)}"


def _empty_rerun(browser: Browser) -> float:
    """Milliseconds, the median of 30."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "empty.py"
        app.write_text(_EMPTY, encoding="utf-8")
        with served_app(script=str(app)) as url:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(url)
            page.wait_for_selector("#n")
            page.wait_for_timeout(1000)
            times: list[float] = [page.evaluate(_RERUN) for _ in range(35)][5:]
            page.close()
            return statistics.median(times)


def _file(browser: Browser, lesson: lessons.Lesson) -> str:
    """From opening a lesson's file, without a network, to the first thing painted."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.html"
        path.write_text(served.as_file(lesson), encoding="utf-8")
        times: list[float] = []
        for _ in range(7):
            context = browser.new_context(viewport={"width": 1440, "height": 1000}, offline=True)
            page = context.new_page()
            page.goto(path.as_uri())
            page.wait_for_selector(".explorer[data-drawn]")
            painted = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
            times.append(page.evaluate(painted))
            context.close()
        size = path.stat().st_size / 1e6
    name = f"a lesson as a file ({size:.1f} MB), without a network: first paint"
    return f"| {name} | ≤ 1000 ms | {statistics.median(times):.0f} ms | {max(times):.0f} ms |"
