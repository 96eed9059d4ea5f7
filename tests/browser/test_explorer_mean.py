"""The mean of a layer's heads, or of chosen ones, and attention rollout, as further tiles of the explorer."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

import attnviz
from attnviz.analysis import rollout, saying
from benchmarks.texts import text_of
from tests.browser.pages import Compare, Explore, Explorer, ExplorerFile, Train
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser
READY = "() => document.querySelector('.host').explorer.numbers.summaries.knows('rollout', 5)"


def title(explorer: Explorer) -> str:
    return explorer.page.locator(".card.head .title").inner_text()


def choose(explorer: Explorer, name: str) -> None:
    explorer.page.get_by_role("option", name=re.compile(rf"^{name}(,|$)")).click()
    explorer.settle()


def test_a_layers_mean_is_a_tile_and_a_heads_tile_leads_back(explorer: ExplorerFile):
    trace = attnviz.trace(SENTENCE, "minilm")
    explorer.open(trace, layer=5, head=11, query=8)
    explorer.page.wait_for_function(READY)
    choose(explorer, "mean of layer 2")
    assert title(explorer) == "Mean of layer 2’s 12 heads"
    mean = trace.layers[2].weights.mean(0)
    best = int(mean[8].argmax())
    assert explorer.reading().startswith(
        f"On average over layer 2’s heads, sat looks at {trace.tokens[best].text} "
        f"{saying.weight(float(mean[8, best]))}, "
    )
    state = explorer.state()
    assert (state["layer"], state["head"], state["of"]) == (2, 11, "layer")
    assert json.loads(unquote(explorer.page.url.partition("#")[2]))["of"] == "layer"
    cell = explorer.point(8, best)
    assert cell == [
        f"sat → {trace.tokens[best].text}, {saying.weight(float(mean[8, best]))}, mean of layer 2’s 12 heads"
    ]
    assert (
        explorer.page.locator(".tiles [aria-selected=true]").get_attribute("aria-label").startswith("mean of layer 2,")
    )
    assert "layer 2, head 11" in explorer.page.locator(".neuron .title").inner_text(), "Q, K and V are of the head"
    assert explorer.page.locator(".shape").inner_text().startswith("Layer 2 head 11: ")
    before = explorer.pictures()[".large"]
    explorer.choose_head(2, 11)
    assert title(explorer).startswith("Layer 2 head 11")
    assert explorer.state()["of"] == "head"
    assert explorer.pictures()[".large"] != before


def test_a_rollout_is_said_as_what_a_word_is_made_of_and_comes_back_by_its_address(explorer: ExplorerFile):
    trace = attnviz.trace(SENTENCE, "minilm")
    explorer.open(trace, layer=5, head=11, query=8)
    choose(explorer, "rollout through layer 2")
    assert title(explorer) == "Rollout through layer 2"
    row = rollout(trace)[2][8]
    best = int(row.argmax())
    said = explorer.reading()
    assert said.startswith(
        f"Through layers 0 to 2, sat is made of {trace.tokens[best].text} {saying.weight(float(row[best]))}, "
    )
    assert saying.TEMPLATES["rolled_note"] in said
    assert "stands out" not in said
    address = explorer.page.url.partition("#")[2]
    explorer.open(trace, address=f"#{address}", layer=0)
    assert title(explorer) == "Rollout through layer 2"
    assert explorer.reading() == said


def test_heads_over_one_another_have_a_mean_and_a_pinned_one_leads_back(explorer: ExplorerFile):
    trace = attnviz.trace(SENTENCE, "minilm")
    explorer.open(trace, layer=5, head=11, query=8)
    button = explorer.page.locator(".card.head .mean")
    expect(button).to_be_hidden()
    explorer.choose_head(4, 3, modifiers=["Control"])
    explorer.choose_head(2, 0, modifiers=["Control"])
    expect(button).to_have_text("Mean of these 3 heads")
    button.click()
    explorer.settle()
    assert title(explorer) == "Mean of 3 chosen heads"
    assert explorer.page.locator(".legend .swatch").count() == 0
    explorer.choose_head(1, 1, modifiers=["Control"])
    assert title(explorer) == "Mean of 4 chosen heads"
    assert explorer.page.get_by_role("button", name="Mean of these 4 heads", pressed=True).count() == 1
    explorer.choose_head(0, 2, modifiers=["Shift"])
    assert title(explorer) == "Layer 5 head 11 | layer 0 head 2"
    choose(explorer, "mean of layer 0")
    assert title(explorer) == "Mean of layer 0’s 12 heads"
    explorer.page.keyboard.press("d")
    explorer.settle()
    assert title(explorer) == "Layer 0 head 11 − layer 0 head 2"


def test_arrow_keys_walk_into_the_columns_and_back(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=1, head=10, query=8)
    explorer.tile(1, 10).focus()
    for key, of in (("End", "head"), ("ArrowRight", "layer"), ("ArrowRight", "rollout"), ("ArrowDown", "rollout")):
        explorer.page.keyboard.press(key)
        assert explorer.state()["of"] == of
    focused = explorer.page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("rollout through layer 2")
    explorer.page.keyboard.press("End")
    assert (*explorer.head(), explorer.state()["of"]) == (2, 11, "head")


def test_a_long_text_has_means_but_no_rollout_and_says_why(explorer: ExplorerFile):
    trace = attnviz.trace(text_of(140), "minilm")
    explorer.open(trace, layer=5, head=11, query=8)
    assert explorer.page.get_by_role("option", name=re.compile("^rollout")).count() == 0
    explorer.page.locator(".card.heads .help.read summary").click()
    said = explorer.page.locator(".beside-heads").inner_text()
    assert f"this text has {len(trace)} tokens, and it is computed up to 128" in said
    explorer.page.locator(".card.heads .help.read summary").click()
    choose(explorer, "mean of layer 5")
    assert title(explorer) == "Mean of layer 5’s 12 heads"


def test_the_link_of_a_page_opens_with_it_and_comparing_leaves_it_out(fresh: Explore):
    fresh.open(model="minilm", layer="2", head="3", query="8", of="layer")
    assert title(fresh) == "Mean of layer 2’s 12 heads"
    fresh.choose_head(2, 4)
    assert "of=" not in fresh.page.url
    choose(fresh, "rollout through layer 3")
    assert "layer=3&head=4&of=rollout" in fresh.page.url
    compare = Compare(fresh.page, fresh.url)
    compare.open(model="minilm", layer="2", head="3", of="layer")
    assert [state["of"] for state in compare.states()] == ["head", "head"]
    assert compare.page.get_by_role("option", name=re.compile("^mean")).count() == 0


def test_a_rollout_stays_while_one_moves_through_a_training_and_it_is_played(explore: Explore):
    train = Train(explore.page, explore.url)
    train.begin()
    choose(train, "rollout through layer 1")
    watch = "new MutationObserver(() => explorer.root.seen.add(explorer.state.of)).observe(explorer.root, argument[0])"
    train.ask(f"(explorer.root.seen = new Set(), {watch})", {"attributes": True})
    slider = train.page.locator(".st-key-step").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    train.settle()
    assert title(train) == "Rollout through layer 1"
    train.page.get_by_role("button", name="Play").press("Enter")
    train.page.wait_for_function("() => Number(new URLSearchParams(location.search).get('step')) >= 100")
    train.page.get_by_role("button", name="Pause").press("Enter")
    train.settle()
    assert title(train) == "Rollout through layer 1"
    assert train.ask("[...explorer.root.seen]") == ["rollout"], "at no step the head instead"
