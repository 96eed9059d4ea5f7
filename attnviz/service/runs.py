"""Training runs, in threads of the server: started by one page, watched by any, ended by themselves.

A run is known by its options, since the same options give the same numbers: who asks for a run that is there already
gets that one. All that go on take turns of half a second (`turns.py`), so that in a class everyone sees theirs learn.
Nothing is lost when a tab is closed; a run that nobody looks at for a long time, or that has computed for very long,
stops and keeps what it has.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch

from attnviz.errors import AttnvizError
from attnviz.models import names
from attnviz.service.remembering import remembered
from attnviz.service.sizes import bytes_of
from attnviz.service.turns import Turns
from attnviz.training.checkpoint import Checkpoint, Moment, checkpoint_from, saved
from attnviz.training.loop import Progress, Snapshot, TrainingOptions, train
from attnviz.training.snapshots import chosen_snapshots

log = logging.getLogger(__name__)
EVERY = 20  # steps between two snapshots
_KEPT_BYTES = 256_000_000  # of the snapshots of all runs that are remembered: a class's
_TOGETHER = 40  # runs that may be going on: a class with each their own
_TURN = 0.5  # seconds of computing, then it is another's turn
_LONGEST = 1200.0  # seconds of computing, then a run ends with what it has
_PATIENCE = 180.0  # seconds without anybody looking
_RECENTLY = 10.0  # seconds: who looked since then is still there
_LAST = 12  # turns from which it is told how fast a run goes on
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
    seconds: float = 0.0  # of computing, in its turns
    made: Checkpoint | None = None  # `checkpoint`, as it was last asked for
    pace: float = 0.0  # seconds of its turns that a step takes now; 0: not known yet
    looked_at: float = field(default_factory=time.monotonic)
    watchers: dict[str, float] = field(default_factory=dict)  # session to when it last looked
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """The name that its weights are asked for by."""
        return names.Run(self.options).name

    @property
    def is_over(self) -> bool:
        """Whether it trains no more."""
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
        if not snapshots:
            return None
        made = self.made
        if made is None or made.steps[-1] != snapshots[-1].step:  # once for all who watch
            made = self.made = checkpoint_from(self.options, chosen_snapshots(snapshots, _SHOWN), curve)
        return made

    def moment(self, step: int) -> Checkpoint | None:
        """The run at that very step alone; None if that snapshot is not held."""
        snapshots = [snapshot for snapshot in self.snapshots if snapshot.step == step]
        return checkpoint_from(self.options, snapshots, ()) if snapshots else None

    def file(self) -> bytes:
        """What there is so far, as a file."""
        return _file(self, self.step)

    def train(self, turns: Turns) -> None:
        """Train turn by turn, to the end or until stopped."""
        torch.set_num_threads(1)  # of this thread: runs share the cores among them
        try:
            self._train(turns)
            self.state = "done" if self.step == self.options.steps else "stopped"
        except AttnvizError as error:
            self.problem, self.state = str(error), "failed"
        except Exception:
            log.exception("Training %s failed", self.name)
            self.problem, self.state = "Training failed; the log has more. Try other settings.", "failed"
        self.snapshots = tuple(chosen_snapshots(self.snapshots, _SHOWN)) if self.snapshots else ()

    def _train(self, turns: Turns) -> None:
        progress = train(self.options, every=EVERY)
        is_over = False
        # What was computed when each of the last turns ended. (In the first, what to learn from is written.)
        ends: deque[tuple[float, int]] = deque(maxlen=_LAST)
        while not (is_over or self._is_unwanted()):
            with turns.turn():
                self.state, start = "running", time.monotonic()
                is_over = self._go_on(progress, until=start + _TURN)
                now = time.monotonic()
            self.seconds += now - start
            ends.append((self.seconds, self.step))
            seconds, step = ends[0]
            if self.step > step:
                self.pace = (self.seconds - seconds) / (self.step - step)
            if self.seconds > _LONGEST and not is_over:
                self.problem = (
                    f"Stopped after {_LONGEST / 60:.0f} minutes of computing, the most that a run may take here. What "
                    "it has learned by then is kept."
                )
                return

    def _go_on(self, progress: Iterator[Progress], *, until: float) -> bool:
        """Step after step until that moment; whether it is over."""
        for now in progress:
            if now.snapshot:
                self._keep(now.snapshot)
            self.step = now.step
            if time.monotonic() > until or self._is_unwanted():
                return now.step == now.steps
        return True

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
    turns: Turns = field(default_factory=Turns)


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
        if going_on(runs.by_name) >= _TOGETHER:
            raise AttnvizError(
                f"{_TOGETHER} trainings are going on on this computer, the most that it takes at once. Watch one of "
                "them, or try again when some are over."
            )
        run = runs.by_name[name] = Run(options)
        runs.by_name.move_to_end(name)
        _let_go(runs.by_name)
    threading.Thread(target=run.train, args=(runs.turns,), name=f"train {name}", daemon=True).start()
    return run


def _let_go(runs: OrderedDict[str, Run]) -> None:
    """Of those that are over the oldest, until the rest is within its bytes."""
    sizes = {name: bytes_of(run.snapshots) for name, run in runs.items()}
    for name in [name for name, run in runs.items() if run.is_over]:
        if sum(sizes.values()) <= _KEPT_BYTES:
            return
        del runs[name], sizes[name]


def find(name: str) -> Run | None:
    """The run of that name, if this server remembers it."""
    return _RUNS.by_name.get(name)


def going_on(runs: Mapping[str, Run] | None = None) -> int:
    """How many runs train now, in turns."""
    return sum(not run.is_over for run in list((_RUNS.by_name if runs is None else runs).values()))


def left(run: Run) -> float:
    """The seconds that a run still takes, by the clock on the wall, if as many take turns as now; 0: not known yet."""
    sharing = max(1.0, going_on() / _RUNS.turns.places)
    return run.pace * (run.options.steps - run.step) * sharing


def watchers() -> int:
    """How many people look at runs that go on."""
    since = time.monotonic() - _RECENTLY
    going = [run for run in list(_RUNS.by_name.values()) if not run.is_over]
    return sum(seen > since for run in going for seen in list(run.watchers.values()))


@remembered(4)
def _file(run: Run, step: int) -> bytes:
    """A run's file after so many steps."""
    checkpoint = run.checkpoint()
    return b"" if checkpoint is None else saved(checkpoint)
