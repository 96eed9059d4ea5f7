"""The Train page."""

from __future__ import annotations

import re

from tests.browser.pages.explore import Explore


class Train(Explore):
    """The Train page, as a person sees and uses it."""

    path = "/train"

    def begin(self, **params: str) -> None:
        super().begin(**{"model": "grammar"} | params)  # where no run is named, the one that was watched last stays

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
