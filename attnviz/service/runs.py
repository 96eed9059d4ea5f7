"""Training runs, in threads of the server: started by one page, watched by any, ended by themselves.

A run is known by its options, since the same options give the same numbers: who asks for a run that is there already
gets that one. One trains at a time for every two cores; the others wait in line. Nothing is lost when a tab is closed;
a run that nobody looks at for a long time stops and keeps what it has.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from attnviz.errors import AttnvizError
from attnviz.models import names
from attnviz.service.remembering import remembered
from attnviz.training.checkpoint import Checkpoint, Moment, checkpoint_from, saved
from attnviz.training.loop import Snapshot, TrainingOptions, train
from attnviz.training.snapshots import chosen_snapshots

log = logging.getLogger(__name__)
EVERY = 20  # steps between two snapshots
_KEPT = 6  # runs that are remembered
_WAITING = 8  # runs that may be going on or waiting
_PATIENCE = 180.0  # seconds without anybody looking
_RECENTLY = 10.0  # seconds: who looked since then is still there
_SHOWN = 40  # snapshots of a run that the slider offers; of a long run, twice as many are held


@dataclass(eq=False)
class Run:
    """One training run and how far it is. Its thread writes; pages read."""

    options: TrainingOptions
    snapshots: tuple[Snapshot, ...] = ()
    curve: tuple[Moment, ...] = ()
    step: int = 0
    state: str = "waiting"  # running, done, stopped, failed
    problem: str = ""
    seconds: float = 0.0
    looked_at: float = field(default_factory=time.monotonic)
    watchers: dict[str, float] = field(default_factory=dict)  # session to when it last looked
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        return names.Run(self.options).name

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "stopped", "failed")

    def look(self, session: str) -> None:
        """Somebody looks: the run goes on."""
        self.looked_at = self.watchers[session] = time.monotonic()

    def leave(self, session: str) -> None:
        """Somebody wants it to stop. It does, unless another session is looking at it."""
        self.watchers.pop(session, None)
        if all(time.monotonic() - seen > _RECENTLY for seen in list(self.watchers.values())):
            self.stopping.set()

    def checkpoint(self) -> Checkpoint | None:
        """What there is so far, with as many snapshots as a slider can offer; None before the first."""
        snapshots, curve = self.snapshots, self.curve
        return checkpoint_from(self.options, chosen_snapshots(snapshots, _SHOWN), curve) if snapshots else None

    def moment(self, step: int) -> Checkpoint | None:
        """The run at that very step alone; None if that snapshot is not held."""
        snapshots = [snapshot for snapshot in self.snapshots if snapshot.step == step]
        return checkpoint_from(self.options, snapshots, ()) if snapshots else None

    def file(self) -> bytes:
        """What there is so far, as a file."""
        return _file(self, self.step)

    def train(self, turn: threading.Semaphore) -> None:
        """Wait for a turn, then train to the end or until stopped."""
        while not turn.acquire(timeout=0.2):
            if self._is_unwanted():
                self.state = "stopped"
                return
        try:
            self._train()
        finally:
            turn.release()

    def _train(self) -> None:
        self.state, start = "running", time.monotonic()
        try:
            for progress in train(self.options, every=EVERY):
                if progress.snapshot:
                    self._keep(progress.snapshot)
                self.step, self.seconds = progress.step, time.monotonic() - start
                if self._is_unwanted():
                    break
            self.state = "done" if self.step == self.options.steps else "stopped"
        except AttnvizError as error:
            self.problem, self.state = str(error), "failed"
        except Exception:
            log.exception("Training %s failed", self.name)
            self.problem, self.state = "Training failed; the log has more. Try other settings.", "failed"

    def _keep(self, snapshot: Snapshot) -> None:
        """In half precision, as a file has it; when there are many, only those that tell most."""
        halves = {name: value.half() for name, value in snapshot.weights.items()}
        self.curve = (*self.curve, Moment(snapshot.step, snapshot.loss, snapshot.measures.figures))
        kept = (*self.snapshots, replace(snapshot, weights=halves))
        self.snapshots = kept if len(kept) <= 2 * _SHOWN else tuple(chosen_snapshots(kept, _SHOWN))

    def _is_unwanted(self) -> bool:
        return self.stopping.is_set() or time.monotonic() - self.looked_at > _PATIENCE


@dataclass(eq=False)
class _Runs:
    lock: threading.Lock = field(default_factory=threading.Lock)
    by_name: OrderedDict[str, Run] = field(default_factory=OrderedDict)
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(max(1, (os.cpu_count() or 1) // 2)))


_RUNS = _Runs()  # of the process


def start(options: TrainingOptions) -> Run:
    """The run with these options: the one that is there, or a new one.

    Raises:
        AttnvizError: too many are waiting already.
    """
    runs, name = _RUNS, names.Run(options).name
    with runs.lock:
        known = runs.by_name.get(name)
        if known is not None and known.state in ("waiting", "running", "done") and not known.stopping.is_set():
            return known
        going_on = sum(not run.is_over for run in runs.by_name.values())
        if going_on >= _WAITING:
            raise AttnvizError(f"{going_on} trainings are waiting on this computer already. Try again in a minute.")
        run = runs.by_name[name] = Run(options)
        runs.by_name.move_to_end(name)
        over = [kept for kept, other in runs.by_name.items() if other.is_over]
        for kept in over[: max(len(runs.by_name) - _KEPT, 0)]:
            del runs.by_name[kept]
    threading.Thread(target=run.train, args=(runs.turn,), name=f"train {name}", daemon=True).start()
    return run


def find(name: str) -> Run | None:
    """The run of that name, if this server remembers it."""
    return _RUNS.by_name.get(name)


def ahead_of(run: Run) -> int:
    """How many runs come before one that waits."""
    before = list(_RUNS.by_name.values())
    return sum(not other.is_over for other in before[: before.index(run)]) if run in before else 0


@remembered(4)
def _file(run: Run, step: int) -> bytes:
    """A run's file after so many steps."""
    checkpoint = run.checkpoint()
    return b"" if checkpoint is None else saved(checkpoint)
