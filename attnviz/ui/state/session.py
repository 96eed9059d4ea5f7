"""What one person has chosen, and what the page remembers of them, as one record. Beside it the session of Streamlit
holds only what widgets hold, under their own names.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from attnviz._trace import Trace
from attnviz.analysis import LinkTables
from attnviz.lessons import Lesson
from attnviz.models.names import FIRST, Weights
from attnviz.request import Picture, Sound
from attnviz.service.asked import Asked
from attnviz.tokens import Token
from attnviz.ui.state.compare_view import CompareView
from attnviz.ui.state.view import View, is_chosen

if TYPE_CHECKING:
    from attnviz.ui.reading.reading import Reading

KEY = "session"  # of the record, in Streamlit's session
WIDGETS = (
    "text",
    "pair",
    "target",
    "question",
    "sound",
    "model",
    "layer",
    "head",
    "specials",
    "step",
)  # of a view, what widgets hold


@dataclass(frozen=True, eq=False)
class Beside:
    """What the links of a trace are held against, once it is at hand."""

    asked: Asked
    tables: LinkTables
    untrained: Trace | None


@dataclass
class Session:
    """One person's page. A test can make one, and read it back."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    page: str = ""  # the one that was drawn last

    view: View = field(default_factory=View)  # what is chosen; what widgets hold of it, they know better
    head_chosen: bool = False  # part, layer, head and word are a person's choice, and not what the page opens on
    about: tuple[str, str, int] | None = None  # a text that the page chose, for which model, and the token to look at
    example_model: str = ""  # the model that it named
    example_taken: str = ""  # the title of the one that was taken last
    read_by: str = ""  # the name of the weights that read the last text
    undone_for: str | None = None  # the text whose model could not have what was switched off or changed
    anchor: Token | None = None  # the chosen token as it was last shown
    key_anchor: Token | None = None  # and the one looked at
    pair_shown: bool = False  # the field of the second sentence
    kept: dict[str, Any] = field(default_factory=dict)  # what widgets hold, also while they are not drawn
    aside: tuple[str, dict[str, Any]] | None = None  # a model and the heads chosen of it, while Train shows another

    found: dict[str, Any] = field(default_factory=dict)  # what a run of the page found out of the view, for the next
    linked: View | None = None  # what the link says; None before it was read
    wrong: list[str] = field(default_factory=list)  # what cannot be in it, in sentences
    written: dict[str, str] = field(default_factory=dict)  # the address that the page wrote
    written_for: tuple[View, CompareView | None] | None = None  # and what was chosen then

    quick: Weights | None = None  # what read the last text at once
    drawn: Asked | None = None  # what the browser has drawn
    stood: Reading | None = None  # what Explore read last: it stays while something cannot be read
    firsts: dict[str, tuple[str, tuple[tuple[str, Any], ...]]] = field(default_factory=dict)  # by side, of which
    # trace, and what was chosen when it was first drawn
    beside: Beside | None = None
    sequence: int = 0  # the number of the last choice that the browser sent
    taken: dict[str, int] = field(default_factory=dict)  # and of the last of each explorer that was taken
    rows_asked: tuple[int, ...] = ()  # further rows that the browser asked for
    vectors_asked: dict[str, tuple[str, tuple[str, int] | None]] = field(default_factory=dict)  # by side, of which
    # trace, and which part and layer (None: all) the browser asked for last
    map_open: bool = False

    brought: Picture | None = None  # a picture that this person has given
    asked_of: str = ""  # the task of the model that was last asked about one
    moved_by: int = 0  # the number of the choice that moved something in a picture last
    heard: Sound | None = None  # a sound that this person has given
    sound_problem: str = ""  # what was wrong with one, in a sentence
    picture_problem: str = ""  # what was wrong with one, in a sentence
    target_wanted: bool = False  # the model is to write it

    way: tuple[str, ...] = ()  # the texts that came one after another, as words were written after one
    writing: int = 0  # how many more words are to be written
    writing_on: Asked | None = None  # and after what: who goes elsewhere, or changes anything, stops it
    written_said: str = ""  # what came of it

    compare: CompareView | None = None
    compare_linked: CompareView | None = None
    compare_wrong: list[str] = field(default_factory=list)
    compare_apart: dict[str, dict[str, Any]] = field(default_factory=dict)  # by trace, what B alone has of a choice

    own_lesson: Lesson | None = None  # that is being made
    lesson_version: int = 0  # another one after each change of its order: the fields of its steps are others then
    lesson_problem: str = ""  # what went wrong in it, in a sentence

    playing: bool = False  # a training is played, step after step
    known_runs: list[str] = field(default_factory=list)  # that were started here
    own_run: str = ""  # the last of them
    watched: str = ""  # the run that was going on when Train was last drawn, or was started since
    filled_for: str = ""  # the run whose settings the form was filled with
    form_task: str = FIRST.name  # of which the settings in Train's form are the usual ones, where nobody set them
    form_problem: str = ""
    costs_told: str = ""  # what became of a press on Measure or Stop, until it was said

    @classmethod
    def of(cls, view: View) -> Session:
        """That of a person who has chosen this, before a page is drawn."""
        widgets = {name: getattr(view, name) for name in WIDGETS} | asdict(view.options) | {"run": FIRST.name}
        head_chosen = is_chosen(view)
        return cls(view=view, head_chosen=head_chosen, kept=widgets, linked=view)


def session() -> Session:
    """The record of whoever is served now."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Session()
    found: Session = st.session_state[KEY]
    return found


def choose(**values: Any) -> None:
    """Choose fields of the view, by name, for the record and the widgets."""
    record = session()
    record.view = replace(record.view, **values)
    for name in WIDGETS:
        if name in values:
            st.session_state[name] = values[name]


def take_found() -> None:
    """What the run before this one found out. (Before the fields are drawn: later their values cannot be set.)"""
    record = session()
    found, record.found = record.found, {}
    choose(**found)


def view_now() -> View:
    """What is chosen now, with the options that the record had last."""
    state = st.session_state
    return replace(session().view, **{name: state[name] for name in WIDGETS if name in state})
