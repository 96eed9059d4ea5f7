"""A measurement of what attention costs that waits until a test lets it go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from attnviz.analysis.costs import Measured
from attnviz.service import costs


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def gated(
    monkeypatch: pytest.MonkeyPatch, measured: Callable[[], Iterable[Measured]], waits: Callable[[int, Measured], bool]
) -> Iterator[threading.Event]:
    """Measurements of these steps wait before some of them until the event is set."""
    opened = threading.Event()

    def steps() -> Iterator[Measured]:
        for i, one in enumerate(measured()):
            if waits(i, one):
                assert opened.wait(30)
            yield one

    monkeypatch.setattr(costs, "measure", steps)
    yield opened
    opened.set()
