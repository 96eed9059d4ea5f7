"""What attention costs against the length of a text: counted, and measured on this machine.

Counted are the multiplications of Q·Kᵀ and of weights·V and the weights that come of them; measured is the time of
both with the softmax between them. Full attention is set beside a window and a dilated window, which see as many keys
as each other, computed by blocks (`attnviz.sparse`).
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz.attention import attend
from attnviz.errors import AttnvizError
from attnviz.request import Masked
from attnviz.sparse import block_shape, dilated_attention, windowed_attention

Pattern = Masked | None  # which keys a query meets; None: all of them, full attention
WINDOW = Masked("window", width=64)
DILATED = Masked("dilated", width=256, step=4)  # as many keys as the window, four times as far
PATTERNS: tuple[Pattern, ...] = (None, WINDOW, DILATED)
LENGTHS = (256, 512, 1024, 2048, 4096)  # tokens
D_HEAD = 64  # as in BERT, GPT-2 and most models since
REPEATS = 15
_ROWS = 256  # queries that full attention takes at a time
_LEAST = 0.01  # seconds that each length is computed for, again and again, before the next
# The time in which this thread computes, without that in which others have its core. Windows tells it too coarsely.
_clock = time.perf_counter if sys.platform == "win32" else time.thread_time


@dataclass(frozen=True)
class Counted:
    """What one call of attention takes, counted from its shapes."""

    multiplications: int  # of Q·Kᵀ and of weights·V
    weights: int  # numbers that come of the softmax


@dataclass(frozen=True)
class Measured:
    """What attention of one kind took on a text of one length, so far."""

    pattern: Pattern
    tokens: int
    repeats: int  # rounds so far, each the median of several calls where they are short
    seconds: float  # of one call; the median of the rounds
    bytes: int  # of all weights that the call made

    @property
    def kind(self) -> str:
        """full, window or dilated."""
        return kind_of(self.pattern)


def kind_of(pattern: Pattern) -> str:
    """What a pattern is called.

    >>> [kind_of(pattern) for pattern in PATTERNS]
    ['full', 'window', 'dilated']
    """
    return "full" if pattern is None else pattern.kind


def count(tokens: int, pattern: Pattern, *, heads: int = 1, d_head: int = D_HEAD) -> Counted:
    """What attention of that pattern computes on so many tokens.

    Each score is `d_head` multiplications, and each weight `d_head` more with its value (Vaswani et al. 2017, table 1:
    n² · d). By blocks, each query meets three blocks of keys, and the last block is filled up: 3 · n · width at least.

    Raises:
        AttnvizError: a pattern that is computed by no blocks.

    >>> count(1000, None), count(2000, None).weights
    (Counted(multiplications=128000000, weights=1000000), 4000000)
    >>> count(1000, Masked("window", width=50)), count(2000, Masked("window", width=50)).weights
    (Counted(multiplications=19200000, weights=150000), 300000)
    """
    check(pattern)
    if pattern is None:
        weights = heads * tokens**2
    else:
        step = pattern.step if pattern.kind == "dilated" else 1
        classes, blocks, size = block_shape(tokens, width=pattern.width, step=step)
        weights = heads * classes * blocks * size * 3 * size
    return Counted(2 * weights * d_head, weights)


def measure(
    lengths: Sequence[int] = LENGTHS,
    patterns: Sequence[Pattern] = PATTERNS,
    *,
    heads: int = 1,
    d_head: int = D_HEAD,
    repeats: int = REPEATS,
    seed: int = 0,
) -> Iterator[Measured]:
    """Time scores, softmax and weights·V of random queries, keys and values, one step at a time.

    After each step comes what is known of that length and pattern so far, so that who asks can show it and stop. All
    lengths and patterns come once in each round: what else the machine does meanwhile meets all of them alike. The
    last that comes of a length and pattern is the median of all rounds. What is measured is the time of the thread
    that computes, with one torch thread.

    What one ought to know of these numbers:

    - Full attention takes 256 queries at a time, with all keys, and lets their weights go before the next: a matrix of
      all n² weights would have its memory fetched from the operating system in each call, which at 4,096 tokens takes
      as long as the arithmetic. `bytes` is the sum over all of them: what keeping the weights takes.
    - A window's time includes laying its tokens out in blocks.
    - The calls themselves take some microseconds, which short texts feel: with one head and 256 tokens, about a tenth.

    Raises:
        AttnvizError: no lengths, a length, head, dimension or repeat below 1, or a pattern computed by no blocks.
    """
    for pattern in patterns:
        check(pattern)
    if min([*lengths, heads, d_head, repeats], default=0) < 1 or not lengths:
        raise AttnvizError("There is something to measure from 1 token, head, dimension and repeat on.")
    return _measured(lengths, patterns, heads, d_head, repeats, seed)


def check(pattern: Pattern) -> None:
    """Raise `AttnvizError` for a mask that saves nothing."""
    if pattern is not None and pattern.kind not in ("window", "dilated"):
        raise AttnvizError(f"A {pattern.kind} mask is computed in full: count and measure None, full attention.")


def fitted_exponent(lengths: Sequence[float], seconds: Sequence[float]) -> float:
    """The p with which seconds ≈ c · lengths^p, by least squares over the logarithms of both.

    Raises:
        AttnvizError: fewer than two different lengths, or a number that is not above 0.

    Twice as long, four times the time:

    >>> round(fitted_exponent([1, 2, 4], [3.0, 12.0, 48.0]), 6)
    2.0
    """
    if len(set(lengths)) < 2 or len(lengths) != len(seconds):
        raise AttnvizError("An exponent is fitted to two different lengths or more, each with its time.")
    if not all(0 < number < math.inf for number in (*lengths, *seconds)):
        raise AttnvizError("An exponent is fitted to lengths and times above 0.")
    return statistics.linear_regression([math.log(n) for n in lengths], [math.log(s) for s in seconds]).slope


def _measured(
    lengths: Sequence[int], patterns: Sequence[Pattern], heads: int, d_head: int, repeats: int, seed: int
) -> Iterator[Measured]:
    _keep_memory()
    generator = torch.Generator().manual_seed(seed)
    inputs = {n: torch.randn(3, heads, n, d_head, generator=generator) for n in lengths}  # q, k, v: [head, token, d]
    rounds: dict[tuple[int, Pattern], list[float]] = {(n, pattern): [] for n in lengths for pattern in patterns}
    for done in range(1, repeats + 1):
        for (n, pattern), seconds in rounds.items():
            took, kept = _timed(inputs[n], pattern)
            seconds.append(took)
            yield Measured(pattern, n, done, statistics.median(seconds), kept)


def _keep_memory() -> None:
    """Let the C library keep memory that is let go, instead of giving it back and fetching it again in each call.

    glibc does so from the largest block on that was ever let go, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD). Without,
    a window over 4,096 tokens took 16 ms instead of 8, half of it in the kernel, and the fitted exponent was that of
    page faults. Nothing is written into the block, so it costs nothing; elsewhere it changes nothing.
    """
    torch.empty(32 * 2**20 - 2**16, dtype=torch.uint8)


def _timed(qkv: Tensor, pattern: Pattern) -> tuple[float, int]:
    """Seconds of one call, the median of as many as fill a moment; and the bytes of its weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # in the thread that computes: one set in another does not reach all of it
    try:
        calls: list[float] = []
        while sum(calls) < _LEAST:
            start = _clock()
            kept = _computed(qkv[0], qkv[1], qkv[2], pattern)
            calls.append(_clock() - start)
    finally:
        torch.set_num_threads(threads)
    return statistics.median(calls), kept


def _computed(q: Tensor, k: Tensor, v: Tensor, pattern: Pattern) -> int:
    """Attention once, and the bytes of the weights that it made."""
    if pattern is None:
        return sum(attend(rows, k, v)[0].nbytes for rows in torch.split(q, _ROWS, dim=-2))
    if pattern.kind == "window":
        return windowed_attention(q, k, v, width=pattern.width).weights.nbytes
    return dilated_attention(q, k, v, width=pattern.width, step=pattern.step).weights.nbytes
