"""Turns of work that several threads do a little at a time: whoever waits longest is next.

Where few work, half of the cores are left to the pages. Where more wait than that, all cores work: a class then waits
half as long, and pages answer a little later.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

_FEW = 3  # so many may wait before all cores work


class Turns:
    """At most so many at a time. A turn that ends is handed to the one who waits longest: nobody overtakes."""

    def __init__(self, cores: int | None = None) -> None:
        self.cores = cores or os.cpu_count() or 1
        self._taken = 0
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    @property
    def places(self) -> int:
        """How many work at once, now."""
        return self.cores if len(self._waiting) >= _FEW else max(1, self.cores // 2)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it until the end of the block."""
        mine = Event()
        with self._lock:
            self._waiting.append(mine)
            self._hand_on()
        mine.wait()
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
                self._hand_on()

    def _hand_on(self) -> None:
        """To those who wait, as far as there is place. Under the lock."""
        while self._waiting and self._taken < self.places:
            self._taken += 1
            self._waiting.popleft().set()
