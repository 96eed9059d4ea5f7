"""The Explore page in a real Chromium, used as a person uses it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlparse

import pytest

import attnviz
from attnviz.examples import EXAMPLES
from tests.browser.pages import Compare, Explore, Train, weight_in_words
from tests.browser.pictures import look_alike
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser
PIECES = "unbelievably strange embeddings didn't"


def rows(text: str, model: str, layer: int, head: int, **options: object) -> list[list[str]]:
    """A head's weights as the explorer says them."""
    weights = attnviz.trace(text, model, device="cpu", **options).layers[layer].weights[head]
    return [[weight_in_words(weight) for weight in row] for row in weights.tolist()]


def numbers(text: str, model: str, layer: int, head: int) -> list[str]:
    return [number for row in rows(text, model, layer, head) for number in row]


def test_the_first_look_needs_no_click(fresh: Explore):
    fresh.open()
    words = ["The", "cat", ",", "which", "was", "black", ",", "sat", "on", "the", "mat"]
    assert fresh.tokens() == ["[CLS]", *words]
    assert fresh.page.locator(".words button small").all_inner_texts() == ["subject", "verb"]
    assert fresh.chosen_token() == "sat"
    assert fresh.cell_numbers() == numbers(SENTENCE, "grammar", 1, 0)
    assert fresh.reading().startswith("sat looks at cat 0.98")
    assert fresh.page.locator(".tiles [role=option][aria-label^=layer]").count() == 8
    guess = fresh.page.locator(".guess")
    assert re.match(
        r"If sat were hidden, the model would guess \w+ 0\.\d\d, .*With this head switched off: ", guess.inner_text()
    )
    own = guess.inner_text()
    fresh.choose_head(0, 2)
    assert guess.inner_text().split("With")[0] == own.split("With")[0]
    assert guess.inner_text() != own, "what is foretold moves with the head"
    fresh.choose_head(1, 0)
    assert "Computed a second time, by torch's scaled_dot_product_attention: the same weights" in fresh.text()
    assert fresh.page.locator(".stPlotlyChart").count() == 0


def test_a_typed_sentence_in_both_models_shows_the_package_s_numbers(explore: Explore):
    explore.begin(model="random", layer="0", head="0")
    explore.type("A dog slept by the door")
    assert explore.cell_numbers() == numbers("A dog slept by the door", "random", 0, 0)
    explore.choose_head(0, 2)
    assert explore.cell_numbers() == numbers("A dog slept by the door", "random", 0, 2)
    explore.choose_model("Pretrained BERT · MiniLM")
    explore.choose_head(5, 11)
    assert explore.cell_numbers() == numbers("A dog slept by the door", "minilm", 5, 11)
    assert explore.tokens()[0] == "[CLS]"
    assert "the transformers library's own eager attention: the same weights, largest difference" in explore.text()


def test_the_link_gives_the_same_view(explore: Explore):
    link = {"model": "minilm", "layer": "3", "head": "4", "query": "2", "key": "5", "second": "1.2", "over": "0.3-0.4"}
    link |= {"show": "difference", "words": "words", "specials": "off", "text": "the cat & the <hat>"}
    explore.begin(**link)
    assert explore.tokens() == ["the", "cat", "&", "the", "<", "hat", ">"]
    explore.choose_head(3, 7)
    seen, address = (explore.state(), explore.pictures()), explore.page.url
    assert "head=7" in address
    explore.page.goto("about:blank")
    explore.page.goto(address)
    explore.page.wait_for_selector(explore.ready)
    explore.settle()
    assert explore.state() == seen[0] == {
        "part": "",
        "layer": 3, "head": 7, "query": 2, "key": 5, "second": [1, 2], "over": [[0, 3], [0, 4]], "show": "difference",
        "words": "words", "filter": "all", "specials": False, "scale": "fixed", "of": "head", "present": 0,
        "pane": "way", "walk": "words", "switched": "", "at": 0,
    }  # fmt: skip
    assert look_alike(explore.pictures(), seen[1])
    assert explore.page.url == address


