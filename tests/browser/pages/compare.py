"""The Compare page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator

from tests.browser.pages.explore import Explore


class Compare(Explore):
    """The Compare page, as a person sees and uses it: what is asked of an explorer is asked of A's."""

    path = "/compare"
    ready = ".difference[data-drawn], .st-key-compare_alone .explorer[data-drawn]"
    host = ".comparer > .host >> nth=0"

    def choose_mode(self, title: str) -> None:
        self.page.get_by_text(title, exact=True).click()
        self.settle()

    def type_b(self, text: str) -> None:
        field = self.page.get_by_label("Sentence B", exact=True)
        field.fill(text)
        field.press("Enter")
        self.settle()

    def settle(self) -> None:
        """Wait for both sides."""
        super().settle()
        if self.page.locator(".difference[data-drawn]").count():
            self.page.wait_for_function(
                "() => attnviz.published.get('answerb')?.header.sequence >= (attnviz.told ?? 0)", timeout=60_000
            )

    def side(self, name: str) -> Locator:
        """The explorer of A or B."""
        return self.page.locator(".comparer > .host").nth("AB".index(name))

    def chosen_token(self) -> str:
        return self.side("A").locator(".words button[aria-pressed=true] bdi").inner_text()

    def states(self) -> list[dict[str, Any]]:
        """What is chosen in A and in B."""
        states: list[dict[str, Any]] = self.compared("comparer.explorers.map(({ state }) => state)")
        return states

    def choose_head_of(self, name: str, layer: int, head: int) -> None:
        """Click a head among all heads of a side."""
        self.side(name).get_by_role("option", name=re.compile(rf"^layer {layer} head {head}(,|$)")).click()
        self.settle()

    def compared(self, expression: str) -> Any:
        """What an expression of `comparer` (client/js/hosts/comparer.js) comes to."""
        return self.page.locator(".comparer").evaluate(
            f"(root) => {{ const {{ comparer }} = root; return {expression}; }}"
        )

    def rows(self) -> list[str]:
        rows: list[str] = self.compared("comparer.context.rows.map(({ label }) => label)")
        return rows

    def cell(self, row: int, column: int) -> tuple[float, float]:
        """Where a cell of the difference is, on the page."""
        target = self.page.locator(".difference .target")
        target.scroll_into_view_if_needed()
        frame = target.bounding_box()
        assert frame is not None
        box, count = self.compared("comparer.difference.place"), len(self.rows())
        x, y = box["x"] + box["width"] * (column + 0.5) / count, box["y"] + box["height"] * (row + 0.5) / count
        return frame["x"] + x, frame["y"] + y

    def said(self) -> str:
        """What is said of the comparison."""
        return self.page.locator(".compared").inner_text()

    def bits(self) -> list[str]:
        """How unlike each row is, row after row."""
        texts: list[str] = self.compared(
            "[...comparer.context.compared.bits].map((bits) => Number.isNaN(bits) ? '–' : bits.toFixed(2))"
        )
        return texts

    def title(self, name: str) -> str:
        """What stands over a side, and over its picture."""
        side = self.side(name)
        return " · ".join(side.locator(one).inner_text() for one in (".side-name", ".card.head .title"))
