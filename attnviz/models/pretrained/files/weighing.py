"""How large a model is, told before it is built or fetched; and how large one may be here.

A configuration is a few lines of text, and may ask for any number of layers of any width. What it asks for is built
on torch's meta device, where a tensor has a shape and takes no memory, and counted there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from attnviz.models.errors import ModelError

VARIABLE = "ATTNVIZ_LARGEST"  # in the environment: how many megabytes a model may take, in float32
_SHARE = 0.75  # of this computer's memory, where nothing is said
_UNKNOWN = 16_000_000_000  # bytes of memory, where the system does not tell
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container
_WIDTH = 4  # bytes of a number in float32
_PARTS = 100_000  # tensors: more than any model has
# A file may hold less than its configuration asks for: an encoder without its decoder, a network without its head.
_TIMES, _MORE = 4, (1_000_000, 1_000)
_FACTORIES = {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn}


@dataclass(frozen=True)
class Amount:
    """How much a model is, or a file of weights holds."""

    numbers: int
    parts: int  # tensors

    def exceeds(self, most: Amount) -> bool:
        """Whether there is more of either."""
        return self.numbers > most.numbers or self.parts > most.parts


class _EnoughError(Exception):
    """More was made than was to be counted."""


class _Counting(TorchFunctionMode):
    """Counts the numbers of the tensors that this thread makes, until there are too many."""

    def __init__(self, most: Amount) -> None:
        super().__init__()
        self.numbers, self.parts, self.most = 0, 0, most

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if func in _FACTORIES and isinstance(made, Tensor):
            self.numbers += made.numel()
            self.parts += 1
            if Amount(self.numbers, self.parts).exceeds(self.most):
                raise _EnoughError
        return made


def amount(make: Callable[[], nn.Module], most: Amount) -> Amount:
    """How much a model is that `make` makes; weights that are tied count once. Where it is more than twice as much as
    `most`, it is not built to its end, and what was counted until then is given.

    >>> amount(lambda: nn.Linear(30_000, 20_000), Amount(10**9, 10))
    Amount(numbers=600020000, parts=2)
    """
    counting = _Counting(Amount(2 * most.numbers, 2 * most.parts))
    try:
        with torch.device("meta"), counting:
            model = make()
    except _EnoughError:
        return Amount(counting.numbers, counting.parts)
    held = [*model.parameters(), *model.buffers()]
    return Amount(sum(x.numel() for x in held), len(held))


def check_amount(name: str, make: Callable[[], nn.Module], held: Amount | None = None) -> None:
    """Raise `ModelError` for a model that is larger than one may be here, or far more than what its file holds.

    Args:
        make: builds it; called on the meta device. Where it fails, nothing is said: so will loading.
        held: what its weights' file holds; None where it was not fetched yet.
    """
    most = Amount(largest() // _WIDTH, _PARTS)
    fits = most if held is None else Amount(_TIMES * held.numbers + _MORE[0], _TIMES * held.parts + _MORE[1])
    try:
        asked = amount(make, Amount(min(most.numbers, fits.numbers), min(most.parts, fits.parts)))
    except Exception:  # a configuration may say anything, and each of the library's classes raises what it likes
        return
    if held is not None and asked.exceeds(fits):
        raise ModelError(
            f"The model {name} cannot be shown: its config.json asks for at least {asked.numbers:,} numbers in "
            f"{asked.parts:,} parts, and its weights hold {held.numbers:,} in {held.parts:,}. One of them is another "
            "model's: fetch both again."
        )
    if asked.parts > most.parts:
        raise ModelError(f"The model {name} cannot be shown: its config.json asks for more layers than any model has.")
    if asked.numbers > most.numbers:
        raise ModelError(
            f"The model {name} cannot be shown: its numbers take {_said(_WIDTH * asked.numbers)} or more in "
            f"float32, and {_allowed()}"
        )


def check_fetched(name: str, sizes: list[int | None]) -> None:
    """Raise `ModelError` for files (bytes each; None: it is not told) that are more than may be fetched."""
    if None in sizes:
        raise ModelError(f"The model {name} is not fetched: the hub does not tell how large its files are.")
    if (size := sum(filter(None, sizes))) > largest():
        raise ModelError(f"The model {name} is not fetched: its files take {_said(size)}, and {_allowed()}")


def largest() -> int:
    """Bytes that a model may take: as the environment says, else three quarters of this computer's memory."""
    with suppress(ValueError):
        return int(float(os.environ.get(VARIABLE, "")) * 1e6)
    return int(_SHARE * memory())


def memory() -> int:
    """Bytes of memory that this computer has, or the container around this process."""
    found = []
    with suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for limit in _LIMITS:
        with suppress(OSError, ValueError):  # "max": none
            found.append(int(Path(limit).read_text(encoding="ascii")))
    return min((size for size in found if size > 0), default=_UNKNOWN)


def _said(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.2g} MB"


def _allowed() -> str:
    return (
        f"here a model may take {_said(largest())}. Choose a smaller one; who starts attnviz can allow more: "
        f"{VARIABLE}, in megabytes."
    )
