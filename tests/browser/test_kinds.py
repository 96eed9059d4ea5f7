"""Lessons on several kinds of attention, on what comes next and on what breaks, as files in a real Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

import attnviz
from attnviz import lessons
from attnviz.service import lessons as served

pytestmark = pytest.mark.browser
LESSONS = {lesson.name: lesson for lesson in lessons.shipped()}


def opened(page: Page, name: str, folder: Path, at: int) -> None:
    file = folder / f"{name}.html"
    file.write_text(served.as_file(LESSONS[name]), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".explorer[data-drawn]")
    page.locator(".dots button").nth(at).click()


def said(page: Page) -> list[str]:
    return page.locator(".kind .most").all_inner_texts()


def test_one_word_is_linked_in_three_kinds_of_attention(pupil: Page, tmp_path: Path):
    opened(pupil, "kinds-of-attention", tmp_path, 0)
    lesson = LESSONS["kinds-of-attention"]
    _, trace = lessons.load("french", lesson.sentence)
    boxes = [pupil.locator(f"[data-kind={part}] .target") for part in ("encoder", "decoder", "cross")]
    assert len({round(box.bounding_box()["y"]) for box in boxes}) == 1  # type: ignore[index]  # side by side

    pupil.locator(".words.queries button", has_text="chien").click()
    pupil.locator(".words.keys button", has_text="small").click()
    for part, head, word, told in (
        ("encoder", 0, "small", said(pupil)[0]),
        ("decoder", 1, "chien", said(pupil)[1]),
        ("cross", 0, "chien", said(pupil)[2]),
    ):
        layer = trace.parts[part][0]
        row = layer.weights[head, layer.queries.find(word)]
        assert told.startswith(f"{word} looks at {layer.keys[int(row.argmax())].label} {row.max():.2f}")

    boxes[1].focus()
    pupil.keyboard.press("ArrowUp")  # from chien to petit, in all that is written
    assert said(pupil)[1].startswith("petit looks at")
    assert said(pupil)[2].startswith("petit looks at small")
    pupil.keyboard.press("End")
    assert boxes[1].get_attribute("aria-valuetext") == "petit → chien: it may not look there"
    pupil.locator("[data-kind=decoder] select").select_option("0.3")
    layer = trace.parts["decoder"][0]
    row = layer.weights[3, layer.queries.find("petit")]
    assert f"{layer.keys[int(row.argmax())].label} {row.max():.2f}" in said(pupil)[1]


def test_a_word_that_is_taken_is_read_on_from(pupil: Page, tmp_path: Path):
    opened(pupil, "the-next-word", tmp_path, 1)
    bars, text = pupil.locator(".card.next .bars-of button"), pupil.locator(".card.next .text-now")
    model = attnviz.load_model("stories", device="cpu")

    def first_of(sentence: str) -> str:
        told = model.probabilities(sentence, len(sentence.split()))
        return f"{model.word(int(told.argmax()))}, {told.max():.2f}"

    assert bars.first.get_attribute("aria-label") == first_of("one day a girl")
    pupil.get_by_role("button", name="Take the most probable").press("Enter")
    assert text.inner_text() == "one day a girl named …"
    third = bars.nth(2)
    word = (third.get_attribute("aria-label") or "").partition(",")[0]
    third.press("Enter")
    assert text.inner_text() == f"one day a girl named {word} …"
    assert bars.first.get_attribute("aria-label") == first_of(f"one day a girl named {word}")
    pupil.get_by_role("button", name="Take it back").click()
    pupil.get_by_label("Temperature of the draw").fill("3")
    assert "→" in (bars.first.get_attribute("aria-label") or "")
    pupil.get_by_role("button", name="Draw a word").click()
    assert len(text.inner_text().split()) == 7  # six words and what is open
    pupil.get_by_role("button", name="The lesson’s text").click()
    assert text.inner_text() == "one day a girl …"


def test_a_word_is_cut_and_what_breaks_is_marked(pupil: Page, tmp_path: Path):
    opened(pupil, "translation", tmp_path, 4)
    written = pupil.locator(".card.tries .written")
    assert written.inner_text() == "Mon chat noir dort souvent sur le tapis rouge"
    pupil.get_by_role("radio", name="“black” hidden").focus()
    pupil.keyboard.press("Space")
    assert written.locator("del").all_inner_texts() == ["noir"]
    assert written.locator("ins").count() == 0
    assert "8 of 9 words" in pupil.locator(".card.tries .key-of").inner_text()
    pupil.keyboard.press("ArrowRight")
    assert written.locator("del").all_inner_texts() == ["chat"]
    # The one before asks, of a head whose model does not run in the page.
    pupil.locator(".dots button").nth(1).click()
    assert pupil.locator(".explorer[data-covered]").count() == 1
    pupil.get_by_role("button", name="cat", exact=True).last.click()
    assert pupil.locator(".told-answer").inner_text().startswith("Yes. “chat” gives 0.98")
    pupil.evaluate("localStorage.clear()")
