"""What is chosen, taken from the address and written into it, and remembered from page to page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType

import streamlit as st

from attnviz.models.names import BY_ITSELF, FIRST, Learned, takes_settings
from attnviz.models.options import ScratchOptions
from attnviz.ui.serving import sessions
from attnviz.ui.state import allowed, inputs, values
from attnviz.ui.state.compare_view import CompareView
from attnviz.ui.state.link import explorer_last, params_from_view, view_from_params
from attnviz.ui.state.session import WIDGETS, choose, session, view_now
from attnviz.ui.state.view import View, is_chosen

OPTION_NAMES = [option.name for option in fields(ScratchOptions)]
_OF_HEADS = ("part", "layer", "head", "second", "over", "off", "changes")
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
        st.session_state.heads = max(h for h in divisors() if h <= st.session_state.heads)
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


def divisors() -> list[int]:
    """The numbers of heads that divide the chosen width."""
    _, most = ScratchOptions.LIMITS["heads"]
    return [heads for heads in range(1, int(most) + 1) if st.session_state.d_model % heads == 0]
