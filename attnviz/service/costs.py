"""Measurements of what attention costs: one at a time in this process, in a thread of its own, a step at a time.

A class presses the button at once, and two measurements side by side would measure each other. So who asks while one
goes on gets that one, and who asks just after gets what it found. What was finished last is remembered.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from attnviz.analysis.costs import LENGTHS, PATTERNS, REPEATS, Measured, Pattern, measure
from attnviz.analysis.reaching import Reach, looks, path_length, reach, recurrent_looks
from attnviz.errors import AttnvizError
from attnviz.service import process
from attnviz.service.remembering import remembered

log = logging.getLogger(__name__)
FRESH = 30.0  # seconds for which what was finished is handed out instead of measuring again
WORDS = 1024  # among which it is asked how far words reach
LAYERS = 3
_PATIENCE = 5.0  # seconds that the process waits for the last step when it ends
_BREATH = 0.002  # seconds after each step, in which pages of others get the interpreter


@dataclass(eq=False)
class Measurement:
    """One measurement and how far it is. Its thread writes; pages read."""

    steps: int = len(LENGTHS) * len(PATTERNS) * REPEATS
    step: int = 0  # how many are done
    measured: tuple[Measured, ...] = ()  # the last of each length and pattern, shortest text first
    state: str = "running"  # done, stopped, failed
    problem: str = ""
    started_by: str = ""  # a session
    asked_by: list[str] = field(default_factory=list)  # sessions that wait for it
    ended: float | None = None  # time.monotonic()
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is measured."""
        return self.state != "running"

    @property
    def age(self) -> float:
        """Seconds since it ended; 0 while it goes on."""
        return 0.0 if self.ended is None else time.monotonic() - self.ended

    @property
    def rounds(self) -> int:
        """How often everything was measured that is shown."""
        return min((one.repeats for one in self.measured), default=0)

    def run(self, steps: Iterator[Measured], turn: threading.Lock) -> None:
        """Measure to the end or until stopped, once one that was stopped has done its last step."""
        process.settle_threads()
        with turn:
            self._run(steps)

    def _run(self, steps: Iterator[Measured]) -> None:
        try:
            for measured in steps:
                self._keep(measured)
                if self.stopping.wait(_BREATH):
                    self._end("stopped")
                    return
            self._end("done")
        except AttnvizError as error:
            self._end("failed", str(error))
        except Exception:
            log.exception("Measuring failed")
            self._end("failed", "Measuring failed; the log has more. There may be too little memory.")

    def _keep(self, new: Measured) -> None:
        known = {(one.tokens, one.kind): one for one in self.measured} | {(new.tokens, new.kind): new}
        self.measured = tuple(sorted(known.values(), key=lambda one: one.tokens))
        self.step += 1

    def _end(self, state: str, problem: str = "") -> None:
        self.ended, self.problem = time.monotonic(), problem
        self.state = state


@dataclass(eq=False)
class _Bench:
    lock: threading.Lock = field(default_factory=threading.Lock)
    turn: threading.Lock = field(default_factory=threading.Lock)  # of the one that measures
    last: Measurement | None = None  # the one that goes on, or went on last
    thread: threading.Thread | None = None  # of the last
    finished: Measurement | None = None  # the last that came to its end


_BENCH = _Bench()  # of the process


def start(session: str) -> Measurement:
    """The measurement that goes on; or the one that has just been finished; or a new one."""
    with _BENCH.lock:
        last = _BENCH.last
        if last is not None and not last.is_over and not last.stopping.is_set():
            if session not in last.asked_by:
                last.asked_by = [*last.asked_by, session]
            return last
        _settle()
        finished = _BENCH.finished
        if finished is not None and finished.age < FRESH:
            return finished
        new = _BENCH.last = Measurement(started_by=session, asked_by=[session])
        thread = threading.Thread(target=new.run, args=(measure(), _BENCH.turn), name="measure costs", daemon=True)
        _BENCH.thread = thread
        thread.start()
    return new


def stop(measurement: Measurement, session: str) -> bool:
    """A session wants it to stop. Whether it does: another session that asked for it keeps it going."""
    with _BENCH.lock:
        measurement.asked_by = [one for one in measurement.asked_by if one != session]
        if not measurement.asked_by:
            measurement.stopping.set()
        return measurement.stopping.is_set()


@atexit.register
def _end() -> None:
    """Python ends a thread that computes in torch by aborting the whole process: so it is stopped before."""
    if _BENCH.last is not None and _BENCH.thread is not None:
        _BENCH.last.stopping.set()
        _BENCH.thread.join(_PATIENCE)


def going_on() -> Measurement | None:
    """The measurement that goes on now."""
    last = _BENCH.last
    return last if last is not None and not last.is_over else None


def latest() -> Measurement | None:
    """The one that was asked for last, however it ended."""
    return _BENCH.last


def shown() -> Measurement | None:
    """What there is to be seen: the last that was finished; else what a stopped or failed one has."""
    with _BENCH.lock:
        _settle()
        return _BENCH.finished or _BENCH.last


def _settle() -> None:
    """Remember the last one where it came to its end."""
    if _BENCH.last is not None and _BENCH.last.state == "done":
        _BENCH.finished = _BENCH.last


@remembered(4)
def reaches(pattern: Pattern) -> tuple[Reach, ...]:
    """How far words see each other after 1, 2 and 3 layers, among WORDS words."""
    return tuple(reach(WORDS, LAYERS, pattern))


@remembered(4)
def first_to_last(pattern: Pattern) -> int | None:
    """Through how many layers the first of WORDS words comes to the last; None: it never does."""
    return path_length(looks(WORDS, pattern), 0, WORDS - 1)


@remembered(1)
def recurrent_first_to_last() -> int | None:
    """Through how many steps, one after another, it does in a recurrent network."""
    return path_length(recurrent_looks(WORDS), 0, WORDS - 1)
