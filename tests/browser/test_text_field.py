"""The sentence's field, of one line or several, and a sentence that runs from the right."""

from __future__ import annotations

from tests.browser.pages import Explore
from tests.support.tiny import SENTENCE


def test_enter_reads_and_with_shift_it_begins_a_line(fresh: Explore):
    fresh.open(model="minilm")
    field = fresh.page.get_by_label("Sentence", exact=True)
    height = field.bounding_box()["height"]
    assert height < 55, "one line"
    field.focus()
    field.press("End")
    field.press("Shift+Enter")
    field.press_sequentially("\tA dog slept")
    assert fresh.tokens()[-2] == "mat", "nothing was read yet"
    assert field.bounding_box()["height"] > height + 20
    field.press("Enter")
    fresh.settle()
    assert fresh.field() == f"{SENTENCE}\n\tA dog slept"
    assert fresh.tokens()[-4:-1] == ["A", "dog", "slept"]
    assert "%0A%09A+dog+slept" in fresh.page.url
    assert "cannot be shown" not in fresh.text()
    assert field.evaluate("field => field === document.activeElement")
    fresh.page.reload()
    fresh.page.wait_for_selector(fresh.ready)
    fresh.settle()
    assert fresh.field() == f"{SENTENCE}\n\tA dog slept"


def test_an_arabic_sentence_runs_from_the_right_and_arrow_keys_go_where_they_point(explore: Explore):
    explore.begin(model="random", text="القطة السوداء نامت", query="0")
    boxes = [explore.word(i).bounding_box()["x"] for i in range(3)]
    assert boxes == sorted(boxes, reverse=True)
    explore.word(0).focus()
    explore.page.keyboard.press("ArrowLeft")
    explore.settle()
    assert explore.state()["query"] == 1
    explore.page.keyboard.press("ArrowRight")
    explore.settle()
    assert explore.state()["query"] == 0
    explore.type("a cat")
    assert explore.word(0).bounding_box()["x"] < explore.word(1).bounding_box()["x"]
