"""The walk of the Learn page under Node, from the very bytes that the page gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.explorer.node import told_by

SCRIPT = Path(__file__).parent / "page_walk.js"


@dataclass(frozen=True)
class Walks:
    """A packed model, walks through it, texts in another order, and rows by hand (as page_walk.js takes them)."""

    packed: bytes
    walks: Sequence[dict[str, Any]] = ()
    shuffles: Sequence[dict[str, Any]] = ()
    pulls: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Step:
    """A step as it was told; `step["Q"]` is a matrix that it shows, by its name there."""

    told: dict[str, Any]
    numbers: np.ndarray

    @property
    def name(self) -> str:
        return str(self.told["name"])

    @property
    def sentence(self) -> str:
        return str(self.told["sentence"])

    @property
    def lines(self) -> list[str]:
        """TeX, with this sentence's numbers."""
        return list(self.told["numbers"])

    @property
    def said(self) -> str:
        """All that is said in words."""
        return " ".join(str(self.told.get(name) or "") for name in ("sentence", "why", "otherwise"))

    @property
    def shown(self) -> dict[str, dict[str, Any]]:
        named = {one["name"]: one for one in self.told["shown"]}
        assert len(named) == len(self.told["shown"]), self.name
        return named

    def __contains__(self, name: str) -> bool:
        return name in self.shown

    def __getitem__(self, name: str) -> np.ndarray:
        return array_at(self.shown[name]["place"], self.numbers)

    def get(self, name: str, otherwise: float) -> np.ndarray | float:
        """The matrix, or this number where it is not shown."""
        found = self.shown.get(name)
        return otherwise if found is None else array_at(found["place"], self.numbers)


@dataclass(frozen=True)
class Walked:
    """A walk as it was told."""

    asked: dict[str, Any]
    config: dict[str, Any]
    told: dict[str, Any]
    steps: dict[str, Step]

    def __getitem__(self, step: str) -> Step:
        return self.steps[step]


@dataclass(frozen=True)
class Told:
    """What came of them; of a pull the row, and `last`, the last vectors of the run with it."""

    walks: list[Walked]
    shuffles: list[dict[str, Any]]
    pulls: list[dict[str, Any]]


def array_at(place: dict[str, Any], numbers: np.ndarray) -> np.ndarray:
    start, shape = place["at"], place["shape"]
    return numbers[start : start + int(np.prod(shape))].reshape(shape)


def walked(node: str, folder: Path, asked: Sequence[Walks]) -> list[Told]:
    """All of it in one run of Node."""
    cases = []
    for i, one in enumerate(asked):
        (folder / f"{i}.bin").write_bytes(one.packed)
        given = {name: list(getattr(one, name)) for name in ("walks", "shuffles", "pulls")}
        cases.append({"model": str(folder / f"{i}.bin"), **given})
    told = told_by(node, SCRIPT, folder, cases, "told.bin")
    numbers = np.fromfile(folder / "told.bin")
    found = []
    for case, one in zip(told, asked, strict=True):
        walks = []
        for walk, where in zip(case["walks"], one.walks, strict=True):
            steps = {step["name"]: Step(step, numbers) for step in walk["steps"]}
            walks.append(Walked(where, case["config"], walk, steps))
        pulls = [{**pull, "last": array_at(pull["last"], numbers)} for pull in case["pulls"]]
        found.append(Told(walks, case["shuffles"], pulls))
    return found
