"""What stands folded below the explorer, and is asked of the server: what takes time, and taking it along."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from attnviz.client import html, is_tiled
from attnviz.export import csv_text, file_name, npz_bytes, python_lines
from attnviz.heads import Head
from attnviz.models.names import Run
from attnviz.request import Input, Picture, Sound
from attnviz.service import loading
from attnviz.tokens import TOKEN_LIMIT
from attnviz.ui.cards.below import meanings, sharing, steps, written
from attnviz.ui.cards.inputs import roles
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state import allowed
from attnviz.ui.state.choice import choice_of

_FILES: dict[type[Input], str] = {Picture: "picture.png", Sound: "sound.wav"}  # as the lines for a notebook name them
_SHORT = (
    "CSV: a row for each query, key and head. NPZ: numpy's arrays. Both have every token, as the model cuts it, "
    "whatever is merged or hidden above. The page is one file, with this explorer in it."
)
_LONG = (
    f"All weights of a text of more than {TOKEN_LIMIT} tokens are too many for one file. In a notebook those of a head "
    "are there by rows."
)
_MOST_LINES = 1_200_000  # of a CSV of all heads; past it, of one layer or one head


def draw(read: Reading, *, on_change: Callable[[], None]) -> None:
    """Whether the weight means something, who wrote the next word, all steps, and taking it along: each is computed
    once it is open."""
    for key, (title, content) in _FOLDED.items():
        if (content is written.draw and not written.is_of(read)) or (
            content is not _take_along and is_tiled(read.whole)
        ):
            continue  # of a long text these take all weights, or further runs of seconds
        box = st.expander(title, key=key, on_change=on_change)
        if box.open:
            with box:
                content(read)


def is_any_open() -> bool:
    """Whether there is anything to be seen here but titles."""
    return any(st.session_state.get(key) for key in _FOLDED)


def _steps(read: Reading) -> None:
    steps.draw(read.trace, read.look)


def _take_along(read: Reading) -> None:
    """Numbers, a page that works by itself, the lines for a notebook. (Pictures are saved at the large head.)"""
    trace, look, view = read.trace, read.look, read.view
    chosen = Head(look.layer, look.head, trace.part)
    heads = list(read.whole.shape.heads())
    options = read.weights.settings
    sharing.draw(read)
    with st.container(horizontal=True, key="files"):
        is_sound = read.asked.samples is not None
        called = "sound" if is_sound else read.typed or read.view.picture or "picture"  # in the names of files
        name = file_name(called, read.weights.name, look.layer, look.head, part=trace.part, ending=".csv")
        if len(trace.rows) * len(trace.columns) <= _MOST_LINES:
            _download("CSV: this head", lambda: _csv(read, [chosen]), name, "text/csv", "csv_head")
        if sum(x.heads * len(x.queries) * len(x.keys) for x in read.whole.every_layer) <= _MOST_LINES:
            name = file_name(called, read.weights.name, ending=".csv")
            _download("CSV: all heads", lambda: _csv(read, heads), name, "text/csv", "csv_all")
        if not is_tiled(read.whole):  # these two hold all weights of all heads
            name = file_name(called, read.weights.name, ending=".npz")
            made = partial(npz_bytes, read.whole, options=options)
            _download("NPZ: q, k, v, weights", made, name, "application/octet-stream", "npz")
            name = file_name(called, read.weights.name, ending=".html")
            named, remark = roles.of(read), roles.beyond_in_text(read)
            page = partial(html, read.whole, first=choice_of(view), roles=named, remark=remark)
            _download("Page: works without a network", lambda: page().encode(), name, "text/html", "html")
    kept = " (keep this run's file on the Train page first)" * isinstance(read.weights, Run)
    files = _LONG if is_tiled(read.whole) else _SHORT
    st.caption(f"{files} PNG and SVG stand below the large head. For a notebook{kept}:")
    is_cut_here = loading.model_for(read.weights).limit > len(trace.rows) == TOKEN_LIMIT
    file = _FILES.get(type(read.asked.input))
    text = view.text[: trace.rows.cut] if is_cut_here else view.text  # in a notebook more of it would be read
    lines = python_lines(
        file or text,
        allowed.shown_place_of(read.weights),
        options=options,
        layer=look.layer,
        head=look.head,
        query=look.query,
        second=trace.second,
        is_file=file is not None,
        question=read.asked.text or None if read.asked.pixels is not None else None,
        special_tokens=view.special_tokens,
        target=read.asked.target or None,
        part=trace.part if len(read.whole.parts) > 1 else "",
        off=view.off,
        changes=view.changes,
        specials=view.specials,
        words=view.words,
        sides=view.filter,
        pinned=view.second,
        show=view.show,
        over=view.over,
    )
    st.code(lines, language="python")


def _csv(read: Reading, heads: list[Head]) -> bytes:
    return "".join(csv_text(read.whole, heads)).encode("utf-8-sig")  # the mark tells Excel that it is UTF-8


def _download(label: str, make: Callable[[], bytes], name: str, kind: str, key: str) -> None:
    """A file that is made when it is asked for."""
    st.download_button(label, make, name, kind, key=key, on_click="ignore", icon=":material/download:")


_FOLDED: dict[str, tuple[str, Callable[[Reading], None]]] = {
    "meaning_open": ("Is this weight meaningful?", meanings.draw),
    "written_open": ("Who wrote the next word?", written.draw),
    "steps_open": ("How the weights are computed, step by step", _steps),
    "along_open": ("Save or share", _take_along),
}
