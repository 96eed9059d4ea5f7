"""The types of what is sent to the page, and of what is chosen there. A type here is a record as JSON; layers, heads
and tokens count from 0."""

# Annotations are read when the file is written, so they are no strings here: each type stands after what it is made of.

from typing import Literal, NotRequired, TypedDict

from attnviz.client.schema.choices import Filter, Mode, Normalizer, Of, Pane, PartName, Scale, Show, Step, Words
from attnviz.figures.palette import Palette
from attnviz.heads import LayerHead


class State(TypedDict):
    """What is chosen."""

    part: PartName
    layer: int
    head: int
    query: int  # the token that looks
    key: int | None  # the token looked at, once one is pinned
    second: LayerHead | None  # a pinned second head
    over: list[LayerHead]  # further heads, drawn over the first in colours of their own
    of: Of  # shown large: the head, a mean of heads (its layer's, or those over one another), or the rollout
    show: Show
    words: Words
    filter: Filter  # of a pair of sentences: from → to
    specials: bool  # whether special tokens are shown
    scale: Scale  # of the large heatmap: 0 to 1, or to its own largest weight
    present: int  # the card that fills the window, for a class, from 1; 0 for none
    pane: Pane
    walk: Step
    switched: str  # what the Learn page has switched in the run, as it writes it in a link; "" for nothing
    at: int  # the step of a lesson


class Token(TypedDict):
    """What a row or a column of weights stands for."""

    label: str
    name: str  # the label, with an index where another has the same
    title: str
    special: bool
    continues: bool
    unknown: bool
    mask: bool  # a word that is hidden from the model
    word: int | None
    segment: int
    time: NotRequired[tuple[float, float]]  # of a frame of a sound: from when to when, in seconds
    box: NotRequired[tuple[int, int, int, int]]  # of a patch: x, y, width and height in pixels of its picture


class WordsOf(TypedDict):
    """[token]: the word that each token belongs to, in both ways of merging."""

    words: list[int]
    joined: list[int]


class MergedOf(TypedDict):
    """Label and name of each word of several tokens, by its first one."""

    words: dict[int, tuple[str, str]]
    joined: dict[int, tuple[str, str]]


class PictureOf(TypedDict):
    """A picture: its size, and the array of its pixels, [row, column, 3]."""

    columns: int
    rows: int
    pixels: str


class SoundOf(TypedDict):
    """A sound: how it is played and seen. Arrays by name: its samples, and its spectrogram [frame, band], 0 to 255."""

    rate: int  # samples a second
    samples: str
    heard: str
    frames: int
    bands: int
    seconds: float  # that all frames of the spectrogram last


class Row(TypedDict):
    """A row of tokens: a text, a source, a target, a picture, a sound."""

    tokens: list[Token]
    words: WordsOf
    merged: MergedOf
    fromRight: bool
    picture: NotRequired[PictureOf]
    sound: NotRequired[SoundOf]


class Projection(TypedDict):
    """How a layer makes its vectors, step after step."""

    q: list[str]
    k: list[str]
    v: list[str]


class Layer(TypedDict):
    """One layer of a part."""

    heads: int
    kvHeads: int
    dHead: int
    dValue: int
    scale: float
    temperature: float
    projection: Projection | None
    extra: str | None  # what is added to the scores: nothing, "causal", or the name of an array
    added: list[str]
    normalizer: NotRequired[Normalizer]  # the softmax, if not said
    byHand: NotRequired[list[tuple[int, int]]]  # head and query of each row of an array of weights set by hand
    loose: NotRequired[bool]  # weights are no shares: some are below 0, or some rows are not 1 together


class PartHeader(TypedDict):
    """A part of a model: who looks at whom, and its layers."""

    name: PartName
    queries: str  # the name of a row
    keys: str
    layers: list[Layer]


class Link(TypedDict):
    """A head's weight of one word on another, and what stands beside it."""

    layer: int
    head: int
    weight: float
    others: float | None
    position: float | None
    untrained: float | None
    forced: NotRequired[bool]


class Links(TypedDict):
    """All heads' links between two tokens."""

    query: int
    key: int
    heads: list[Link]


class HeadNotes(TypedDict):
    """What a head does, in figures; what needs one row of words is not there where there are two."""

    character: str
    entropy: float | None  # None, as the distance, where weights are no shares
    special: float
    choosing: int
    first: float
    distance: NotRequired[float | None]
    previous: NotRequired[float | None]
    following: NotRequired[float | None]
    itself: NotRequired[float | None]


