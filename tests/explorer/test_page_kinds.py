"""Where a word stands in each kind of attention, and with which shares the page draws a next word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from attnviz.generation import Sampling, drawn_from
from tests.explorer.node import told_by

SCRIPT = Path(__file__).parent / "page_kinds.js"
LOGITS = torch.tensor([2.0, 1.0, 0.0, -3.0, -9.0])
TEMPERATURES = [0.1, 1.0, 3.0]


@pytest.fixture(scope="module")
def told(node: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("kinds")
    probabilities = LOGITS.double().softmax(-1).tolist()
    return told_by(node, SCRIPT, folder, {"probabilities": probabilities, "temperatures": TEMPERATURES})


def test_a_word_of_the_sentence_and_one_that_is_written_stand_in_all_three(told):
    # Encoder: row and column of the word; decoder: one place later than in the cross-attention; cross: a cell.
    assert told["both"] == [[3, 3], [2, 2], [1, 3]]
    assert told["none"] == [[-1, -1], [-1, -1], [-1, -1]]
    # The end is written, and stands in no row of the decoder.
    assert told["last"] == [[0, 0], [-1, -1], [2, 0]]
    # Without special tokens they stand one row and column earlier; what is written has none before it.
    assert told["without"] == [[2, 2], [1, 1], [1, 2]]


def test_a_cell_chooses_the_word_that_looks_in_it(told):
    assert told["back"] == [{"key": 2}, {"query": 1}, {"query": 2, "key": 1}]
    assert told["start"] is None


def test_a_word_is_drawn_with_the_packages_shares_at_each_temperature(told):
    for temperature, shares in zip(TEMPERATURES, told["tempered"], strict=True):
        ours = drawn_from(LOGITS.softmax(-1), Sampling(temperature=temperature))
        assert shares == pytest.approx(ours.tolist(), abs=1e-6)
    e = torch.tensor([2.0, 0.0]).double().softmax(-1).tolist()
    assert told["among"] == pytest.approx([e[0], 0, e[1], 0, 0])
    assert told["drawn"] == [0, 0, 1, 2, 0]


def test_a_word_that_is_taken_stands_after_the_one_that_is_chosen(told):
    assert told["text"] == "b c b"
