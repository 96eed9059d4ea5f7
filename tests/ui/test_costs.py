"""The card on what attention costs, run without a browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from attnviz.analysis.costs import Measured, count, fitted_exponent, measure
from attnviz.service import costs
from attnviz.ui.cards.learn.costs import _tables
from tests.support.measuring import gated, until
from tests.ui.opening import chart, errors, running, said

PAGE = """
from attnviz.ui.cards.learn import costs
costs.draw()
"""


@pytest.fixture(autouse=True)
def nothing_measured_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "_BENCH", costs._Bench())


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Measurements of two rounds that wait after the first until it is set."""
    yield from gated(
        monkeypatch, lambda: measure((16, 32, 64), d_head=4, repeats=2), waits=lambda _, one: one.repeats == 2
    )


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button]


def test_the_card_says_what_it_costs_and_how_far_words_see_before_anything_is_measured():
    app = running(PAGE)
    assert keys(app) == ["costs_measure"]
    assert app.button(key="costs_measure").label == "Measure here"
    assert not app.get("plotly_chart")
    assert "twice as many words, four times the work" in said(app)
    cells = [re.findall("<t[hd].*?>(.*?)</t", row) for row in re.findall("<tr>(.*?)</tr>", said(app))]
    assert cells[1:] == [
        ["full", "any", "any", "any", "1 layer"],
        ["window", "64", "128", "192", "16 layers"],
        ["dilated", "256", "512", "768", "never"],
        ["recurrent network", "any", "any", "any", "1 layer, 1,023 steps in a row"],
    ]


def test_a_measurement_is_watched_stopped_and_keeps_its_numbers(gate):
    app = pressed(running(PAGE), "costs_measure")
    run = costs.going_on()
    until(lambda: run.step == 9)
    app.run()
    assert keys(app) == ["costs_stop"], "while it goes on there is nothing to press but Stop"
    assert "Measuring: 9 of 225 steps" in app.get("progress")[0].proto.text
    assert {trace["name"] for trace in chart(app, 0)["data"]} == {"full", "window", "dilated", "n²"}
    pressed(app, "costs_stop")
    gate.set()
    until(lambda: run.is_over)
    app.run()
    assert keys(app) == ["costs_measure"]
    assert app.button(key="costs_measure").label == "Measure again"
    assert "Measured just now, on one core" in said(app), "not for somebody else"
    assert "the median of 1 round. Stopped before its end." in said(app)


def test_what_was_measured_is_shown_with_the_exponents_fitted_to_it(gate):
    gate.set()
    app = pressed(running(PAGE), "costs_measure")
    until(lambda: costs.shown().is_over)
    app.run()
    run = costs.shown()
    assert run.state == "done"
    for kind in ("full", "window", "dilated"):
        points = [one for one in run.measured if one.kind == kind]
        exponent = fitted_exponent([one.tokens for one in points], [one.seconds for one in points])
        row = re.search(rf"<tr><td><i [^>]*></i></td><td><b>{kind}</b>.*?</tr>", said(app)).group()
        assert f"time grows with n to the <b>{exponent:.1f}</b>" in row
    assert "Measured just now, on one core" in said(app)
    assert "the median of 2 rounds" in said(app)


def test_the_tables_have_what_was_counted_and_what_was_measured():
    measured = tuple(measure((1024, 4096), (None,), repeats=1))
    tables = _tables(measured)
    cells = [re.findall("<t[hd].*?>(.*?)</t", row) for row in re.findall("<tr>(.*?)</tr>", tables)]
    assert count(4096, None).multiplications == 2 * 4096**2 * 64
    assert ["4,096", "2,147", "–", "–"] in cells, "millions"
    assert ["4,096", "67", "–", "–"] in cells, "4096² weights of 4 bytes, in MB"
    assert ["1,024", "4.2", "–", "–"] in cells
    assert ["1,024", "134", "–", "–"] in cells


def test_who_presses_while_another_measures_gets_that_run_and_is_told(gate):
    other = costs.start("somebody else")
    until(lambda: other.step)
    app = running(PAGE)
    assert "Somebody else on this server began to measure before" in said(app)
    assert keys(app) == [], "who did not ask for it cannot stop it"


def test_one_who_stops_what_others_asked_for_too_is_told_that_it_goes_on(gate):
    app = pressed(running(PAGE), "costs_measure")
    run = costs.going_on()
    costs.start("somebody else")
    pressed(app, "costs_stop")
    assert not run.stopping.is_set()
    assert "Others asked for this measurement too: it goes on for them" in said(app)
    app.run()
    assert "it goes on for them" in said(app), "as long as it does"


def test_who_presses_just_after_gets_the_numbers_and_is_told_how_old_they_are(gate):
    gate.set()
    other = costs.start("somebody else")
    until(lambda: other.is_over)
    app = running(PAGE)
    assert "Measured just now for somebody else, on one core" in said(app)
    pressed(app, "costs_measure")
    assert "seconds ago, so these are the numbers of that run" in said(app)
    assert costs.shown() is other
    app.run()
    assert "so these are the numbers of that run" not in said(app), "it is said once"


def test_a_press_after_a_while_measures_anew(gate, monkeypatch):
    monkeypatch.setattr(costs, "FRESH", 0.0)
    gate.set()
    first = costs.start("somebody else")
    until(lambda: first.is_over)
    pressed(running(PAGE), "costs_measure")
    assert costs.latest() is not first
    until(lambda: costs.latest().is_over)


def test_a_measurement_that_fails_is_said_and_can_be_tried_again(monkeypatch):
    def fails() -> Iterator[Measured]:
        yield from measure((16,), d_head=4, repeats=1)
        raise RuntimeError("secret detail")

    monkeypatch.setattr(costs, "measure", fails)
    run = costs.start("a")
    until(lambda: run.is_over)
    app = running(PAGE)
    assert "Measuring failed; the log has more" in errors(app)[0]
    assert keys(app) == ["costs_measure"]


def test_a_stopped_run_leaves_those_before_it_in_sight_and_says_so(gate, monkeypatch):
    gate.set()
    finished = costs.start("me")
    until(lambda: finished.is_over)
    monkeypatch.setattr(costs, "FRESH", 0.0)
    gate.clear()
    app = pressed(running(PAGE), "costs_measure")
    second = costs.going_on()
    pressed(app, "costs_stop")
    gate.set()
    until(lambda: second.is_over)
    app.run()
    assert "That one was stopped. These are the numbers of the last that came to its end." in said(app)
    assert "the median of 2 rounds" in said(app)
