"""What is changed in a run in the page: held against torch, from the transformer's own parts, in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from attnviz import HeadOff
from attnviz.client.models import packed_model
from attnviz.models import load_model
from attnviz.request import Masked, Scaled
from tests.explorer.in_page import Asked, Told, assert_near, in_page
from tests.explorer.run_by_hand import module_run, run_of
from tests.support.trained import trained_with

CLOSE = 1e-9  # both are float64
TEXT = "The cat, which was near the dogs, sat on the mat."
WINDOW, DILATED = {"kind": "window", "width": 2}, {"kind": "dilated", "width": 6, "step": 3}


def row(layer: int, head: int, query: int, n: int, keys: int) -> dict[str, Any]:
    """A row that no softmax gives: it sums to 1.5, has a negative number, and nothing past the first `keys`."""
    drawn = torch.linspace(-0.25, 1.0, keys, dtype=torch.float64)
    weights = torch.cat([drawn * 1.5 / drawn.sum(), torch.zeros(n - keys, dtype=torch.float64)])
    return {"layer": layer, "head": head, "query": query, "weights": weights.tolist()}


def number(layer: int, matrix: str, row: int, column: int, value: float) -> dict[str, Any]:
    return {"layer": layer, "matrix": matrix, "row": row, "column": column, "value": value}


NUMBERS = [
    *(number(0, matrix, 1, 2, value) for matrix, value in (("w_q", 3.0), ("w_k", -2.0), ("w_v", 0.0), ("w_o", 1.5))),
    number(0, "w_q", 7, 5, -4.0),
    number(1, "w_v", 3, 9, 2.5),
]


def changes_for(n: int) -> dict[str, dict[str, Any]]:
    """What is changed, by what it is called; rows by hand look at no more than a causal model may."""
    rows = [row(0, 1, 4, n, 4), row(1, 0, n - 1, n, n), row(1, 0, 2, n, 3)]
    together = {"mask": {"kind": "causal"}, "root": False, "temperature": 1.7, "places": False, "rows": rows}
    return {
        "nothing": {},
        "heads off": {"off": [[0, 1], [1, 0], [1, 3]]},
        "causal": {"mask": {"kind": "causal"}},
        "both ways": {"mask": {"kind": "bidirectional"}},
        "window": {"mask": WINDOW},
        "window as it is by itself": {"mask": {"kind": "window"}},
        "dilated": {"mask": DILATED},
        "no root": {"root": False},
        "temperature": {"temperature": 0.3},
        "relu": {"normalizer": "relu"},
        "polynomial": {"normalizer": "polynomial", "temperature": 2.0},
        "hard": {"normalizer": "hard"},
        "relu in a window": {"normalizer": "relu", "mask": WINDOW},
        "polynomial, causal": {"normalizer": "polynomial", "mask": {"kind": "causal"}},
        "no places": {"places": False},
        "numbers": {"numbers": NUMBERS},
        "rows": {"rows": rows},
        "all": {**together, "off": [[1, 2]], "normalizer": "polynomial", "numbers": NUMBERS},
    }


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {
        "grammar": load_model("grammar", device="cpu"),
        "induction": load_model("induction", device="cpu"),
        "learned": trained_with(1, positions="learned", norm="post", causal=True, tied=False),
        "sinusoidal": trained_with(2, positions="sinusoidal", d_ff=0),
        "random": load_model("random", device="cpu", heads=4, d_model=32, temperature=0.8),
    }


@pytest.fixture(scope="module")
def told(models: dict[str, Any], node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    asked = []
    for model in models.values():
        ids = ids_of(model)
        changes = list(of_model(model, len(ids)).values())
        runs = [{"ids": ids, "changes": change} for change in changes]
        moved = [ids[place] for place in permutation(len(ids))]
        runs += [{"ids": moved, "changes": change} for change in ({"places": False}, {})]
        asked.append(Asked(packed_model(model, model.request(TEXT)), (), runs))
    return dict(zip(models, in_page(node, tmp_path_factory.mktemp("page"), asked), strict=True))


def ids_of(model: Any) -> list[int]:
    return [token.id for token in model.trace(TEXT).tokens]


def permutation(n: int) -> list[int]:
    return torch.randperm(n, generator=torch.Generator().manual_seed(4)).tolist()


def of_model(model: Any, n: int) -> dict[str, dict[str, Any]]:
    """The changes that a model can take: of the random one those of its only layer."""
    if model.predicts is not None:
        return changes_for(n)
    lists = ("off", "numbers", "rows")
    return {
        name: {
            key: [one for one in value if layer_of(one) == 0] if key in lists else value
            for key, value in change.items()
        }
        for name, change in changes_for(n).items()
    }


def layer_of(one: Any) -> int:
    return int(one["layer"] if isinstance(one, dict) else one[0])


def test_every_change_is_what_torch_makes_of_it(told: dict[str, Told], models: dict[str, Any]):
    for name, model in models.items():
        ids = ids_of(model)
        changes = of_model(model, len(ids))
        for (called, change), run in zip(changes.items(), told[name].runs, strict=False):
            wanted = module_run(model, ids, change) if model.predicts is None else run_of(model.network, ids, change)
            for stage, value in wanted.items():
                assert_near(run[stage], value, f"{name}, {called}, {stage}", CLOSE)


def test_every_change_changes_something(told: dict[str, Told], models: dict[str, Any]):
    for name, model in models.items():
        plain, *changed = told[name].runs[: len(changes_for(len(ids_of(model))))]
        last = "logits" if model.predicts else "0.output"
        for called, run in zip(list(changes_for(1 + len(ids_of(model))))[1:], changed, strict=True):
            is_own = called == ("causal" if model.predicts == "next" else "both ways")  # what the model does anyhow
            assert torch.equal(run[last], plain[last]) == is_own, f"{name}, {called}"


def test_words_permuted_without_places_are_outputs_permuted(told: dict[str, Told], models: dict[str, Any]):
    for name in ("grammar", "sinusoidal", "random"):
        *_, without, with_places = told[name].runs
        order = permutation(len(ids_of(models[name])))
        last = "logits" if models[name].predicts else "0.output"
        plain = told[name].runs[0][last]
        unplaced = told[name].runs[list(changes_for(14)).index("no places")][last]
        assert (without[last] - unplaced[order]).abs().max() <= 1e-6, name
        assert (with_places[last] - plain[order]).abs().max() > 0.01, name


def test_what_the_package_can_change_is_the_same_there(told: dict[str, Told], models: dict[str, Any]):
    known = {
        "heads off": [HeadOff((0, 1)), HeadOff((1, 0)), HeadOff((1, 3))],
        "causal": [Masked("causal")],
        "both ways": [Masked("bidirectional")],
        "window": [Masked("window", width=2)],
        "window as it is by itself": [Masked("window")],
        "dilated": [Masked("dilated", width=6, step=3)],
        "no root": [Scaled(root=False)],
        "temperature": [Scaled(temperature=0.3)],
    }
    for name in ("grammar", "induction", "learned", "sinusoidal"):
        runs = dict(zip(changes_for(14), told[name].runs, strict=False))
        for called, changes in known.items():
            stages = models[name].trace(TEXT, changes=changes).stages
            assert_near(runs[called]["logits"], stages.logits.double(), f"{name}, {called}", 1e-5)
