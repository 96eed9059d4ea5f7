"""Long texts: the same numbers, made some rows at a time, and nothing of n² for all heads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import attnviz
from attnviz import analysis, export, figures, long
from attnviz.attention import attention, causal_mask
from attnviz.client import can_be_tiled, html
from attnviz.heads import Head
from attnviz.layer import LayerTrace
from attnviz.models.checking import check
from attnviz.models.pretrained.texts.model import PretrainedModel
from attnviz.pooling import PICTURE, max_pooled
from attnviz.request import Masked, Request, RowSet, Text, Unseen
from attnviz.rule import Rule
from attnviz.service import cached, predictions, traces
from attnviz.service.asked import Asked
from attnviz.tokens import TOKEN_LIMIT
from benchmarks.writing import SIZES, save

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "the", "dog", "was", "black"]
OPTIONS: dict[str, Any] = {"causal": True, "heads": 4, "d_model": 32}
CAUSAL: dict[str, Any] = {"model": "random", **OPTIONS}


def text_of(words: int) -> str:
    return " ".join(WORDS[i * i % len(WORDS)] for i in range(words))


def _rules(heads: int, n: int) -> list[Rule]:
    generator = torch.Generator().manual_seed(1)
    by_hand = torch.full((heads, n, n), torch.nan)
    by_hand[1, 3] = 1 / n  # looks at what the mask hides
    window = torch.where((torch.arange(n)[:, None] - torch.arange(n)).abs() < 20, 0.0, -torch.inf)[None]
    return [
        Rule(0.3),
        Rule(0.3, causal_mask(n)[None], temperature=0.5),
        Rule(0.3, window, bias=torch.randn(heads, n, n, generator=generator)),
        Rule(0.3, causal_mask(n)[None], by_hand=by_hand),
        Rule(0.3, torch.full((1, n, n), -torch.inf)),
        Rule(0.3, causal_mask(n)[None], normalizer="relu"),
    ]


@pytest.mark.parametrize("rule", range(6))
def test_some_rows_at_a_time_give_the_context_and_the_picture_of_all_at_once(rule: int):
    n = 90
    q, k, v = (torch.randn(heads, n, d) for heads, d in ((4, 8), (2, 8), (2, 5)))  # grouped heads
    terms = _rules(4, n)[rule]
    whole = attention(q, k, v, **terms.terms())
    context, picture = long.context_and_picture(q, k, v, terms)
    assert (context - whole.context).abs().max() <= 1e-5
    assert (picture - max_pooled(whole.weights, PICTURE)).abs().max() <= 1e-6


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of a hundred words counts as long."""
    monkeypatch.setattr(long, "MANY", 10_000)


def test_what_is_derived_of_a_long_text_is_what_it_is_of_all_weights(few: None, monkeypatch: pytest.MonkeyPatch):
    trace = attnviz.trace(text_of(100), **CAUSAL)
    assert trace.layers[0].is_long

    def derived() -> list[Any]:
        return [
            analysis.head_figures(trace),
            analysis.links(trace, 9, 3),
            analysis.head_divergences(trace),
            analysis.rollout(trace),
            analysis.most_unlike_head(trace, 0, 1),
            analysis.most_alike_head(trace, (0, 1), trace, query=5),
            analysis.strongest_link(trace),
            trace.layers[0].picture(),
            trace.layers[0].context,
            figures.head_grid(trace).data[0].z,
            "".join(export.csv_text(trace, [(0, 1)]))[:2000],
        ]

    refused = "all weights of all heads are asked for"
    with monkeypatch.context() as patch:
        patch.setattr(LayerTrace, "weights", property(lambda _: pytest.fail(refused)))
        patch.setattr(LayerTrace, "attention", lambda _: pytest.fail(refused))
        some = derived()
    monkeypatch.setattr(long, "MANY", 10**9)
    for one, other in zip(some, derived(), strict=True):
        _assert_alike(one, other)


def _assert_alike(one: Any, other: Any) -> None:
    if hasattr(one, "shape"):
        assert torch.allclose(torch.as_tensor(one), torch.as_tensor(other), atol=1e-5, equal_nan=True)
    elif isinstance(one, list):
        for a, b in zip(one, other, strict=True):
            _assert_alike(a, b)
    elif hasattr(one, "weight"):
        assert one.weight == pytest.approx(other.weight, abs=1e-6)
    elif hasattr(one, "entropy"):
        assert one.entropy == pytest.approx(other.entropy, abs=1e-5)
        assert one.link[:2] == other.link[:2]
    else:
        assert one == other


