"""What a server keeps of people who came and went: python -m benchmarks.staying, into benchmarks/staying.md.

Without a browser, by the page's own protocol: 300 people open Explore and leave; ten go on for 1,000 runs of the page,
each with a text of its own; then 200 texts of 512 tokens are read by MiniLM, one after another. After each the server's
memory is looked at, once it rests.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from itertools import islice
from pathlib import Path
from random import Random

from streamlit.proto.WidgetStates_pb2 import WidgetState

from attnviz.models.names import MINILM
from attnviz.service.memory import HELD
from attnviz.ui.serving.start import raise_open_files
from benchmarks.sessions import Person, Plan, Seen, child, connected, texts_of
from benchmarks.texts import text_of
from tests.browser.serving import served_app

RESULTS = Path(__file__).parent / "staying.md"
PEOPLE, RERUNS, LONG = 300, 1_000, 200
STAYING = 10  # who do the reruns
AT_ONCE = 4
REST = 15.0  # seconds until memory is looked at
MORE = 0.2  # that it may be above the bound


async def live(url: str, server: int) -> list[tuple[str, float]]:
    """Megabytes after each part."""
    seen = Seen()

    async def come() -> Person:
        socket = await connected(url)
        person = Person(socket, Plan(MINILM.name, 1, 0, False), MINILM.name, Random(0), seen)
        await person.open(time.perf_counter())
        return person

    async def type_(person: Person, text: str) -> None:
        name, _ = person.widgets["text"]
        await person.ask(WidgetState(id=name, string_value=text))
        await person.wait()

    async def megabytes() -> float:
        await asyncio.sleep(REST)
        return resident(server)

    first = await come()
    await type_(first, text_of(512, 10_000))
    found = [("the model is loaded and has read one long text", await megabytes())]
    gate = asyncio.Semaphore(AT_ONCE)

    async def visit() -> None:
        async with gate:
            await (await come()).socket.close()

    await asyncio.gather(*(visit() for _ in range(PEOPLE)))
    found.append((f"{PEOPLE} people came and went", await megabytes()))
    people = [await come() for _ in range(STAYING)]
    texts = texts_of(MINILM.name)

    async def type_on(person: Person) -> None:
        for text in islice(texts, RERUNS // STAYING):
            await type_(person, text)

    await asyncio.gather(*map(type_on, people))
    found.append((f"{RERUNS:,} runs of the page, each with another text", await megabytes()))
    for i in range(LONG):
        await type_(people[i % STAYING], text_of(512, i))
    found.append((f"{LONG} texts of 512 tokens", await megabytes()))
    for person in people:
        await person.socket.close()
    found.append(("all have left", await megabytes()))
    if seen.errors:
        raise RuntimeError(f"{len(seen.errors)} errors, first {seen.errors[0][:300]}")
    return found


def resident(process: int) -> float:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    raise_open_files()
    with served_app(OMP_NUM_THREADS="1") as url:
        found = asyncio.run(live(url, child()))
    bound = found[0][1] + HELD
    rows = [f"| {what} | {megabytes:.0f} MB | {megabytes / bound:.0%} |" for what, megabytes in found]
    written = f"""# What stays of people who came and went

Written by `python -m benchmarks.staying`. The bound: what the server has with a model that has read one long text
({found[0][1]:.0f} MB), and the {HELD} MB in which it remembers what was read: {bound:.0f} MB. Must: at most
{1 + MORE:.0%} of it.

| after | the server’s memory | of the bound |
|---|---|---|
{chr(10).join(rows)}

Python {platform.python_version()}, {platform.system()}, CPU only.
"""
    RESULTS.write_text(written, encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()