def test_what_is_chosen_stands_in_the_address(explore: Explore):
    explore.begin(model="minilm", layer="5", text=PIECES)

    def chosen() -> dict[str, str]:
        """What stands in the address of the choice."""
        explore.settle()
        found = dict(parse_qsl(urlparse(explore.page.url).query))
        return {name: value for name, value in found.items() if name not in ("model", "text")}

    for layer, head in ((5, 11), (0, 0), (3, 7)):
        explore.choose_head(layer, head)
        assert {"layer": "0", "head": "0"} | chosen() == {"layer": str(layer), "head": str(head)}
    explore.word(2).click()
    assert chosen() == {"layer": "3", "head": "7", "query": "2"}
    explore.word(6).click(modifiers=["Shift"])
    assert chosen()["key"] == "6"
    explore.word(6).click(modifiers=["Shift"])
    assert "key" not in chosen()
    explore.choose_head(4, 3, modifiers=["Shift"])
    explore.page.get_by_role("button", name="Difference").click()
    assert chosen() == {"layer": "3", "head": "7", "query": "2", "second": "4.3", "show": "difference"}
    for how in ("words", "joined"):
        explore.page.get_by_label("Words").select_option(how)
        assert chosen()["words"] == how
    explore.page.get_by_role("checkbox", name="Special tokens").uncheck()
    assert chosen()["specials"] == "off"


def test_a_choice_in_the_link_that_the_text_does_not_have_moves_to_the_nearest_and_says_so(explore: Explore):
    explore.begin(model="minilm", text="A dog slept", layer="99", head="3", query="77", key="50", second="9.9")
    assert explore.state() | {"show": ""} == {
        "part": "",
        "layer": 5, "head": 3, "query": 4, "key": 4, "second": None, "over": [], "show": "", "words": "pieces",
        "filter": "all", "specials": True, "scale": "fixed", "of": "head", "present": 0,
        "pane": "way", "walk": "words", "switched": "", "at": 0,
    }  # fmt: skip
    for said in (
        "layer 99, head 3 is not in this model; layer 5, head 3 is shown",
        "token 77 is not in this text; token 4 is marked",
        "token 50, looked at, is not in this text; token 4 is marked",
        "further heads that this model does not have",
    ):
        assert said in explore.text()
    explore.type("A dog slept well")
    assert "The link" not in explore.text()


def test_back_and_forward_undo_and_redo(explore: Explore):
    explore.begin(model="minilm")
    explore.type("A dog slept")
    first = explore.head()
    explore.choose_head(0, 3)
    explore.page.go_back()
    explore.settle()
    assert explore.head() == first
    assert explore.field() == "A dog slept"
    explore.page.go_back()
    explore.settle()
    assert explore.field() == SENTENCE
    explore.page.go_forward()
    explore.settle()
    explore.page.go_forward()
    explore.settle()
    assert explore.head() == (0, 3)
    assert explore.tokens() == ["[CLS]", "A", "dog", "slept", "[SEP]"]


def test_what_is_chosen_stays_when_one_goes_elsewhere_and_comes_back(explore: Explore):
    explore.begin(model="minilm", second="1.2", over="0.3", words="words", specials="off")
    explore.choose_head(5, 11)
    explore.word(1).click(modifiers=["Shift"])
    explore.settle()
    seen, address = (explore.state(), explore.pictures()), explore.page.url
    assert seen[0]["key"] == 2
    for title, other in (
        ("Compare", Compare(explore.page, explore.url)),
        ("Train", Train(explore.page, explore.url)),
    ):
        explore.visit(title, other)
        other.visit("Explore", explore)
        assert explore.state() == seen[0]
        assert look_alike(explore.pictures(), seen[1])
        assert explore.page.url == address


def test_a_model_s_name_can_be_typed_in_part(explore: Explore):
    explore.begin(model="random")
    field = explore.page.locator(".st-key-model input")
    field.click()
    field.fill("minilm")
    field.press("Enter")
    explore.settle()
    assert "6 layers × 12 heads" in explore.text()
    assert explore.page.locator(".tiles [role=option][aria-label^=layer]").count() == 72


