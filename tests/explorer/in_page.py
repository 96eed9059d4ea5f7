"""Models run in the page's own modules, under Node, from the very bytes that the page gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests.explorer.node import told_by

FLOAT32 = 1e-5  # how near they are: the package computes in float32, the page in float64
SCRIPT = Path(__file__).parent / "page_model.js"


@dataclass(frozen=True)
class Asked:
    """A packed model, texts for it to read, and runs (as page_model.js takes them)."""

    packed: bytes
    texts: Sequence[str] = ()
    runs: Sequence[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Ran:
    """A run in the page, or the sentence with which it was refused."""

    told: dict[str, Any]
    numbers: np.ndarray

    @property
    def error(self) -> str | None:
        return self.told.get("error")

    @property
    def guesses(self) -> list[list[str]]:
        return self.told["guesses"]

    @property
    def names(self) -> set[str]:
        return set(self.told["arrays"])

    def __getitem__(self, name: str) -> Tensor:
        assert self.error is None, self.error
        return self._at(self.told["arrays"][name])

    def trace(self) -> tuple[dict[str, Any], dict[str, tuple[str, Tensor]]]:
        """Header, and type and numbers of each array."""
        told = self.told["trace"]
        return told["header"], {name: (one["type"], self._at(one)) for name, one in told["arrays"].items()}

    def _at(self, place: dict[str, Any]) -> Tensor:
        start, shape = place["at"], place["shape"]
        return torch.from_numpy(self.numbers[start : start + int(np.prod(shape))].reshape(shape))


@dataclass(frozen=True)
class Told:
    """What the page's model read and ran."""

    config: dict[str, Any]
    texts: list[dict[str, Any]]
    runs: list[Ran]


def in_page(node: str, folder: Path, asked: Sequence[Asked]) -> list[Told]:
    """All of it in one run of Node."""
    cases = []
    for i, one in enumerate(asked):
        (folder / f"{i}.bin").write_bytes(one.packed)
        cases.append({"model": str(folder / f"{i}.bin"), "texts": list(one.texts), "runs": list(one.runs)})
    told = told_by(node, SCRIPT, folder, cases, "told.bin")
    numbers = np.fromfile(folder / "told.bin")
    return [Told(one["config"], one["texts"], [Ran(run, numbers) for run in one["runs"]]) for one in told]


def assert_near(page: Tensor, package: Tensor, what: str, within: float = FLOAT32) -> None:
    """The same to `within`, or where the largest is above 1, to that share of it; -inf at the same places."""
    assert page.shape == package.shape, what
    hidden = package.isneginf()
    assert torch.equal(page.isneginf(), hidden), what
    page, package = (x.double().masked_fill(hidden, 0.0) for x in (page, package))
    difference = float((page - package).abs().max() / package.abs().max().clamp(min=1.0))
    assert difference <= within, f"{what}: {difference}"
