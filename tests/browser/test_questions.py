"""Predict, then see: what a question covers, how it is answered, and what of it is kept."""

from __future__ import annotations

import re

import pytest

import attnviz
from tests.browser.pages import Explore, Explorer, Learn
from tests.browser.test_learn import SENTENCE

pytestmark = pytest.mark.browser
STEP = {"lesson": "who-sat", "at": "1"}
COVERED = (".card.head .large", ".card.head .reading", ".card.head .legend", ".card.heads .tiles", ".card.heads .about")
RIGHT, ASKED = "cat", "Which word does “sat” look at most in this head?"


class Lesson(Learn):
    """A lesson's step that asks something."""

    ready = ".learning .explorer[data-drawn] .asking.asks .choices button"
    host = ".host"

    def settle(self) -> None:
        Explorer.settle(self)  # there is nothing for the server to answer

    def choice(self, word: str, is_it: bool = True) -> str:
        """The selector of the choice with this word, or of the first with another."""
        texts = self.page.locator(".choices button").all_inner_texts()
        at = next(i for i, text in enumerate(texts) if (text == word) is is_it)
        return f".choices button >> nth={at}"

    def answer(self, word: str, is_it: bool = True) -> None:
        self.page.locator(self.choice(word, is_it)).click()
        self.settle()

    def told(self) -> str:
        return self.page.locator(".told-answer").inner_text()

    def sentence(self) -> tuple[set[str], list[str]]:
        """The colours behind the words, and what a screen reader says of them."""
        words = self.page.locator(".words.queries button")
        colors = words.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
        return set(colors), words.evaluate_all("all => all.map(one => one.ariaLabel)")


@pytest.fixture
def lesson(fresh: Explore) -> Lesson:
    return Lesson(fresh.page, fresh.url)


def test_nothing_is_to_be_seen_or_heard_until_it_is_answered_and_then_all_is(lesson: Lesson):
    lesson.open(**STEP)
    page = lesson.page
    colors, said = lesson.sentence()
    assert len(colors) == 1
    assert not any(re.search(r"\d\.\d", one) for one in said), said
    assert [one for one in COVERED if page.locator(one).is_visible()] == []
    page.locator(".words.queries button").nth(2).hover()
    assert not re.search(r"\d\.\d", page.locator(".explorer .tip").inner_text())
    page.mouse.move(0, 0)
    lesson.answer(RIGHT)
    assert [one for one in COVERED if not page.locator(one).is_visible()] == []
    colors, said = lesson.sentence()
    assert len(colors) > 3
    assert all(re.search(r"\d\.\d", one) for one in said), said
    weight = attnviz.trace(SENTENCE).layers[1].weights[0, 8, 2]
    assert lesson.told() == f"Yes. “sat” gives {weight:.2f} of its weight to “cat”."


def test_no_other_way_of_looking_gives_it_away(lesson: Lesson):
    lesson.open(**STEP)
    numbers = """(host) => [...host.querySelectorAll(".card:not(.lesson) *")]
        .filter((one) => one.childElementCount === 0 && /\\d\\.\\d/.test(one.textContent)
            && one.checkVisibility({ visibilityProperty: true })).map((one) => one.textContent)"""
    host = lesson.page.locator(lesson.host)
    canvases = """(host) => [...host.querySelectorAll(".card canvas")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true })).length"""
    for pane in ("way", "why", "row", "explore"):
        lesson.show(pane)
        lesson.settle()
        assert host.evaluate(numbers) == [], pane
        assert host.evaluate(canvases) == 0, pane
    lesson.answer(RIGHT)
    assert host.evaluate(numbers) != []
    assert host.evaluate(canvases) > 0


def test_it_is_answered_by_the_keyboard_alone(lesson: Lesson):
    lesson.open(**STEP)
    page = lesson.page
    page.locator(".panes input:checked").focus()
    reached = "() => document.activeElement.shadowRoot?.activeElement?.textContent"
    for _ in range(20):  # at most so many stops
        page.keyboard.press("Tab")
        if page.evaluate(reached) == RIGHT:
            break
    page.keyboard.press("Enter")
    lesson.settle()
    assert lesson.told().startswith("Yes.")
    assert page.locator(".choices button.right").evaluate("one => one.getRootNode().activeElement === one")


def test_a_screen_reader_hears_the_question_its_choices_and_the_answer(lesson: Lesson):
    lesson.open(**STEP)
    asking = lesson.page.get_by_role("region", name="A question")
    assert asking.get_by_role("status").first.inner_text() == ASKED
    guess = asking.get_by_role("group", name=ASKED).get_by_role("button")
    assert 2 <= guess.count() <= 4
    lesson.answer(RIGHT, is_it=False)
    assert asking.get_by_role("status").last.inner_text().startswith("No. “sat” gives")
    assert asking.get_by_role("button", name="cat, right").count() == 1
    assert asking.get_by_role("button", name=re.compile(", wrong$")).count() == 1


def test_the_rate_is_kept_in_this_browser_and_told_to_nobody(lesson: Lesson):
    sent: list[str | bytes] = []
    lesson.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    lesson.page.on("request", lambda request: sent.append(request.post_data or ""))
    lesson.open(**STEP)
    before = len(sent)
    lesson.answer(RIGHT)
    assert lesson.page.locator(".rate").inner_text() == "1 of 1 right"
    lesson.open(**STEP)
    lesson.answer(RIGHT, is_it=False)
    assert lesson.page.locator(".rate").inner_text() == "1 of 2 right"
    lesson.page.reload()
    lesson.page.wait_for_selector(lesson.ready)
    assert lesson.page.locator(".rate").inner_text() == "1 of 2 right"
    assert lesson.page.evaluate("localStorage.getItem('attnviz.rate')") == '{"right":1,"asked":2}'
    assert before < len(sent), "the messages are seen here"
    told = [one if isinstance(one, bytes) else one.encode() for one in sent]
    assert not any(b"attnviz.rate" in one or b'"asked"' in one for one in told)


def test_one_can_guess_first_of_any_head(fresh: Explore):
    learn = Lesson(fresh.page, fresh.url)
    learn.ready = Learn.ready
    learn.open(pane="explore", layer="1", head="0", query="8")
    page, weights = learn.page, attnviz.trace(SENTENCE).layers[1].weights[0]
    page.get_by_role("button", name="Guess first").click()
    learn.settle()
    assert not page.locator(".card.head .large").is_visible()
    for _ in range(6):
        prompt = page.locator(".prompt").inner_text()
        if prompt.startswith("Which word does"):
            query = learn.state()["query"]
            words = page.locator(".choices button").all_inner_texts()
            learn.answer(words[0])
            first = page.locator(".choices button.right").inner_text()
            names = learn.ask("explorer.context.part.queries.tokens.map(({ name }) => name)")
            assert weights[query].argmax() == names.index(first)
            assert f"{weights[query].max():.2f}" in learn.told()
        else:
            learn.answer(page.locator(".choices button").first.inner_text())
        assert re.match(r"(Yes|No)\. ", learn.told())
        assert page.locator(".card.head .large").is_visible()
        page.get_by_role("button", name="Another question").click()
        learn.settle()
    assert page.locator(".rate").inner_text().endswith("of 6 right")
