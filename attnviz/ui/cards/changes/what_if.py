"""What if? What is changed in the run beside heads that are off: named, and taken back; and more to change."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz.analysis import strongest_other
from attnviz.normalizers import NORMALIZERS
from attnviz.request import LIFTED, MASKS, WIDE, Change, Masked, Normalized, Scaled, Unplaced, Unseen
from attnviz.service import loading
from attnviz.tokens import FrameToken, PatchToken, Token
from attnviz.ui import words
from attnviz.ui.reading.reading import Reading
from attnviz.ui.state.session import choose, session

WIDEST = 512  # tokens to either side
LEAST, MOST = 0.1, 10.0  # temperature
_HELP = "Change the run, and see what that does."
_WAYS = {
    "": "whatever the model lets it",
    LIFTED: "all words: no mask",
    "causal": "only itself and words before it",
    "window": "only words near it",
    "dilated": "every second word near it",
}
_MAKERS = {
    "softmax": "softmax, as the model has it",
    "relu": "ReLU: max(0, score) ÷ words",
    "polynomial": "the third power: score³ ÷ √words",
    "hard": "the largest score takes all",
}


def is_open() -> bool:
    """Whether the person sees what can be changed."""
    return bool(st.session_state.get("what_if_open"))


def draw(read: Reading) -> None:
    """The changes, each with a way back, and a button that opens what else can be changed."""
    with st.container(horizontal=True, vertical_alignment="center", key="what_if"):
        box = st.popover("What if …", icon=":material/science:", help=_HELP, key="what_if_open", on_change="rerun")
        if box.open:  # closed, it costs a choice nothing
            with box:
                _choices(read)
        for i, change in enumerate(read.view.changes):
            st.button(
                words.in_label(words.change_in_words(change, read.whole)),
                icon=":material/undo:",
                key=f"take_back_{i}",
                on_click=_set,
                args=([one for one in read.view.changes if one != change],),
                help="Take this change back.",
            )


def _choices(read: Reading) -> None:
    """What can be changed in the part that is shown."""
    changes, part = read.view.changes, read.trace.part
    query, key = read.look.query, _looked_at(read)
    layer, head = read.look.layer, read.look.head
    st.html(f"<p class='reading'>{words.word(read.trace, query)} → {words.word_of(read.trace.columns, key)}</p>")
    hidden = {
        f"Take this weight away, in head {head}": Unseen(layer, head, query, key, part),
        f"Hide this {_thing(read.trace.columns[key])} from all others": Unseen(key=key, part=part),
    }
    for i, (label, change) in enumerate(hidden.items()):
        if change not in changes:
            more = [*changes, change]
            st.button(label, icon=":material/visibility_off:", key=f"unseen_{i}", on_click=_set, args=(more,))
    scaled = next((one for one in changes if isinstance(one, Scaled) and one.root), Scaled())
    st.session_state.if_temperature = min(max(scaled.temperature, LEAST), MOST)  # a link may say any
    st.slider(
        "Softmax temperature",
        LEAST,
        MOST,
        step=0.1,
        key="if_temperature",
        on_change=_take_temperature,
        help="Above 1 the weights are flatter, below 1 sharper.",
    )
    unscaled = any(isinstance(one, Scaled) and not one.root for one in changes)
    if unscaled or any(layer.scale != 1 for layer in read.whole.every_layer):  # T5 has no root to leave out
        st.session_state.if_unscaled = unscaled
        st.toggle(
            "Do not divide by √d_head",
            key="if_unscaled",
            on_change=_take_unscaled,
            help="In every head: later layers read something else then.",
        )
    made = next((one.kind for one in reversed(changes) if isinstance(one, Normalized)), "softmax")
    st.session_state.if_normalizer = made
    st.selectbox(
        "Weights are made of scores by",
        list(NORMALIZERS),
        key="if_normalizer",
        format_func=_MAKERS.__getitem__,
        on_change=_take_normalizer,
        help="Softmax makes shares of them. What is that for? Try something else in its place.",
    )
    takes = loading.model_for(read.weights).takes
    if read.trace.is_square and Masked in takes:
        _mask(read, changes)
    if Unplaced in takes:
        st.session_state.if_unplaced = Unplaced() in changes
        st.toggle(
            "Without positions",
            key="if_unplaced",
            on_change=_take_unplaced,
            help="The model then does not know in which order the words stand.",
        )


def _thing(token: Token) -> str:
    """What a token stands for."""
    return "patch" if isinstance(token, PatchToken) else "moment" if isinstance(token, FrameToken) else "word"


def _mask(read: Reading, changes: tuple[Change, ...]) -> None:
    mask = next((one for one in changes if isinstance(one, Masked)), None)
    st.session_state.if_mask = mask.kind if mask else ""
    # Without a mask in the run there is none to lift.
    ways = [kind for kind in _WAYS if kind != LIFTED or mask or any(one.mask is not None for one in read.trace.layers)]
    thing = _thing(read.trace.rows[read.look.query])
    told = {kind: way.replace("word", thing) for kind, way in _WAYS.items()}
    st.selectbox(f"Each {thing} looks at", ways, key="if_mask", format_func=told.__getitem__, on_change=_take_mask)
    if mask is not None and mask.kind in WIDE:
        st.session_state.if_width = min(mask.width, WIDEST)
        st.number_input("… up to so many tokens away", 1, WIDEST, key="if_width", on_change=_take_mask)


def _looked_at(read: Reading) -> int:
    """The pinned word, or the one that the chosen one looks at most."""
    if read.view.key is not None:
        return read.view.key
    return strongest_other(read.trace, layer=read.look.layer, head=read.look.head, query=read.look.query)


def _take_temperature() -> None:
    chosen = st.session_state.if_temperature
    if isinstance(chosen, int | float) and LEAST <= chosen <= MOST:  # a browser may send anything
        _replace_scaled(root=True, new=Scaled(round(float(chosen), 2)))


def _take_unscaled() -> None:
    _replace_scaled(root=False, new=Scaled(root=not st.session_state.if_unscaled))


def _replace_scaled(*, root: bool, new: Scaled) -> None:
    """Temperature and √d_head are told apart, so that each can be taken back."""
    others = [one for one in session().view.changes if not (isinstance(one, Scaled) and one.root == root)]
    _set([*others, *([new] if new != Scaled() else [])])


def _take_normalizer() -> None:
    others = [one for one in session().view.changes if not isinstance(one, Normalized)]
    kind = st.session_state.if_normalizer
    if kind in NORMALIZERS:  # a browser may send anything
        _set([*others, *([Normalized(kind)] if kind != "softmax" else [])])


def _take_unplaced() -> None:
    others = [one for one in session().view.changes if not isinstance(one, Unplaced)]
    _set([*others, *([Unplaced()] if st.session_state.if_unplaced else [])])


def _take_mask() -> None:
    others = [one for one in session().view.changes if not isinstance(one, Masked)]
    kind, width = st.session_state.if_mask, st.session_state.get("if_width")
    mask = Masked(kind) if kind in MASKS else None  # a browser may send anything
    if mask is not None and isinstance(width, int) and 1 <= width <= WIDEST:
        mask = replace(mask, width=width)
    _set([*others, *([mask] if mask else [])])


def _set(changes: list[Change]) -> None:
    choose(changes=tuple(changes))
