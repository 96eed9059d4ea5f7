"""What axe-core finds on the pages: nothing, in light and dark. (node_modules has it for tests; no page does.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.pages import Learn

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "Explore": "",
    "Compare": "compare",
    "Train": "train",
    "Learn, a lesson": "learn?lesson=who-sat&at=1",
    "Learn, a lesson presented": "learn?lesson=the-whole-way&at=3&present=1",
    "Explore, 72 heads": "?model=minilm&text=I+love+pizza",
    "Explore, what comes next": "?model=stories&text=One+day+a+girl+named+Mia&sampling=t2-k3",
    "Explore, presented": "?present=1",
}
CHOSEN = {
    "softmax": {"walk": "softmax"},
    "a row by hand": {"pane": "row"},
    "build a head": {"pane": "build"},
    "why": {"pane": "why", "switched": "unscaled"},
    "all heads": {"pane": "explore"},
    "the last step": {"walk": "probabilities"},
    "presented": {"walk": "projections", "present": 1},
}
IS_LIGHT = "() => getComputedStyle(document.querySelector('.stApp')).colorScheme === 'light'"
IS_DARK = "() => getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'"
RUN = """async () => {
    const { violations } = await axe.run(document, {
        rules: { "target-size": { enabled: true } },
        resultTypes: ["violations"], // of the rest not each element is described
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}"""


@pytest.fixture(scope="module")
def inspector(browser: Browser, server: str) -> Iterator[BrowserContext]:
    """A browser that lets a test's script in: the page's own policy lets none in but its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light", bypass_csp=True)
    context.new_page().goto(f"{server}/_stcore/health")  # as in conftest.py
    yield context
    context.close()


def nothing_is_found(page: Page, title: str) -> None:
    """In light and dark."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme, is_so in (("light", IS_LIGHT), ("dark", IS_DARK)):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(is_so)
        assert page.evaluate(RUN) == [], scheme
    assert page.title().startswith(title)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator(".explorer h2").count() >= 1


@pytest.fixture(scope="module")
def page(inspector: BrowserContext) -> Page:
    """One for all addresses: another document on it costs half of what another page does."""
    return inspector.new_page()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, server: str, name: str):
    page.emulate_media(color_scheme="light")
    page.goto(f"{server}/{PAGES[name]}")
    page.locator(".explorer[data-drawn]").first.wait_for()
    if "lesson=" not in PAGES[name]:  # it is read in the page, and nothing is said of who reads
        page.locator(".status .checked").first.wait_for(state="attached")
    nothing_is_found(page, name.split(",")[0])


@pytest.fixture(scope="module")
def way(inspector: BrowserContext, server: str) -> Learn:
    """The Learn page, which stays open."""
    learn = Learn(inspector.new_page(), server)
    learn.open()
    learn.page.locator(".status .checked").first.wait_for(state="attached")
    learn.first = learn.state()
    return learn


@pytest.mark.parametrize("name", CHOSEN)
def test_axe_finds_nothing_whatever_is_chosen_on_learn(way: Learn, name: str):
    way.begin(**CHOSEN[name])
    nothing_is_found(way.page, "Learn")
