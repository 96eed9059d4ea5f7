"""Of a text of more than 512 tokens the page has rows, and pictures in cells: both are held against the package."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import attnviz
from attnviz import Trace, Unseen
from attnviz.analysis import read_row, saying
from attnviz.client import can_be_tiled, is_tiled, packed_choice, packed_pictures, packed_vectors
from attnviz.client.packing import unpacked
from attnviz.client.schema import CELLS, SQUARE
from attnviz.pooling import max_pooled
from benchmarks.texts import text_of
from tests.explorer.numbers_said import assert_same, in_words

SCRIPT = Path(__file__).parent / "page_long.js"
TOKENS = 1_101  # cells of two, and a last one of one
WIDTH = 160  # its vectors are more than `EXACT_BYTES`
HEADS = [(0, 0), (0, 1)]
QUERIES = [1_000, 700, 1]
ROUNDED = 5e-4  # how near weights are, where q and k travel as whole numbers


@dataclass(frozen=True)
class Long:
    trace: Trace
    sent: dict[str, Any]  # arrays of the first message
    told: dict[str, Any]


@pytest.fixture(scope="module")
def long_one(node: str, tmp_path_factory: pytest.TempPathFactory) -> Long:
    folder = tmp_path_factory.mktemp("long")
    trace = attnviz.trace(text_of(TOKENS + 2), model="random", causal=True, heads=2, d_model=WIDTH)
    first = {"part": "", "layer": 0, "head": 0, "query": QUERIES[0], "key": None}
    pictures = packed_pictures(trace, identity="long", first=first, heads=HEADS[:1], query=QUERIES[0])
    paths = [folder / name for name in ("pictures", "vectors", "asked.json", "told.json")]
    paths[0].write_bytes(pictures)
    paths[1].write_bytes(packed_vectors(trace, identity="long", exact=False))
    paths[2].write_text(json.dumps({"heads": HEADS, "queries": QUERIES}))
    done = subprocess.run([node, str(SCRIPT), *map(str, paths)], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return Long(trace, unpacked(pictures)[1], json.loads(paths[3].read_text()))


def _weights(long_one: Long, place: int) -> Tensor:
    layer, head = HEADS[place]
    return long_one.trace.layers[layer].weights_of(head)


def _largest_difference(page: list[float], package: Tensor) -> float:
    return float((torch.tensor(page).reshape(package.shape) - package).abs().max())


@pytest.mark.parametrize("place", range(len(HEADS)))
def test_a_cell_of_the_picture_is_the_largest_weight_of_its_block(long_one: Long, place: int):
    told = long_one.told["heads"][place]
    pooled = max_pooled(_weights(long_one, place), CELLS)
    assert [told["picture"][side] for side in ("rows", "columns")] == list(pooled.shape) == [551, 551]
    assert long_one.told["block"] == 2
    assert _largest_difference(told["picture"]["values"], pooled) <= ROUNDED
    covered = torch.tensor(told["covered"]).reshape(pooled.shape).bool()
    assert torch.equal(covered, pooled == 0), "grey is where no word of the cell may look"


@pytest.mark.parametrize("place", range(len(HEADS)))
def test_a_row_is_the_packages(long_one: Long, place: int):
    told = long_one.told["heads"][place]
    weights = _weights(long_one, place)
    for query, row in zip(QUERIES, told["rows"], strict=True):
        assert _largest_difference(row, weights[query]) <= ROUNDED
        assert row[query + 1 :] == [0] * (TOKENS - query - 1)
    assert told["may"] == [True, False, False]


def test_before_the_vectors_are_there_the_chosen_row_is_exact_and_the_picture_that_of_blocks(long_one: Long):
    early = long_one.told["early"]
    weights = _weights(long_one, 0)
    assert _largest_difference(early["row"], weights[QUERIES[0]]) <= 1e-6
    rough = torch.tensor(early["rough"]).reshape(551, 551)
    small = long_one.trace.layers[0].picture()[0]
    assert abs(float(rough[300, 10] - small[300 * small.shape[0] // 551, 10 * small.shape[1] // 551])) <= 2 / 255


def test_the_vectors_of_the_chosen_head_come_first_as_whole_numbers_that_are_near_the_packages(long_one: Long):
    layer, head = HEADS[0]
    record = long_one.trace.layers[layer]
    own = {"q": record.q[head], "k": record.k[head], "v": record.v[head]}
    assert [array.dtype for name, array in long_one.sent.items() if name.startswith("head0.")] == [
        *("float32", "int16", "int16", "int16", "float32")
    ]
    assert long_one.told["early"]["isRounded"]
    for name, values in own.items():
        step = float(values.abs().max()) / 32767
        assert _largest_difference(long_one.told["early"][name], values) <= 0.51 * step


def test_of_a_small_model_they_come_as_they_are():
    trace = attnviz.trace(text_of(600), model="random", causal=True, heads=1, d_model=8)
    _, arrays = unpacked(packed_pictures(trace, identity="", first={}, heads=HEADS[:1], query=1))
    assert is_tiled(trace)
    assert torch.equal(torch.from_numpy(arrays["head0.q"].copy()), trace.layers[0].q[0])


def test_what_others_give_a_word_is_summed_on_the_way(long_one: Long):
    told = long_one.told["heads"][0]
    weights = _weights(long_one, 0)[1:]  # the first word has no choice
    assert _largest_difference(told["byKey"], weights.sum(0)) <= 1e-2
    assert told["lookers"][:3] + told["lookers"][-1:] == [TOKENS - 1, TOKENS - 1, TOKENS - 2, 1]
    back = 5
    diagonal = _weights(long_one, 0).diagonal(-back)
    assert told["byOffset"][TOKENS - 1 - back] == pytest.approx(float(diagonal.sum()), abs=1e-2)
    assert told["pairs"][TOKENS - 1 - back] == len(diagonal)


def test_the_page_says_of_a_row_of_a_long_text_what_the_package_says(long_one: Long):
    layer, head = HEADS[0]
    reading = read_row(long_one.trace, layer=layer, head=head, query=QUERIES[0])
    wanted = " ".join(in_words(long_one.trace, one) for one in saying.row_sentences(reading))
    assert_same(long_one.told["heads"][0]["said"], wanted, "a long text")
    assert long_one.told["heads"][0]["said"].startswith(long_one.told["before"].strip())


def test_what_takes_all_weights_of_a_head_is_not_shown(long_one: Long):
    shown = {name: long_one.told["state"][name] for name in ("show", "over", "of", "words", "specials")}
    assert shown == {"show": "heatmap", "over": [], "of": "head", "words": "pieces", "specials": True}


def test_an_answer_to_a_choice_of_a_long_text_has_its_row_and_no_vectors(long_one: Long):
    assert is_tiled(long_one.trace)
    assert len(long_one.trace) > SQUARE
    _, arrays = unpacked(packed_choice(long_one.trace, identity="", heads=HEADS[:1], queries=[7]))
    assert sorted(arrays) == ["head0.rows", "way.context", "way.masked", "way.scores", "way.weights"]
    assert (torch.tensor(arrays["head0.rows"][0]) - _weights(long_one, 0)[7]).abs().max() <= 1e-7


def test_a_mask_of_its_own_for_each_two_words_is_too_much_for_the_page(long_one: Long):
    assert can_be_tiled(long_one.trace)
    cut = attnviz.trace(text_of(40), model="random", changes=[Unseen(head=0, key=3)])
    assert not can_be_tiled(cut)
