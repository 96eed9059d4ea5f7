"""Sounds on Explore: the staircase, its light on the spectrogram, and playing it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import attnviz
from attnviz.service import sounds
from tests.browser.pages import Explore, ExplorerFile

pytestmark = pytest.mark.browser


def test_a_row_of_the_staircase_is_chosen_by_a_click_and_by_keys(explore: Explore):
    explore.begin(model="tones")
    target = explore.page.locator(".hearing .spot")
    box = target.bounding_box()
    assert box is not None
    target.click(position={"x": box["width"] * 0.15, "y": box["height"] - 8})
    assert explore.state()["query"] == 4, "the last row: the end"
    target.focus()
    explore.page.keyboard.press("ArrowUp")
    assert explore.state()["query"] == 3
    expect(target).to_have_attribute("aria-valuetext", re.compile(r"^4 → 0\.\d\d s, "))
    assert explore.page.locator(".words.keys").is_hidden(), "a sound is not written out"


def test_while_it_plays_the_word_that_sounds_lights_up(explore: Explore):
    explore.begin(model="tones")
    audio = explore.page.locator(".hearing audio")
    assert audio.evaluate("audio => audio.duration") == pytest.approx(sounds.said("tones", "1234").seconds, abs=0.01)
    seen = audio.evaluate(
        """async (audio) => {
          const words = audio.getRootNode().querySelector(".words.queries");
          const seen = [];
          for (const at of [0.1, 0.3, 0.48, 0.64]) {
            audio.currentTime = at;
            await new Promise((done) => audio.addEventListener("seeked", () => setTimeout(done, 50), { once: true }));
            seen.push(words.querySelector(".pointed")?.textContent ?? "");
          }
          return seen;
        }"""
    )
    assert seen == ["1", "2", "3", "4"]


def test_it_works_as_a_file(explorer: ExplorerFile):
    trace = attnviz.trace(sounds.said("voice", "masoti"), model="voice")
    explorer.open(trace, part="cross")
    page = explorer.page
    assert page.locator(".hearing").is_visible()
    assert page.locator(".hearing audio").evaluate("audio => audio.duration") > 0.5
    assert "looks at" in page.locator(".reading").inner_text()


def test_a_row_that_is_alone_stands_out_from_nothing(explorer: ExplorerFile):
    trace = attnviz.load_model("voice", step=0).trace(sounds.said("voice", "masoti"))
    assert trace.only("cross").rows.text == ""
    explorer.open(trace, part="cross")
    assert "there is nothing to compare this with" in explorer.page.locator(".reading").inner_text()
    expect(explorer.page.locator(".of-all")).to_contain_text(" looks most at:")


def test_the_saved_picture_is_the_shown_one(explorer: ExplorerFile):
    trace = attnviz.trace(sounds.said("tones", "1234"), model="tones")
    explorer.open(trace, part="cross")
    with explorer.page.expect_download() as download:
        explorer.page.get_by_role("button", name="SVG").click()
    svg = download.value.path().read_text()
    assert all(f">{label}</text>" in svg for label in ["1", "2", "3", "4", "end", "0.5 s"])
    assert "low notes below" in svg
