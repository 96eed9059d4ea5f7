"""What one takes along from Explore: pictures, numbers, a page that needs no network; and what a weight means."""

from __future__ import annotations

import csv
import io
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

import attnviz
from attnviz.analysis import meaning
from tests.browser.pages import Explore, Explorer, ExplorerFile, weight_in_words
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser


def taken(explorer: Explorer, name: str, folder: Path) -> Path:
    """The file that a button gives."""
    with explorer.page.expect_download() as download:
        explorer.page.get_by_role("button", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_large_head_can_be_taken_as_a_picture(explorer: ExplorerFile, tmp_path: Path):
    trace = attnviz.trace(SENTENCE, "minilm")
    explorer.open(trace, layer=5, head=11, query=8)
    drawing = taken(explorer, "SVG", tmp_path)
    assert drawing.name == "attnviz-layer5-head11.svg"
    svg = drawing.read_text(encoding="utf-8")
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    marks = ElementTree.fromstring(svg)
    said = [mark.text or "" for mark in marks.iter("{http://www.w3.org/2000/svg}text")]
    assert {"minilm, layer 5 head 11", "query", "key", "0", "1"} <= set(said)
    weight = f"{trace.layers[5].weights[11, 8, 2]:.2f}"
    assert weight in said, "the number of a cell"
    assert any(weight in one and one != weight for one in said), "and in the sentence"
    assert "".join(explorer.reading().split())[:60] in "".join("".join(said).split()), "as on the page"
    cells = [mark for mark in marks.iter() if "shape-rendering" in mark.attrib and mark.get("height") != "10"]
    assert len(cells) == 13 * 13
    picture = taken(explorer, "PNG", tmp_path).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert [width, height] == [2 * int(marks.attrib[name]) for name in ("width", "height")]


def test_of_a_long_text_the_picture_is_small_enough_to_be_taken(explorer: ExplorerFile, tmp_path: Path):
    explorer.open(attnviz.trace(" ".join([SENTENCE] * 12), "random"), query=3)
    svg = taken(explorer, "SVG", tmp_path).read_text(encoding="utf-8")
    assert 'href="data:image/png;base64,' in svg
    assert len(svg) < 300_000
    assert taken(explorer, "PNG", tmp_path).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_numbers_can_be_taken_as_tables_and_arrays(fresh: Explore, tmp_path: Path):
    fresh.open(model="minilm", layer="5", head="11")
    fresh.open_detail("Save or share")
    trace = attnviz.trace(SENTENCE, "minilm")
    table = taken(fresh, "CSV: this head", tmp_path)
    rows = [*csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig")))]
    assert len(rows) == 13 * 13
    assert [float(row["weight"]) for row in rows] == pytest.approx(trace.layers[5].weights[11].flatten().tolist())
    arrays = np.load(taken(fresh, "NPZ", tmp_path))
    assert any(
        arrays[name].shape == (6, 12, 13, 13) and np.array_equal(arrays[name][5], trace.layers[5].weights.numpy())
        for name in arrays.files
    )
    assert "layer=5, head=11" in fresh.page.locator(".st-key-along_open, [data-testid=stCode]").last.inner_text()


def told(fresh: Explore) -> tuple[object, ...]:
    """What can be read in the explorer."""
    large = fresh.large()
    said = [large.get_attribute(f"aria-{name}") for name in ("label", "valuenow", "valuetext")]
    return fresh.ranking(), fresh.tokens(), fresh.reading(), fresh.chosen_token(), said


def test_the_page_that_is_taken_works_from_a_file_without_a_network(
    fresh: Explore, reader: BrowserContext, tmp_path: Path
):
    fresh.open(model="minilm", layer="5", head="11", key="2", second="4.3")
    fresh.open_detail("Save or share")
    path = taken(fresh, "Page: works without a network", tmp_path)
    seen = told(fresh)
    page = reader.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector(".explorer[data-drawn]")
    there = Explore(page, "")
    page.wait_for_function("() => document.querySelector('.card.head .target').ariaValueText")
    assert told(there) == seen
    there.tile(2, 7).click()
    weight = attnviz.trace(SENTENCE, "minilm").layers[2].weights[7, 8, 2]
    said = f"sat → cat, {weight_in_words(weight)}, layer 2 head 7"
    page.wait_for_function(
        "(said) => document.querySelector('.card.head .target').ariaValueText.includes(said)", arg=said
    )
    page.reload()
    page.wait_for_function(
        "(said) => document.querySelector('.card.head .target').ariaValueText?.includes(said)", arg=said
    )
    assert "layer%22%3A2" in page.url, "its address is a link as well"
    assert errors == []
    assert {url.split("#")[0] for url in asked} == {path.as_uri()}, "nothing but the file itself"
    page.close()


def test_whether_a_weight_is_meaningful_is_told_in_four_ways(fresh: Explore):
    fresh.open(model="minilm", layer="5", head="11", key="2")
    fresh.open_detail("Is this weight meaningful?")
    model = attnviz.load_model("minilm")
    table = fresh.page.locator("table.meaning")
    table.wait_for()

    def shown() -> list[str]:
        return table.locator("td:nth-of-type(1) b").all_inner_texts()

    def expected(key: int) -> list[str]:
        found = meaning(model, model.trace(SENTENCE), layer=5, head=11, query=8, key=key)
        weight, norm, rolled = map(weight_in_words, (found.weight, found.norm_share, found.rollout))
        moved = "less than 1%" if found.effect < 0.01 else f"{100 * found.effect:.0f}%"
        return [weight, f"{norm} of the row", rolled, moved]

    assert shown() == expected(2)
    fresh.word(6).click(modifiers=["Shift"])
    fresh.settle()
    assert shown() == expected(6), "it follows what is chosen"
