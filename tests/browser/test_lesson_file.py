"""A lesson as one file: without a server, without a network, with the page's own numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

import attnviz
from attnviz import lessons
from attnviz.request import Scaled
from attnviz.service import lessons as served
from attnviz.training.words.grammar import held_out_sentences, training_sentences
from tests.browser.pages import Explore

pytestmark = pytest.mark.browser
UNSCALED = Scaled(root=False)
LESSONS = {lesson.name: lesson for lesson in lessons.shipped()}


def opened(page: Page, name: str, folder: Path) -> None:
    file = folder / f"{name}.html"
    file.write_text(served.as_file(LESSONS[name]), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".explorer[data-drawn]")


def what_it_says(page: Page) -> list[str | None]:
    """The text, and the formulas with their numbers."""
    lines = page.locator(".card.walk .formula-line").all()
    return [page.locator(".lesson-text").inner_text(), *(line.get_attribute("data-tex") for line in lines)]


@pytest.mark.parametrize("name", LESSONS)
def test_all_steps_of_a_lesson_are_there(pupil: Page, name: str, tmp_path: Path):
    opened(pupil, name, tmp_path)
    for i, step in enumerate(lessons.resolved(LESSONS[name])["steps"]):
        pupil.locator(".dots button").nth(i).click()
        assert pupil.locator(".card.lesson .title").inner_text() == step["title"]
        assert pupil.locator(f".explorer[data-pane={step['view']['pane']}]").count() == 1
        assert pupil.locator(".words.queries button").count() > 1
    pupil.wait_for_url(lambda url: f"%22at%22%3A{i}" in url)  # a reload comes back here


def test_the_file_says_what_the_page_says(pupil: Page, fresh: Explore, tmp_path: Path):
    opened(pupil, "query-key-value", tmp_path)
    page = fresh.page
    for at in ("0", "3", "4"):
        pupil.locator(".dots button").nth(int(at)).click()
        page.goto(f"{fresh.url}/learn?lesson=query-key-value&at={at}")
        page.wait_for_selector(".learning .explorer[data-drawn] .words.queries button")
        assert what_it_says(pupil) == what_it_says(page)


def test_a_new_sentence_is_read_without_a_server(pupil: Page, tmp_path: Path):
    opened(pupil, "who-sat", tmp_path)
    pupil.locator(".dots button").nth(2).click()
    text = "The engines near the small dog started"
    assert not pupil.get_by_role("button", name="Back to the lesson’s sentence").is_visible()
    field = pupil.get_by_label("A sentence of your own")
    field.fill(text)
    field.press("Enter")
    weights = attnviz.trace(text, model="grammar").layers[1].weights[0]
    said = pupil.locator(".reading").inner_text()
    found = re.match(r"started looks at engines (\d\.\d\d)", said)
    assert found is not None
    assert float(found[1]) == pytest.approx(weights[-1, 2].item(), abs=0.005)
    field.fill("   ")
    field.press("Enter")
    assert "no word" in pupil.locator(".own-sentence .wrong").inner_text()
    back = pupil.get_by_role("button", name="Back to the lesson’s sentence")
    back.click()
    assert "sat looks at cat 0.98" in pupil.locator(".reading").inner_text()
    assert not back.is_visible(), "there is nothing to go back from"
    assert field.evaluate("field => field === field.getRootNode().activeElement"), (
        "the focus is not lost with the button"
    )


# Reads each text with the model that the file holds: ids, the weights of all heads, and logits.
READ_ALL = """(texts) => {
    const { model } = document.querySelector(".host").explorer.context.inPage.of();
    const read = texts.map((text) => {
        const { ids } = model.read(text);
        const run = model.run(ids);
        const weights = run.layers.map(({ head }) => [0, 1, 2, 3].map((h) => Array.from(head(h).weights.values)));
        return { ids, weights, logits: Array.from(run.logits.values) };
    });
    return JSON.stringify(read);
}"""


def test_200_new_sentences_in_the_file_are_read_as_the_package_reads_them(pupil: Page, tmp_path: Path):
    opened(pupil, "who-sat", tmp_path)
    pupil.locator(".dots button").nth(2).click()
    drawn = [*training_sentences(170, seed=8), *held_out_sentences(40, seed=8, attractors=2)]
    texts = list(dict.fromkeys(" ".join(sentence.words).capitalize() for sentence in drawn))[:200]
    assert len(texts) == 200
    model = attnviz.load_model("grammar", device="cpu")
    for text, read in zip(texts, json.loads(pupil.evaluate(READ_ALL, texts)), strict=True):
        trace = model.trace(text)
        assert read["ids"] == [token.id for token in trace.tokens]
        assert trace.stages is not None
        for layer, heads in zip(trace.layers, read["weights"], strict=True):
            assert np.abs(np.array(heads) - layer.weights.flatten(1).numpy()).max() <= 1e-5
        logits = trace.stages.logits.flatten().numpy()
        assert np.abs(np.array(read["logits"]) - logits).max() <= 1e-5 * max(1, np.abs(logits).max())


def test_play_switches_and_a_row_by_hand_work_without_a_server(pupil: Page, tmp_path: Path):
    opened(pupil, "query-key-value", tmp_path)
    at = next(i for i, step in enumerate(LESSONS["query-key-value"].steps) if step.view.step == "score")
    pupil.locator(".dots button").nth(at).click()
    numbers = pupil.locator(".card.walk .formula-line").last
    play, first = pupil.locator("[data-go=play]"), numbers.get_attribute("data-tex")
    play.click()
    pupil.wait_for_function(
        "(first) => [...document.querySelectorAll('.card.walk .formula-line')].at(-1).dataset.tex !== first", arg=first
    )
    assert play.inner_text() == "Pause"
    play.click()
    assert play.inner_text() == "Play"

    pupil.locator("label", has_text="Why is it there?").click()
    pupil.get_by_label("Here:").select_option("unscaled")
    sentence = "The cat, which was black, sat on the mat"
    before, after = (
        attnviz.trace(sentence, model="grammar", changes=changes).layers[1].weights[0] for changes in ([], [UNSCALED])
    )
    bits = [float(-(weights * weights.clamp(min=1e-30).log2()).sum(-1).mean()) for weights in (before, after)]
    said = f"{bits[0]:.2f} bits before, {bits[1]:.2f} bits after"
    assert said in pupil.locator(".card.why .changed").inner_text()

    pupil.locator("label", has_text="A row by hand").click()
    pupil.get_by_label("weight on mat", exact=True).fill("600")
    assert "have moved by" in pupil.locator(".card.row .facts").inner_text()
    shown = [float(one) for one in pupil.locator(".card.row .weight").all_inner_texts()]
    assert sum(shown) == pytest.approx(1, abs=0.03)


def test_a_question_covers_what_it_asks_and_the_rate_stays_in_the_browser(pupil: Page, tmp_path: Path):
    opened(pupil, "who-sat", tmp_path)
    pupil.locator(".dots button").nth(1).click()
    assert pupil.locator(".explorer[data-covered]").count() == 1
    assert not pupil.locator(".card.head .large").is_visible()
    pupil.locator(".asking .choices button", has_text=re.compile("^cat$")).press("Enter")
    assert pupil.locator(".asking .told-answer").inner_text().startswith("Yes. “sat” gives 0.98")
    assert pupil.locator(".card.head .large").is_visible()
    assert pupil.locator(".asking .rate").inner_text() == "1 of 1 right"
    assert pupil.evaluate("localStorage['attnviz.rate']") == '{"right":1,"asked":1}'
    pupil.evaluate("localStorage.clear()")
