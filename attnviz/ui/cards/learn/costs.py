"""What it costs: full, windowed and dilated attention measured here by a click, and how far each lets words see."""

from __future__ import annotations

import streamlit as st

from attnviz import figures
from attnviz.analysis.costs import (
    D_HEAD,
    DILATED,
    PATTERNS,
    WINDOW,
    Measured,
    Pattern,
    count,
    fitted_exponent,
    kind_of,
)
from attnviz.figures.costs import SQUARE, duration
from attnviz.service import costs, process
from attnviz.service.costs import Measurement
from attnviz.ui import words
from attnviz.ui.chart import chart
from attnviz.ui.state import address
from attnviz.ui.state.session import session

_REFRESH = 0.5  # seconds between two looks at a measurement
_PLAIN = (
    "Every word meets every word: twice as many words, four times the work. With a window around each word "
    "it is only twice the work, but then words that are far apart do not meet at once."
)
_SEES = {
    "full": "each word meets all",
    "window": f"each meets those up to {WINDOW.width} away",
    "dilated": f"each meets every {DILATED.step}th, up to {DILATED.width} away",
    SQUARE: "for comparison, drawn a little higher",
}
_ALT = "Time against the number of tokens, both on a logarithmic scale: full, window, dilated, and the line of n²"


def draw() -> None:
    """The card. It is a fragment: what is pressed in it runs the rest of the page only once a measurement is over."""
    st.fragment(key="costs_fragment")(_card)()


def _card() -> None:
    process.settle_threads()  # a thread of its own
    with st.container(border=True, key="costs_card"):
        st.html(f"<h2>What it costs</h2><p class='reading'>{_PLAIN}</p>")
        measurement = costs.going_on()
        if measurement is not None:
            st.fragment(_watch, run_every=_REFRESH)(measurement)
        else:
            _result()
        st.html(_reach_table())


def _watch(measurement: Measurement) -> None:
    """A measurement that goes on, drawn again and again; when it is over, the page is drawn without it."""
    me = session().id
    if measurement.is_over:
        session().costs_told = ""
        st.rerun(scope="app")
    process.settle_threads()
    address.keep()
    st.progress(measurement.step / measurement.steps, f"Measuring: {measurement.step} of {measurement.steps} steps")
    if me in measurement.asked_by:
        st.button(
            "Stop",
            icon=":material/stop:",
            key="costs_stop",
            on_click=_stop,
            args=(measurement,),
            help="What was measured so far stays. If others asked for it too, it goes on for them.",
        )
    if session().costs_told:
        words.say(session().costs_told)
    elif measurement.started_by != me:
        words.say("Somebody else on this server began to measure before: these are the numbers of that run.")
    _curves(measurement)


def _result() -> None:
    """The button, and what was measured last."""
    measurement, latest = costs.shown(), costs.latest()
    st.button(
        "Measure here" if measurement is None else "Measure again",
        icon=":material/timer:",
        key="costs_measure",
        on_click=_start,
        help="Takes a few seconds on one core of the computer that this page runs on.",
    )
    told, session().costs_told = session().costs_told, ""
    if told:
        words.say(told)
    if latest is not None and latest.problem:
        words.say(latest.problem, error=True)
    if measurement is None or not measurement.measured:
        return
    if latest is not measurement and latest is not None and latest.state == "stopped":
        words.say("That one was stopped. These are the numbers of the last that came to its end.")
    _curves(measurement)
    st.html(_tables(measurement.measured))
    st.caption(_how(measurement))


def _start() -> None:
    measurement = costs.start(session().id)
    if measurement.is_over:
        session().costs_told = (
            f"This was measured {measurement.age:.0f} seconds ago, so these are the numbers of that run. "
            f"In {max(costs.FRESH - measurement.age, 1):.0f} seconds it can be measured again."
        )


def _stop(measurement: Measurement) -> None:
    if not costs.stop(measurement, session().id):
        session().costs_told = "Others asked for this measurement too: it goes on for them."


def _curves(measurement: Measurement) -> None:
    """The curves, and over them in words how each grows."""
    if len({one.tokens for one in measurement.measured}) < 2:
        return  # no line yet
    dark = st.context.theme.type == "dark"
    st.html(_legend(measurement.measured, dark=dark))
    chart(figures.cost_curves(measurement.measured, dark=dark), "chart_costs", _ALT)


def _legend(measured: tuple[Measured, ...], *, dark: bool) -> str:
    """Each line, what it is, and how its time grows, as HTML."""
    rows = ""
    for kind, (color, line) in figures.cost_styles(dark=dark).items():
        grows = "" if kind == SQUARE else _grows(measured, kind)
        rows += (
            f"<tr><td><i style='border-top: 3px {line} {color}'></i></td>"
            f"<td><b>{kind}</b> <small>{_SEES[kind]}</small></td><td>{grows}</td></tr>"
        )
    return f"<table class='legend costs'>{rows}</table>"


