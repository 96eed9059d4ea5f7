"""The part of a row that changes nothing, as the page finds it, is the package's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from attnviz import Normalized, Unseen, load_model
from attnviz.analysis import Freedom, freedom
from benchmarks.texts import text_of
from tests.explorer.node import told_by
from tests.support.tiny import SENTENCE

SCRIPT = Path(__file__).parent / "page_freedom.js"
NEAR = 1e-9


@pytest.fixture(scope="module")
def cases(minilm: Any) -> dict[str, Freedom]:
    long, cut = minilm.trace(text_of(64)), minilm.trace(text_of(64), changes=[Unseen(key=3), Unseen(key=7)])
    grammar = load_model("grammar", device="cpu")
    causal = load_model("random", causal=True).trace(text_of(48))
    cubed = grammar.trace(SENTENCE, changes=[Normalized("polynomial")])
    relu = minilm.trace(text_of(64), changes=[Normalized("relu")])
    again = load_model("random", positions=False, d_model=16).trace("the cat the cat the cat the dog the dog")
    found = {f"minilm {at}": freedom(long, *at) for at in [(0, 5, 13), (1, 0, 0), (3, 5, 39), (5, 10, 13)]}
    return found | {
        "with keys hidden": freedom(cut, 2, 10, 20),
        "grammar": freedom(grammar.trace(SENTENCE), 1, 0, 8),
        "a third power": freedom(cubed, 0, 1, 4),
        "relu": freedom(relu, 1, 3, 11),
        "causal, an early word": freedom(causal, 0, 0, 3),
        "causal, a late word": freedom(causal, 0, 0, 45),
        "words that come again": freedom(again, 0, 0, 2),
    }


@pytest.fixture(scope="module")
def told(cases: dict[str, Freedom], node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("freedom")
    asked = [
        {
            "row": found.row.tolist(),
            "values": found.values.flatten().tolist(),
            "width": found.values.shape[1],
            "seen": found.seen.tolist(),
            "direction": list(range(len(found.row))),
        }
        for found in cases.values()
    ]
    return dict(zip(cases, told_by(node, SCRIPT, folder, asked), strict=True))


def test_what_has_an_effect_what_has_none_and_other_rows_are_the_packages(
    cases: dict[str, Freedom], told: dict[str, Any]
):
    for name, found in cases.items():
        seen = told[name]
        assert (seen["rank"], seen["free"]) == (found.rank, found.free), name
        assert seen["share"] == pytest.approx(found.share, abs=NEAR), name
        direction = torch.arange(len(found.row)).double()
        wanted = [
            found.effective,
            found.null,
            found.furthest,
            found.moved(0.5),
            found.along(direction),
            found.apart(0.4),
        ]
        for which, (own, theirs) in enumerate(zip(seen["rows"], wanted, strict=True)):
            size = max(1.0, float(theirs.abs().max()))
            difference = float((torch.tensor(own).double() - theirs).abs().max())
            assert difference <= 1e-7 * size, (name, which, difference)


def test_the_cases_have_all_there_can_be(cases: dict[str, Freedom]):
    assert {bool(found.free) for found in cases.values()} == {True, False}
    assert cases["words that come again"].rank < len(cases["words that come again"].row)
    assert any(float(found.row.min()) < 0 for found in cases.values())
    assert not cases["with keys hidden"].seen.all()
