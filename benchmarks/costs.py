"""How the time of attention grows with the text: python -m benchmarks.costs, into benchmarks/costs.md.

The measurement of the page's card “What it costs”, several times, each in a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from attnviz.analysis.costs import (
    D_HEAD,
    DILATED,
    LENGTHS,
    PATTERNS,
    REPEATS,
    WINDOW,
    Measured,
    count,
    fitted_exponent,
    kind_of,
    measure,
)
from attnviz.attention import attend

RESULTS = Path(__file__).parent / "costs.md"
TIMES = 7
KINDS = tuple(kind_of(pattern) for pattern in PATTERNS)
MUST = {"full": (1.8, 2.2), "window": (0.0, 1.2), "dilated": (0.0, 1.2)}  # fitted exponents: from, to

Measurement = tuple[Measured, ...]  # the last of each length and kind


def measurement(_: int = 0) -> Measurement:
    """Measure everything once, as the card does."""
    return tuple({(one.tokens, one.kind): one for one in measure()}.values())


def exponent(measured: Measurement, kind: str) -> float:
    """With which power of n the time of that kind grew."""
    points = [one for one in measured if one.kind == kind]
    return fitted_exponent([one.tokens for one in points], [one.seconds for one in points])


def exponent_row(kind: str, measurements: Sequence[Measurement]) -> str:
    """What the exponent must be and what it was in each measurement.

    >>> slow = tuple(Measured(None, n, 1, 1e-9 * n**2, 4) for n in (256, 512))
    >>> exponent_row("full", [slow, slow])
    '| full | 1.8 to 2.2 | 2.00 | 2.00 to 2.00 | yes |'
    """
    low, high = MUST[kind]
    found = [exponent(one, kind) for one in measurements]
    must = f"{low} to {high}" if low else f"≤ {high}"
    holds = all(low <= one <= high for one in found)
    median, spread = statistics.median(found), f"{min(found):.2f} to {max(found):.2f}"
    return f"| {kind} | {must} | {median:.2f} | {spread} | {'yes' if holds else 'NO'} |"


def exponent_at_once(_: int = 0) -> float:
    """That of full attention with one matrix of all weights, as `attend` makes it of a whole text."""
    torch.set_num_threads(1)
    seconds = []
    for n in LENGTHS:
        q, k, v = torch.randn(3, 1, n, D_HEAD, generator=torch.Generator().manual_seed(0))
        attend(q, k, v)
        calls = []
        for _ in range(REPEATS):
            start = time.thread_time()
            attend(q, k, v)
            calls.append(time.thread_time() - start)
        seconds.append(statistics.median(calls))
    return fitted_exponent(LENGTHS, seconds)


def length_row(n: int, measurements: Sequence[Measurement]) -> str:
    """Times of a length (medians over the measurements), multiplications and memory, for each kind."""
    of_length = [one for measured in measurements for one in measured if one.tokens == n]
    times = [statistics.median(one.seconds for one in of_length if one.kind == kind) for kind in KINDS]
    cells = [f"{n:,}", *(f"{1000 * seconds:.2f} ms" for seconds in times)]
    cells += [f"{count(n, pattern).multiplications / 1e6:,.0f}" for pattern in PATTERNS]
    cells += [f"{next(one for one in of_length if one.kind == kind).bytes / 1e6:,.2f}" for kind in KINDS]
    return f"| {' | '.join(cells)} |"


_HEAD = f"""# What attention costs, measured

Written by `python -m benchmarks.costs`. The measurement of the page's card “What it costs”, {{times}} times, each in a
process of its own: one head of {D_HEAD} dimensions, float32, one torch thread, processor time of the thread that
computes. Window: up to {WINDOW.width} tokens to each side; dilated: every {DILATED.step}th, up to {DILATED.width}.
Each time is the median of {REPEATS} rounds, in which all lengths and kinds come after one another, so that what else
the machine does meets all of them alike.

What is measured is scores, softmax and weights · values; for window and dilated also laying out the blocks. Full
attention takes 256 queries at a time, so that it is arithmetic that is measured: a matrix of all weights of 4,096
tokens (67 MB) would be fetched from the operating system anew in each call, and its pages cleared. The last row has
that, beside the must. The exponent is that of a least-squares line through the logarithms, over {LENGTHS[0]} to
{LENGTHS[-1]:,} tokens. The calls themselves take some time, which short texts feel most, a window in its many small
steps more than full attention: so its exponent is a little below 1.

| kind | exponent must be | median | of {{times}} measurements | holds |
|---|---|---|---|---|
"""


def written(measurements: Sequence[Measurement], at_once: Sequence[float], load: str) -> str:
    """The file. `at_once`: exponents of full attention with one matrix of all weights."""
    spread = f"{statistics.median(at_once):.2f} | {min(at_once):.2f} to {max(at_once):.2f}"
    last = f"| full, all weights in one matrix | – | {spread} | – |"
    exponents = "\n".join([*(exponent_row(kind, measurements) for kind in KINDS), last])
    groups = ("time", "million multiplications", "MB of weights")
    titles = ["tokens", *(f"{kind}: {group}" if kind == KINDS[0] else kind for group in groups for kind in KINDS)]
    rows = "\n".join(length_row(n, measurements) for n in LENGTHS)
    return (
        _HEAD.format(times=len(measurements))
        + f"{exponents}\n\n| {' | '.join(titles)} |\n{'|---' * len(titles)}|\n{rows}\n\n"
        + f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores, load {load}.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=TIMES, help="how many measurements")
    asked = parser.parse_args()
    before = os.getloadavg()[0]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        times = range(max(asked.times, 1))
        measurements = pool.map(measurement, times, chunksize=1)
        at_once = pool.map(exponent_at_once, times, chunksize=1)
    load = f"{before:.1f} before and {os.getloadavg()[0]:.1f} after"
    RESULTS.write_text(written(measurements, at_once, load), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
