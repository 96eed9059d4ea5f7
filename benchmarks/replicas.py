"""Two replicas behind nginx, and one is killed: python -m benchmarks.replicas, into benchmarks/replicas.md.

People open Explore through nginx, type a text that nobody else types, and choose a head and a word. Then one replica is
killed. Its people's pages connect anew, as a browser does, and everybody goes on: another choice, another text. It is
counted who lost something that the address holds, and which errors came. Then a few browsers do the same, with files
that they take and bring (`in_browsers.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from websockets.exceptions import ConnectionClosed

from attnviz.models.names import FIRST
from attnviz.ui.serving.start import raise_open_files
from benchmarks.balanced import COOKIE, NAMES, Balanced, balanced
from benchmarks.in_browsers import in_browsers
from benchmarks.sessions import Person, Plan, Seen, connected, texts_of
from tests.serving.client import PATIENCE

RESULTS = Path(__file__).parent / "replicas.md"
AGAIN = (0.5, 2.0)  # seconds until a browser tries again to connect
AT_ONCE = 4  # who open the page, or type, at the same time
LONGEST = 600.0  # seconds that anybody waits for the page
CHOSEN = ("layer", "head", "query")


class Visitor(Person):
    """A person behind nginx, whose browser keeps its cookie and connects anew."""

    def __init__(self, both: Balanced, replica: str, plan: Plan, i: int) -> None:
        self.both, self.replica = both, replica
        self.waited = 0.0  # seconds from the loss of the connection until all is there again
        self.lost: list[str] = []
        super().__init__(_NONE, plan, plan.model, Random(i), Seen())

    async def connect(self) -> None:
        """A WebSocket through nginx, with the cookie that it gives."""
        self.replica = await asyncio.to_thread(self.both.visited, self.replica)
        self.socket = await connected(self.both.url, {"Cookie": f"{COOKIE}={self.replica}"})

    async def go_on(self, text: str) -> None:
        """Type a text, and choose heads and words of it."""
        await self.type(text)
        for _ in range(3):
            await self.choose()

    async def lose(self) -> None:
        """Wait until the connection is lost, and connect anew; what is not as it was before, is noted."""
        before = self.params, self.header["rows"], self.state
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self.socket.recv()
        except ConnectionClosed:
            start = time.perf_counter()
        await asyncio.sleep(self.random.uniform(*AGAIN))
        await self.connect()
        self.trace = b""
        await self.ask()  # an open page asks with all its widgets: the address is run, and then that
        end = start + LONGEST
        for _ in range(2):
            while True:  # a few pages run at a time: the others wait
                try:
                    await self.wait()
                except TimeoutError:
                    if time.perf_counter() > end:
                        raise
                else:
                    break
        self.read()
        self.waited = time.perf_counter() - start
        chosen = {name: before[2][name] for name in CHOSEN}
        after = self.params, self.header["rows"], {name: self.state[name] for name in CHOSEN}
        for was, now in zip((before[0], before[1], chosen), after, strict=True):
            if was != now:
                self.lost.append(f"{was} became {now}")


_NONE: Any = None  # no socket yet


@dataclass
class Outcome:
    """What came of it."""

    people: dict[str, int] = field(default_factory=dict)  # at each replica, before
    after: dict[str, int] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def lived(both: Balanced, sessions: int) -> Outcome:
    """All of them, and one replica that dies."""
    plan = Plan(FIRST.name, sessions, 0, every_choice=True)
    texts, few, found = texts_of(plan.model), asyncio.Semaphore(AT_ONCE), Outcome()
    people = [Visitor(both, "", plan, i) for i in range(sessions)]

    async def begin(person: Visitor) -> None:
        async with few:
            await person.connect()
            await person.open(time.perf_counter())
            await person.go_on(next(texts))

    async def further(person: Visitor) -> None:
        async with few:
            await person.go_on(next(texts))

    await asyncio.gather(*map(begin, people))
    found.people = {name: sum(person.replica == name for person in people) for name in NAMES}
    dies = NAMES[0]
    losing = [asyncio.create_task(person.lose()) for person in people if person.replica == dies]
    both.kill(dies)
    await asyncio.gather(*losing)
    found.after = {name: sum(person.replica == name for person in people) for name in NAMES}
    await asyncio.gather(*map(further, people))
    await asyncio.gather(*(person.socket.close() for person in people))
    found.waited = [person.waited for person in people if person.waited]
    found.lost = [lost for person in people for lost in person.lost]
    found.errors = [error for person in people for error in person.seen.errors]
    return found


_HEAD = """\
Written by `python -m benchmarks.replicas`, with [deploy/nginx.conf](../deploy/nginx.conf) as it stands, but for the
ports. Each person opens Explore, types a text that nobody else types and chooses heads and words, each of which the
server hears; then the first replica is killed (SIGKILL), and its people's pages connect anew {first:g} to {last:g} s
later. Then everybody types and chooses again. nginx, both replicas and all people share the {cores} cores of this
machine (load before: {load:.1f})."""


def written(found: Outcome, browsers: Sequence[str], load: float) -> str:
    """The file."""
    p50, p95 = statistics.median(found.waited), statistics.quantiles(found.waited, n=20)[-1]
    total = sum(found.people.values())
    lines = [
        f"| people on the page, at each replica | {', '.join(str(found.people[name]) for name in NAMES)} |",
        f"| after the first was killed | {', '.join(str(found.after[name]) for name in NAMES)} |",
        f"| from the loss of the connection to the whole page: p50, p95, longest | {p50:.1f} s, {p95:.1f} s, "
        f"{max(found.waited):.1f} s |",
        f"| people who lost text, head or word, of {len(found.waited)} | {len(found.lost)} |",
        f"| errors, of {total} people | {len(found.errors)} |",
    ]
    return "\n".join(
        [
            "# Two replicas behind nginx, one is killed",
            "",
            _HEAD.format(first=AGAIN[0], last=AGAIN[1], cores=os.cpu_count(), load=load),
            "",
            "| | |",
            "|---|---|",
            *lines,
            "",
            "In Chromium, with browsers at both replicas:",
            "",
            *(f"- {line}" for line in browsers),
            "",
            f"Python {platform.python_version()}, {platform.system()}, CPU only.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=300)
    asked = parser.parse_args()
    raise_open_files()
    load = os.getloadavg()[0]
    with balanced() as both:
        found = asyncio.run(lived(both, asked.sessions))
    for problem in [*found.lost, *found.errors][:20]:
        print(problem[:400])
    with balanced() as both:
        browsers = in_browsers(both)
    RESULTS.write_text(written(found, browsers, load), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
