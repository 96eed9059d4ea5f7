"""The Learn page in a real Chromium, used as a pupil and a teacher use it."""

from __future__ import annotations

import re

import pytest

import attnviz
from benchmarks.texts import text_of
from tests.browser.pages import Explore, Learn

pytestmark = pytest.mark.browser
SENTENCE = "The cat, which was black, sat on the mat"
STEPS = 20


@pytest.fixture
def led(explore: Explore) -> Learn:
    """A page that is open already, and that an address leads to any model and text."""
    return Learn(explore.page, explore.url)


def test_the_whole_way_is_walked_by_the_keyboard(learn: Learn):
    learn.begin()
    titles = learn.titles()
    assert len(titles) == STEPS
    learn.page.locator(".rail [aria-checked=true]").focus()
    for i, title in enumerate(titles):
        assert learn.title() == f"{i + 1} · {title}"
        assert len(learn.page.locator(".card.walk .said").inner_text()) > 20
        assert learn.page.locator(".card.walk .katex-error").count() == 0
        assert learn.page.locator(".card.walk .formula-line .katex").count() >= 1
        passed = learn.page.locator(".rail .passed").count()
        assert passed == i + 1  # what was before stays in sight, with its picture
        learn.page.keyboard.press("ArrowDown")
    learn.page.wait_for_url(lambda url: "walk=probabilities" in url)
    learn.page.keyboard.press("Home")
    assert learn.title().startswith("1 ·")


def test_a_score_is_the_packages(learn: Learn):
    learn.begin(walk="score", layer=1, head=0, query=8, key=2)
    head = attnviz.trace(SENTENCE).layers[1].head(0)
    said = learn.numbers()[-1]
    each = [float(x) for x in re.findall(r"-?\d+\.\d+", said)]
    products = [q * k for q, k in zip(each[0:-1:2], each[1:-1:2], strict=True)]
    assert each[-1] == pytest.approx(head.scores[8, 2].item(), abs=5e-4)
    assert sum(products) == pytest.approx(each[-1], abs=1e-2)  # of rounded numbers


def test_another_word_moves_the_numbers_and_the_link_leads_there(led: Learn):
    led.lead(walk="softmax")
    before = led.numbers()
    led.page.locator(".words.queries button", has_text="mat").click()
    after = led.numbers()
    assert after != before
    led.page.wait_for_url(lambda url: "query=11" in url)
    led.page.goto(led.page.url)
    led.page.wait_for_selector(led.ready)
    led.settle()
    assert led.numbers() == after


def test_play_goes_from_word_to_word_and_stops_where_one_wants(learn: Learn):
    learn.begin(walk="score", key=0)
    play = learn.page.locator("[data-go=play]")
    play.press("Enter")
    learn.page.wait_for_url(lambda url: "key=2" in url, timeout=15_000)
    assert play.inner_text() == "Pause"
    play.press("Enter")
    assert play.inner_text() == "Play"
    stopped = learn.numbers()
    learn.page.wait_for_timeout(1200)  # longer than a beat
    assert learn.numbers() == stopped


def test_who_wishes_less_motion_plays_beat_by_beat(learn: Learn):
    learn.page.emulate_media(reduced_motion="reduce")
    learn.begin(walk="score", key=0)
    play = learn.page.locator("[data-go=play]")
    play.press("Enter")
    first = learn.numbers()
    learn.page.wait_for_timeout(900)
    assert learn.numbers() == first
    play.press("Enter")
    assert learn.numbers() != first


def test_a_switch_shows_before_and_after_and_stands_in_the_link(learn: Learn):
    learn.begin(pane="why")
    learn.page.locator(".card.why [data-topic]").first.click()  # what is asked there stands in no address
    facts = learn.page.locator(".card.why .changed")
    assert "Switch something" in facts.inner_text()
    learn.page.get_by_label("Here:").select_option("unscaled")
    assert re.search(r"\d bits before, [\d.]+ bits after", facts.inner_text())
    assert learn.page.locator(".card.why .shown").count() == 2
    learn.page.wait_for_url(lambda url: "switched=unscaled" in url)
    learn.page.get_by_role("button", name="Why positions?").click()
    told = learn.page.locator(".card.why .more-facts").inner_text()
    found = re.search(r"no number differs by more than (\S+?)\.", told)
    assert found is not None
    assert float(found[1]) <= 1e-6


def test_a_row_is_pulled_and_the_rest_gives_way(learn: Learn):
    learn.begin(pane="row", layer=1, head=0, query=8)
    slider = learn.page.get_by_label("weight on mat", exact=True)
    slider.fill("600")
    shown = [float(one) for one in learn.page.locator(".card.row .weight").all_inner_texts()]
    assert shown[-1] == pytest.approx(0.6, abs=0.005)
    assert sum(shown) == pytest.approx(1, abs=0.03)
    assert "have moved by" in learn.page.locator(".card.row .facts").inner_text()
    learn.page.get_by_role("button", name="Back to the model’s own row").click()
    assert "Nothing is pulled yet" in learn.page.locator(".card.row .facts").inner_text()


def test_a_long_row_moves_by_half_its_length_and_the_result_does_not(led: Learn):
    led.lead(model="minilm", pane="row", layer="5", head="11", query="2", text=text_of(60))
    card = led.page.locator(".card.row .freedom")
    for name in ("Move the row as far", "Half its length away"):
        card.get_by_role("button", name=name).click()
        led.settle()
        moved = re.search(r"is (\d+)% of its length away.* by more than (\d)e-(\d+)\.", card.inner_text())
        assert moved, card.inner_text()
        assert float(f"{moved[2]}e-{moved[3]}") <= 1e-6
    assert moved[1] == "50"
    assert "Some weights are below 0 now" in card.inner_text()


def test_a_model_that_reads_causally_is_run_without_its_mask(led: Learn):
    led.lead(model="induction", pane="why", query="2")
    led.page.get_by_role("button", name="Why a mask?").click()
    led.page.get_by_label("Here:").select_option("bidirectional")
    led.settle()
    assert "have moved by" in led.page.locator(".card.why .changed").inner_text()
    assert "switched=bidirectional" in led.page.url


def test_of_a_pretrained_model_the_layer_that_is_chosen_comes(led: Learn):
    led.lead(model="minilm", walk="projections", layer="5", head="11")
    assert led.title() == "3 · Query, key, value"
    before = led.numbers()
    led.go("heads")
    led.page.locator(".card.heads [role=option]").first.click()
    led.settle()
    led.go("projections")
    assert led.numbers() != before
    assert "layer 0" in led.page.locator(".card.walk .said").inner_text()


def test_a_class_is_shown_one_step_after_another(learn: Learn):
    learn.begin(walk="score", present=1)
    which = learn.page.locator(".presenting .which")
    assert which.inner_text() == f"6 of {STEPS}"
    learn.page.keyboard.press("ArrowRight")
    assert learn.title() == "7 · A row of scores"
    learn.page.keyboard.press("Escape")
    assert not which.is_visible()
