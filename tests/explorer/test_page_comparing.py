"""What the page computes of two heads side by side is held against the package, from the bytes that the page gets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

import attnviz
from attnviz import Masked, Normalized, Scaled, Trace, Unseen
from attnviz.analysis import (
    compare,
    compares_row,
    differing_rows,
    largest_difference,
    most_alike_head,
    most_unlike_head,
)
from attnviz.analysis.comparing import By
from attnviz.analysis.divergence import row_distance
from attnviz.client import packed_comparison, packed_trace
from attnviz.models import load_model
from tests.explorer.node import told_by
from tests.support.tiny import SENTENCE, save_tiny

SCRIPT = Path(__file__).parent / "page_comparing.js"
PIECES = "unbelievably strange cats didn't sit in the mother-in-law's house"
NEAR = 1e-5


@dataclass(frozen=True)
class Case:
    """Two traces, and a head of each."""

    a: Trace
    b: Trace
    at: tuple[int, int] = (0, 0)
    beside: tuple[int, int] = (0, 1)
    mode: str = "heads"
    words: str = "pieces"

    @property
    def by(self) -> By:
        return "word" if self.mode == "models" or self.words != "pieces" else "token"

    @property
    def heads(self) -> list[tuple[int, int]]:
        """Of A."""
        every = [(i, head) for i, layer in enumerate(self.a.layers) for head in range(layer.heads)]
        return every[:: max(1, len(every) // 12)]

    @property
    def queries(self) -> list[int]:
        return list(range(0, len(self.a), 3))


@pytest.fixture(scope="module")
def cases(minilm: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    grammar = attnviz.trace(SENTENCE, "grammar")
    causal = load_model("random", causal=True, temperature=0.4, heads=2)
    llama = load_model(str(save_tiny(tmp_path_factory.mktemp("llama"), "llama")), device="cpu").trace(SENTENCE)
    masked = minilm.trace(PIECES, changes=[Masked("causal"), Unseen(5, 11, 4, 5)])
    cubed = load_model("grammar").trace(SENTENCE, changes=[Normalized("polynomial"), Scaled(2.0)])
    single = load_model("random", heads=1, d_model=8).trace(SENTENCE)
    short, long = causal.trace("A dog sat"), causal.trace("A big dog sat here")
    other = "The dog, which was very black, sat on the mat"
    return {
        "two heads": Case(grammar, grammar, (1, 0), (1, 1)),
        "the same head": Case(grammar, grammar, (1, 0), (1, 0)),
        "pieces": Case(minilm.trace(PIECES), minilm.trace(PIECES), (5, 11), (2, 3)),
        "merged pieces": Case(minilm.trace(PIECES), minilm.trace(PIECES), (5, 11), (2, 3), words="joined"),
        "a causal mask in one": Case(masked, minilm.trace(PIECES), (5, 11), (2, 3)),
        "two sentences": Case(grammar, attnviz.trace(other, "grammar"), (1, 2), (1, 2), "sentences"),
        "causal sentences": Case(short, long, (0, 1), (0, 1), "sentences"),
        "two models": Case(grammar, minilm.trace(SENTENCE), (1, 0), (5, 11), "models"),
        "two models, by pieces": Case(attnviz.trace(PIECES, "random"), minilm.trace(PIECES), (0, 1), (5, 11), "models"),
        "the other way round": Case(minilm.trace(PIECES), attnviz.trace(PIECES, "random"), (5, 11), (0, 1), "models"),
        "grouped heads": Case(llama, minilm.trace(SENTENCE), (1, 1), (0, 3), "models"),
        "a masked model": Case(masked, minilm.trace(PIECES), (5, 11), (0, 3), "models"),
        "a third power in place of softmax": Case(cubed, cubed, (1, 0), (1, 1)),
        "against the softmax": Case(cubed, grammar, (1, 0), (1, 1)),
        "a head in each layer": Case(single, single, (0, 0), (0, 0)),
        "nothing in common": Case(attnviz.trace("cat", "random"), minilm.trace("dog"), (0, 0), (0, 0), "models"),
    }


@pytest.fixture(scope="module")
def told(cases: dict[str, Case], node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page's modules make of every case, in one run of Node."""
    folder = tmp_path_factory.mktemp("page")
    asked = []
    for i, case in enumerate(cases.values()):
        comparison = packed_comparison(case.a, case.b, identities=("a", "b"), names=("A", "B"), mode=case.mode)
        files = {
            "a": packed_trace(case.a, identity="", first={}, exact=True),
            "b": packed_trace(case.b, identity="", first={}, exact=True),
            "comparison": comparison,
        }
        for name, data in files.items():
            (folder / f"{i}.{name}").write_bytes(data)
        paths = {name: str(folder / f"{i}.{name}") for name in files}
        choice = {"at": case.at, "beside": case.beside, "words": case.words}
        asked.append(paths | choice | {"heads": case.heads, "queries": case.queries})
    return dict(zip(cases, told_by(node, SCRIPT, folder, asked), strict=True))


