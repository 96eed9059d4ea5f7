"""The explorer, wherever it stands: on a page or in a file."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page

from attnviz.analysis import saying
from tests.browser.pages.settling import QUIET, SETTLE


def weight_in_words(x: Any) -> str:
    """A weight, a number or a tensor of one, as the page writes it."""
    return saying.weight(float(x))


class Explorer:
    """The explorer, as a person sees and uses it. What stands in its shadow on a page is found as anything is."""

    page: Page
    ready = ".explorer[data-drawn]"
    host = ".host"  # the element that has the explorer
    quiet = QUIET

    def settle(self) -> None:
        """Wait until nothing changes any more."""
        self.page.evaluate(SETTLE, self.quiet)

    def ask(self, expression: str, *argument: object) -> Any:
        """What an expression of `explorer` (client/js/hosts/explorer.js) and `argument` comes to."""
        return self.page.locator(self.host).evaluate(
            f"(host, argument) => {{ const {{ explorer }} = host; return {expression}; }}", argument
        )

    def state(self) -> dict[str, Any]:
        """What is chosen."""
        state: dict[str, Any] = self.ask("explorer.state")
        return state

    def head(self) -> tuple[int, int]:
        """The chosen layer and head."""
        state = self.state()
        return state["layer"], state["head"]

    def tile(self, layer: int, head: int) -> Locator:
        """A head among all heads."""
        return self.page.get_by_role("option", name=re.compile(rf"^layer {layer} head {head}(,|$)"))

    def choose_head(self, layer: int, head: int, **how: Any) -> None:
        """Click a head among all heads."""
        self.tile(layer, head).click(**how)
        self.settle()

    def word(self, index: int) -> Locator:
        """A word of the sentence."""
        return self.page.locator(".words button").nth(index)

    def tokens(self) -> list[str]:
        return self.page.locator(".words button bdi").all_inner_texts()

    def chosen_token(self) -> str:
        return self.page.locator(".words button[aria-pressed=true] bdi").inner_text()

    def reading(self) -> str:
        """What is said of the chosen head and word."""
        return self.page.locator(".card.head .reading").inner_text()

    def large(self) -> Locator:
        """The chosen head's picture."""
        return self.page.locator(".card.head .target")

    def place(self, row: int, column: int, picture: int = 0) -> tuple[float, float]:
        """Where a cell of the large picture is, on the page."""
        self.large().scroll_into_view_if_needed()
        frame = self.large().bounding_box()
        assert frame is not None
        box = self.ask("explorer.figure.picture.boxes[argument[0]]", picture)
        rows, columns = self.ask("[explorer.numbers.grouping.rows.length, explorer.numbers.grouping.columns.length]")
        x, y = box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] * (row + 0.5) / rows
        zoom = self.ask("explorer.context.zoom")
        return frame["x"] + zoom * x, frame["y"] + zoom * y

    def point(self, row: int, column: int, picture: int = 0) -> list[str]:
        """Point at a cell of the large picture: what is said of it, line after line."""
        self.page.mouse.move(*self.place(row, column, picture))
        return self.tip()

    def tip(self) -> list[str]:
        """What stands beside the pointer, once it is the package's own number."""
        self.page.wait_for_selector(".explorer .tip:not([hidden]):not(:has-text('≈'))")
        return self.page.locator(".explorer .tip > *").all_inner_texts()

    def cell_numbers(self) -> list[str]:
        """What pointing at each cell of the large picture would say of its weight, row after row."""
        texts: list[str] = self.ask(
            """explorer.numbers.grouping.rows.flatMap((_, row) => explorer.numbers.grouping.columns.map((_, column) =>
                explorer.figure.inWords({ row, column })[0].match(/, ([^,]*), layer \\d+ head \\d+/)[1]))"""
        )
        return texts

    def ranking(self) -> list[tuple[str, str]]:
        """The heads that link two words, and their numbers."""
        names = self.page.locator(".ranking .name").all_inner_texts()
        return list(zip(names, self.page.locator(".ranking .value").all_inner_texts(), strict=True))

    def pictures(self) -> dict[str, str]:
        """What is painted in each view, to be compared."""
        texts: dict[str, str] = self.ask(
            """Object.fromEntries([".tiles", ".large", ".matrix.q", ".matrix.k", ".matrix.v", ".way"].map((name) =>
                [name, [...explorer.root.querySelectorAll(`${name} canvas`)].map((c) => c.toDataURL()).join()]))"""
        )
        return texts