def test_a_name_in_a_sentence_stays_text(explore: Explore):
    for name in ("http://evil.example/x", "www.evil.example y", ":material/home: -> -- **b** $x$ :red[r] <b>z</b>"):
        explore.begin(model=name)
        notice = explore.page.wait_for_selector(".notice.error")
        assert f"“{name}” is neither a folder" in notice.inner_text()
        assert explore.page.locator(".notice a, .notice b, .notice span").count() == 0
    explore.settle()
    explore.begin()


def test_a_model_that_cannot_be_fetched_gets_a_sentence_and_the_text_stays(explore: Explore):
    explore.begin(model="random")
    explore.type("keep me")
    explore.choose_head(0, 0)
    explore.choose_model("Pretrained BERT · base")
    assert "the Hugging Face hub cannot be reached" in explore.text()
    assert explore.field() == "keep me"
    assert explore.tokens() == ["keep", "me"], "what was read last stays"
    assert "Traceback" not in explore.text()
    explore.choose_model("From scratch · random")
    assert explore.cell_numbers() == numbers("keep me", "random", 0, 0)


def test_an_example_can_be_picked(explore: Explore):
    explore.begin(model="random")
    explore.page.get_by_role("button", name="Examples").click()
    example = next(one for one in EXAMPLES if one.model == "minilm" and one.claim == "everybody")
    explore.page.get_by_text(example.title).click()
    explore.settle()
    assert explore.field() == example.text
    assert (explore.head(), explore.chosen_token()) == ((example.layer, example.head), example.query.label)
    assert example.see in explore.text()
    explore.type("A dog slept")
    assert example.see not in explore.text()


def test_settings_of_the_from_scratch_model_change_the_numbers(fresh: Explore):
    fresh.open(model="random", layer="0", head="0")
    fresh.page.get_by_role("button", name="Settings").click()
    fresh.page.get_by_text("Causal mask").click()
    fresh.settle()
    weights = rows(SENTENCE, "random", 0, 0, causal=True)
    expected = [n if j <= i else "may not look" for i, row in enumerate(weights) for j, n in enumerate(row)]
    assert fresh.cell_numbers() == expected
    assert "causal=on" in fresh.page.url
    fresh.page.keyboard.press("Escape")
    fresh.open_detail("How the weights are computed, step by step")
    assert "Grey is −∞" in fresh.text()


def test_one_click_switches_the_subject_head_off_and_shows_what_it_did(explore: Explore):
    explore.begin()
    assert "All heads are on. Verb right in number: 1.00 on 200 sentences it has never seen" in explore.text()
    explore.page.get_by_role("button", name="Switch this head off").click()
    explore.settle()
    assert "Off: head 0 of layer 1. Verb right in number: 1.00 → 0." in explore.text()
    assert "Does it matter?" in explore.text()
    assert "off=1.0" in explore.page.url
    assert "switched off" in explore.tile(1, 0).get_attribute("aria-label")
    assert explore.cell_numbers() == numbers(SENTENCE, "grammar", 1, 0), "it still looks"
    explore.page.get_by_role("button", name="All on").click()
    explore.settle()
    explore.page.get_by_role("button", name="Its layer’s other heads off").click()
    explore.settle()
    assert "Off: heads 1, 2, 3 of layer 1. Verb right in number: 1.00 → 1.00" in explore.text()


def test_a_random_sentence_comes_with_its_subject_and_verb(explore: Explore):
    explore.begin()
    explore.page.get_by_role("button", name="Random sentence").click()
    explore.settle()
    said = explore.page.locator(".words button small").all_inner_texts()
    roles = {role for of_word in said for role in of_word.split(", ")}  # the subject may be a pronoun's antecedent too
    assert {"subject", "verb", "other noun"} <= roles
    assert explore.page.locator(".words button.unknown").count() == 0
    assert explore.page.locator(".words button[aria-pressed=true] small").inner_text() == "verb"
