"""Cards that are drawn with Plotly: all heads, one head large, and the way from scores to context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from attnviz import figures
from attnviz._trace import Trace
from attnviz.analysis import RowReading
from attnviz.figures import Figure
from attnviz.ui import words
from attnviz.ui.cards.steps import Step
from attnviz.ui.state.look import Look


def large(trace: Trace, look: Look) -> Figure:
    """One head, large."""
    options = {name: value for name, value in asdict(look).items() if name != "part"}
    return figures.head(trace, **options)


def heads(trace: Trace, figure: Figure, *, on_choose: Callable[[str], None]) -> None:
    """All heads of all layers, to be chosen from."""
    key = "chart_overview"
    title = "All heads of all layers"
    st.markdown(f"**{title}** · row: layer, column: head · click one")
    chart(figure, key, title, on_select=lambda: on_choose(key))
    if len(trace) > figures.OVERVIEW_CELLS:
        st.caption("On a text this long, a cell is the largest weight of a block of tokens.")


def large_head(
    trace: Trace,
    look: Look,
    figure: Figure,
    reading: RowReading,
    *,
    guess: str = "",
    switches: Callable[[], None] = lambda: None,
) -> None:
    """One head large, what it says about the chosen word, and (`switches`) what can be done to it."""
    hidden = reading.has_specials and not look.specials
    is_off = " (off)" * trace.is_off(look.layer, look.head)
    sums = f"each row sums to 1{' with what is hidden' * hidden}"
    st.markdown(f"**Layer {look.layer} · head {look.head}{is_off}** · {sums}")
    looks, *more = words.row_in_words(trace, reading)
    st.html(f"<p class='reading first'>{looks}</p>")
    switches()
    chart(figure, "chart_head", f"Weights of head {look.head} of layer {look.layer}")
    lines = [*more, guess, words.specials_in_words(trace, reading, shown=look.specials)]
    st.html(f"<p class='reading'>{'<br>'.join(line for line in lines if line)}</p>")
    st.caption("Row: the word that looks (query). Column: the word looked at (key). Layers and heads count from 0.")


def steps(look: Look, explained: list[Step], figure: Figure, tokens: int) -> None:
    """Matrices side by side, over each its formula, under each its shape and meaning.

    The formulas are one element, a paragraph each, which page.css sets side by side; so are the captions.
    (Every element is a message to the browser, at about a millisecond.)
    """
    is_long = tokens > figures.PANEL_CELLS
    note = " · on a text this long, a cell is the strongest number of a block of tokens" * is_long
    st.markdown(f"**From scores to context** · layer {look.layer}, head {look.head}{note}")
    with st.container(key="steps_formulas"):
        st.markdown("\n\n".join(f"${step.formula}$" for step in explained))
    chart(figure, "chart_steps", _in_words(explained))
    with st.container(key="steps_meanings"):
        captions = []
        for step, panel in zip(explained, figure.data, strict=False):  # the figure's first traces
            scale = f"colours {panel.zmin:.3g} to {panel.zmax:.3g}".replace("-", "−")
            captions.append(f"{step.shape}, {scale}. {step.meaning}")
        st.caption("\n\n".join(captions))


def _in_words(explained: list[Step]) -> str:
    return "; ".join(f"{step.title}, {step.shape}" for step in explained)


def chart(figure: Figure, key: str, alt: str, *, on_select: Callable[[], None] | None = None) -> None:
    """A figure as it stands: its own colours, no buttons over it."""
    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        config={"displayModeBar": False, "doubleClick": False},
        alt=alt,
        on_select=on_select or "ignore",
        selection_mode="points",
    )
