"""One word after another on Explore: what comes next is said, taken, drawn and written, and there is a way back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attnviz import load_model
from attnviz.generation import Sampling, step
from tests.browser.pages import Explore
from tests.support.tiny import save_tiny

TEXT = "One day a girl named Mia found a red ball. She put the"
pytestmark = pytest.mark.browser


def words(explore: Explore) -> list[str]:
    """As they are seen: what a screen reader is told besides is left out."""
    return [
        re.split(r"\s*, (?:this|ruled)", one)[0] for one in explore.page.locator(".continuing .word").all_inner_texts()
    ]


def press(explore: Explore, name: str) -> None:
    explore.page.get_by_role("button", name=name, exact=True).click()
    explore.settle()


def test_what_comes_next_is_the_models_own_and_the_next_word_is_taken(explore: Explore):
    explore.begin(model="stories", text=TEXT)
    told = step(load_model("stories"), TEXT)
    first = re.fullmatch(r"(\w+)\s+([\d.]+)", words(explore)[0])
    assert first is not None
    assert first[1] == told.word == "red"
    assert float(first[2]) == pytest.approx(float(told.probabilities[told.index]), abs=0.005)
    press(explore, "Next word")
    assert explore.field() == f"{TEXT} red"
    assert explore.tokens()[-1] == "red"
    assert explore.state()["query"] == len(explore.tokens()) - 1, "its row is looked at"
    assert "She+put+the+red" in explore.page.url


def test_another_word_is_taken_and_the_slider_leads_back(explore: Explore):
    explore.begin(model="stories", text="One day a girl named")
    second = words(explore)[1].split()[0]
    explore.page.locator(".continuing .word").nth(1).click()
    explore.settle()
    assert explore.field() == f"One day a girl named {second.capitalize()}"
    press(explore, "Next word")
    assert explore.field().endswith(" found")
    explore.page.get_by_label("Words written").fill("0")
    explore.settle()
    assert explore.field() == "One day a girl named"
    assert explore.page.locator(".continuing output").first.inner_text() == "0 of 2"


def test_it_writes_on_until_it_is_stopped(explore: Explore):
    explore.begin(model="stories", text="One day a boy")
    explore.page.get_by_role("button", name="Write on").click()
    explore.page.locator(".continuing output", has_text="3 of").wait_for()
    explore.page.get_by_role("button", name="Stop").click()
    explore.page.get_by_role("button", name="Write on").wait_for()
    explore.settle()
    written = explore.field()
    assert written.startswith("One day a boy named ")
    assert len(written.split()) >= 7
    explore.page.wait_for_timeout(700)
    assert explore.field() == written
    assert "the check follows" not in explore.text(), "now that words rest, the numbers are checked"
    assert "2 layers × 4 heads recorded" in explore.text()
    assert " ".join(explore.tokens()[1:]).replace(" .", ".").casefold() == written.casefold()


def test_escape_stops_it_and_so_does_whoever_types(explore: Explore):
    explore.begin(model="stories", text="One day a boy")
    stop, write = (explore.page.get_by_role("button", name=name) for name in ("Stop", "Write on"))
    for number, act in enumerate(
        [lambda: explore.page.keyboard.press("Escape"), explore.page.get_by_label("Sentence", exact=True).focus]
    ):
        write.click()
        explore.page.locator(".continuing output", has_text=f"{2 + 3 * number} of").wait_for()
        act()
        write.wait_for()
        explore.settle()
        assert stop.count() == 0
        way = explore.page.locator(".continuing output").inner_text()
        assert way.split(" of ")[0] == way.split(" of ")[1], "no word was written that was not shown"


def test_a_growing_text_is_one_step_of_the_browsers_history(explore: Explore):
    explore.begin(model="stories", text="One day a boy")
    length = explore.page.evaluate("history.length")
    explore.page.get_by_role("button", name="Write on").click()
    explore.page.locator(".continuing output", has_text="4 of").wait_for()
    explore.page.get_by_role("button", name="Stop").click()
    explore.page.get_by_role("button", name="Write on").wait_for()
    explore.settle()
    assert "One+day+a+boy+named" in explore.page.url
    assert explore.page.evaluate("history.length") <= length + 2
    last = len(explore.tokens()) - (2 if explore.tokens()[-1] == "." else 1)
    assert explore.state()["query"] == last, "the last word"


def test_another_model_or_page_stops_it(explore: Explore):
    explore.begin(model="stories", text="One day a boy")
    explore.page.get_by_role("button", name="Write on").click()
    explore.page.locator(".continuing output", has_text="2 of").wait_for()
    explore.page.get_by_role("link", name="Train", exact=True).click()
    explore.page.wait_for_selector(".st-key-play", timeout=60_000)
    explore.page.get_by_role("link", name="Explore", exact=True).click()
    explore.page.get_by_role("button", name="Write on").wait_for()
    explore.settle()
    written = explore.field()
    explore.page.wait_for_timeout(1000)
    assert explore.field() == written


def test_what_is_typed_and_not_entered_is_not_lost_by_a_press(explore: Explore):
    explore.begin(model="stories", text="One day a girl named Mia found a red")
    field = explore.page.get_by_label("Sentence", exact=True)
    field.press("End")
    field.press_sequentially(" hat")
    press(explore, "Next word")
    assert explore.field() == "One day a girl named Mia found a red hat"


def test_three_presses_are_three_words(explore: Explore):
    explore.begin(model="stories", text="One day a girl named Mia found a red ball. She")
    for _ in range(3):
        explore.page.get_by_role("button", name="Next word").click(no_wait_after=True)
    explore.page.locator(".continuing output", has_text="3 of 3").wait_for()
    explore.settle()
    assert explore.field().endswith("She put the red")


def test_it_ends_where_the_model_ends_it(explore: Explore):
    more = (
        " red ball into a box. She had a cat. The cat near the gate was lazy. With care Mia cleaned the red ball. "
        "Later she looked into the box and saw the red ball. At noon Mia gave the cat some milk. In the evening Mia "
        "said good night to the cat and to the red ball"
    )
    explore.begin(model="stories", text=TEXT + more)
    explore.page.get_by_role("button", name="Write on").click()
    explore.page.get_by_role("status").get_by_text("The model ends the text here.").wait_for()
    explore.settle()
    assert explore.field().endswith("and to the red ball.")
    assert words(explore)[0].startswith("the end")
    for name in ("Next word", "Write on"):
        assert explore.page.get_by_role("button", name=name).is_disabled()


def test_words_are_drawn_by_chance_as_the_link_says(explore: Explore):
    explore.begin(model="stories", text="One day a girl named", sampling="t2-k3-s5")
    told = step(load_model("stories"), "One day a girl named", Sampling(temperature=2.0, top_k=3, seed=5))
    shown = words(explore)
    assert sum("→ 0.00" not in one for one in shown) == 3
    assert explore.page.locator(".continuing .word.drawn").inner_text().split()[0] == told.word
    press(explore, "Next word")
    assert explore.field() == told.text
    assert "sampling=t2-k3-s5" in explore.page.url
    explore.page.get_by_label("Take").select_option("most")
    explore.settle()
    assert "sampling" not in explore.page.url


def test_of_a_model_that_reads_both_ways_nothing_comes_next(explore: Explore):
    explore.begin()
    assert explore.page.locator(".continuing").count() == 0


def test_who_wrote_the_next_word_adds_up(fresh: Explore):
    fresh.open(model="stories", text=TEXT, query="14")
    fresh.page.get_by_text("Who wrote the next word?").click()
    fresh.page.locator(".written").wait_for()
    fresh.settle()
    said = fresh.page.locator(".reading", has_text="most probable").inner_text()
    logit = re.search(r"After the the model finds red most probable: .* is ([+−][\d.]+)\.", said)
    assert logit is not None
    told = fresh.page.locator(".written .shares").inner_text()
    shares = [float(one.replace("−", "-")) for one in re.findall(r"[+−]\d+\.\d\d", told)]
    assert len(shares) == 2 * 5 + 2
    strongest = fresh.page.locator(".written .shares td", has_text=f"+{max(shares):.2f}").first
    assert strongest.evaluate("cell => cell.style.background") == "rgb(155, 19, 38)", "red is positive, as everywhere"
    assert sum(shares) == pytest.approx(float(logit[1]), abs=0.07), "rounded"
    assert max(shares[i] for i in (*range(4), *range(5, 9))) == shares[5], "layer 1 head 0, which looks at “red”"
    assert fresh.page.locator(".written .lens").inner_text().strip().splitlines()[-1].startswith("layer 1\t1.00\t“red”")


def test_of_a_model_of_hidden_words_nobody_wrote_the_next(explore: Explore):
    explore.begin()
    assert explore.page.get_by_text("Who wrote the next word?").count() == 0


PRESSED = """(() => {
    const button = document.querySelector('.continuing [data-does=next]') ?? [...document.querySelectorAll('*')]
        .map(one => one.shadowRoot?.querySelector('.continuing [data-does=next]')).find(Boolean);
    button.click();
    return [explorer.trace.header.id, explorer.state.query];
})()"""


def read_ahead(explore: Explore) -> str:
    """Of which reading the next word's trace is, once it is here."""
    explore.page.wait_for_function("() => attnviz.published.get('traceahead')")
    identity: str = explore.page.evaluate("() => attnviz.published.get('traceahead').header.id")
    return identity


