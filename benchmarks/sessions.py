"""How many people one core can serve, without a browser: python -m benchmarks.sessions, into benchmarks/sessions.md.

The server has one core, all people together another. Five people a second open Explore, and then each does something
every 2 to 5 seconds: nine times a choice (another head, another word), the tenth time a new text, which nobody else
types. On these texts a choice stays in the browser; the last one is sent with the next text. `--every-choice` sends
each at once, as it is with texts of more than 64 tokens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from attnviz.models.names import FIRST, MINILM
from attnviz.training.registry import TASKS
from attnviz.ui.serving.start import raise_open_files
from benchmarks.texts import text_of
from tests.browser.serving import served_app
from tests.serving.client import PATIENCE, rerun

RESULTS = Path(__file__).parent / "sessions.md"
PAUSE = (2.0, 5.0)  # seconds from one thing that a person does to the next
CHOICES = 9  # for each new text
MUST = 1.0  # seconds, p95 of a new text
WARM = 10.0  # seconds that are not counted
COMING = 0.2  # seconds from one person who opens the page to the next
MIXED = "mixed"  # not all by one model, but by these in turn
MIXTURE = (FIRST.name, MINILM.name, "stories", "induction")
FROM_ELSEWHERE = {"X-Forwarded-For": "192.0.2.1"}  # the server does not wait for a browser that shares its cores
_FINISHED, _PART = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


_TICKS = os.sysconf("SC_CLK_TCK")  # of /proc, a second


@dataclass(frozen=True)
class Plan:
    """What all these people do."""

    model: str
    sessions: int
    seconds: float
    every_choice: bool

    @property
    def name(self) -> str:
        """As the table has it."""
        sent = "every choice sent" if self.every_choice else "choices stay in the browser"
        return f"{self.model}, {self.sessions} sessions, {sent}"


@dataclass
class Seen:
    """What they saw, in seconds, while it counted."""

    since: float = float("inf")
    opened: list[float] = field(default_factory=list)  # the page opened to its trace
    answered: list[float] = field(default_factory=list)  # a choice sent to its answer
    drawn: list[float] = field(default_factory=list)  # a text sent to its trace
    finished: list[float] = field(default_factory=list)  # and to the end of the run
    errors: list[str] = field(default_factory=list)


class Person:
    """One person with Explore open."""

    def __init__(self, socket: ClientConnection, plan: Plan, model: str, random: Random, seen: Seen) -> None:
        self.socket, self.plan, self.random, self.seen = socket, plan, random, seen
        self.params = {} if model == FIRST.name else {"model": model}
        self.page_hash = ""
        self.widgets: dict[str, tuple[str, str]] = {}  # name to id, and the id of the part in which it stands
        self.header: dict[str, Any] = {}  # of the trace that is shown
        self.trace = b""
        self.state: dict[str, Any] = {}  # what is chosen
        self.values: dict[str, WidgetState] = {}  # a browser sends all of them, each time
        self.pending = False  # a choice that Python does not know yet
        self.sequence = 0

    async def open(self, since: float) -> None:
        """The page, until everything is there; `since` then it was wanted."""
        await self.ask()
        drawn = await self.wait()
        self.read()
        self.seen.opened.append(drawn - since)

    async def live(self, texts: Iterator[str], until: float) -> None:
        """Choose and type until then."""
        done = self.random.randrange(CHOICES + 1)  # not all type at the same time
        planned = time.perf_counter() + self.random.uniform(0, PAUSE[1])
        try:
            while planned < until:
                await asyncio.sleep(planned - time.perf_counter())
                done += 1
                if done % (CHOICES + 1):
                    await self.choose()
                else:
                    await self.type(next(texts))
                planned = max(planned, time.perf_counter()) + self.random.uniform(*PAUSE)
        except (TimeoutError, ConnectionClosed) as error:
            self.seen.errors.append(repr(error))

    async def choose(self) -> None:
        """Another head, or another word."""
        part = self.header["parts"][0]
        if self.random.random() < 0.5:
            layer = self.random.randrange(len(part["layers"]))
            change = {"layer": layer, "head": self.random.randrange(part["layers"][layer]["heads"])}
        else:
            change = {"query": self.random.randrange(len(self.header["rows"][part["queries"]]["tokens"]))}
        self.state |= change
        self.pending = True
        self.sequence += 1
        if self.plan.every_choice:
            start = time.perf_counter()
            await self.tell()
            await self.wait(part=True)
            if start >= self.seen.since:
                self.seen.answered.append(time.perf_counter() - start)

    async def tell(self) -> None:
        """The last choice, to Python."""
        choice = {"id": self.header["id"], "state": self.state, "asked": {}, "sequence": self.sequence}
        name, part = self.widgets["follower"]
        await self.ask(WidgetState(id=name, json_value=json.dumps({"choice": choice})), part=part)
        self.pending = False

    async def type(self, text: str) -> None:
        """A new text."""
        start = time.perf_counter()
        if self.pending:
            await self.tell()
        name, _ = self.widgets["text"]
        self.trace = b""
        await self.ask(WidgetState(id=name, string_value=text))
        drawn = await self.wait()
        self.read()
        if start >= self.seen.since:
            self.seen.drawn.append(drawn - start)
            self.seen.finished.append(time.perf_counter() - start)

    async def ask(self, *states: WidgetState, part: str = "") -> None:
        """To run the page, or a part of it, with these values and those before."""
        self.values |= {state.id: state for state in states}
        await self.socket.send(rerun(self.values.values(), self.params, self.page_hash, part))

    async def wait(self, *, part: bool = False) -> float:
        """Until the run of the page (or of a part) ends. When its trace came."""
        drawn = 0.0
        async with asyncio.timeout(PATIENCE):
            while True:
                message = ForwardMsg()
                message.ParseFromString(await self.socket.recv(decode=False))
                kind = message.WhichOneof("type")
                if kind == "delta":
                    if self.take(message):
                        drawn = time.perf_counter()
                elif kind == "new_session":
                    self.page_hash = message.new_session.page_script_hash
                elif kind == "page_info_changed":
                    self.params = dict(parse_qsl(message.page_info_changed.query_string, keep_blank_values=True))
                elif kind == "script_finished" and message.script_finished == (_PART if part else _FINISHED):
                    return drawn

    def take(self, message: ForwardMsg) -> bool:
        """What the page shows; whether it is a trace."""
        delta = message.delta
        element = delta.new_element if delta.WhichOneof("type") == "new_element" else delta.add_block
        kind = element.WhichOneof("type") or ""
        content = getattr(element, kind, None)
        name = str(getattr(content, "id", ""))
        if kind == "exception" or (kind == "html" and "notice error" in element.html.body):
            self.seen.errors.append(str(content))
        if name.endswith(("-text", "-follower")):
            self.widgets[name.split("-", 2)[2]] = name, delta.fragment_id
        if not name.endswith("-trace"):
            return False
        self.trace = element.bidi_component.bytes
        return True

    def read(self) -> None:
        """What can be chosen in the trace that came."""
        if not self.trace:
            self.seen.errors.append("no trace came")
            return
        self.header = json.loads(self.trace[4 : 4 + int.from_bytes(self.trace[:4], "little")])
        self.state = dict(self.header["first"])


def texts_of(model: str) -> Iterator[str]:
    """Texts for a model, no two alike."""
    known: set[str] = set()
    task = TASKS.get(model)
    make: Callable[[int], str] = (lambda i: text_of(13, i)) if task is None else (lambda i: task.example(i)[0])
    for i in count(1):
        text = make(i)
        if text not in known:
            known.add(text)
            yield text


@dataclass(frozen=True)
class Worked:
    """Seconds of work, since whenever."""

    clock: float
    server: float  # all its threads
    people: float
    core: float  # on which the server is, whoever works

    @classmethod
    def now(cls, server: int, core: int) -> Worked:
        """Until now."""
        return cls(time.perf_counter(), worked(server), time.process_time(), busy(core))

    def since(self, before: Worked) -> Worked:
        """What was added."""
        return Worked(*(getattr(self, name) - getattr(before, name) for name in vars(self)))


async def connected(url: str, headers: Mapping[str, str] = FROM_ELSEWHERE) -> ClientConnection:
    """A browser's WebSocket, which says that many bytes may come and no pings are wanted."""
    options: dict[str, Any] = {"max_size": None, "open_timeout": PATIENCE, "ping_interval": None}
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    return await connect(address, subprotocols=[Subprotocol("streamlit")], additional_headers=headers, **options)