def tensor(numbers: list[Any]) -> torch.Tensor:
    return torch.tensor([math.nan if x is None else float(x) for x in numbers])


def test_two_heads_on_one_set_of_rows_are_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case in cases.items():
        found, page = compare(case.a, case.at, case.b, case.beside, by=case.by), told[name]
        for table in ("first", "second", "difference"):
            wanted = getattr(found, table)
            seen = tensor(page[table]).reshape(wanted.shape)
            assert torch.allclose(seen, wanted, atol=NEAR, rtol=0, equal_nan=True), (name, table)
        assert torch.allclose(tensor(page["bits"]), found.divergence, atol=NEAR, rtol=0, equal_nan=True), name
        assert page["hasChoice"] == found.has_choice.tolist(), name


def test_where_they_differ_is_where_the_package_says(told: dict[str, Any], cases: dict[str, Case]):
    for name, case in cases.items():
        found = compare(case.a, case.at, case.b, case.beside, by=case.by)
        for specials, page in zip((True, False), told[name]["of"], strict=True):
            rows = found.compared(specials=specials)
            assert page["compared"] == rows, name
            mean = found.mean_over(rows) if rows else None
            assert page["mean"] == (None if mean is None else pytest.approx(mean, abs=NEAR)), name
            largest = largest_difference(found, specials=specials)
            assert page["largest"] == (None if largest is None else list(largest)), name
            wanted = differing_rows(found, specials=specials)
            assert [row["row"] for row in page["differing"]] == [row.row for row in wanted], name
            for seen, row in zip(page["differing"], wanted, strict=True):
                assert (seen["a"], seen["b"]) == (
                    pytest.approx(list(row.a), abs=NEAR),
                    pytest.approx(list(row.b), abs=NEAR),
                ), name


def test_the_head_that_is_most_unlike_another_is_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case in cases.items():
        for head, seen in zip(case.heads, told[name]["unlike"], strict=True):
            assert tuple(seen) == most_unlike_head(case.a, *head), (name, head)


def unlike(case: Case, at: tuple[int, int], query: int, beside: tuple[int, int]) -> float:
    """How unlike a head of B reads the word, or on average all words."""
    found = compare(case.a, at, case.b, beside, by=case.by)
    row = found.row_of(case.a.tokens[query])
    rows = [row] if row is not None and compares_row(case.a, at, case.b, query=query, by=case.by) else found.compared()
    if case.a.shares and case.b.shares:
        return float(found.divergence[rows].mean())
    return float(row_distance(found.first[rows].nan_to_num(0.0), found.second[rows].nan_to_num(0.0)).mean())


def test_the_head_of_another_model_that_is_most_alike_is_the_packages(told: dict[str, Any], cases: dict[str, Case]):
    for name, case in cases.items():
        for at, found in zip(case.heads, told[name]["alike"], strict=True):
            for query, seen in zip(case.queries, found, strict=True):
                wanted = most_alike_head(case.a, at, case.b, query=query, by=case.by)
                if tuple(seen) != wanted:  # two heads may be alike but for rounding
                    near = unlike(case, at, query, wanted)
                    assert unlike(case, at, query, (seen[0], seen[1])) == pytest.approx(near, abs=1e-6), (
                        name,
                        at,
                        query,
                    )
        by_row = [compares_row(case.a, case.at, case.b, query=query, by=case.by) for query in case.queries]
        assert told[name]["byRow"] == by_row, name
