"""The controls of the page. Their values live in Streamlit's session under the names of `View`'s fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz._trace import Trace
from attnviz.models.names import BY_ITSELF, FIRST, Checkpoint, Folder, Learned, Packaged, offered, takes_settings
from attnviz.models.options import ScratchOptions
from attnviz.models.packages.cache import is_missing
from attnviz.models.packages.registry import PACKAGED
from attnviz.request import Picture, Sound
from attnviz.service.named import named_models
from attnviz.ui import words
from attnviz.ui.cards import pictures, sounds
from attnviz.ui.field import read_with_enter, text_field
from attnviz.ui.state import allowed, inputs, sessions, values
from attnviz.ui.state.compare_view import CompareView
from attnviz.ui.state.session import WIDGETS, choose, session, view_now
from attnviz.ui.state.view import View, explorer_last, is_chosen, params_from_view, view_from_params

OPTION_NAMES = [option.name for option in fields(ScratchOptions)]
_OF_HEADS = ("part", "layer", "head", "second", "over", "off", "changes")
_ANY_MODEL = (
    "Choose one, or type the path of a checkpoint or a folder on this computer, or any model id of the Hugging Face "
    "hub."
)
_KIND = re.compile(r"^(File|Folder|Other): ")  # how the title of a name begins that is no offer
FORM = "train_"  # how the names of Train's form begin


def start_session(page: str) -> bool:
    """On the first run of a session, and when the browser went back or forward, take the state from the URL.
    Whether it was taken."""
    record = session()
    came_from, record.page = record.page or page, page
    record.playing = record.playing and came_from == page
    values.settle()
    has_arrived = sessions.has_arrived()
    params = st.query_params.to_dict()
    if record.linked is not None:
        _restore()
        _set_heads_aside(came_from, page)
        st.session_state.heads = max(h for h in _divisors() if h <= st.session_state.heads)
        # A page's link in the navigation has no parameters: what is chosen stays. The browser's Back has them.
        if not (params if came_from != page else has_arrived and _is_elsewhere()):
            return False
    view, wrong = view_from_params(params)
    wrong += inputs.not_carried(view)
    if page == "train" and not is_run(view.model) and view.model != BY_ITSELF.name:
        wrong.append(f"The link's model “{view.model[:60]}” is no training run; the shipped one is shown.")
        view = replace(view, model=BY_ITSELF.name)
    choose(**vars(view))
    for name in OPTION_NAMES:
        st.session_state[name] = getattr(view.options, name)
    st.session_state.run = view.model if is_run(view.model) else st.session_state.get("run", FIRST.name)
    record.anchor = record.key_anchor = None
    record.head_chosen = is_chosen(view)
    # On Train what is looked at is a run.
    record.wrong, record.linked = wrong, replace(view, model=st.session_state.run) if page == "train" else view
    record.pair_shown = bool(view.pair) or sessions.had("pair")
    record.written, record.written_for = st.query_params.to_dict(), _chosen()
    keep()
    return True


def _set_heads_aside(came_from: str, page: str) -> None:
    """The heads chosen of a model that Train cannot show wait until one is back: there it is another model's."""
    record = session()
    model = st.session_state.model
    if page == "train" and came_from != page and not is_run(model):
        heads = {name: getattr(view_now(), name) for name in _OF_HEADS}
        record.aside = model, heads | {"head_chosen": record.head_chosen}
    elif came_from == "train" and came_from != page and record.aside is not None:
        of, heads = record.aside
        if of == model:
            record.head_chosen = heads.pop("head_chosen")
            choose(**heads)
        record.aside = None


def keep() -> None:
    """Remember what the widgets hold, under a name that is no widget's: Streamlit forgets the value of a widget
    that was not drawn, and on leaving a page that draws itself again and again, at once."""
    state = st.session_state
    names = [*WIDGETS, "run", *OPTION_NAMES, *(name for name in state if str(name).startswith(FORM))]
    session().kept |= {name: state[name] for name in names if name in state}


def _restore() -> None:
    """Write all that is remembered again, where it is gone or would be."""
    keep()
    for name, value in session().kept.items():
        st.session_state[name] = value


def current_view() -> View:
    """What is chosen now."""
    state = st.session_state
    # Another model has no options: with the default ones, what is cached for it is found whatever was set before.
    options = {name: state[name] for name in OPTION_NAMES} if takes_settings(state.model) else {}
    view = replace(view_now(), options=ScratchOptions(**options))
    # What the page showed of another model's head is not asked of this one.
    return view if session().head_chosen else replace(view, part="", layer=None, head=None, query=None)


def with_pair(view: View) -> View:
    """A view of one sentence alone, with the second one that Explore has beside it."""
    return replace(view, pair=st.session_state.pair)


def link_problems(view: View) -> list[str]:
    """What was wrong in the link, for as long as nothing else is chosen."""
    record = session()
    if view != record.linked:
        record.wrong = []
    return list(record.wrong)


def write_url(view: View, more: Mapping[str, str] = MappingProxyType({}), *, widgets: bool = True) -> None:
    """Copying the address gives the same view to somebody else. `more` is what one page alone has to say; `widgets`:
    one of them may have changed."""
    params = explorer_last(params_from_view(view) | dict(more))
    if widgets:
        keep()
    record = session()
    record.written, record.written_for = params, _chosen()
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)


def sentence_and_model(*, chosen: Callable[[], None] = lambda: None) -> None:
    """The two that stand at the top of every page. `chosen`: what follows when another model was chosen."""
    sentence, model = _sentence(st.session_state.model)
    with sentence:
        _field(st.session_state.model)

    def take() -> None:
        _complete_model_name()
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


def is_run(name: str) -> bool:
    """Whether a model's name is that of a training run: shipped, trained on this server, or in a file."""
    return isinstance(allowed.meant(name), Learned)


def choose_run(name: str) -> None:
    """Show a run, on every page, from its last step and as the model's own head shows it."""
    st.session_state.run = name
    choose(model=name, step=None)
    session().head_chosen = session().playing = False
    another_model()


def another_model() -> None:
    """What was chosen of one model's heads, beyond the one that is looked at, is not meant of another's."""
    choose(off=frozenset(), second=None, over=(), changes=())


def forget_words() -> None:
    """No word is chosen any more."""
    choose(query=None, key=None)
    session().anchor = session().key_anchor = None


def _take_run() -> None:
    choose_run(st.session_state.run)


def _sentence(model: str) -> list[DeltaGenerator]:
    is_text = inputs.kind_of(model) not in (Picture, Sound)
    with st.container(key="field_script"):
        read_with_enter()
    return st.columns([3, 1.35], vertical_alignment="bottom" if is_text else "top")


def _field(model: str) -> None:
    """What the model reads: a sentence, or a picture."""
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
    st.select_slider("Heads", _divisors(), key="heads", help="Each works on d_head = d_model ÷ heads numbers.")
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


def _is_elsewhere() -> bool:
    """The address is not the one that the page wrote, though nothing was chosen on the page since.

    (After a quick second choice, or while a part of the page runs by itself, the browser may report the address from
    before what the page wrote: then what was chosen counts.)
    """
    record = session()
    return record.written_for == _chosen() and st.query_params.to_dict() != record.written


def _chosen() -> tuple[View, CompareView | None]:
    """All that is chosen on any page."""
    return current_view(), session().compare


def _divisors() -> list[int]:
    """The numbers of heads that divide the chosen width."""
    _, most = ScratchOptions.LIMITS["heads"]
    return [heads for heads in range(1, int(most) + 1) if st.session_state.d_model % heads == 0]
