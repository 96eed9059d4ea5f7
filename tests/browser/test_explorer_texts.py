"""The explorer on texts of all kinds: pieces, pairs, one token, none but special ones, 512."""

from __future__ import annotations

import re

import pytest

import attnviz
from attnviz.analysis import merged, word_groups
from tests.browser.pages import Explore, ExplorerFile, weight_in_words
from tests.support.tiny import SENTENCE

pytestmark = pytest.mark.browser
PIECES = "unbelievably strange embeddings didn't"


def written(weights) -> list[str]:
    return [weight_in_words(weight) for weight in weights.flatten().tolist()]


@pytest.mark.parametrize("how", ["words", "joined"])
def test_word_pieces_are_merged_in_every_view(explorer: ExplorerFile, how: str):
    trace = attnviz.trace(PIECES, "minilm")
    explorer.open(trace, layer=5, head=11)
    before = explorer.pictures()
    assert len(explorer.tokens()) == len(trace)
    explorer.page.get_by_label("Words").select_option(how)
    explorer.settle()
    words = {"words": ["didn", "'", "t"], "joined": ["didn't"]}[how]
    assert explorer.tokens() == ["[CLS]", "unbelievably", "strange", "embeddings", *words, "[SEP]"]
    groups = word_groups(trace, join=how == "joined")
    expected = merged(trace.layers[5].weights[11], groups)
    assert explorer.cell_numbers() == written(expected)
    sums = explorer.ask(
        """explorer.numbers.grouping.rows.map((_, i) => explorer.numbers.weights(5, 11)
            .slice(i * explorer.numbers.grouping.columns.length, (i + 1) * explorer.numbers.grouping.columns.length)
            .reduce((a, b) => a + b))"""
    )
    assert sums == pytest.approx([1] * len(groups), abs=1e-5)
    after = explorer.pictures()
    assert all(before[view] != after[view] for view in (".tiles", ".large"))
    explorer.word(1).hover()
    row = explorer.ask("explorer.context.chosen().row")
    said = f"{explorer.tokens()[row]} → unbelievably, {weight_in_words(expected[row, 1])}, layer 5 head 11"
    assert explorer.tip()[0] == said
    names = explorer.page.locator(".question select").first.evaluate("s => [...s.options].map(o => o.label)")
    assert names == explorer.tokens()


def test_special_tokens_can_be_hidden_and_what_they_hold_is_said(explorer: ExplorerFile):
    explorer.open(attnviz.trace(SENTENCE, "minilm"), layer=5, head=11, query=8)
    explorer.page.get_by_role("checkbox", name="Special tokens").uncheck()
    explorer.settle()
    assert "[CLS]" not in explorer.tokens()
    w = attnviz.trace(SENTENCE, "minilm").layers[5].weights[11]
    held, all_held = w[8, [0, 12]].sum(), w[:, [0, 12]].sum(-1).mean()
    assert (
        f"are hidden; they hold {weight_in_words(held)} of the weight of “sat”, and {weight_in_words(all_held)}"
        in explorer.reading()
    )
    assert explorer.cell_numbers() == written(w[1:12, 1:12])


def test_a_pair_of_sentences_is_read_and_filtered(explore: Explore):
    explore.begin(model="minilm", text="The cat sat", layer="5", head="11")
    explore.page.get_by_role("button", name="Second sentence").click()
    field = explore.page.get_by_label("Second sentence")
    field.fill("It slept")
    field.press("Enter")
    explore.settle()
    assert "pair=It+slept" in explore.page.url
    words = ["[CLS]", "The", "cat", "sat", "[SEP]", "It", "slept", "[SEP]"]
    assert explore.tokens() == words
    w = attnviz.trace("The cat sat", "minilm", second="It slept").layers[5].weights[11]
    assert explore.cell_numbers() == written(w)
    for name, rows, columns in (
        ("AB", slice(5), slice(5, 8)),
        ("BA", slice(5, 8), slice(5)),
        ("BB", slice(5, 8), slice(5, 8)),
    ):
        explore.page.get_by_label("From → to").select_option(name)
        explore.settle()
        assert explore.cell_numbers() == written(w[rows, columns])
        assert explore.tokens() == words, "the sentence stays whole"
        assert f"filter={name}" in explore.page.url


def test_one_token(explorer: ExplorerFile):
    explorer.open(attnviz.trace("one", "random"))
    assert explorer.tokens() == ["one"]
    assert explorer.cell_numbers() == ["1.00"]
    assert explorer.point(0, 0) == ["one → one, 1.00, layer 0 head 0 (it has no choice)"]
    explorer.choose_head(0, 3)
    assert explorer.head() == (0, 3)
    assert "1 token × " in explorer.page.locator(".shape").inner_text()


