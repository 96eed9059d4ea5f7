"""The Compare page in a real Chromium, used as a person uses it."""

from __future__ import annotations

import pytest

import attnviz
from attnviz.analysis import compare as compared
from attnviz.figures.labels import names
from tests.browser.pages import Compare, Explore
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def compare(explore: Explore) -> Compare:
    return Compare(explore.page, explore.url)


def test_two_heads_need_no_click(compare: Compare):
    compare.open()
    trace = attnviz.trace(SENTENCE)
    expected = compared(trace, (1, 0), trace, (1, 1)).divergence.tolist()
    assert compare.bits() == [f"{bits:.2f}" for bits in expected]
    assert compare.rows() == names(trace.tokens)
    assert "A looks at cat 0.98, B at sat 0.33 · 0.80 bits" in compare.text()
    assert compare.page.locator(".stPlotlyChart").count() == 1
    compare.choose("compare_head", 2)
    assert "B · layer 1, head 2" in compare.page.locator(".st-key-chart_compare").inner_text()


def test_pointing_at_a_cell_says_it_in_words(compare: Compare):
    compare.open()
    names = compare.page.locator(".st-key-chart_compare .xtick text", has_text="cat")
    column, row = names.nth(2).bounding_box(), compare.page.locator(".ytick text", has_text="sat").bounding_box()
    compare.page.mouse.move(column["x"] + 4, row["y"] + row["height"] / 2)
    hover = compare.page.locator(".st-key-chart_compare .hoverlayer")
    weights = attnviz.trace(SENTENCE).layers[1].weights
    hover.get_by_text(f"sat → cat: {weights[0, 8, 2] - weights[1, 8, 2]:+.3f}").wait_for()
    assert "A − B" in hover.text_content()


def test_an_inserted_word_is_a_gap(compare: Compare):
    compare.open()
    compare.choose_mode("Two sentences")
    compare.type_b("The dog, which was very black, sat on the mat")
    assert compare.rows()[2:7] == ["cat / dog", ",₃", "which", "was", "– / very"]
    assert compare.bits()[6] == "–"
    assert "compare=sentences" in compare.page.url
    assert "Grey: a side has no such word" in compare.text()


def test_two_models_share_their_words(compare: Compare):
    compare.open()
    compare.choose_mode("Two models")
    assert compare.rows()[-1] == "– / [SEP]"
    assert "B · minilm, layer 5, head 11" in compare.page.locator(".st-key-chart_compare").inner_text()
    assert "the transformers library's own eager attention" in compare.text()


def test_a_failing_second_model_leaves_the_first(compare: Compare):
    compare.open(compare="models", model_b="no/such-model")
    assert compare.page.get_by_role("alert").count() == 1
    assert "B: The model no/such-model is not on this computer" in compare.page.get_by_role("alert").inner_text()
    assert "Only A can be shown" in compare.text()
    assert compare.page.get_by_label("Sentence", exact=True).input_value() == SENTENCE


def test_a_link_gives_the_same_view(compare: Compare):
    compare.open()
    compare.choose_mode("Two sentences")
    compare.type_b("The dog slept")
    compare.choose("head", 2)
    seen, link = (compare.rows(), compare.bits()), compare.page.url
    compare.page.goto("about:blank")
    compare.page.goto(link)
    compare.page.wait_for_selector(compare.ready)
    compare.settle()
    assert (compare.rows(), compare.bits()) == seen
    assert compare.page.url == link


def test_what_is_chosen_stays_when_one_changes_pages(compare: Compare):
    compare.open()
    compare.choose_mode("Two sentences")
    compare.type_b("The dog slept")
    compare.type("My dogs bark")
    explore = Explore(compare.page, compare.url)
    compare.visit("Explore", explore)
    assert explore.tokens()[1:] == ["My", "dogs", "bark"]
    assert "compare=" not in compare.page.url
    explore.visit("Compare", compare)
    assert compare.page.get_by_label("Sentence B", exact=True).input_value() == "The dog slept"
    assert compare.rows() == ["[CLS]", "My / The", "dogs / dog", "bark / slept"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_page(compare: Compare, scheme: str):
    compare.page.emulate_media(color_scheme=scheme)
    compare.open(compare="models", model="minilm", layer="5", head="11", model_b="grammar")
    for width in (1024, 1920, 1440):
        compare.page.set_viewport_size({"width": width, "height": 900})
        compare.settle()
        all_is_within(compare, width)
    color = compare.page.locator(".st-key-chart_compare .ytick text").first.evaluate("e => getComputedStyle(e).fill")
    assert color == {"light": "rgb(31, 36, 48)", "dark": "rgb(230, 232, 238)"}[scheme]


def all_is_within(compare: Compare, width: int) -> None:
    assert compare.page.evaluate("document.documentElement.scrollWidth") <= width
    box = compare.page.locator(".st-key-chart_compare .main-svg").first.bounding_box()
    assert box["x"] >= 0
    assert 700 <= box["width"] <= width - box["x"]
    frame = compare.page.locator(".st-key-chart_compare").bounding_box()
    for text in compare.page.locator(".st-key-chart_compare text").all():
        inside = text.bounding_box()
        if inside and inside["width"]:
            assert frame["x"] - 1 <= inside["x"] <= inside["x"] + inside["width"] <= frame["x"] + frame["width"] + 1
