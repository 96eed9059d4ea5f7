"""The Compare page in a real Chromium, used as a person uses it."""

from __future__ import annotations

import numpy as np
import pytest

import attnviz
from attnviz.analysis import compare as compared
from attnviz.analysis import most_alike_head, most_unlike_head
from attnviz.figures.labels import names
from tests.browser.pages import Compare, Explore, weight_in_words
from tests.support.saving import made, saved
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def compare(explore: Explore) -> Compare:
    return Compare(explore.page, explore.url)


@pytest.fixture(scope="module")
def bart(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A translating model of three parts, with random weights."""
    ends = {"decoder_start_token_id": 2, "eos_token_id": 3, "forced_eos_token_id": None}
    return str(saved(tmp_path_factory.mktemp("bart"), made("BartForConditionalGeneration", **ends)))


def table(compare: Compare, name: str) -> np.ndarray:
    """[row, column] as the page has computed it."""
    values = compare.compared(f"[...comparer.context.compared.{name}].map((x) => Number.isNaN(x) ? null : x)")
    numbers = np.array([np.nan if value is None else value for value in values])
    return numbers.reshape(len(compare.rows()), -1)


def head_of_b(compare: Compare, change: str = "") -> tuple[int, int]:
    """B's head in the same event in which A is changed."""
    changed = f"comparer.explorers[0].{change}" if change else "0"
    state = compare.compared(f"({changed}, comparer.explorers[1].state)")
    return state["layer"], state["head"]


def test_two_heads_need_no_click(fresh: Explore):
    compare = Compare(fresh.page, fresh.url)
    compare.open()
    trace = attnviz.trace(SENTENCE)
    expected = compared(trace, (1, 0), trace, (1, 1)).divergence.tolist()
    assert compare.bits() == [f"{bits:.2f}" for bits in expected]
    assert compare.rows() == names(trace.tokens)
    assert "sat: A looks at cat 0.98, B at sat 0.33 · 0.80 bits" in compare.said()
    assert "The pair that differs most: sat → cat, A 0.98, B 0.05, A − B = +0.93." in compare.said()
    assert "Chosen:" not in compare.said(), "it is among those that differ most"
    assert "B is the head of A’s layer that is most unlike it, until you choose one." in compare.said()
    assert compare.page.locator(".stPlotlyChart").count() == 0
    assert compare.title("A") == "A · Layer 1 head 0 · strongest: sat → cat"
    compare.choose_head_of("B", 1, 2)
    assert compare.title("B").startswith("B · Layer 1 head 2")
    assert "head_b=2" in compare.page.url
    expected = compared(trace, (1, 0), trace, (1, 2)).divergence.tolist()
    assert compare.bits() == [f"{bits:.2f}" for bits in expected]
    assert "until you choose one" not in compare.said()


def test_the_two_pictures_stand_at_one_height_though_one_head_has_the_longer_name(compare: Compare):
    compare.begin()
    before = compare.page.viewport_size
    for width in (1280, 1920):
        compare.page.set_viewport_size({"width": width, "height": 900})
        compare.settle()
        a, b = (box.bounding_box() for box in compare.page.locator(".host .large").all())
        assert (a["y"], a["height"]) == (b["y"], b["height"])
    assert compare.page.get_by_role("button", name="Present").count() == 1
    compare.page.set_viewport_size(before)


@pytest.mark.parametrize(
    ("mode", "params", "by"),
    [
        ("sentences", {"model": "grammar", "sentence_b": "The dog, which was very black, sat on the mat"}, "token"),
        (
            "models",
            {
                "model": "grammar",
                "text": "unbelievably strange cats",
                "model_b": "minilm",
                "layer_b": "5",
                "head_b": "11",
            },
            "word",
        ),
        ("sentences", {"model": "random", "causal": "on", "sentence_b": "The dog sat", "text": "A dog sat"}, "token"),
    ],
)
def test_the_page_s_difference_is_the_package_s(compare: Compare, mode: str, params: dict[str, str], by: str):
    compare.begin(compare=mode, layer="0", head="1", **params)
    text, model = params.get("text", SENTENCE), params.get("model", "grammar")
    options = {"causal": True} if model == "random" else {}
    a = attnviz.trace(text, model, **options)
    b = attnviz.trace(params.get("sentence_b", text), params.get("model_b", model), **options)
    beside = (int(params.get("layer_b", 0)), int(params.get("head_b", 1)))
    expected = compared(a, (0, 1), b, beside, by=by)
    assert np.allclose(table(compare, "first"), expected.first, atol=1e-6, rtol=0, equal_nan=True)
    assert np.allclose(table(compare, "second"), expected.second, atol=1e-6, rtol=0, equal_nan=True)
    assert np.allclose(table(compare, "difference"), expected.difference, atol=1e-6, rtol=0, equal_nan=True)
    assert np.allclose(table(compare, "bits")[:, 0], expected.divergence, atol=1e-5, rtol=0, equal_nan=True)


def test_pointing_at_a_cell_of_the_difference_says_it_and_marks_it_on_both_sides(compare: Compare):
    compare.begin()
    weights = attnviz.trace(SENTENCE).layers[1].weights
    compare.page.mouse.move(*compare.cell(8, 2))
    said = compare.page.locator(".difference .tip > *").all_inner_texts()
    assert said[0] == f"sat → cat: A − B +{weight_in_words(weights[0, 8, 2] - weights[1, 8, 2])}"
    assert said[1] == f"A {weight_in_words(weights[0, 8, 2])}, B {weight_in_words(weights[1, 8, 2])}"
    assert said[2] == "sat: rows differ by 0.80 bits"
    for explorer in ("[0]", "[1]"):
        assert compare.compared(f"comparer.explorers{explorer}.context.hover") == {"query": 8, "key": 2}
    compare.page.mouse.click(*compare.cell(5, 2))
    compare.settle()
    assert compare.side("B").locator(".words button[aria-pressed=true] bdi").inner_text() == "was"
    assert "query=5" in compare.page.url
    assert "key=2" in compare.page.url
    target = compare.page.locator(".difference .target")
    target.press("ArrowDown")
    compare.settle()
    assert compare.chosen_token() == "black"
    assert "black → cat" in str(target.get_attribute("aria-valuetext"))


def test_what_is_pointed_at_and_chosen_on_one_side_is_on_the_other(compare: Compare):
    compare.begin(compare="sentences", text="My dogs bark", sentence_b="My big dogs bark")
    compare.side("A").locator(".words button").nth(2).hover()
    assert compare.compared("comparer.explorers[1].context.hover.key") == 3
    compare.side("B").locator(".words button").nth(3).click()
    compare.settle()
    assert compare.chosen_token() == "dogs"
    assert "query=2" in compare.page.url
    compare.side("B").locator(".specials input").uncheck()
    compare.settle()
    assert not compare.side("A").locator(".specials input").is_checked()
    assert compare.rows() == ["My", "– / big", "dogs", "bark"]
    assert "specials=off" in compare.page.url


def test_a_head_is_pinned_and_pieces_are_merged_here_too(compare: Compare):
    compare.begin(text="unbelievably strange embeddings", model="minilm", layer="5", head="11")
    compare.side("A").get_by_role("button", name="Pin to compare").click()
    compare.choose_head_of("A", 5, 3)
    assert "| layer 5 head 11" in compare.title("A")
    assert "second=5.11" in compare.page.url
    compare.side("A").locator(".words-pick select").select_option("words")
    compare.settle()
    assert compare.rows() == ["[CLS]", "unbelievably", "strange", "embeddings", "[SEP]"]
    assert compare.side("B").locator(".words button bdi").all_inner_texts() == compare.rows()


def test_b_s_head_follows_a_s_in_the_same_event_until_one_is_chosen(compare: Compare):
    compare.begin(text=SENTENCE)
    trace = attnviz.trace(SENTENCE)
    for head in (2, 3):
        assert head_of_b(compare, f"choose({{ head: {head} }})") == most_unlike_head(trace, 1, head)
    compare.settle()
    assert "head_b" not in compare.page.url
    compare.side("B").locator(".words button").nth(3).click()
    compare.settle()
    assert "until you choose one" in compare.said(), "a word is no head"
    compare.choose_head_of("B", 0, 1)
    assert head_of_b(compare, "choose({ head: 0 })") == (0, 1)
    compare.settle()
    assert "head_b=1" in compare.page.url


def test_the_head_of_another_model_follows_the_word_that_is_chosen_on_either_side(compare: Compare):
    compare.begin(compare="models", model="grammar", model_b="minilm")
    a, b = attnviz.trace(SENTENCE), attnviz.trace(SENTENCE, "minilm")
    assert "B is the head of its model that reads sat most as A’s does, until you choose one." in compare.said()
    for query in (5, 2):
        wanted = most_alike_head(a, (1, 0), b, query=query, by="word")
        assert head_of_b(compare, f"choose({{ query: {query} }})") == wanted
    compare.settle()
    compare.side("B").locator(".words button").nth(6).click()
    assert head_of_b(compare) == most_alike_head(a, (1, 0), b, query=6, by="word")
    compare.settle()
    assert "reads black most as A’s does" in compare.said()
    assert head_of_b(compare) == most_alike_head(a, (1, 0), b, query=6, by="word"), "as the server has it"


def test_two_sentences_share_their_head_in_the_same_event(compare: Compare):
    compare.begin(compare="sentences")
    assert head_of_b(compare, "choose({ layer: 0, head: 3 })") == (0, 3)
    compare.settle()
    compare.choose_head_of("B", 1, 2)
    assert compare.head() == (1, 2)
    assert "head=2" in compare.page.url
    assert "head_b" not in compare.page.url


def test_what_is_alike_is_said_to_be_so(compare: Compare):
    compare.begin(layer_b="1", head_b="0")
    assert "A and B are the same head: choose another one for either." in compare.said()
    assert "The rows that differ most" not in compare.said()
    compare.begin(compare="sentences", text="My dogs bark")
    assert "B says the same as A: change a word in it, and see what that changes." in compare.said()


def test_parts_are_chosen_together_and_cross_attention_has_its_difference_too(compare: Compare, bart: str):
    text, target = "the cat sat on the mat", "a dog was black"
    compare.begin(model=bart, text=text, target=target, layer="0", head="0", layer_b="1", head_b="1")
    cross = attnviz.trace(text, bart, target=target).only("cross")
    bits = compared(cross, (0, 0), cross, (1, 1)).divergence.mean()
    assert f"On average the 6 rows that both have differ by {bits:.2f} bits" in compare.said()
    assert compare.page.locator(".difference .picture").is_visible()
    state = "(({ part, query, key }) => [part, query, key])(comparer.explorers[1].state)"
    assert compare.compared(f"(comparer.explorers[0].choose({{ query: 2, key: 3 }}), {state})") == ["cross", 2, 3]
    compare.settle()
    compare.side("A").get_by_role("radio", name="Decoder").check()
    assert compare.compared(state) == ["decoder", 2, None]
    compare.settle()
    assert "the 5 rows in which both have a choice differ by" in compare.said()
    assert compare.page.locator(".difference .picture").is_visible()
    compare.side("B").get_by_role("radio", name="Cross-attention").check()
    compare.settle()
    assert compare.state()["part"] == "cross"
    assert compare.compared("comparer.explorers[1].choose({ query: 1, key: 1 })") is None
    compare.settle()
    assert compare.compared(state) == ["cross", 1, 1]
    assert (compare.state()["query"], compare.state()["key"]) == (1, 1), "one source, one target: all are aligned"


def test_between_two_targets_no_difference_is_drawn(compare: Compare):
    text, other = "The black cat sees the small dogs", "My hens sleep"
    compare.begin(model="french", text=text, compare="sentences", sentence_b=other)
    assert compare.said().strip() == "A and B have other words in their rows or columns, so no difference is drawn."
    assert not compare.page.locator(".difference .picture").is_visible()


def test_what_is_changed_in_the_run_is_said(compare: Compare):
    compare.begin(off="0.1")
    assert "Switched off, as on Explore: head 1 of layer 0." in compare.said()


def test_with_special_tokens_hidden_the_rows_that_are_shown_are_counted_and_averaged(compare: Compare):
    compare.begin(model="minilm", layer="5", head="11", layer_b="0", head_b="2", specials="off")
    trace = attnviz.trace(SENTENCE, "minilm")
    bits = compared(trace, (5, 11), trace, (0, 2)).divergence[1:-1].mean()
    assert f"On average the 11 shown rows that both have differ by {bits:.2f} bits" in compare.said()
    compare.side("A").locator(".specials input").check()
    compare.settle()
    assert "On average the 13 rows that both have differ by" in compare.said()


def test_an_inserted_word_is_a_gap(compare: Compare):
    compare.begin()
    compare.choose_mode("Two sentences")
    compare.type_b("The dog, which was very black, sat on the mat")
    assert compare.rows()[2:7] == ["cat / dog", ",₃", "which", "was", "– / very"]
    assert compare.bits()[6] == "–"
    assert "compare=sentences" in compare.page.url
    assert "Grey: a side has no such word" in compare.text()


def test_two_models_share_their_words(compare: Compare):
    compare.begin()
    compare.choose_mode("Two models")
    assert compare.rows()[-1] == "– / [SEP]"
    assert compare.title("B").startswith("B · MiniLM · Layer 5 head 11")
    assert "the transformers library's own eager attention" in compare.text()


def test_a_failing_second_model_leaves_the_first(compare: Compare):
    compare.begin(compare="models", model_b="no/such-model")
    assert compare.page.get_by_role("alert").count() == 1
    assert "B: The model no/such-model is not on this computer" in compare.page.get_by_role("alert").inner_text()
    assert "Only A can be shown" in compare.text()
    assert compare.page.get_by_label("Sentence", exact=True).input_value() == SENTENCE


def test_a_link_gives_the_same_view(compare: Compare):
    compare.begin()
    compare.choose_mode("Two sentences")
    compare.type_b("The dog slept")
    compare.choose_head_of("A", 1, 2)
    seen, link = (compare.rows(), compare.bits()), compare.page.url
    assert "head=2" in link
    compare.page.goto("about:blank")
    compare.page.goto(link)
    compare.page.wait_for_selector(compare.ready)
    compare.settle()
    assert (compare.rows(), compare.bits()) == seen
    assert compare.page.url == link


def test_what_is_chosen_stays_when_one_changes_pages(compare: Compare):
    compare.begin()
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
