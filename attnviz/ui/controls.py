"""The controls of the page. Their values live in the session under the names of `View`'s fields."""

from __future__ import annotations

import os
from dataclasses import fields

import streamlit as st

from attnviz.models import OFFERS
from attnviz.models.scratch import ScratchModel, ScratchOptions
from attnviz.ui.view import EXAMPLES, View, params_from_view, view_from_params

THIS_LAYER, ALL_LAYERS = "This layer", "All layers"
OPTION_NAMES = [option.name for option in fields(ScratchOptions)]
_TITLES = {offer.name: offer.title for offer in OFFERS}
_WIDGETS = ("text", "model", "layer", "head", "specials", "heads_shown")
_MOST_BUTTONS = 24  # past so many layers or heads, a slider instead


def start_session() -> None:
    """On the first run of a session, and when the browser went back or forward, take the state from the URL."""
    if "query" in st.session_state:
        # Streamlit forgets the value of a widget that was not drawn; writing it again keeps it.
        for name in (*_WIDGETS, *OPTION_NAMES):
            st.session_state[name] = st.session_state[name]
        st.session_state.heads = max(h for h in _divisors() if h <= st.session_state.heads)
        if not _has_navigated():
            return
    view, wrong = view_from_params(st.query_params.to_dict())
    for name in ("text", "model", "layer", "head", "query", "specials"):
        st.session_state[name] = getattr(view, name)
    for name in OPTION_NAMES:
        st.session_state[name] = getattr(view.options, name)
    st.session_state.anchor = None  # the chosen token as it was last shown
    st.session_state.wrong = wrong
    st.session_state.heads_shown = ALL_LAYERS if view.all_layers else THIS_LAYER
    st.session_state.linked = view
    st.session_state.written, st.session_state.written_for = st.query_params.to_dict(), current_view()


def current_view() -> View:
    """What is chosen now."""
    state = st.session_state
    # Another model has no options: with the default ones, what is cached for it is found whatever was set before.
    chosen = {name: state[name] for name in OPTION_NAMES} if state.model == ScratchModel.name else {}
    fields_of_view = {name: state[name] for name in (*_WIDGETS, "query") if name != "heads_shown"}
    return View(**fields_of_view, all_layers=state.heads_shown == ALL_LAYERS, options=ScratchOptions(**chosen))


def link_problems(view: View) -> list[str]:
    """What was wrong in the link, for as long as nothing else is chosen."""
    if st.session_state.wrong and view != st.session_state.linked:
        st.session_state.wrong = []
    return list(st.session_state.wrong)


def write_url(view: View) -> None:
    """Copying the address gives the same view to somebody else."""
    params = params_from_view(view)
    st.session_state.written, st.session_state.written_for = params, current_view()
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)


def sentence_and_model() -> None:
    """The two that stand at the top of every page."""
    sentence, model = st.columns([3, 1.35], vertical_alignment="bottom")
    with sentence:
        st.text_input("Sentence", key="text", placeholder="Type a sentence and press Enter", autocomplete="off")
    with model:
        names = list(_TITLES)
        if st.session_state.model not in names:
            names.append(st.session_state.model)
        st.selectbox(
            "Model",
            names,
            key="model",
            format_func=lambda name: _TITLES.get(name, name),
            on_change=_complete_model_name,
            accept_new_options=True,
            help="Choose one, or type a folder on this computer or any model id of the Hugging Face hub.",
        )


def choices(layers: int, heads: int, *, specials: bool) -> None:
    """Layer and head as rows of buttons; what one rarely needs is folded away beside them."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", key="choices"):
        with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
            if layers > 1:
                _number("Layer", layers, "layer")
            if heads:
                _number("Head", heads, "head")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if specials:
                st.toggle(
                    "Special tokens", key="specials", help="[CLS], [SEP] and their like, which the model adds itself."
                )
            if st.session_state.model == ScratchModel.name:
                with st.popover("Settings", icon=":material/tune:"):
                    _scratch_options()
            st.menu_button("Examples", EXAMPLES, key="example", on_click=_take_example)


def heads_shown() -> None:
    """One layer's heads or all."""
    st.segmented_control(
        "Heads shown", [THIS_LAYER, ALL_LAYERS], key="heads_shown", required=True, label_visibility="collapsed"
    )


def _scratch_options() -> None:
    least, most = (int(x) for x in ScratchOptions.LIMITS["seed"])
    st.number_input("Seed", least, most, step=1, key="seed", help="Another seed, other random weights.")
    widths = sorted({16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, st.session_state.d_model})
    st.select_slider("d_model", widths, key="d_model", help="How many numbers stand for a word.")
    st.select_slider("Heads", _divisors(), key="heads", help="Each works on d_head = d_model ÷ heads numbers.")
    st.slider("Temperature", 0.05, 20.0, step=0.05, key="temperature", help="Above 1 flattens the weights.")
    st.toggle("Positions", key="positions", help="Add sinusoidal positions to the words' vectors.")
    st.toggle("Causal mask", key="causal", help="A word may look only at itself and at words before it.")
    st.toggle("Scale by 1/√d_head", key="scaling")


def _number(label: str, count: int, key: str) -> None:
    numbers = range(count)
    if count <= _MOST_BUTTONS:
        st.segmented_control(label, numbers, key=key, required=True, wrap=True)
    else:
        st.select_slider(label, numbers, key=key, width=420)


def _take_example() -> None:
    st.session_state.text = st.session_state.example
    st.session_state.query = st.session_state.anchor = None  # the word that the example is about


def _complete_model_name() -> None:
    """Who types "bert" or "minilm" and presses Enter means the model offered under such a name."""
    typed = st.session_state.model.casefold().strip()
    offered = [offer.name for offer in OFFERS if typed in f"{offer.name} {offer.title}".casefold()]
    is_known = st.session_state.model in _TITLES or os.path.isdir(st.session_state.model)
    if not is_known and len(typed) > 2 and offered:
        st.session_state.model = offered[0]


def _has_navigated() -> bool:
    """The address is not the one that the page wrote, though nothing was chosen on the page since.

    (After a quick second choice the browser may report the address from before the first: then something
    was chosen, and the choice counts.)
    """
    state = st.session_state
    return state.get("written_for") == current_view() and st.query_params.to_dict() != state.written


def _divisors() -> list[int]:
    """The numbers of heads that divide the chosen width."""
    _, most = ScratchOptions.LIMITS["heads"]
    return [heads for heads in range(1, int(most) + 1) if st.session_state.d_model % heads == 0]