async def live(url: str, plan: Plan, server: int, core: int) -> tuple[Seen, Worked]:
    """All of them: what they saw, and who worked meanwhile."""
    seen = Seen()
    models = MIXTURE if plan.model == MIXED else (plan.model,)
    texts = {model: texts_of(model) for model in models}

    async def came(i: int, wait: float) -> Person:
        await asyncio.sleep(wait)
        start = time.perf_counter()
        socket = await connected(url)
        person = Person(socket, plan, models[i % len(models)], Random(f"{plan.model} {i}"), seen)
        await person.open(start)
        return person

    for i in range(len(models)):  # each model is loaded once, before the class comes
        await (await came(i, 0)).socket.close()
    seen.opened.clear()
    people = await asyncio.gather(*(came(i, COMING * i) for i in range(plan.sessions)))
    start = time.perf_counter() + WARM
    lives = [
        asyncio.create_task(person.live(texts[models[i % len(models)]], start + plan.seconds))
        for i, person in enumerate(people)
    ]
    await asyncio.sleep(start - time.perf_counter())
    seen.since = start
    before = Worked.now(server, core)
    await asyncio.sleep(start + plan.seconds - time.perf_counter())
    used = Worked.now(server, core).since(before)
    await asyncio.gather(*lives)
    await asyncio.gather(*(person.socket.close() for person in people))
    return seen, used


