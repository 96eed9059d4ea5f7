"""Everything that a person has chosen, as one record."""

from __future__ import annotations

from dataclasses import dataclass, field

from attnviz.heads import Head, LayerHead
from attnviz.models.names import BY_ITSELF
from attnviz.models.options import ScratchOptions
from attnviz.request import Change

DEFAULT_TEXT = "The cat, which was black, sat on the mat"
OWN = "own"  # the name of a picture or a sound that somebody has brought; no link can carry it


@dataclass(frozen=True)
class View:
    """Everything a person has chosen. Layers, heads and tokens count from 0."""

    text: str = DEFAULT_TEXT
    pair: str = ""  # a second sentence, for models that read two
    target: str = ""  # what an encoder–decoder is to have written of the text
    picture: str = ""  # the name of one that the page offers, for a model that looks at pictures; "": its first
    question: str = ""  # what is asked about it, or compared with it; "": what its offer asks or says
    sound: str = ""  # what is said to a model that hears; "": its first example
    moved: str = ""  # what of a scene is in other cells, as a link has it
    model: str = BY_ITSELF.name
    sampling: str = ""  # how words are drawn that come after the text, as a link has it; "": the most probable one
    part: str = ""  # of a model of several; "": let the page choose
    layer: int | None = None  # None: let the page choose
    head: int | None = None
    query: int | None = None  # index of the chosen token; None: let the page choose
    key: int | None = None  # index of the token looked at; None: none is pinned
    second: LayerHead | None = None  # a pinned head, beside the chosen one
    over: tuple[LayerHead, ...] = ()  # further heads, laid over the chosen one
    of: str = "head"  # shown large: that head, a mean of heads, or the rollout through its layer
    show: str = "heatmap"
    words: str = "pieces"  # word pieces as they are, or merged
    filter: str = "all"  # of a pair of sentences
    scale: str = "fixed"  # of the large heatmap
    present: int = 0  # the card that fills the window, from 1; 0 for none
    pane: str = "way"  # of the Learn page
    walk: str = "words"  # the step of the way that it shows
    switched: str = ""  # what it has switched in the run, as it is written there
    lesson: str = ""  # the name of a lesson, or a lesson of one's own as a link has it; "" for none
    at: int = 0  # its step
    specials: bool = True
    special_tokens: bool | None = None  # whether typed special tokens are read as such; None: as each is by default
    off: frozenset[Head] = frozenset()  # heads that are switched off
    changes: tuple[Change, ...] = ()  # what else is changed in the run
    step: int | None = None  # of a training run, on the Train page; None: the first
    options: ScratchOptions = field(default_factory=ScratchOptions)


def is_chosen(view: View) -> bool:
    """Whether somebody has chosen where to look."""
    return bool(view.part) or (view.layer, view.head, view.query) != (None, None, None)
