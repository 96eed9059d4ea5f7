"""The Train page in a real Chromium, used as a person uses it."""

from __future__ import annotations

import re

import pytest

from tests.browser.pages import Explore, Train

pytestmark = pytest.mark.browser


@pytest.fixture
def train(explore: Explore) -> Train:
    return Train(explore.page, explore.url)


def test_the_slider_goes_from_noise_to_structure(train: Train):
    train.begin()
    assert train.step() == 0
    assert max(float(number) for number in train.cell_numbers()) < 0.5
    random = train.pictures()
    slider = train.page.locator(".st-key-step").get_by_role("slider")
    slider.focus()
    slider.press("End")
    train.page.wait_for_url("**step=2000**")  # a slider rests a while before it says where it is
    train.settle()
    assert train.step() == 2000
    assert train.reading().startswith("sat looks at cat 0.98")
    assert train.pictures()[".tiles"] != random[".tiles"]
    assert "step=2000" in train.page.url
    slider.press("ArrowLeft")
    train.settle()
    assert 0 < train.step() < 2000


def test_a_training_is_played_by_the_keyboard_and_stops_where_one_wants(train: Train):
    train.begin()
    train.page.get_by_role("button", name="Play").press("Enter")
    train.page.get_by_role("button", name="Pause").wait_for()
    train.page.wait_for_url(lambda url: "step=" in url)
    train.page.get_by_role("button", name="Pause").press("Enter")
    train.page.get_by_role("button", name="Play").wait_for()
    train.settle()
    step = train.step()
    assert step > 0
    train.page.wait_for_timeout(1500)  # longer than between two steps
    assert train.step() == step


def test_a_head_that_is_chosen_stays_while_one_moves_through_the_training(train: Train):
    train.begin()
    train.choose_head(0, 2)
    assert "Layer 0 head 2" in train.page.locator(".card.head .title").inner_text()
    slider = train.page.locator(".st-key-step").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    train.settle()
    assert train.head() == (0, 2)
    assert "head=2" in train.page.url


def test_training_shows_how_it_goes_and_stop_keeps_what_there_is(fresh: Explore):
    train = Train(fresh.page, fresh.url)
    train.open()
    train.set_up(Seed=21, Steps=9000)
    train.press_train()
    train.page.wait_for_selector("[data-testid=stProgress]")
    train.page.wait_for_function(
        """() => { const found = document.querySelector('.st-key-curves_card')?.textContent.match(/Step ([\\d,]+)/);
                   return found && Number(found[1].replace(',', '')) >= 40; }""",
        timeout=60_000,
    )
    assert train.page.get_by_role("button", name="Train", exact=True).count() == 0, "one of mine at a time"
    train.page.locator(".words button", has_text="mat").click()  # the page stays usable
    train.page.locator(".words button[aria-pressed=true] bdi", has_text="mat").wait_for()
    train.page.get_by_role("button", name="Stop", exact=True).click()
    train.page.wait_for_selector(".st-key-keep", timeout=30_000)
    train.settle()
    assert re.search(r"Stopped after [\d,]+ steps", train.text())
    assert train.step() >= 40
    assert "model=grammar-seed21-2x4-32-9000" in train.page.url
    with train.page.expect_download() as download:
        train.page.get_by_role("button", name="Keep the file").click()
    assert download.value.suggested_filename == "grammar-seed21-2x4-32-9000.safetensors"
    link = train.page.url
    train.page.goto("about:blank")  # a closed tab: the run is still there
    train.page.goto(link)
    train.page.wait_for_selector(train.ready)
    train.settle()
    assert "Stopped after" in train.text()


def test_a_run_goes_on_while_one_is_elsewhere_and_explore_shows_it(fresh: Explore):
    train = Train(fresh.page, fresh.url)
    train.open()
    train.page.get_by_text("Repetition", exact=True).click()
    train.settle()
    train.set_up(Seed=22, Steps=300)
    train.press_train()
    train.page.wait_for_selector(".stMain .legend td:has-text('what came after')")
    assert "model=induction-seed22-2x4-32-300" in train.page.url, "a link to a run while it trains"
    train.visit("Explore", Explore(train.page, train.url))
    assert "Run: induction, seed 22" in train.page.locator(".st-key-model").inner_html()
    train.page.get_by_role("link", name="Train", exact=True).click()
    train.page.wait_for_selector(".st-key-keep", timeout=120_000)
    assert "Trained after 300 steps" in train.text()


def test_settings_that_cannot_work_are_refused_in_a_sentence(fresh: Explore):
    train = Train(fresh.page, fresh.url)
    train.open()
    train.set_up(Heads=3)
    assert "This cannot be trained: 3 heads do not divide d_model 32" in train.text()
    assert train.page.get_by_role("button", name="Train", exact=True).is_disabled()


def test_sentence_and_model_stay_when_one_changes_pages(train: Train):
    train.begin()
    train.type("My dogs near the car bark")
    explore = Explore(train.page, train.url)
    train.visit("Explore", explore)
    assert explore.tokens()[1:] == ["My", "dogs", "near", "the", "car", "bark"]
    assert "text=My+dogs" in train.page.url
    explore.visit("Train", train)
    assert train.tokens()[1:] == ["My", "dogs", "near", "the", "car", "bark"]
