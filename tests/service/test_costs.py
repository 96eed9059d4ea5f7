"""One measurement at a time in the process: who asks meanwhile or just after, who stops it, what is remembered."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from attnviz import AttnvizError
from attnviz.analysis.costs import DILATED, PATTERNS, WINDOW, Measured, measure
from attnviz.service import costs
from attnviz.service.costs import Measurement
from tests.support.measuring import gated, until

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_measured_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "_BENCH", costs._Bench())


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Measurements of four steps that wait after the first until it is set."""
    yield from gated(monkeypatch, lambda: measure((16, 32), (None,), d_head=4, repeats=2), waits=lambda i, _: i > 0)


def over(measurement: Measurement) -> Measurement:
    until(lambda: measurement.is_over)
    return measurement


def test_a_measurement_goes_on_by_itself_and_is_remembered(gate):
    assert costs.shown() is None
    assert costs.going_on() is None
    one = costs.start("teacher")
    until(lambda: one.step == 1)
    assert costs.going_on() is one
    assert one.age == 0
    gate.set()
    assert over(one).state == "done"
    assert costs.going_on() is None
    assert costs.shown() is one
    assert [(m.tokens, m.repeats) for m in one.measured] == [(16, 2), (32, 2)], "the last of each, shortest first"
    assert one.rounds == 2


def test_a_class_that_presses_at_once_gets_one_measurement(gate):
    found = [costs.start(f"pupil {i}") for i in range(20)]
    assert len(set(map(id, found))) == 1
    assert costs.start("pupil 3") is found[0]
    assert found[0].asked_by == [f"pupil {i}" for i in range(20)]
    gate.set()
    over(found[0])


def test_just_after_the_end_one_gets_what_was_found_and_later_a_new_one(gate, monkeypatch):
    gate.set()
    first = over(costs.start("one"))
    assert costs.start("other") is first
    monkeypatch.setattr(costs, "FRESH", 0.0)
    second = costs.start("other")
    assert second is not first
    over(second)
    assert costs.shown() is second


def test_it_is_stopped_by_the_last_who_asked_and_keeps_what_it_has(gate):
    one = costs.start("a")
    assert costs.start("b") is one
    until(lambda: one.step == 1)
    assert not costs.stop(one, "a")
    assert not one.stopping.is_set()
    assert not costs.stop(one, "a"), "who does not ask any more cannot stop it for the others"
    assert costs.stop(one, "b")
    gate.set()
    assert over(one).state == "stopped"
    assert one.step < 4
    assert costs.shown() is one, "there is nothing better"


def test_a_stopped_one_does_not_hide_one_that_was_finished(gate, monkeypatch):
    gate.set()
    finished = over(costs.start("a"))
    monkeypatch.setattr(costs, "FRESH", 0.0)
    gate.clear()
    second = costs.start("a")
    until(lambda: second.step == 1)
    assert costs.stop(second, "a")
    gate.set()
    assert over(second).state == "stopped"
    assert costs.shown() is finished
    assert costs.latest() is second


def test_who_asks_while_one_is_being_stopped_gets_a_new_one_that_waits_for_its_last_step(gate):
    first = costs.start("a")
    until(lambda: first.step == 1)
    costs.stop(first, "a")
    # The first may have seen it already; what matters is that the two never measure side by side.
    second = costs.start("b")
    assert second is not first
    gate.set()
    assert over(first).state == "stopped"
    assert over(second).state == "done"


def test_two_never_measure_side_by_side(monkeypatch):
    inside, most = [], []

    def steps() -> Iterator[Measured]:
        for one in measure((16,), (None,), d_head=4, repeats=5):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.005)
            inside.pop()
            yield one

    monkeypatch.setattr(costs, "measure", steps)
    made = []
    for i in range(4):
        made.append(costs.start(str(i)))
        costs.stop(made[-1], str(i))
    for one in made:
        over(one)
    assert len(set(map(id, made))) == 4
    assert set(most) == {1}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(AttnvizError("A reason."), "A reason."), (RuntimeError("secret detail"), "the log has more")],
)
def test_a_measurement_that_fails_says_so(monkeypatch, error, sentence):
    def fails() -> Iterator[Measured]:
        yield from measure((16,), (None,), d_head=4, repeats=1)
        raise error

    monkeypatch.setattr(costs, "measure", fails)
    one = over(costs.start("a"))
    assert one.state == "failed"
    assert sentence in one.problem
    assert "secret" not in one.problem
    again = costs.start("a")
    assert again is not one, "it can be tried again at once"
    over(again)


def test_a_measurement_counts_the_steps_that_there_are():
    one = Measurement()
    assert one.steps == sum(1 for _ in measure((8, 9, 10, 11, 12), d_head=1, repeats=1)) * 15
    assert one.rounds == 0


def test_how_far_words_reach_is_as_long_as_the_windows():
    assert [one.distance for one in costs.reaches(WINDOW)] == [64, 128, 192]
    assert [one.distance for one in costs.reaches(DILATED)] == [256, 512, 768]
    assert all(one.share == 1 for one in costs.reaches(None))
    assert [costs.first_to_last(pattern) for pattern in PATTERNS] == [1, 16, None]
    assert costs.recurrent_first_to_last() == costs.WORDS - 1


def test_a_process_that_ends_meanwhile_ends_well():
    code = (
        "import time; from attnviz.service import costs; run = costs.start('a')\nwhile not run.step: time.sleep(0.01)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
