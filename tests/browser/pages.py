"""The pages, as a test drives them."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from playwright.sync_api import Page


class Explore:
    """The Explore page, as a person sees and uses it."""

    path = "/"
    ready = ".st-key-chart_steps .main-svg"  # what is drawn last

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    def open(self, **params: str) -> None:
        self.page.goto(f"{self.url}{self.path}?{urlencode(params)}")
        self.page.wait_for_selector(self.ready, timeout=60_000)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and nothing changes on the page any more."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        self.page.evaluate(
            """() => new Promise(done => {
                let last = performance.now();
                const watch = new MutationObserver(() => { last = performance.now(); });
                watch.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
                const tick = () => {
                    const running = !document.querySelector("[data-test-script-state=notRunning]");
                    if (!running && performance.now() - last > 350) { watch.disconnect(); done(); }
                    else setTimeout(tick, 30);
                };
                tick();
            })"""
        )

    def type(self, text: str) -> None:
        field = self.page.get_by_label("Sentence", exact=True)
        field.fill(text)
        field.press("Enter")
        self.settle()

    def choose(self, what: str, number: int) -> None:
        self.page.locator(f".st-key-{what} button").nth(number).click()
        self.settle()

    def choose_model(self, title: str) -> None:
        self.page.locator(".st-key-model input").click()
        self.page.get_by_role("option", name=title).click()
        self.settle()

    def tokens(self) -> list[str]:
        return self.page.locator(".tokens button:visible bdi").all_inner_texts()

    def chosen_token(self) -> str:
        return self.page.locator(".tokens button[aria-pressed=true] bdi").inner_text()

    def text(self) -> str:
        return self.page.locator(".stMainBlockContainer").inner_text()

    def cell_numbers(self) -> list[str]:
        """The numbers that are written in the cells of the large head, row after row, as they are drawn."""
        texts: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('.st-key-chart_head .textpoint text')].map(e => e.textContent)"""
        )
        return texts

    def labels(self, chart: str, axis: str) -> list[str]:
        texts: list[str] = self.page.evaluate(
            """([chart, axis]) => [...document.querySelectorAll(`.st-key-${chart} .${axis}tick text`)]
                .map(e => e.textContent)""",
            [chart, axis],
        )
        return texts


class Train(Explore):
    """The Train page, as a person sees and uses it."""

    path = "/train"
    ready = ".legend"

    def step(self) -> int:
        found = re.search(r"Step ([\d,]+)", self.page.locator(".st-key-curves_card").inner_text())
        assert found is not None
        return int(found[1].replace(",", ""))

    def set_up(self, **settings: int) -> None:
        self.page.get_by_role("button", name="Settings").click()
        for label, value in settings.items():
            field = self.page.get_by_label(re.compile(f"^{label}"))
            field.fill(str(value))
            field.press("Enter")
            self.settle()
        self.page.keyboard.press("Escape")
        self.settle()

    def press_train(self) -> None:
        self.page.get_by_role("button", name="Train", exact=True).click()


class Compare(Explore):
    """The Compare page, as a person sees and uses it."""

    path = "/compare"
    ready = ".st-key-compare_card .main-svg"

    def choose_mode(self, title: str) -> None:
        self.page.get_by_text(title, exact=True).click()
        self.settle()

    def type_b(self, text: str) -> None:
        field = self.page.get_by_label("Sentence B", exact=True)
        field.fill(text)
        field.press("Enter")
        self.settle()

    def rows(self) -> list[str]:
        return self.labels("chart_compare", "y")

    def bits(self) -> list[str]:
        """The numbers after the bars, row after row."""
        texts: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('.st-key-chart_compare .bars text')].map(e => e.textContent)"""
        )
        return texts
