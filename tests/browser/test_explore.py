"""The page in a real Chromium, used as a person uses it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

import attnviz
from tests.browser.pages import Explore
from tests.tiny import SENTENCE

pytestmark = pytest.mark.browser


def rows(text: str, model: str, layer: int, head: int, **options: object) -> list[list[str]]:
    weights = attnviz.trace(text, model, device="cpu", **options).layers[layer].weights[head]
    return [[f"{weight:.2f}" for weight in row] for row in weights.tolist()]


def numbers(text: str, model: str, layer: int, head: int) -> list[str]:
    return [number for row in rows(text, model, layer, head) for number in row]


def test_the_first_look_needs_no_click(explore: Explore):
    explore.open()
    words = ["The", "cat", ",", "which", "was", "black", ",", "sat", "on", "the", "mat"]
    assert explore.tokens() == ["[CLS]", *words]
    assert explore.page.locator(".tokens button small").all_inner_texts() == ["subject", "verb"]
    assert explore.chosen_token() == "sat"
    assert explore.cell_numbers() == numbers(SENTENCE, "grammar", 1, 0)
    assert "same weights as torch's scaled_dot_product_attention" in explore.text()
    assert explore.page.locator(".stPlotlyChart").count() == 4


def test_a_typed_sentence_in_both_models_shows_the_package_s_numbers(explore: Explore):
    explore.open(model="random")
    explore.type("A dog slept by the door")
    assert explore.cell_numbers() == numbers("A dog slept by the door", "random", 0, 0)
    explore.choose("head", 2)
    assert explore.cell_numbers() == numbers("A dog slept by the door", "random", 0, 2)
    explore.choose_model("Pretrained BERT · MiniLM")
    explore.choose("layer", 5)
    explore.choose("head", 11)
    assert explore.cell_numbers() == numbers("A dog slept by the door", "minilm", 5, 11)
    assert explore.tokens()[0] == "[CLS]"
    assert "the transformers library's own eager attention, largest difference" in explore.text()


def test_the_link_gives_the_same_view(explore: Explore):
    explore.open(model="minilm", layer="3", head="4", text="the cat & the <hat>", specials="off")
    assert explore.labels("chart_head", "y") == ["the", "cat", "&", "the", "<", "hat", ">"]
    explore.choose("head", 7)
    link = explore.page.url
    assert "head=7" in link
    explore.page.goto("about:blank")
    explore.page.goto(link)
    explore.page.wait_for_selector(".st-key-chart_steps .main-svg")
    explore.settle()
    assert "Layer 3 · head 7" in explore.text()
    assert explore.tokens() == ["the", "cat", "&", "the", "<", "hat", ">"]


def test_a_click_on_a_tile_chooses_its_head(explore: Explore):
    explore.open(model="minilm", layer="5")
    box = explore.page.locator(".st-key-chart_grid .plot-container").bounding_box()
    spots = {0: (0.12, 0.2), 6: (0.62, 0.5), 11: (0.88, 0.88)}
    for head in (6, 11, 0):
        x, y = spots[head]
        explore.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        explore.settle()
        assert f"Layer 5 · head {head} ·" in explore.text()
    explore.choose("head", 3)
    explore.page.mouse.click(box["x"] + 0.12 * box["width"], box["y"] + 0.2 * box["height"])
    explore.settle()
    assert "Layer 5 · head 0 ·" in explore.text(), "the tile that was clicked last can be clicked again"


def test_a_click_in_the_overview_chooses_layer_and_head(explore: Explore):
    explore.open(model="minilm")
    explore.choose("heads_shown", 1)
    points = explore.page.locator(".st-key-chart_overview .scatterlayer .point")
    assert points.count() == 72
    box = points.nth(3 * 12 + 7).bounding_box()
    explore.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    explore.settle()
    assert "Layer 3 · head 7 ·" in explore.text()


def test_a_word_is_chosen_by_mouse_and_by_keyboard_and_marked(explore: Explore):
    explore.open(model="minilm", layer="5", head="11")
    explore.page.locator(".tokens button", has_text="cat").click()
    explore.settle()
    assert explore.chosen_token() == "cat"
    explore.page.keyboard.press("ArrowRight")
    explore.settle()
    explore.page.keyboard.press("End")
    explore.settle()
    assert explore.chosen_token() == "[SEP]"
    explore.page.keyboard.press("Home")
    explore.settle()
    assert explore.chosen_token() == "[CLS]"
    assert "query=0" in explore.page.url
    bold = explore.page.locator(".st-key-chart_head .ytick text tspan[style*=bold], .st-key-chart_head .ytick text b")
    assert "[CLS]" in bold.all_text_contents()


def test_keys_may_come_faster_than_the_server_answers(explore: Explore):
    explore.open(model="minilm", query="1")
    explore.page.locator(".tokens button").nth(1).click()
    for _ in range(6):
        explore.page.keyboard.press("ArrowRight")
        explore.page.wait_for_timeout(30)
    explore.settle()
    assert "query=7" in explore.page.url
    assert explore.chosen_token() == ","


def test_the_page_does_not_move_under_the_mouse(explore: Explore):
    explore.page.set_viewport_size({"width": 1440, "height": 700})
    explore.open(model="minilm")
    scroll = "document.querySelector('.stMain').scrollTop"
    explore.page.evaluate(f"{scroll} = 420")
    before = explore.page.evaluate(scroll)
    box = explore.page.locator(".st-key-chart_grid .plot-container").bounding_box()
    explore.page.mouse.click(box["x"] + 0.62 * box["width"], box["y"] + 0.55 * box["height"])
    explore.settle()
    assert "head 6 ·" in explore.text()
    assert explore.page.evaluate(scroll) == before > 0


def test_back_and_forward_undo_and_redo(explore: Explore):
    explore.open(model="minilm")
    explore.type("A dog slept")
    explore.choose("head", 3)
    explore.page.go_back()
    explore.settle()
    assert "Layer 0 · head 0 ·" in explore.text()
    assert explore.page.get_by_label("Sentence", exact=True).input_value() == "A dog slept"
    explore.page.go_back()
    explore.settle()
    assert explore.page.get_by_label("Sentence", exact=True).input_value() == SENTENCE
    explore.page.go_forward()
    explore.settle()
    explore.page.go_forward()
    explore.settle()
    assert "Layer 0 · head 3 ·" in explore.text()
    assert explore.tokens() == ["[CLS]", "A", "dog", "slept", "[SEP]"]


def test_a_model_s_name_can_be_typed_in_part(explore: Explore):
    explore.open(model="random")
    field = explore.page.locator(".st-key-model input")
    field.click()
    field.fill("minilm")
    field.press("Enter")
    explore.settle()
    assert "6 layers × 12 heads" in explore.text()


def test_pointing_tells_ids_places_and_numbers(explore: Explore):
    explore.open(model="minilm", layer="5", head="11")
    title = explore.page.locator(".tokens button").nth(2).get_attribute("title")
    assert title.startswith("cat · token 2 · id 4937 · characters 4 to 7, word 1 · sat → cat: 0.645")
    cells = explore.page.locator(".st-key-chart_head .heatmaplayer image").first.bounding_box()
    explore.page.mouse.move(cells["x"] + cells["width"] * 2.5 / 13, cells["y"] + cells["height"] * 8.5 / 13)
    explore.page.wait_for_selector(".st-key-chart_head .hovertext")
    hover = explore.page.locator(".st-key-chart_head .hovertext").text_content()
    assert "sat → cat: 64.5%" in hover
    assert "head 11 of layer 5" in hover


def test_special_tokens_can_be_hidden(explore: Explore):
    explore.open(model="minilm", layer="5", head="11")
    explore.page.get_by_text("Special tokens", exact=True).click()
    explore.settle()
    assert "[CLS]" not in explore.tokens()
    assert "Special tokens are hidden: in this head they hold 15% of sat’s weight" in explore.text()


def test_awkward_text_is_shown_as_it_was_typed(explore: Explore):
    explore.open(model="random")
    explore.type("<script>alert(1)</script> <b>x</b> $y$ **z** :red[r]")
    assert explore.tokens()[:3] == ["<", "script", ">"]
    assert explore.labels("chart_head", "y")[:3] == ["<", "script", ">"]
    assert explore.page.locator(".stMainBlockContainer script").count() == 0
    explore.type("القطة 猫 🐈‍⬛ e\u0301 x\u200dy")
    assert explore.tokens()[:3] == ["القطة", "猫", "🐈‍⬛"]
    assert explore.labels("chart_head", "y")[:3] == ["القطة", "猫", "🐈‍⬛"]


def test_a_name_in_a_sentence_stays_text(explore: Explore):
    for name in ("http://evil.example/x", "www.evil.example y", ":material/home: -> -- **b** $x$ :red[r] <b>z</b>"):
        explore.page.goto(f"{explore.url}/?{urlencode({'model': name})}")
        notice = explore.page.wait_for_selector(".notice.error")
        assert f"“{name}” is neither a folder" in notice.inner_text()
        assert explore.page.locator(".notice a, .notice b, .notice span").count() == 0
    explore.settle()


def test_blank_text_gets_a_sentence_and_a_long_one_is_cut(explore: Explore):
    explore.open(model="minilm")
    explore.type("   ")
    assert "Type a sentence" in explore.text()
    explore.type("word " * 700)
    assert "only its first 512 tokens are shown" in explore.text()
    assert "cut at character 2,549 of 3,500" in explore.text()
    assert explore.page.get_by_label("Sentence", exact=True).input_value() == "word " * 700


def test_a_model_that_cannot_be_fetched_gets_a_sentence_and_the_text_stays(explore: Explore):
    explore.open(model="random")
    explore.type("keep me")
    explore.choose_model("Pretrained BERT · base")
    assert "the Hugging Face hub cannot be reached" in explore.text()
    assert explore.page.get_by_label("Sentence", exact=True).input_value() == "keep me"
    assert "Traceback" not in explore.text()
    explore.choose_model("From scratch · random")
    assert explore.cell_numbers() == numbers("keep me", "random", 0, 0)


def test_an_example_can_be_picked(explore: Explore):
    explore.open(model="random")
    explore.page.get_by_role("button", name="Examples").click()
    explore.page.get_by_text("The keys to the old cabinet are on the table").click()
    explore.settle()
    assert explore.page.get_by_label("Sentence", exact=True).input_value().startswith("The keys to the old cabinet")
    assert explore.tokens()[1] == "keys"


def test_settings_of_the_from_scratch_model_change_the_numbers(explore: Explore):
    explore.open(model="random")
    explore.page.get_by_role("button", name="Settings").click()
    explore.page.get_by_text("Causal mask").click()
    explore.settle()
    allowed = [row[: i + 1] for i, row in enumerate(rows(SENTENCE, "random", 0, 0, causal=True))]
    assert explore.cell_numbers() == [number for row in allowed for number in row]
    assert "causal=on" in explore.page.url
    assert "Grey is −∞" in explore.text()


@pytest.mark.parametrize("width", [1024, 1440, 1920])
def test_nothing_is_wider_than_the_page(explore: Explore, width: int):
    explore.page.set_viewport_size({"width": width, "height": 900})
    explore.open(model="minilm", text=SENTENCE)
    wide = explore.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    for chart in ("chart_head", "chart_vectors", "chart_steps", "chart_grid"):
        box = explore.page.locator(f".st-key-{chart} .main-svg").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["width"] >= 200


def test_a_dark_page_has_dark_figures(explore: Explore):
    explore.page.emulate_media(color_scheme="dark")
    explore.open(model="minilm")
    color = explore.page.evaluate("getComputedStyle(document.querySelector('.st-key-chart_head .ytick text')).fill")
    assert color == "rgb(230, 232, 238)"


def test_one_click_switches_the_subject_head_off_and_shows_what_it_did(explore: Explore):
    explore.open()
    assert "All heads are on. Verb right in number: 1.00 of 200 sentences it has never seen" in explore.text()
    explore.page.get_by_role("button", name="Switch head 0 off").click()
    explore.settle()
    assert "Off: head 0 of layer 1. Verb right in number: 1.00 → 0." in explore.text()
    assert "Does it matter?" in explore.text()
    assert "off=1.0" in explore.page.url
    assert explore.cell_numbers() == numbers(SENTENCE, "grammar", 1, 0), "it still looks"
    explore.page.get_by_role("button", name="All on").click()
    explore.settle()
    explore.page.get_by_role("button", name="The others off").click()
    explore.settle()
    assert "Off: heads 1, 2, 3 of layer 1. Verb right in number: 1.00 → 1.00" in explore.text()


def test_unknown_words_are_marked_and_named(explore: Explore):
    explore.open()
    explore.type("The robot near the <b>dogs</b> sleeps")
    assert explore.page.locator(".tokens button.unknown bdi").all_inner_texts() == [
        "robot",
        "<",
        "b",
        ">",
        "<",
        "/",
        "b",
        ">",
    ]
    assert "This model knows 183 words, and not robot" in explore.text()


def test_a_random_sentence_comes_with_its_subject_and_verb(explore: Explore):
    explore.open()
    explore.page.get_by_role("button", name="Random sentence").click()
    explore.settle()
    roles = explore.page.locator(".tokens button small").all_inner_texts()
    assert {"subject", "verb", "attractor"} <= set(roles)
    assert explore.page.locator(".tokens button.unknown").count() == 0
    assert explore.page.locator(".tokens button[aria-pressed=true] small").inner_text() == "verb"
