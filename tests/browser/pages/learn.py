"""The Learn page."""

from __future__ import annotations

from typing import Any

from tests.browser.pages.explore import Explore


class Learn(Explore):
    """The Learn page, as a person sees and uses it."""

    path = "/learn"
    host = ".host.learning"
    ready = ".learning .explorer[data-drawn]:has(.rail li) .words.queries button"
    first: dict[str, Any] | None = None  # what is chosen on a page that was just opened

    def begin(self, **chosen: object) -> None:
        """What a link with this choice opens, on a page that is open already."""
        assert self.first is not None, "it was opened"
        self.page.mouse.move(0, 0)
        self.ask(
            "(explorer.root.getRootNode().activeElement?.blur(), explorer.choose(argument[0]))", self.first | chosen
        )
        self.settle()

    def lead(self, **params: str) -> None:
        """What a link opens, of another model or text too, on a page that is open already (`Site.begin`)."""
        super().begin(**params)

    def titles(self) -> list[str]:
        """The steps, as the rail names them."""
        return self.page.locator(".rail .step-title").all_inner_texts()

    def title(self) -> str:
        return self.page.locator(".card.walk .title").inner_text()

    def numbers(self) -> list[str]:
        """The formula and this sentence's numbers in it, as TeX."""
        lines = self.page.locator(".card.walk .formula-line")
        return [line.get_attribute("data-tex") or "" for line in lines.all()]

    def go(self, step: str) -> None:
        """To a step: in the rail, or where that has no room, in the list that stands for it."""
        listed = self.page.locator(".rail select")
        if listed.is_visible():
            listed.select_option(step)
        else:
            self.page.locator(f".rail [data-step={step}]").click()

    def show(self, pane: str) -> None:
        self.page.locator(f".panes input[value={pane}]").check(force=True)
