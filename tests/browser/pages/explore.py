"""The Explore page."""

from __future__ import annotations

from tests.browser.pages.explorer import Explorer
from tests.browser.pages.site import Site


class Explore(Explorer, Site):
    """The Explore page, as a person sees and uses it."""

    ready = ".st-key-explorer .explorer[data-drawn]"
    host = ".st-key-explorer .host"

    def settle(self) -> None:
        """Wait until nothing changes on the page any more, and the server has answered the last choice."""
        super().settle()
        if self.page.locator(self.ready).count():
            self.page.wait_for_function(
                """() => {
                    const { published, told = 0 } = globalThis.attnviz;
                    return published.get("answer")?.header.sequence >= told
                        && document.querySelector("[data-test-script-state=notRunning]");
                }""",
                timeout=60_000,
            )

    def open_detail(self, title: str) -> None:
        """Unfold what stands below the explorer."""
        self.page.get_by_text(title, exact=True).click()
        self.settle()