def _grows(measured: tuple[Measured, ...], kind: str) -> str:
    """How the time of a kind grows, in words; "" while there is one length of it."""
    points = [one for one in measured if one.kind == kind]
    if len(points) < 2:
        return ""
    exponent = fitted_exponent([one.tokens for one in points], [one.seconds for one in points])
    return f"time grows with n to the <b>{exponent:.1f}</b>"


def _tables(measured: tuple[Measured, ...]) -> str:
    """Time, multiplications and memory of each length and kind, as HTML: three small tables."""
    lengths = sorted({one.tokens for one in measured})
    found = {(one.tokens, one.kind): one for one in measured}
    kinds = [kind_of(pattern) for pattern in PATTERNS]

    def table(title: str, cells: dict[tuple[int, str], str]) -> str:
        head = "".join(f"<th scope='col'>{kind}</th>" for kind in kinds)
        rows = "".join(_row(f"{n:,}", [cells.get((n, kind), "–") for kind in kinds]) for n in lengths)
        return f"<table><caption>{title}</caption><tr><th scope='col'>tokens</th>{head}</tr>{rows}</table>"

    times = {at: duration(one.seconds) for at, one in found.items()}
    multiplied = {at: f"{count(one.tokens, one.pattern).multiplications / 1e6:,.0f}" for at, one in found.items()}
    memory = {at: _megabytes(one.bytes) for at, one in found.items()}
    return (
        f"<div class='costs tables'>{table('Time', times)}{table('Multiplications, in millions', multiplied)}"
        f"{table('Memory of the weights, in MB', memory)}</div>"
    )


def _megabytes(count: int) -> str:
    """Bytes in millions, with two digits at least.

    >>> _megabytes(262_144), _megabytes(67_108_864)
    ('0.26', '67')
    """
    return f"{count / 1e6:#.2g}" if count < 9.95e6 else f"{count / 1e6:,.0f}"


def _how(measurement: Measurement) -> str:
    """What was measured, and when."""
    rounds = measurement.rounds
    whose = "" if measurement.started_by == session().id else " for somebody else"
    ended = " Stopped before its end." * (measurement.state == "stopped")
    return (
        f"Measured {_ago(measurement.age)}{whose}, on one core of the computer that this page runs on: scores, softmax "
        f"and weights · values of one head of {D_HEAD} numbers a word, the median of {rounds} "
        f"round{'s' * (rounds != 1)}.{ended} A model does this in every head of every layer. Window and dilated are "
        "computed in blocks of words, full attention 256 words at a time. In short texts the calls themselves take a "
        "part of the time. Memory is what keeping all weights takes."
    )


def _ago(seconds: float) -> str:
    """How long ago, as one says it.

    >>> _ago(3), _ago(42), _ago(150), _ago(9000)
    ('just now', '42 seconds ago', '2 minutes ago', '2 hours ago')
    """
    if seconds < 5:
        return "just now"
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size:
            number = int(seconds / size)
            return f"{number} {unit}{'s' * (number > 1)} ago"
    return "just now"


def _reach_table() -> str:
    """How far words see each other, after layer upon layer, as HTML."""
    rows = "".join(_row(kind_of(pattern), _reach_cells(pattern)) for pattern in PATTERNS)
    steps = costs.recurrent_first_to_last()
    rows += _row("recurrent network", [*["any"] * costs.LAYERS, f"1 layer, {steps:,} steps in a row"])
    layers = "".join(f"<th scope='col'>{n} layer{'s' * (n > 1)}</th>" for n in range(1, costs.LAYERS + 1))
    return (
        "<div class='costs reach'><table><caption>How far apart two words can be and see each other, in words</caption>"
        f"<tr><td></td>{layers}<th scope='col'>first to last of {costs.WORDS:,}</th></tr>{rows}</table>"
        "<p>Attention computes all words of a layer at once; a recurrent network takes one after another, and sees "
        f"only those before. Dilated, a word sees each {DILATED.step}th; those between it never sees, however many "
        "layers there are.</p></div>"
    )


def _reach_cells(pattern: Pattern) -> list[str]:
    """After 1, 2 and 3 layers, and from the first word to the last."""
    cells = ["any" if one.share == 1 else f"{one.distance:,}" for one in costs.reaches(pattern)]
    layers = costs.first_to_last(pattern)
    return [*cells, "never" if layers is None else f"{layers} layer{'s' * (layers > 1)}"]


def _row(name: str, cells: list[str]) -> str:
    return f"<tr><th scope='row'>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
