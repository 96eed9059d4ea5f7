"""Places for pages that are made anew: of a whole class that comes back at once, a few run at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """At most so many are taken at a time; whoever waits longest is next. Nobody keeps others waiting for longer than
    so many seconds: what takes a place may go on without it."""

    def __init__(self, number: int, seconds: float) -> None:
        self._free, self._seconds = asyncio.Semaphore(number), seconds

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Around what takes one."""
        await self._free.acquire()
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if not given_back:
                given_back = True
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._seconds, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()
