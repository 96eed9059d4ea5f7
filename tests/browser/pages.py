"""The pages, as a test drives them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlparse
from weakref import WeakSet

from playwright.sync_api import Locator, Page

from attnviz import Trace
from attnviz.analysis import saying
from attnviz.client import html

# Notes how often and when last the page spoke to its server, and when the server to it.
_LISTEN = """(() => {
    if (globalThis.wire) return;
    globalThis.wire = { sent: 0, heard: 0, count: 0 };
    const sockets = new WeakSet();
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (...message) {
        wire.sent = performance.now();
        wire.count += 1;
        if (!sockets.has(this)) this.addEventListener("message", () => { wire.heard = performance.now(); });
        sockets.add(this);
        return send.apply(this, message);
    };
})();"""
# Comes back once the server has answered and has nothing more to say, and the page has drawn it: nothing on it changes.
# A message that nobody answers (a sign of life) is not waited for long, and a page that never settles is a failure.
_SETTLE = """(quiet) => new Promise((done, fail) => {
    const start = performance.now();
    let last = start;
    const watch = new MutationObserver(() => { last = performance.now(); });
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    const isWaiting = () => location.protocol !== "file:" && isServing();
    const isServing = () => !document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
        || document.querySelector("[data-testid=stSkeleton], .stPlotlyChart:not(:has(.main-svg))")
        || (wire.sent > wire.heard && performance.now() - wire.sent < 5000);
    const look = () => {
        if (isWaiting()) last = performance.now();
        if (performance.now() - start > 60000) {
            const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
            fail(new Error(`not settled: the script is ${state}, sent at ${wire.sent}, heard at ${wire.heard}`));
            return;
        }
        if (performance.now() - Math.max(last, wire.heard) < quiet) {
            setTimeout(look, 10);
            return;
        }
        watch.disconnect();
        done();
    };
    setTimeout(look, 10);
})"""
# Another address in place of this one, of which the page hears as of a step back.
_GO = """(address) => {
    document.activeElement?.blur();
    document.querySelector(".stMain")?.scrollTo(0, 0);
    history.replaceState(null, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
}"""
_QUIET = 80  # milliseconds
_QUIET_FILE = 30  # where no server has anything to say
_listening: WeakSet[Page] = WeakSet()


def listen(page: Page) -> None:
    """Have each document on it note when it speaks to its server."""
    if page not in _listening:
        page.add_init_script(_LISTEN)
        _listening.add(page)


def weight_in_words(x: Any) -> str:
    """A weight, a number or a tensor of one, as the page writes it."""
    return saying.weight(float(x))


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
        self.page.evaluate(_SETTLE, _QUIET)

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


class Explorer:
    """The explorer, as a person sees and uses it. What stands in its shadow on a page is found as anything is."""

    page: Page
    ready = ".explorer[data-drawn]"
    host = ".host"  # the element that has the explorer
    quiet = _QUIET

    def settle(self) -> None:
        """Wait until nothing changes any more."""
        self.page.evaluate(_SETTLE, self.quiet)

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


class ExplorerFile(Explorer):
    """The explorer in a file of its own, opened from the disk: what is the same with and without a server."""

    quiet = _QUIET_FILE

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.path = page, folder / "page.html"
        listen(page)

    def open(self, trace: Trace, *, address: str = "", **first: object) -> None:
        """`first` is what is chosen at first, beside head 0 of layer 0 and the first word."""
        chosen = {"layer": 0, "head": 0, "query": 0} | first
        self.path.write_text(html(trace, first=chosen), encoding="utf-8")
        self.page.goto("about:blank")  # or another address after # alone would not load it again
        self.page.goto(self.path.as_uri() + address)
        self.page.wait_for_selector(self.ready)
        self.settle()


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