def test_a_text_that_comes_to_none_but_special_tokens_gets_a_sentence(explore: Explore):
    explore.begin(model="minilm", specials="off")
    explore.type("\u0301 \u00ad")
    assert "finds nothing to read in this text. Type a sentence." in explore.text()
    assert explore.field() == "\u0301 \u00ad"
    assert "Below stands" in explore.text(), "what was read last stays"
    explore.page.get_by_role("button", name="Back to it").click()
    explore.settle()
    assert explore.field() == SENTENCE
    explore.type("one more")
    assert explore.tokens() == ["one", "more"]


def test_512_tokens(explore: Explore):
    text = "the cat sat on a mat and " * 73
    explore.begin(model="minilm", layer="5", head="11", text=text)
    weights = attnviz.trace(text, "minilm").layers[5].weights[11]
    assert len(explore.tokens()) == 512
    for row, column in ((300, 298), (17, 500), (511, 0)):
        explore.point(row, column)
        said = f"{weight_in_words(weights[row, column])}, layer 5 head 11"
        tip = explore.page.locator(".explorer .tip")
        tip.get_by_text(said).wait_for()
        explore.page.wait_for_function(
            "(tip) => !tip.textContent.includes('≈')", arg=tip.element_handle(), timeout=20_000
        )
    explore.settle()
    explore.choose_head(2, 3)
    explore.page.get_by_label("Words").wait_for(state="hidden")


def test_awkward_text_is_shown_as_it_was_typed(explore: Explore):
    explore.begin(model="random")
    explore.type("<script>alert(1)</script> <b>x</b> $y$ **z** :red[r]")
    assert explore.tokens()[:3] == ["<", "script", ">"]
    assert explore.point(0, 1)[0].startswith("<₀ → script₁, ")
    assert explore.page.locator(".stMainBlockContainer script").count() == 0
    assert explore.page.locator(".explorer script").count() == 0
    explore.type("القطة 猫 🐈‍⬛ e\u0301 x\u200dy")
    assert explore.tokens()[:3] == ["القطة", "猫", "🐈‍⬛"]
    assert re.sub("[\u2066-\u2069]", "", explore.point(0, 1)[0]).startswith("القطة → 猫, ")


def test_blank_text_gets_a_sentence_and_a_long_one_is_cut(explore: Explore):
    explore.begin(model="minilm")
    explore.type("   ")
    assert "Type a sentence" in explore.text()
    explore.type("word " * 700)
    assert "only its first 512 tokens are shown" in explore.text()
    assert "cut at character 2,549 of 3,500" in explore.text()
    assert explore.field() == "word " * 700


def test_unknown_words_are_marked_and_named(explore: Explore):
    explore.begin(model="grammar")
    explore.type("The robot near the <b>dogs</b> sleeps")
    unknown = ["robot", "<", "b", ">", "<", "/", "b", ">"]
    assert explore.page.locator(".words button.unknown bdi").all_inner_texts() == unknown
    assert "This model knows 183 words, and not robot" in explore.text()


# The tiles of the heads alone, without what is beside them.
HEADS = """(() => {
    const last = explorer.root.querySelector(".tiles [aria-label^='layer 0 head 11']");
    const canvas = explorer.root.querySelector(".tiles canvas");
    const width = Math.round((last.offsetLeft + last.offsetWidth) * canvas.width / canvas.clientWidth);
    return [...canvas.getContext("2d").getImageData(0, 0, width, canvas.height).data].join();
})()"""


@pytest.mark.parametrize("words", ["pieces", "joined"])
def test_before_all_vectors_have_come_the_chosen_head_is_drawn_and_another_waits(fresh: Explore, words: str):
    fresh.open(model="minilm", text=PIECES, layer="5", head="11", words=words)
    whole, ranking, heads = fresh.pictures(), fresh.ranking(), fresh.ask(HEADS)
    fresh.ask(
        """(() => {
            const { header, arrays } = explorer.trace;
            explorer.vectors_of_this_test = { header, arrays };
            const pictures = Object.entries(arrays).filter(([name]) => !/^[qkv]\\d+$/.test(name));
            explorer.show({ header: { ...header, scales: undefined }, arrays: Object.fromEntries(pictures) }, {});
        })()"""
    )
    early = fresh.pictures()
    for view in (".large", ".matrix.q", ".matrix.k", ".matrix.v", ".way"):
        assert early[view] == whole[view], f"{view} needs the chosen head alone"
    assert (fresh.ask(HEADS) == heads) is (words == "pieces"), "merged ones are computed"
    assert early[".tiles"] != whole[".tiles"], "so are means"
    assert not fresh.page.locator(".ranking").is_visible(), "no number stands there that is not this text's"
    fresh.tile(2, 3).click()
    assert fresh.head() == (5, 11)
    assert fresh.pictures() == early
    fresh.ask("explorer.complete(explorer.vectors_of_this_test)")
    assert fresh.head() == (2, 3)
    fresh.settle()
    fresh.tile(5, 11).click()
    fresh.settle()
    fresh.page.mouse.move(0, 0)
    assert fresh.pictures() == whole
    assert fresh.ranking() == ranking
