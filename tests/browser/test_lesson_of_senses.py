"""The lessons on a picture and on a sound, as files in a real Chromium, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from attnviz import lessons
from attnviz.request import HeadOff
from attnviz.service import lessons as served

pytestmark = pytest.mark.browser
LESSONS = {lesson.name: lesson for lesson in lessons.shipped()}


@pytest.fixture
def pupil(reader: BrowserContext) -> Iterator[Page]:
    page = reader.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def opened(page: Page, name: str, folder: Path, at: int) -> None:
    file = folder / f"{name}.html"
    file.write_text(served.as_file(LESSONS[name]), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".explorer[data-drawn]")
    page.locator(".dots button").nth(at).click()


def tried(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).focus()
    page.keyboard.press("Space")


def answer(question: str, off: str) -> str:
    """Of the scene that the lesson shows, without a head."""
    model, trace = lessons.load("picture", f"scene-4: {question}", (HeadOff(off),))
    return model.word(int(model.probabilities(trace.request, 1).argmax()))


def test_a_question_looks_at_a_picture_and_the_answer_stands_beside_it(pupil: Page, tmp_path: Path):
    opened(pupil, "a-picture", tmp_path, 1)
    expect(pupil.locator(".seen .picture")).to_be_visible()
    expect(pupil.locator(".reading")).to_contain_text("red looks at patch 1,1 1.00")
    told, without = pupil.locator(".answer ol").all()
    assert told.locator("li span").first.inner_text() == "3"
    assert without.locator("li span").first.inner_text() == answer("which digit is red?", "0.1") != "3"
    pupil.evaluate("document.querySelector('.host').explorer.choose({ head: 0 })")
    assert pupil.locator(".answer ol").last.locator("li span").first.inner_text() == "3"
    expect(pupil.locator(".moving")).to_be_hidden()  # there is no server that would read another picture
    expect(pupil.locator(".own-sentence")).to_be_hidden()
    assert pupil.locator(".panes label:visible").all_inner_texts() == ["All heads"]


def test_a_head_is_switched_off_and_its_own_kind_of_question_breaks(pupil: Page, tmp_path: Path):
    opened(pupil, "a-picture", tmp_path, 4)
    written, key = pupil.locator(".card.tries .written"), pupil.locator(".card.tries .key-of")
    expect(pupil.locator(".card.tries .said")).to_contain_text("then answers the question anew")
    expect(pupil.locator(".seen .picture")).to_be_visible()
    for at, breaks, stays, asked, before in (
        (4, "0.1", "0.0", "which digit is red?", "3"),
        (5, "0.0", "0.1", "which colour is the three?", "red"),
    ):
        after = answer(asked, breaks)
        pupil.locator(".dots button").nth(at).click()
        assert written.inner_text() == before
        tried(pupil, f"head {stays} off")
        assert key.inner_text() == "The answer stays as it was."
        tried(pupil, f"head {breaks} off")
        assert (written.locator("del").inner_text(), written.locator("ins").inner_text()) == (before, after)
        assert key.inner_text().startswith("The answer is another one.")


def test_a_letter_lights_up_when_it_sounds_and_is_lost_when_its_sound_is_cut(pupil: Page, tmp_path: Path):
    opened(pupil, "a-sound", tmp_path, 1)
    expect(pupil.locator(".hearing .stage canvas").first).to_be_visible()
    lit = pupil.locator(".hearing audio").evaluate(
        """async (audio) => {
          const seen = [];
          for (const at of [0.15, 0.5, 0.9]) {
            audio.currentTime = at;
            await new Promise((done) => audio.addEventListener("seeked", () => setTimeout(done, 50), { once: true }));
            seen.push(document.querySelector(".words.queries .pointed")?.textContent ?? "");
          }
          return seen;
        }"""
    )
    assert lit == ["c", "i", "r"]
    pupil.locator(".dots button").nth(4).click()
    written, key = pupil.locator(".card.tries .written"), pupil.locator(".card.tries .key-of")
    expect(pupil.locator(".hearing")).to_be_visible()
    tried(pupil, "the sound of “m” cut")
    assert written.locator("del").all_inner_texts() == ["m"]
    assert written.locator("ins").count() == 0
    assert key.inner_text().startswith("7 of 8 letters are still there.")
    pupil.locator(".dots button").nth(5).click()
    tried(pupil, "head cross.1.2 off")
    assert key.inner_text() == "It hears every letter as before."
