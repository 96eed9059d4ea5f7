"""The explorer with a mouse: what a click chooses, what pointing marks, and that the numbers are the package's."""

from __future__ import annotations

import random

import pytest

import attnviz
from attnviz.analysis import links, ranked
from attnviz.analysis.divergence import row_divergence
from attnviz.figures.labels import names
from tests.browser.pages import Explore, Explorer, ExplorerFile, weight_in_words
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser


def test_a_click_on_a_tile_chooses_its_head(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, query=8)
    for layer, head in ((5, 11), (0, 0), (3, 7)):
        explorer.choose_head(layer, head)
        assert explorer.head() == (layer, head)
        assert explorer.page.locator(".card.head .title").inner_text().startswith(f"Layer {layer} head {head}")
        assert explorer.tile(layer, head).get_attribute("aria-selected") == "true"
    assert explorer.page.locator(".tiles [aria-selected=true]").count() == 1


def test_a_tile_says_what_its_head_does(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    explorer.tile(0, 2).hover()
    said = explorer.tip()
    assert said[0].startswith("layer 0 head 2: ")
    assert any(line.startswith("at the token before ") for line in said)


def test_a_word_is_chosen_and_marked_everywhere(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    before = explorer.pictures()
    explorer.word(2).click()
    explorer.settle()
    assert explorer.chosen_token() == "cat"
    assert explorer.reading().startswith("cat looks at ")
    assert "How “cat” gets its new vector" in explorer.page.locator(".neuron .title").inner_text()
    after = explorer.pictures()
    assert all(before[view] != after[view] for view in (".tiles", ".large", ".matrix.q", ".way"))


def test_pointing_at_a_cell_marks_both_words_in_every_view(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    before = explorer.pictures()
    assert explorer.point(3, 6) == [f",₃ → black, {weight_in_words(weight(5, 11, 3, 6))}, layer 5 head 11"]
    assert explorer.page.locator(".words .pointed bdi").all_inner_texts() == [",", "black"]
    assert explorer.ask("explorer.context.hover") == {"query": 3, "key": 6}
    pointed = explorer.pictures()
    assert all(before[view] != pointed[view] for view in before), "canvases of every view"
    explorer.page.mouse.move(5, 5)
    assert explorer.pictures() == before
    assert explorer.page.locator(".words .pointed").count() == 0


def test_pointing_at_a_word_or_a_vector_marks_it_in_every_view(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=3)
    before = explorer.pictures()
    explorer.word(2).hover()
    said = explorer.tip()
    assert said[0] == f",₃ → cat, {weight_in_words(weight(5, 11, 3, 2))}, layer 5 head 11"
    assert said[1] == "token 2 · id 4937 · characters 4 to 7, word 1"
    pointed = explorer.pictures()
    assert all(before[view] != pointed[view] for view in (".tiles", ".large", ".matrix.k", ".matrix.v", ".way"))
    record = attnviz.trace(SENTENCE, "minilm").layers[5].head(11)
    box = explorer.page.locator(".matrix.k .target").bounding_box()
    explorer.page.mouse.move(box["x"] + box["width"] * 7.5 / 32, box["y"] + box["height"] * 2.5 / 13)
    assert explorer.tip() == [f"k[7] of cat: {record.k[2, 7]:.3f}".replace("-", "−")]
    assert explorer.page.locator(".words .pointed bdi").all_inner_texts() == ["cat"]


def weight(layer: int, head: int, query: int, key: int) -> float:
    return float(attnviz.trace(SENTENCE, "minilm").layers[layer].weights[head, query, key])


def says_the_package_s_numbers(explorer: Explorer, text: str) -> None:
    """Whatever cell of layer 5 head 11 one points at."""
    trace = attnviz.trace(text, "minilm")
    weights = trace.layers[5].weights[11]
    assert len(trace) == len(explorer.tokens())
    drawn = random.Random(7)
    for _ in range(12):
        row, column = drawn.randrange(len(trace)), drawn.randrange(len(trace))
        expected = (
            f"{names(trace.tokens)[row]} → {names(trace.tokens)[column]}, {weight_in_words(weights[row, column])}, "
        )
        (said,) = explorer.point(row, column)
        assert said == f"{expected}layer 5 head 11"


def test_what_pointing_says_is_the_package_s_number(explorer: ExplorerFile):
    trace = attnviz.trace(SENTENCE, "minilm")
    explorer.open(trace, layer=5, head=11)
    says_the_package_s_numbers(explorer, SENTENCE)
    assert explorer.cell_numbers() == [weight_in_words(w) for w in trace.layers[5].weights[11].flatten().tolist()]


def test_of_a_long_text_too_though_its_numbers_come_when_somebody_points_at_them(explore: Explore):
    text = "the cat sat on a mat and " * 18
    explore.begin(model="minilm", layer="5", head="11", text=text)
    assert len(explore.tokens()) == 128
    says_the_package_s_numbers(explore, text)


def test_a_click_on_a_cell_asks_which_heads_link_its_words(fresh: Explore):
    fresh.open(model="minilm", layer="5", head="11")
    fresh.page.mouse.click(*fresh.place(8, 2))
    fresh.settle()
    assert (fresh.state()["query"], fresh.state()["key"]) == (8, 2)
    assert "query=" not in fresh.page.url, "the example's own word"
    assert "key=2" in fresh.page.url
    assert fresh.page.locator(".words .to bdi").all_inner_texts() == ["cat"]
    chosen = fresh.page.locator(".question select").evaluate_all("all => all.map(s => s.selectedOptions[0].label)")
    assert chosen == ["sat", "cat"]
    found = links(attnviz.trace(SENTENCE, "minilm"), 8, 2)
    assert fresh.ranking() == [
        (f"L{link.layer} · H{link.head}", f"{link.weight:.2f}") for link in ranked(found, "weight")[:8]
    ]
    fresh.page.get_by_role("button", name="how far it stands out").click()
    fresh.page.get_by_role("button", name="All 72").click()
    assert fresh.ranking() == [
        (f"L{link.layer} · H{link.head}", f"+{link.stands_out:.2f}".replace("+-", "−").replace("−0.00", "+0.00"))
        for link in ranked(found, "stands_out")
    ]
    first = ranked(found, "stands_out")[0]
    fresh.page.locator(".ranking button").first.click()
    fresh.settle()
    assert fresh.head() == (first.layer, first.head)
    assert (fresh.state()["query"], fresh.state()["key"]) == (8, 2), "the question stays the same"


def test_a_shift_click_on_a_word_asks_as_well_and_takes_the_question_back(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    explorer.word(6).click(modifiers=["Shift"])
    explorer.settle()
    assert explorer.state()["key"] == 6
    explorer.word(6).click(modifiers=["Shift"])
    explorer.settle()
    assert explorer.state()["key"] is None


def test_a_second_head_is_pinned_beside_and_subtracted(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    explorer.choose_head(4, 3, modifiers=["Shift"])
    assert explorer.head() == (5, 11)
    assert explorer.state()["second"] == [4, 3]
    a, b = weight(5, 11, 8, 2), weight(4, 3, 8, 2)
    difference = f"difference {'+' if a > b else '−'}{weight_in_words(abs(a - b))}"
    said = [
        f"sat → cat, {weight_in_words(a)}, layer 5 head 11",
        f"sat → cat, {weight_in_words(b)}, layer 4 head 3",
        difference,
    ]
    assert explorer.point(8, 2) == said
    assert explorer.point(8, 2, picture=1) == said
    explorer.page.get_by_role("button", name="Difference").click()
    explorer.settle()
    assert explorer.state()["show"] == "difference"
    assert explorer.point(8, 2) == said
    trace = attnviz.trace(SENTENCE, "minilm")
    bits = row_divergence(trace.layers[5].weights[11], trace.layers[4].weights[3])
    most = max(range(13), key=lambda row: float(bits[row]))
    legend = explorer.page.locator(".card.head .legend").inner_text()
    assert f"{trace.tokens[most].text} {bits[most]:.2f}" in legend
    explorer.page.get_by_role("button", name="Unpin layer 4 head 3").click()
    explorer.settle()
    assert explorer.state()["second"] is None
    assert explorer.state()["show"] == "heatmap"


def test_several_heads_are_laid_over_one_another(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    for head in (3, 4):
        explorer.choose_head(2, head, modifiers=["Control"])
    assert explorer.state()["over"] == [[2, 3], [2, 4]]
    assert len(explorer.point(8, 2)) == 3
    legend = explorer.page.locator(".card.head .legend")
    assert legend.locator(".swatch").all_inner_texts() == [
        "a: layer 5 head 11",
        "b: layer 2 head 3",
        "c: layer 2 head 4",
    ]
    explorer.choose_head(2, 3, modifiers=["Control"])
    assert explorer.state()["over"] == [[2, 4]]


def test_lines_can_be_pointed_at_and_clicked(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, show="lines", query=8)
    place = explorer.ask("explorer.figure.picture.place")
    frame = explorer.large().bounding_box()
    left, right = frame["x"] + place["left"] - 20, frame["x"] + place["right"] + 20
    y = [frame["y"] + place["top"] + (i + 0.5) * place["row"] for i in range(13)]
    before = explorer.pictures()
    explorer.page.mouse.move(left, y[3])
    assert explorer.page.locator(".words .pointed bdi").all_inner_texts() == [","]
    assert explorer.pictures()[".large"] != before[".large"]
    explorer.page.mouse.click(left, y[6])
    explorer.page.mouse.click(right, y[2])
    explorer.settle()
    assert (explorer.state()["query"], explorer.state()["key"]) == (6, 2)


def test_the_page_does_not_move_under_the_mouse(explore: Explore):
    explore.page.set_viewport_size({"width": 1440, "height": 700})
    explore.begin(model="minilm")
    scroll = "document.querySelector('.stMain').scrollTop"
    explore.page.evaluate(f"{scroll} = 320")
    before = explore.page.evaluate(scroll)
    box = explore.tile(5, 6).bounding_box()
    explore.page.mouse.click(box["x"] + 4, box["y"] + 4)
    explore.settle()
    assert explore.head() == (5, 6)
    assert explore.page.evaluate(scroll) == before > 0


def test_a_choice_does_not_send_the_trace_again(fresh: Explore):
    sizes: list[int] = []

    def watch(socket) -> None:
        socket.on("framereceived", lambda frame: sizes.append(len(frame)))

    fresh.page.on("websocket", watch)
    fresh.open(model="minilm", text="the cat sat on a mat and " * 18)
    assert sum(sizes) > 1_000_000, "the trace itself"
    sizes.clear()
    fresh.choose_head(5, 11)
    fresh.word(40).click()
    fresh.settle()
    assert fresh.head() == (5, 11)
    assert 0 < sum(sizes) < 500_000
