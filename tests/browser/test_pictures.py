"""Pictures on Explore: where a head looks, the answer, moved digits, a file of one's own, and the page as a file."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import attnviz
from attnviz.service import pictures
from attnviz.training.scenes import ACROSS
from tests.browser.pages import Explore, ExplorerFile

pytestmark = pytest.mark.browser

QUESTION = pictures.usual("scene-0", "picture")


def identity(explore: Explore) -> str:
    return explore.ask("explorer.trace.header.id")


def brightness(explore: Explore) -> np.ndarray:
    """[row, column]: how bright each patch is shown, above its number, beside how bright the picture's own is."""
    cells = explore.page.locator(".picture canvas").first.evaluate(
        """(canvas, across) => {
          const pen = canvas.getContext("2d");
          const cell = canvas.width / across;
          const of = (i, j) => pen.getImageData(Math.ceil(j * cell), Math.ceil(i * cell), cell - 1, cell - 20).data;
          const sum = (data) => data.reduce((total, value, at) => total + (at % 4 === 3 ? 0 : value), 0);
          return Array.from({ length: across ** 2 }, (_, at) => sum(of(Math.floor(at / across), at % across)));
        }""",
        ACROSS,
    )
    own = pictures.pixels_of("scene-0").array.astype(float).reshape(ACROSS, 8, ACROSS, 8, 3).sum((1, 3, 4))
    return np.array(cells).reshape(ACROSS, ACROSS) / own


def test_the_brightest_patch_is_where_the_head_looks_and_the_answer_stands_beside(explore: Explore):
    explore.begin(model="picture")
    trace = attnviz.trace(pictures.pixels_of("scene-0").array, model="picture", question=QUESTION)
    layer, head = explore.head()
    weights = trace.layers[layer].head(head, 1).weights[0, 2:].reshape(ACROSS, ACROSS).numpy()
    bright = brightness(explore)
    assert np.unravel_index(bright.argmax(), bright.shape) == np.unravel_index(weights.argmax(), weights.shape)
    order = np.argsort(weights, axis=None)
    assert bright.ravel()[order[-1]] > 1.5 * bright.ravel()[order[0]]
    model = attnviz.load_model("picture")
    told = model.probabilities(pictures.pixels_of("scene-0").array, 1, question=QUESTION)
    expect(explore.page.locator(".answer ol").first.locator("li").first).to_contain_text(model.word(int(told.argmax())))


def test_the_answer_s_bars_are_as_long_as_their_probabilities_in_windows_of_any_width(explore: Explore):
    explore.begin(model="picture", picture="scene-9")
    for width in (1920, 1024, 390):
        explore.page.set_viewport_size({"width": width, "height": 900})
        explore.settle()
        bars = explore.page.locator(".answer li").evaluate_all(
            """(items) => items.map((item) => {
              const { left, width } = item.querySelector("i").getBoundingClientRect();
              return [Number(item.querySelector(".value").textContent), left, width];
            })"""
        )
        shown, lefts, lengths = np.array([bar for bar in bars if bar[0] >= 0.1]).T
        assert len(shown) >= 3
        assert np.ptp(lefts) < 1, (width, bars)
        whole = lengths / shown
        assert whole.min() > 60, (width, bars)
        assert np.allclose(whole, whole.mean(), rtol=0.06), (width, bars)


def test_a_patch_is_asked_by_a_click_and_by_keys(explore: Explore):
    explore.begin(model="picture")
    target = explore.page.locator(".picture [role=gridcell]")
    box = target.bounding_box()
    assert box is not None
    target.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.5})
    assert explore.state()["query"] == 2 + 2 * ACROSS + 1
    assert "patch 2,1" in explore.page.locator(".reading").inner_text()
    assert "How “patch 2,1” gets its new vector" in explore.page.locator(".neuron .title").inner_text()
    target.focus()
    explore.page.keyboard.press("ArrowRight")
    explore.page.keyboard.press("ArrowDown")
    expect(target).to_have_attribute("aria-label", re.compile("patch 2,1 → patch [0-9],[0-9]"))
    explore.page.keyboard.press("Shift+Enter")
    assert explore.state()["key"] is not None


def test_a_digit_is_dragged_to_another_cell_and_put_back(explore: Explore):
    explore.begin(model="picture")
    before = identity(explore)
    box = explore.page.locator(".picture [role=gridcell]").bounding_box()
    assert box is not None
    cell = box["width"] / ACROSS
    mouse = explore.page.mouse
    mouse.move(box["x"] + cell / 2, box["y"] + cell / 2)
    mouse.down()
    mouse.move(box["x"] + 2.5 * cell, box["y"] + 1.5 * cell, steps=4)
    mouse.up()
    explore.page.wait_for_url("**moved=0-7**")
    explore.settle()
    assert identity(explore) != before
    explore.page.get_by_role("button", name="Put back").click()
    explore.settle()
    assert identity(explore) == before
    explore.page.get_by_role("button", name="Move a digit").click()
    target = explore.page.locator(".picture [role=gridcell]")
    for x, y in ((0.1, 0.1), (0.5, 0.3)):  # as with a finger: the one, then the other
        target.click(position={"x": box["width"] * x, "y": box["height"] * y})
    explore.page.wait_for_url("**moved=0-7**")


def test_a_file_of_ones_own_is_read_and_a_bad_one_is_said(fresh: Explore):
    fresh.open(model="picture")
    written = io.BytesIO()
    Image.fromarray(np.full((80, 120, 3), 90, np.uint8)).save(written, "PNG")
    fresh.page.get_by_role("button", name="Your own").click()
    expect(fresh.page.locator(".stFileUploader")).to_contain_text("Upload")
    for one in fresh.page.locator(".stFileUploader button").all():
        assert one.evaluate("node => getComputedStyle(node).opacity") == "1", "it can be seen"
    chooser = fresh.page.locator("input[type=file]")
    chooser.set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": written.getvalue()})
    expect(fresh.page.locator(".stMain")).to_contain_text("A link cannot carry your picture")
    chooser.set_input_files({"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(fresh.page.locator(".notice.error")).to_contain_text("is no picture that can be read")
    fresh.settle()
    assert fresh.page.locator(".picture").is_visible(), "what was there stays"


def test_the_page_as_a_file_shows_the_picture(explorer: ExplorerFile):
    trace = attnviz.trace(pictures.pixels_of("scene-0").array, model="picture", question=QUESTION)
    explorer.open(trace, head=1, query=1)
    page = explorer.page
    assert page.locator(".picture").is_visible()
    assert "looks at" in page.locator(".reading").inner_text()
    assert not page.locator(".moving").is_visible(), "only a server reads the picture anew"


def test_the_saved_picture_is_the_shown_one(explorer: ExplorerFile):
    trace = attnviz.trace(pictures.pixels_of("scene-0").array, model="picture", question=QUESTION)
    explorer.open(trace, head=1, query=1)
    with explorer.page.expect_download() as download:
        explorer.page.get_by_role("button", name="SVG").click()
    svg = download.value.path().read_text()
    assert svg.count("<rect") >= 40 * 40, "its pixels"
    largest = float(trace.layers[0].head(1, 1).weights[0, 2:].max())
    assert f">{largest:.2f}</text>" in svg
    assert "The brighter a patch" in svg
