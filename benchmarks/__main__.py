"""Measure all and write `benchmarks/results.md`: python -m benchmarks; one part: python -m benchmarks explorer."""

from __future__ import annotations

import os
import platform
import re
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from attnviz.models.names import MINILM, Packaged
from benchmarks.capture import capture_overhead
from benchmarks.explorer import explorer_rows
from benchmarks.flowers import flower_rows
from benchmarks.learn import learn_rows
from benchmarks.long import long_rows
from benchmarks.long_page import long_page_rows
from benchmarks.many_heads import many_heads_rows
from benchmarks.onsets import onset_rows
from benchmarks.page import start_time, train_time
from benchmarks.training import seconds_to_the_head, step_ratio
from benchmarks.translating import translating_rows
from benchmarks.writing import writing_rows

RESULTS = Path(__file__).parent / "results.md"
_HEAD = """# Measured

Written by `make bench` (`python -m benchmarks`; `python -m benchmarks explorer` measures that part alone). The machine
is shared and has 2 cores, on which server and browser work side by side: medians count, single times do not.

"On the screen" and "drawn": the task after the frame in which it was painted. A redraw's own time is JavaScript's, from
the choice to the last canvas and text changed. The server's own time is that of Streamlit's run of the script, with
callbacks and collecting garbage, less the time in which its thread had no core, since the browser had them (Linux tells
it in /proc/thread-self/schedstat); the time with it stands beside it. What is sent is what comes over the websocket.
Memory is counted after collecting garbage, as DevTools' `Runtime.getHeapUsage` tells it: the objects on JavaScript's
heap (used), and the buffers of its typed arrays; pixels of canvases are no part of either.

"""


def capture() -> list[str]:
    """What recording costs."""
    rows = []
    for weights, pairs in ((MINILM, 60), (Packaged("smollm2"), 20)):
        for tokens in (128, 512):
            r = capture_overhead(weights, tokens, pairs)
            figures = f"{r['ratio']:.3f} ({r['ours']:.1f} ms ÷ {r['eager']:.1f} ms)"
            what = f"{weights.name}: forward with recording ÷ eager with attentions, {tokens} tokens"
            rows.append(f"| {what} | ≤ 1.05 | {figures} | |")
    return rows


def training() -> list[str]:
    """What training costs."""
    r = step_ratio()
    figures = f"{r['ratio']:.2f} ({r['ours']:.1f} ms ÷ {r['torch']:.1f} ms)"
    heads = seconds_to_the_head()
    found = f"{statistics.median(heads):.1f} s (seeds 0 to 4: {', '.join(f'{s:.1f}' for s in heads)})"
    return [
        f"| training step ÷ the same model with torch's nn.MultiheadAttention | ≤ 1.25 | {figures} | |",
        f"| training started to the subject found (top key ≥ 0.9), one core | ≤ 30 s | {found} | |",
    ]


def page() -> list[str]:
    """What a person waits for beside the explorer."""
    pressed = "Train pressed to top key ≥ 0.9 on the page, all on the same cores"
    return [
        f"| {pressed} | ≤ 30 s | {train_time():.1f} s | |",
        f"| from starting the server to the first sentence's heads drawn | | {start_time():.1f} s | |",
    ]


PARTS: Mapping[str, Callable[[], list[str]]] = {
    "explorer": explorer_rows,
    "learn": learn_rows,
    "many heads": many_heads_rows,
    "writing": writing_rows,
    "translating": translating_rows,
    "long": long_rows,
    "long page": long_page_rows,
    "page": page,
    "capture": capture,
    "training": training,
    "flowers": flower_rows,
    "onsets": onset_rows,
}


def written(parts: Mapping[str, str]) -> str:
    """The file: a table a part."""
    return _HEAD + "\n\n".join(f"## {name}\n\n{parts[name]}" for name in PARTS if name in parts) + "\n"


def read(text: str) -> dict[str, str]:
    """The parts that `written` wrote.

    >>> read(written({"page": "| a table |", "capture": "| another |"}))
    {'page': '| a table |', 'capture': '| another |'}
    """
    found = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return {name: table.strip() for name, table in zip(found[::2], found[1::2], strict=True)}


def main(asked: list[str]) -> None:
    if unknown := set(asked) - set(PARTS):
        raise SystemExit(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    for name in asked or PARTS:
        load = os.getloadavg()[0]
        table = ["| what | must | median | p95 |", "|---|---|---|---|", *PARTS[name]()]
        where = f"Python {platform.python_version()}, {platform.system()}, CPU only; load before: {load:.1f}."
        parts = read(RESULTS.read_text(encoding="utf-8")) | {name: "\n".join([*table, "", where])}
        RESULTS.write_text(written(parts), encoding="utf-8")
        print(parts[name])


if __name__ == "__main__":
    main(sys.argv[1:])
