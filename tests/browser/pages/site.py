"""What all pages have: the sentence, the model, the row of tokens."""

from __future__ import annotations

from urllib.parse import urlencode, urlparse

from playwright.sync_api import Page

from tests.browser.pages.settling import QUIET, SETTLE, listen

# Another address in place of this one, of which the page hears as of a step back.
_GO = """(address) => {
    document.activeElement?.blur();
    document.querySelector(".stMain")?.scrollTo(0, 0);
    history.replaceState(null, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
}"""


class Site:
    """What all pages have: the sentence, the model, the row of tokens."""

    path = "/"
    ready = ""  # what is drawn last

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        listen(page)

    def open(self, **params: str) -> None:
        self.page.goto(f"{self.url}{self.path}?{urlencode(params)}")
        self.page.wait_for_selector(self.ready, timeout=60_000)
        self.settle()

    def begin(self, **params: str) -> None:
        """What a link opens, on a page that is open already: its address becomes another one, as by the browser's Back.

        Where none is open yet, it is opened.
        """
        if not self.page.url.startswith(f"{self.url}/"):
            self.open(**params)
            return
        self.page.mouse.move(0, 0)
        address = f"{self.path}?{urlencode(params)}"
        if urlparse(self.page.url).path != self.path:  # whoever comes from another page brings along what is chosen
            self._go(address)
        self._go(address)

    def _go(self, address: str) -> None:
        self.page.evaluate(_GO, address)
        self.page.wait_for_selector(self.ready, timeout=60_000)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and nothing changes on the page any more."""
        self.page.evaluate(SETTLE, QUIET)

    def sent(self) -> int:
        """How many messages this document has sent to its server."""
        return int(self.page.evaluate("wire.count"))

    def visit(self, title: str, other: Site) -> None:
        """Follow the link to another page."""
        self.page.get_by_role("link", name=title, exact=True).click()
        self.page.wait_for_selector(other.ready, timeout=60_000)
        other.settle()

    def field(self) -> str:
        """What stands in the sentence's field."""
        return self.page.get_by_label("Sentence", exact=True).input_value()

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
        """All that is to be read, and what one reads of the check when one points at it."""
        told = self.page.locator(".checked").all_text_contents()
        return " ".join([self.page.locator(".stMainBlockContainer").inner_text(), *told])

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
