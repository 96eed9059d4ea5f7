"""The controls of the page. Their values live in Streamlit's session under the names of `View`'s fields."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz._trace import Trace
from attnviz.models.names import BY_ITSELF, Checkpoint, Folder, Packaged, offered, takes_settings
from attnviz.models.options import ScratchOptions
from attnviz.models.packages.cache import is_missing
from attnviz.models.packages.registry import PACKAGED
from attnviz.request import Picture, Sound
from attnviz.service.named import named_models
from attnviz.ui import words
from attnviz.ui.cards.inputs import pictures, sounds
from attnviz.ui.field import read_with_enter, text_field
from attnviz.ui.state import allowed, inputs
from attnviz.ui.state.address import another_model, choose_run, divisors, is_run
from attnviz.ui.state.session import choose, session

_ANY_MODEL = (
    "Choose one, or type the path of a checkpoint or a folder on this computer, or any model id of the Hugging Face "
    "hub."
)
_KIND = re.compile(r"^(File|Folder|Other): ")  # how the title of a name begins that is no offer


def sentence_and_model(*, chosen: Callable[[], None] = lambda: None) -> None:
    """The two that stand at the top of every page. `chosen`: what follows when another model was chosen."""
    sentence, model = _sentence(st.session_state.model)
    with sentence:
        _field(st.session_state.model)

    def take() -> None:
        _complete_model_name()
        sounds.make_room()
        chosen()

    with model:
        model_box("Model", "model", on_change=take)


def model_box(label: str, key: str, *, on_change: Callable[[], None]) -> None:
    """All models that there are, and room for another name."""
    st.selectbox(
        label,
        _names([*_offered(), *session().known_runs], st.session_state[key]),
        key=key,
        format_func=title,
        on_change=on_change,
        accept_new_options=True,
        label_visibility="collapsed" if key == "model" else "visible",
        placeholder="Choose a model" if allowed.is_visitor() else _ANY_MODEL,
    )


def sentence_and_run() -> None:
    """The same two on Train, where the models are training runs. Choosing one chooses the model of all pages."""
    state = st.session_state
    if is_run(state.model):
        state.run = state.model
    sentence, run = _sentence(state.run)
    with sentence:
        _field(state.run)
    with run:
        st.selectbox(
            "Training run",
            _names([*filter(is_run, _offered()), *session().known_runs], state.run),
            key="run",
            format_func=title,
            on_change=_take_run,
            label_visibility="collapsed",
        )


def _take_run() -> None:
    choose_run(st.session_state.run)
    sounds.make_room()


def _sentence(model: str) -> list[DeltaGenerator]:
    is_text = inputs.kind_of(model) not in (Picture, Sound)
    with st.container(key="field_script"):
        read_with_enter()
    return st.columns([3, 1.35], vertical_alignment="bottom" if is_text else "top")


def _field(model: str) -> None:
    """What the model reads: a sentence, a picture, or a sound."""
    kind = inputs.kind_of(model)
    if kind is Picture:
        pictures.field(model)
    elif kind is Sound:
        sounds.field(model)
    else:
        _text()


def _text() -> None:
    text_field("Sentence", key="text", placeholder="Type a sentence and press Enter", on_change=_leave_example)


def _leave_example() -> None:
    """Who types after an example gets a model that can read what is typed."""
    record = session()
    if record.example_model and st.session_state.model == record.example_model:
        choose(model=BY_ITSELF.name)
        another_model()
        record.head_chosen = False
    record.example_model = ""


def _offered() -> list[str]:
    return [BY_ITSELF.name, *(weights.name for weights in offered()), *named_models()]


def _names(listed: list[str], chosen: str) -> list[str]:
    return [*listed, *([] if chosen in listed else [chosen])]


def title(name: str) -> str:
    """A model's name as the page shows it.

    >>> title("minilm"), title("~/mine/checkpoint-500"), title("openai-community/gpt2")
    ('Pretrained BERT · MiniLM', 'Folder: ~/mine/checkpoint-500', 'Other: openai-community/gpt2')
    """
    named = allowed.meant(name)
    is_absent = isinstance(named, Packaged) and is_missing(PACKAGED[named.model])
    return f"{named.title} (not installed)" if is_absent else named.title


def choices(*, takes_pairs: bool, offers: Callable[[], None] = lambda: None, trace: Trace | None = None) -> None:
    """What one rarely needs, folded away. `offers` draws what the model itself has to offer; `trace` is what was
    read."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="choices"):
        if trace is not None:
            typed_specials(trace)
        if takes_pairs and not session().pair_shown:
            st.button(
                "Second sentence",
                icon=":material/add:",
                on_click=_show_pair,
                key="add_pair",
                help="This model reads pairs of sentences: see how the words of one look at those of the other.",
            )
        if takes_settings(st.session_state.model):
            with st.popover("Settings", icon=":material/tune:"):
                _scratch_options()
        offers()


def typed_specials(*traces: Trace) -> None:
    """Whether special tokens in the text are read as such, where it has any."""
    if any(words.typed_specials(trace) for trace in traces):
        st.session_state.read_specials = not any(trace.spelled for trace in traces)
        st.toggle(
            "Read typed special tokens",
            key="read_specials",
            on_change=_take_read_specials,
            help="On: every [MASK], [SEP] or marker that you typed is read as what the model has learned for it. "
            "Off: some or all of them are read as plain text, in pieces; a line above says which.",
        )


def _take_read_specials() -> None:
    choose(special_tokens=st.session_state.read_specials)


def second_sentence(*, takes_pairs: bool) -> None:
    """The field of the second sentence, where it was asked for and the model reads two."""
    if takes_pairs and session().pair_shown:
        text_field("Second sentence", key="pair", placeholder="Read after the first, as a pair")


def _show_pair() -> None:
    session().pair_shown = True


def _scratch_options() -> None:
    least, most = (int(x) for x in ScratchOptions.LIMITS["seed"])
    st.number_input("Seed", least, most, step=1, key="seed", help="Another seed, other random weights.")
    widths = sorted({16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, st.session_state.d_model})
    st.select_slider("d_model", widths, key="d_model", help="How many numbers stand for a word.")
    st.select_slider("Heads", divisors(), key="heads", help="Each works on d_head = d_model ÷ heads numbers.")
    st.slider("Temperature", 0.05, 20.0, step=0.05, key="temperature", help="Above 1 flattens the weights.")
    st.toggle("Positions", key="positions", help="Add sinusoidal positions to the words' vectors.")
    st.toggle("Causal mask", key="causal", help="A word may look only at itself and at words before it.")
    st.toggle("Scale by 1/√d_head", key="scaling")


def _complete_model_name() -> None:
    another_model()
    st.session_state.model = completed(st.session_state.model)


def completed(name: str) -> str:
    """Who types "bert" or "minilm" and presses Enter means the model offered under such a name. Only a word that stands
    in an offer is completed, so no path and no hub id is; nor what has that very name.

    >>> completed("MiniLM"), completed("./minilm"), completed("microsoft/MiniLM")
    ('minilm', './minilm', 'microsoft/MiniLM')
    """
    name = _KIND.sub("", name)  # where the title was changed by hand
    typed = name.casefold().strip()
    under = [one.name for one in offered() if typed in f"{one.name} {one.title}".casefold()]
    is_known = name in _offered() or isinstance(allowed.meant(name), Folder | Checkpoint)
    return under[0] if not is_known and len(typed) > 2 and under else name
