"""Who wrote the next word? What the model would say after each layer, and what each head writes toward the word that it
finds most probable."""

from __future__ import annotations

from html import escape

import streamlit as st

from attnviz.analysis import Lens, Writing
from attnviz.errors import AttnvizError
from attnviz.figures.palette import signed_color
from attnviz.service import loading, predictions
from attnviz.ui import words
from attnviz.ui.reading.reading import Reading

_TOLD = 3  # words that are told of each layer


def is_of(read: Reading) -> bool:
    """Whether the model says what comes next, and it can be told who wrote it."""
    model = loading.model_for(read.weights)
    return model.continues and model.read_out is not None


def draw(read: Reading) -> None:
    """Of the chosen token: the lens, and a table of shares that add up to the logit."""
    at = read.look.query
    try:
        lens = predictions.lens_of(read.asked, at)
        word = int(lens.probabilities[-1].argmax())
        found = predictions.writing_of(read.asked, at, word)
    except AttnvizError as error:
        words.say(str(error), error=True)
        return
    model = loading.model_for(read.weights)
    name = f"<b><bdi>{escape(model.word(word))}</bdi></b>"
    said = (
        f"After {words.word(read.trace, at)} the model finds {name} most probable: "
        f"{words.number(float(lens.probabilities[-1, word]))}. Its logit, the score before softmax over all words, is "
        f"{_signed(found.logit)}. Below is who wrote how much of that: it adds up."
    )
    tables = _shares(found, dark=read.look.dark) + _lens(read, lens, word)
    st.html(
        f"<p class='reading'>{said}</p><div class='written'>{tables}</div>"
        "<p class='unknown'>These are the direct ways: a head can also write what later layers read. What it writes "
        "toward a word is measured through the last norm, as large as that makes it in this run.</p>"
    )


def _shares(found: Writing, *, dark: bool) -> str:
    """Layers down, heads across, and beside them the rest of the sum."""
    most = max(float(found.heads.abs().max()), float(found.feed_forward.abs().max()), abs(found.embedding), 1e-9)

    def cell(value: float) -> str:
        color, text = signed_color(value / most, dark)
        return f"<td style='background: {color}; color: {text}'>{_signed(value)}</td>"

    layers, heads = found.heads.shape
    head = "".join(f"<th scope='col'>head {i}</th>" for i in range(heads))
    rows = "".join(
        f"<tr><th scope='row'>layer {i}</th>{''.join(cell(float(one)) for one in found.heads[i])}"
        f"{cell(float(found.feed_forward[i]))}</tr>"
        for i in range(layers)
    )
    rest = f"the word’s own vector {_signed(found.embedding)}, what is there whatever is read {_signed(found.rest)}"
    rows += f"<tr><td colspan='{heads + 2}'>and {rest}</td></tr>"
    head = f"<tr><td></td>{head}<th scope='col'>feed-forward</th></tr>"
    return f"<table class='shares'><caption>Written toward it</caption>{head}{rows}</table>"


def _lens(read: Reading, lens: Lens, word: int) -> str:
    """What it would say if it ended there (the logit lens)."""
    model = loading.model_for(read.weights)
    rows = ""
    for name, said in zip(lens.names, lens.probabilities, strict=True):
        top = said.topk(min(_TOLD, len(said)))
        told = ", ".join(
            f"“<bdi>{escape(model.word(int(i)))}</bdi>” {words.number(float(p))}"
            for p, i in zip(top.values, top.indices, strict=True)
        )
        rows += f"<tr><th scope='row'>{name}</th><td>{words.number(float(said[word]))}</td><td>{told}</td></tr>"
    head = f"<th scope='col'><bdi>{escape(model.word(word))}</bdi></th><th scope='col'>first</th>"
    return (
        "<table class='lens'><caption>If the model ended there, it would say</caption>"
        f"<tr><td></td>{head}</tr>{rows}</table>"
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
