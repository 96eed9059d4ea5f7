"""Training runs: who begins, watches and stops one, and what is kept of it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from types import SimpleNamespace

import pytest
import torch

from attnviz.service import runs
from attnviz.service.runs import Run
from attnviz.service.sizes import bytes_of
from attnviz.service.turns import Turns
from attnviz.training.loop import Progress, TrainingOptions
from tests.support.running import finished


def test_the_same_options_are_the_same_run():
    options = TrainingOptions("induction", seed=12, heads=2, d_model=16, steps=40)
    assert runs.start(options) is runs.start(options)
    run = finished(runs.start(options))
    assert runs.start(options) is run, "it is trained already"
    assert [s.step for s in run.snapshots] == [0, 20, 40]


def test_a_long_run_holds_few_snapshots_and_all_of_its_curve(monkeypatch):
    monkeypatch.setattr(runs, "_SHOWN", 8)
    monkeypatch.setattr(runs, "EVERY", 2)
    run = finished(runs.start(TrainingOptions("induction", seed=17, heads=2, d_model=16, steps=80)))
    assert run.state == "done"
    assert len(run.curve) == 41
    assert len(run.snapshots) <= 16
    assert {0, 80} <= {s.step for s in run.snapshots}
    assert all(value.dtype == torch.float16 for value in run.snapshots[-1].weights.values())
    held = run.snapshots[3].step
    assert run.moment(held).steps == [held]
    assert run.moment(1) is None, "never another step's weights under this one's name"


def test_stop_of_one_watcher_leaves_the_run_to_the_others():
    run = Run(TrainingOptions("induction", seed=18, steps=10))
    run.look("one")
    run.look("other")
    run.leave("one")
    assert not run.stopping.is_set()
    run.leave("other")
    assert run.stopping.is_set()


def test_stopping_keeps_what_there_is_and_a_new_start_begins_anew():
    options = TrainingOptions("induction", seed=13, steps=10_000)
    run = runs.start(options)
    while run.step < 45:
        time.sleep(0.01)
    run.stopping.set()
    assert finished(run).state == "stopped"
    assert 40 in run.checkpoint().steps
    again = runs.start(options)
    assert again is not run
    again.stopping.set()
    assert finished(again).state == "stopped"


def test_a_run_that_nobody_looks_at_stops_by_itself(monkeypatch):
    monkeypatch.setattr(runs, "_PATIENCE", 0.3)
    run = runs.start(TrainingOptions("induction", seed=14, steps=10_000))
    assert finished(run).state == "stopped"
    assert run.checkpoint() is not None


def test_a_run_that_waits_for_its_turn_can_be_stopped():
    turns = Turns(cores=1)
    run = Run(TrainingOptions("induction", seed=15, steps=10))
    with turns.turn():
        thread = threading.Thread(target=run.train, args=(turns,))
        thread.start()
        time.sleep(0.1)
        assert run.state == "waiting"
        assert run.checkpoint() is None
        run.stopping.set()
    thread.join(10)
    assert run.state == "stopped"


def test_what_is_written_before_the_first_step_is_not_taken_for_the_pace(monkeypatch):
    now = [0.0]

    def steps(options, *, every):
        now[0] += 30  # seconds
        for step in range(1, options.steps + 1):
            now[0] += 0.1
            yield Progress(step, options.steps, 1.0)

    monkeypatch.setattr(runs, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(runs, "train", steps)
    run = Run(TrainingOptions("induction", seed=67, steps=100))
    run.train(Turns(cores=1))
    assert run.pace == pytest.approx(0.1)


def test_the_time_that_is_left_is_that_of_all_who_take_turns(monkeypatch):
    options = [TrainingOptions("induction", seed=i, steps=100) for i in range(6)]
    one, *others = (Run(each, step=20, state="running", pace=0.5) for each in options)
    by_name = OrderedDict((run.name, run) for run in (one, *others))
    monkeypatch.setattr(runs, "_RUNS", runs._Runs(by_name=by_name, turns=Turns(cores=2)))  # of which one is the pages'
    assert runs.left(one) == 80 * 0.5 * 6
    for other in others:
        other.state = "done"
    assert runs.left(one) == 80 * 0.5


def test_runs_that_are_over_are_remembered_by_their_bytes(monkeypatch):
    monkeypatch.setattr(runs, "_RUNS", runs._Runs())
    options = [TrainingOptions("induction", seed=70 + i, heads=2, d_model=16, steps=20) for i in range(12)]
    over = [finished(runs.start(one)) for one in options]
    assert all(runs.find(run.name) is run for run in over), "a class's small runs are all there"
    size = bytes_of(over[0].snapshots)
    monkeypatch.setattr(runs, "_KEPT_BYTES", 3.5 * size)
    finished(runs.start(TrainingOptions("induction", seed=90, heads=2, d_model=16, steps=20)))
    assert [runs.find(run.name) is run for run in over[-3:]] == [True] * 3
    assert not any(runs.find(run.name) for run in over[:-3])