def test_a_causal_model_reads_four_thousand_words_and_others_five_hundred():
    text = text_of(4200)
    trace = attnviz.trace(text, **CAUSAL | {"heads": 2})
    assert (len(trace), trace.layers[0].small is not None) == (4096, True)
    assert text[: trace.cut].split() == text.split()[:4096]
    row, keys = 4000, trace.layers[0].k[1, :4001]
    by_hand = (trace.layers[0].q[1, row] @ keys.T * trace.layers[0].scale).softmax(-1)
    assert (trace.layers[0].row(row).weights[1, 0, :4001] - by_hand).abs().max() <= 1e-6
    block = -(-4096 // PICTURE)
    rows = trace.layers[0].rows(slice(3 * block, 4 * block)).weights  # [head, row, key]
    assert (rows.amax(1)[:, :block].amax(-1) - trace.layers[0].small[:, 3, 0]).abs().max() <= 1e-6
    assert len(attnviz.trace(text, model="random")) == TOKEN_LIMIT


def test_a_page_reads_five_hundred_of_them_and_says_where_there_is_more():
    asked = Asked(text_of(600), "", attnviz.load_model("random", causal=True).weights)
    assert asked.input == Text(asked.text, most=TOKEN_LIMIT)
    model = attnviz.load_model("random", causal=True)
    assert (len(model.trace(Request(asked.input, model.weights))), len(model.trace(asked.text))) == (512, 600)


def test_explore_holds_more_of_a_causal_text_and_measures_nothing_that_takes_all_weights():
    asked = Asked(text_of(600), "", attnviz.load_model("random", causal=True).weights, most=4096)
    trace = traces.whole_of(asked)
    assert (len(trace), traces.read_of(asked)[1]) == (600, None)
    assert cached.notes_of(asked)["parts"] == {}
    assert (cached.strongest_link_of(asked), cached.map_of(asked)) == (None, None)
    assert len(traces.whole_of(replace(asked, off=frozenset({Head(0, 1)})))) == 600
    with pytest.raises(
        attnviz.AttnvizError, match="more than 512 tokens the page can switch heads off, but not change"
    ):
        traces.whole_of(replace(asked, changes=(Unseen(head=2, key=4),)))


@pytest.fixture(scope="module")
def continuing(tmp_path_factory: pytest.TempPathFactory) -> PretrainedModel:
    """A causal model of the library, of 700 places."""
    folder = tmp_path_factory.mktemp("continuing")
    save(folder, SIZES["tiny (2 layers × 4 heads)"], places=700)
    model = attnviz.load_model(str(folder), device="cpu")
    assert isinstance(model, PretrainedModel)
    return model


def test_what_comes_after_a_long_text_is_known_of_the_run_that_read_it(
    continuing: PretrainedModel, monkeypatch: pytest.MonkeyPatch
):
    asked = Asked(" ".join(["the cat sat on a mat"] * 100), "", continuing.weights, most=700)
    wanted, place = continuing.following(Request(asked.input, continuing.weights))
    assert len(traces.whole_of(asked)) == 600
    held = traces.MEMORY.size
    monkeypatch.setattr(PretrainedModel, "_logits", None)
    found = predictions.following_of(asked)
    assert (found[1], (found[0] - wanted).abs().max() < 1e-5) == (place, True)
    assert traces.MEMORY.size - held < 10_000, "what it is read on from is held once, in its trace"


def test_a_word_after_a_long_text_costs_its_own_row_alone(continuing: PretrainedModel, monkeypatch: pytest.MonkeyPatch):
    words = " ".join(["the dog was black and"] * 110)
    asked = Asked(words, "", continuing.weights, most=700)
    longer = replace(asked, text=f"{words} mat")
    whole = continuing.trace(longer.text)
    assert traces.reads_ahead(asked)
    rows = []
    run = PretrainedModel.run
    monkeypatch.setattr(PretrainedModel, "run", lambda *args, **more: rows.append(args[3]) or run(*args, **more))
    grown = traces.whole_of(longer)
    assert rows == [550], "from which token on it was read"
    assert (grown.output - whole.output).abs().max() < 1e-5
    assert can_be_tiled(grown)
    monkeypatch.setattr(traces, "HELD", grown.nbytes / 1e6)
    assert not traces.reads_ahead(longer), "two of them would put each other out of memory"


def test_a_head_of_a_long_text_is_drawn_in_blocks_that_a_screen_has_room_for(tmp_path: Path):
    trace = attnviz.trace(text_of(1500), **CAUSAL | {"heads": 1})
    figure = figures.head(trace, query=1000)
    drawn = next(one for one in figure.data if one.type == "heatmap")
    weights = trace.layers[0].weights_of(0)
    assert drawn.z.shape == (750, 750)
    assert drawn.z[500, 3] == pytest.approx(float(weights[1000:1002, 6:8].max()), abs=1e-6)
    with pytest.raises(attnviz.AttnvizError, match="up to 512 tokens, and this text has 1,500"):
        html(trace)
    assert trace._repr_html_() is None


def test_what_would_hold_all_weights_of_a_long_text_says_so(few: None):
    trace = attnviz.trace(text_of(100), **CAUSAL)
    with pytest.raises(attnviz.AttnvizError, match="Check the model on a shorter text"):
        check(attnviz.load_model("random", **OPTIONS), trace)
    assert b"weights.npy" not in export.npz_bytes(trace)


CHANGES = [Masked("window", width=9), Unseen(head=2, key=4), RowSet(0, 1, 60, (0.5,) * 61 + (0.0,) * 39)]


@pytest.mark.parametrize("change", CHANGES)
def test_changes_hold_in_a_long_text(few: None, monkeypatch: pytest.MonkeyPatch, change: Any):
    long_one = attnviz.load_model("random", **OPTIONS).trace(text_of(100), changes=[change])
    monkeypatch.setattr(long, "MANY", 10**9)
    short_one = attnviz.load_model("random", **OPTIONS).trace(text_of(100), changes=[change])
    assert (long_one.output - short_one.output).abs().max() <= 1e-5
    assert replace(long_one.layers[0], small=None).picture().shape == (4, 34, 34)
