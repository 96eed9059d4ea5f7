"""How long a person waits, measured in Chromium: from the click or Enter to the last change on the page."""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Page, sync_playwright

from tests.browser.pages import Explore
from tests.browser.serving import BROWSER_ARGUMENTS, find_browser, served_app

# Milliseconds from an action to the frame after the last change below `watched`, once it has been quiet.
_UNTIL_DRAWN = """
([action, selector, watched]) => new Promise(done => {
  const start = performance.now();
  let last = start;
  const root = document.querySelector('.stMain');
  const seen = new MutationObserver(records => {
    if (records.some(r => r.target.parentElement?.closest?.(watched) || r.target.closest?.(watched)))
      requestAnimationFrame(() => { last = performance.now(); });
  });
  seen.observe(root, {subtree: true, childList: true, attributes: true, characterData: true});
  const element = document.querySelector(selector);
  if (action === 'click') element.click();
  else element.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
  const quiet = action === 'click' ? 500 : 2500;
  const tick = () => {
    const running = !document.querySelector('[data-test-script-state=notRunning]');
    if (!running && performance.now() - last > quiet && performance.now() - start > quiet + 200) {
      seen.disconnect();
      done(last - start);
    } else setTimeout(tick, 20);
  };
  tick();
})
"""


def click_times(page: Page, key: str, count: int) -> list[float]:
    """A click on each button of a row in turn (never the one that is chosen), everything on the page drawn."""
    buttons = page.locator(f".st-key-{key} button").count()
    times = []
    for i in range(count):
        selector = f".st-key-{key} button:nth-of-type({(5 * i + 1) % buttons + 1})"
        times.append(page.evaluate(_UNTIL_DRAWN, ["click", selector, ".stMain"]))
    return times


def long_text_times(page: Page, count: int) -> list[float]:
    """From Enter on a new text of 512 tokens to all heads of a layer drawn."""
    times = []
    for i in range(count):
        field = page.get_by_label("Sentence", exact=True)
        field.fill(f"{['cat', 'dog', 'mat', 'hat'][i % 4]} {i} " + "the cat sat on the mat , and " * 80)
        times.append(page.evaluate(_UNTIL_DRAWN, ["enter", ".st-key-text input", ".st-key-chart_grid"]))
        tokens = page.locator(".tokens button").all_inner_texts()
        if len(tokens) != 512 or tokens[2] != str(i):
            raise RuntimeError(f"the new text is not on the page: {len(tokens)} tokens, {tokens[:4]}")
    return times


def train_time(page: Page, url: str) -> float:
    """From pressing Train to a best head that finds the subject of nine verbs in ten, as the page shows it."""
    page.goto(f"{url}/train")
    page.wait_for_selector(".legend")
    start = time.perf_counter()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector("[data-testid=stProgress]")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.legend tr')].some(row =>
            row.textContent.includes('most at its subject') && Number(row.querySelector('b').textContent) >= 0.9)""",
        timeout=120_000,
    )
    return 1000 * (time.perf_counter() - start)


def measure() -> dict[str, list[float]]:
    """All waits, in milliseconds."""
    path = find_browser()
    if path is None:
        raise RuntimeError("No Chromium or Chrome: install one or set CHROME to its path.")
    results: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        start = time.perf_counter()
        with served_app() as url:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(url)
            page.wait_for_selector(".st-key-chart_steps .main-svg", timeout=60_000)
            results["start"] = [1000 * (time.perf_counter() - start)]
            explore = Explore(page, url)
            explore.open(model="minilm")
            page.wait_for_timeout(3000)
            for warm in ("head", "layer"):
                click_times(page, warm, 4)
            for _ in range(4):
                for key in ("head", "layer"):
                    results.setdefault(key, []).extend(click_times(page, key, 10))
            long_text_times(page, 1)
            results["long"] = long_text_times(page, 7)
            results["train"] = [train_time(page, url)]
        browser.close()
    return results


def median_and_p95(times: list[float]) -> tuple[float, float]:
    """The middle and the 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