def test_a_word_that_was_read_ahead_is_drawn_in_the_moment_of_the_press(explore: Explore, tmp_path: Path):
    folder = str(save_tiny(tmp_path, "llama", with_head=True, has_mask=False))
    model = load_model(folder)
    explore.open(model=folder, text="the cat sat")
    explore.choose_head(1, 2)
    press(explore, "Next word")
    assert explore.head() == (1, 2), "the head stays, though the server had not heard of it"
    for _ in range(2):
        found = step(model, explore.field())
        ahead, trace = read_ahead(explore), model.trace(found.text)
        new = min(found.place + 1, len(trace.tokens) - 1)  # the word may be cut into several tokens
        assert explore.ask(PRESSED) == [ahead, new], "before the server has heard of it"
        explore.settle()
        assert (explore.ask("explorer.trace.header.id"), explore.field()) == (ahead, found.text)
        assert (explore.head(), explore.state()["query"]) == ((1, 2), new)
        assert explore.tokens() == [token.label for token in trace.tokens]
        row = explore.ask("[...explorer.numbers.row(1, 2, [explorer.state.query])]")
        assert row == pytest.approx(trace.layers[1].weights[2, new].tolist(), abs=1e-6)


def test_a_press_that_comes_to_nothing_leaves_what_stood(explore: Explore, tmp_path: Path):
    explore.open(model=str(save_tiny(tmp_path, "llama", with_head=True, has_mask=False)), text="the cat sat")
    ahead, standing = read_ahead(explore), explore.ask("explorer.trace.header.id")
    state = explore.state()
    show = "attnviz.subscribers.get('ahead')"
    shown = explore.ask(f"({show}(attnviz.published.get('traceahead')), explorer.trace.header.id)")
    assert shown == ahead
    assert explore.ask(f"({show}(null), explorer.trace.header.id)") == standing
    assert explore.state() == state