def worked(process: int) -> float:
    """Seconds that all threads of a process were on a core."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def busy(core: int) -> float:
    """Seconds that a core was at work, for anybody."""
    (line,) = (line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _waiting, *interrupts = map(int, line.split()[1:8])
    return (user + nice + system + sum(interrupts)) / _TICKS


def child() -> int:
    """The process that this one started last."""
    found = [path for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == os.getpid()]
    return max(int(path.parent.name) for path in found)


def _parent(path: Path) -> int:
    try:
        return int(path.read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return 0


def measured(plan: Plan) -> str:
    """The row of a plan: a server of its own on the first core that there is, the people on the others."""
    first, *others = sorted(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    os.sched_setaffinity(0, {first})  # a process that is started has its parent's cores
    with served_app(OMP_NUM_THREADS="1") as url:
        os.sched_setaffinity(0, others or {first})
        try:
            seen, used = asyncio.run(live(url, plan, child(), first))
        finally:
            os.sched_setaffinity(0, {first, *others})
    for error, times in {error: seen.errors.count(error) for error in seen.errors}.items():
        print(f"{times} × {error[:300]}")
    cells = [
        plan.name,
        *_times(seen.opened),
        *_times(seen.answered),
        f"{len(seen.drawn) / plan.seconds:.1f}",
        *_times(seen.drawn),
        *_times(seen.finished),
        f"{1000 * used.server / max(len(seen.drawn), 1):.0f} ms",
        *(f"{share / used.clock:.0%}" for share in (used.server, used.core - used.server, used.people)),
        f"{load:.1f} of {os.cpu_count()}",
        str(len(seen.errors)),
    ]
    return f"| {' | '.join(cells)} |"


def _times(seconds: Sequence[float]) -> list[str]:
    if len(seconds) < 2:
        return ["–", "–"]
    return [f"{statistics.median(seconds):.2f} s", f"{statistics.quantiles(seconds, n=20)[-1]:.2f} s"]


_HEAD = f"""# People at once, measured

Written by `python -m benchmarks.sessions`, which speaks the page's own protocol, without a browser. The server has one
core (OMP_NUM_THREADS=1), all people together the others. Every {COMING:.1f} s one more opens Explore, until all are
there; then each does something every {PAUSE[0]:.0f} to {PAUSE[1]:.0f} seconds: {CHOICES} times a choice, then a new
text that nobody else types (of the model's own task; for MiniLM 13 tokens). A choice on these texts stays in the
browser: the last one is sent just before the next text. In rows with "every choice sent" each goes to the server at
once, as it is with texts of more than 64 tokens. "mixed": {", ".join(MIXTURE)}, in turn.

The first page's time is from connecting to its trace, from which all heads are drawn (must: p95 ≤ 2 s); a choice's from
sending to the end of its answer (must: p95 ≤ 0.1, 0.25 and 1 s of 30, 100 and 300 people); a new text's from sending to
its trace (must: p95 ≤ {MUST:.0f} s), and to the end of the run. The server's work a text is all its work, divided by
the texts: choices are in it. Shares are of one core, in user and system; the machine is shared, and others may have
worked on the server's core. "load" is the machine's before, and its cores.

"""
_COLUMNS = (
    "who and what",
    "first page: p50",
    "p95",
    "a choice: p50",
    "p95",
    "new texts a second",
    "to the trace: p50",
    "p95",
    "to the end: p50",
    "p95",
    "server's work a text",
    "server's core: its own",
    "others on it",
    "people's core",
    "load",
    "errors",
)


def written(rows: Sequence[str], before: str = "") -> str:
    """The file with these rows; of what it was before, the rows of other plans.

    >>> written(["| b | 2 |"], written(["| a | 1 |", "| b | 1 |"])).splitlines()[-4:-2]
    ['| a | 1 |', '| b | 2 |']
    """
    lines = [line for line in before.splitlines() if line.startswith("| ")][1:]
    by_name = {line.split("|")[1]: line for line in [*lines, *rows]}
    head = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    where = f"Python {platform.python_version()}, {platform.system()}, CPU only."
    return _HEAD + "\n".join([*head, *by_name.values(), "", where]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[30, 100, 300])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long is counted")
    parser.add_argument("--models", nargs="+", default=[MIXED])
    parser.add_argument("--every-choice", action="store_true", help="send each choice at once")
    asked = parser.parse_args()
    raise_open_files()
    for model, sessions in product(asked.models, asked.sessions):
        row = measured(Plan(model, sessions, asked.seconds, asked.every_choice))
        before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        RESULTS.write_text(written([row], before), encoding="utf-8")
        print(row, flush=True)


if __name__ == "__main__":
    main()