class Interesting(TypedDict):
    """A head that is worth a look, the word of which it has something to say, and what that is."""

    kind: str
    layer: int
    head: int
    query: int
    said: str


class Guesses(TypedDict):
    """What a model says for a word that is hidden ("masked"), after it ("next"), or of a picture ("answer"): by token,
    the most probable words and how probable they are."""

    predicts: Literal["masked", "next", "answer"]
    words: dict[int, list[tuple[str, float]]]
    without: NotRequired[dict[str, dict[int, list[tuple[str, float]]]]]  # by a head's address: with that head off


class PartNotes(TypedDict):
    """Notes on the heads of a part: [layer][head]."""

    heads: list[list[HeadNotes]]
    interesting: list[Interesting]
    links: NotRequired[Links]
    guesses: NotRequired[Guesses]
    map: NotRequired[list[tuple[float, float]] | None]


class Notes(TypedDict):
    """What follows a trace: of each part's heads, and who is who."""

    id: str
    parts: dict[str, PartNotes]
    roles: dict[int, str]


class Sentences(TypedDict):
    """How a row is told (analysis/saying.py)."""

    templates: dict[str, str]
    times: float
    least: float
    most: float


class Answer(TypedDict):
    """The package's own numbers for a choice: of which heads and queries its arrays are."""

    id: str
    part: PartName
    heads: list[LayerHead]
    queries: list[int]
    sequence: NotRequired[int]
    state: NotRequired[State]
    links: NotRequired[Links]
    guesses: NotRequired[Guesses]
    map: NotRequired[list[tuple[float, float]] | None]
    hears: NotRequired[bool]  # whether the server is told of every choice at once


class Own(TypedDict):
    """What the page chooses while nobody does: it need not stand in the address."""

    part: PartName
    queries: dict[str, int]  # by part


class Similarity(TypedDict):
    """How alike a picture and a text are to a model that reads both."""

    cosine: float
    scale: float
    logit: float  # their product


class Header(TypedDict):
    """What is said of a trace beside its arrays."""

    kind: Literal["trace"]
    id: str
    model: str
    rows: dict[str, Row]
    parts: list[PartHeader]
    off: list[str]
    sentences: Sentences
    first: dict[str, object]
    own: NotRequired[Own]
    selfContained: NotRequired[bool]  # all that a choice shows comes with the text: the server need not hear of it
    byLayer: NotRequired[bool]  # the vectors of a layer come when they are asked for
    scales: NotRequired[dict[str, list[dict[str, list[float]]]]]  # by part and layer; they come with the vectors
    moves: NotRequired[bool]  # a picture whose cells can be exchanged
    similarity: NotRequired[Similarity]
    part: NotRequired[PartName]  # of the package's own numbers that come with it
    heads: NotRequired[list[LayerHead]]
    queries: NotRequired[list[int]]


class ComparedRow(TypedDict):
    """A row, and column, of a comparison: what stands there of A and of B."""

    label: str
    tokens: tuple[list[int] | None, list[int] | None]
    words: tuple[str | None, str | None]  # how they are written
    changed: bool  # both have a word there, but not the same


class ComparedColumns(TypedDict):
    """The columns of a comparison, where they are other words than the rows."""

    rows: list[ComparedRow]
    merged: NotRequired[list[ComparedRow]]  # pieces joined to words, where there are pieces


class Alignment(TypedDict):
    """How the words of two parts are aligned; no rows where one is of two rows of words and the other of others."""

    parts: tuple[PartName, PartName]
    rows: list[ComparedRow]
    merged: NotRequired[list[ComparedRow]]  # pieces joined to words, where there are pieces
    columns: NotRequired[ComparedColumns]  # where these are not the rows


class Comparison(TypedDict):
    """What is compared: two traces, how their words are aligned, and what is to be said besides."""

    ids: tuple[str, str]
    names: tuple[str, str]
    mode: Mode
    follows: bool  # whether B's head is the page's to choose
    alike: bool  # two sentences that say the same
    notes: list[str]
    alignments: list[Alignment]


_OF_A_ROW = (Token, WordsOf, MergedOf, PictureOf, SoundOf, Row)
_OF_A_TRACE = (*_OF_A_ROW, Projection, Layer, PartHeader, Own, Similarity, Header)
_OF_ITS_HEADS = (Link, Links, HeadNotes, Interesting, Guesses, PartNotes, Notes, Sentences, Answer)
TYPES = (State, *_OF_A_TRACE, *_OF_ITS_HEADS, ComparedRow, ComparedColumns, Alignment, Comparison, Palette)
