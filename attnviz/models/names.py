"""What a name means: the weights that somebody asks for, parsed from it once, and nowhere else.

People paste paths with quotes and line breaks around them, name the weights' file instead of its folder, or the folder
above it. Every way in (Python, page, link) asks here, and hands on what is found: a value that says which weights they
are, with their name and title back. What lies under a name now is its `stamp`.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from attnviz.errors import AttnvizError
from attnviz.models.errors import ModelError
from attnviz.models.options import ScratchOptions
from attnviz.models.packages.registry import PACKAGED
from attnviz.models.places import expanded, is_checkpoint
from attnviz.request import Sound
from attnviz.training.checkpoint import ENDING, is_shipped
from attnviz.training.loop import TrainingOptions
from attnviz.training.registry import TASKS

_QUOTES = ("''", '""', "``", "“”", "‘’", "«»")
_RUN = re.compile(r"(?P<task>[a-z]+)-seed(?P<seed>\d+)-(?P<layers>\d+)x(?P<heads>\d+)-(?P<d_model>\d+)-(?P<steps>\d+)")
_OFFERED_HUB = {"bert-base-uncased": "Pretrained BERT · base (download)"}


class _Kind(ABC):
    """What weights of every kind are asked."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What they are asked for by, and what a model, a trace and a link say of them."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The same for a person to read. It is never a part of a name that one types: where it is, the page's field
        keeps only what is new in what was typed over it, of `checkpoint-5000` over `checkpoint-500` a 0."""

    @property
    def place(self) -> str:
        """What `load_model` is given for them."""
        return self.name

    @property
    def settings(self) -> dict[str, object]:
        """What `load_model` may be given beside it."""
        return {}


@dataclass(frozen=True)
class Random(_Kind):
    """Random weights: the same options give the same."""

    options: ScratchOptions = field(default_factory=ScratchOptions)

    @property
    def name(self) -> str:
        return "random"

    @property
    def title(self) -> str:
        return "From scratch · random weights"

    @property
    def settings(self) -> dict[str, object]:
        return asdict(self.options)


@dataclass(frozen=True)
class Shipped(_Kind):
    """A model that comes with attnviz and has learned one of its tasks."""

    task: str
    step: int | None = None  # the snapshot nearest to it; None: the last

    @property
    def name(self) -> str:
        return self.task

    @property
    def title(self) -> str:
        return TASKS[self.task].offered


@dataclass(frozen=True)
class Packaged(_Kind):
    """A pretrained model whose weights come in a Python package: MiniLM, or one that may be installed beside it."""

    model: str  # as `models/packages/registry.py` names it

    @property
    def name(self) -> str:
        return self.model

    @property
    def title(self) -> str:
        return PACKAGED[self.model].title


@dataclass(frozen=True)
class Run(_Kind):
    """A training run, known by its options, since the same ones give the same numbers.

    >>> Run(TrainingOptions("grammar", seed=3)).name, Run(TrainingOptions("grammar", seed=3)).title
    ('grammar-seed3-2x4-32-2000', 'Run: grammar, seed 3 (2×4, 32, 2,000)')
    """

    options: TrainingOptions
    step: int | None = None

    @property
    def name(self) -> str:
        o = self.options
        return f"{o.task}-seed{o.seed}-{o.layers}x{o.heads}-{o.d_model}-{o.steps}"

    @property
    def title(self) -> str:
        o = self.options
        return f"Run: {o.task}, seed {o.seed} ({o.layers}×{o.heads}, {o.d_model}, {o.steps:,})"

    @property
    def place(self) -> str:
        """The file as which it is kept."""
        return f"{self.name}{ENDING}"


class _Lying(_Kind):
    """What lies on this computer."""

    path: str
    known_as: str
    what: ClassVar[str]

    @property
    def name(self) -> str:
        return self.known_as or self.path

    @property
    def title(self) -> str:
        return _offered_as(self.known_as) or f"{self.what}: {self.path}"

    @property
    def place(self) -> str:
        return self.path


@dataclass(frozen=True)
class Checkpoint(_Lying):
    """A file that attnviz trained, be it there or not."""

    path: str
    stamp: str = ""
    step: int | None = None
    known_as: str = ""  # to who is not to learn its path
    what: ClassVar[str] = "File"


@dataclass(frozen=True)
class Folder(_Lying):
    """A model's folder on this computer, be it there or not."""

    path: str
    stamp: str = ""
    known_as: str = ""
    what: ClassVar[str] = "Folder"


@dataclass(frozen=True)
class Hub(_Kind):
    """A model of the Hugging Face hub; or a name that means nothing, which only the hub could tell."""

    id: str
    stamp: str = ""  # where this computer keeps the revision that it fetched
    known_as: str = ""

    @property
    def name(self) -> str:
        return self.id

    @property
    def title(self) -> str:
        return _offered_as(self.known_as) or _OFFERED_HUB.get(self.id, f"Other: {self.id}")


@dataclass(frozen=True)
class ByItself(_Kind):
    """No weights yet: those that can read what is typed (`models/choosing.py`)."""

    @property
    def name(self) -> str:
        return "auto"

    @property
    def title(self) -> str:
        return "By itself · the one that can read it"


Learned = Shipped | Run | Checkpoint  # in a training run here, whose moments one can go through
Weights = Learned | Random | Packaged | Folder | Hub

Named = Weights | ByItself  # what a name may mean

FIRST = Shipped("grammar")  # where training is looked at, and nobody says which
BY_ITSELF = ByItself()  # where a text is read, and nobody says which
MINILM = Packaged("minilm")  # what comes with the installation, and reads any text


def offered() -> tuple[Weights, ...]:
    """What pages offer by name, as their lists show it."""
    trained = [Shipped(task) for task in TASKS if is_shipped(task)]
    packaged = [Packaged(name) for name, model in PACKAGED.items() if model.reads is not Sound]  # given in Python
    return (*trained, Random(), *packaged, *map(Hub, _OFFERED_HUB))


def parsed(name: str | os.PathLike[str], *, look: bool = True, known_as: str = "") -> Named:
    """The weights that a name means; or `ByItself`, where it leaves them to the text.

    Args:
        look: whether to look for files; else what is typed has to tell.
        known_as: the name that they go by, instead of their path.

    Raises:
        ModelError: something that is no name.

    >>> parsed("minilm"), parsed("./mine/")
    (Packaged(model='minilm'), Folder(path='./mine/', stamp='', known_as=''))
    >>> parsed("openai-community/gpt2", look=False)
    Hub(id='openai-community/gpt2', stamp='', known_as='')
    """
    plain = tidied(name) if look else _unquoted(os.fspath(name))
    if plain in TASKS:
        return Shipped(plain)
    if plain in PACKAGED:
        return Packaged(plain)
    for one in (BY_ITSELF, Random()):
        if plain == one.name:
            return one
    run = _run_options(plain)
    if run is not None:
        return Run(run)
    if is_checkpoint(plain) if look else plain.endswith(ENDING):
        return Checkpoint(plain, known_as=known_as)
    if plain.startswith(("~", ".")) or os.path.isabs(plain) or (look and plain and os.path.exists(expanded(plain))):
        return Folder(plain, known_as=known_as)
    return Hub(plain, known_as=known_as)


def at_step(weights: Weights, step: object) -> Weights:
    """The same at a moment of the training, where there was one here.

    Raises:
        ModelError: a step that is no number.
    """
    if isinstance(step, bool) or not isinstance(step, int | None):
        raise ModelError(f"step must be a whole number, not {step!r}.")
    return replace(weights, step=step) if isinstance(weights, Learned) else weights


def stamped(weights: Weights, stamp: str) -> Weights:
    """The same as it lay there at that time, where that may change."""
    return replace(weights, stamp=stamp) if isinstance(weights, Checkpoint | Folder | Hub) else weights


def takes_settings(name: str) -> bool:
    """Whether the model of that name has settings: the seed, the heads …"""
    return isinstance(parsed(name, look=False), Random)


def tidied(name: str | os.PathLike[str]) -> str:
    """The name without what copying brings along: spaces, line breaks and quotes around it, `file://` before it.

    A name that exists just as it was given stays as it is.

    >>> tidied(' "bert-base-uncased"\\n'), tidied(" ~/models/mine")
    ('bert-base-uncased', '~/models/mine')

    Raises:
        ModelError: something that is no name.
    """
    try:
        given = os.fspath(name)
    except TypeError:
        given = None
    if not isinstance(given, str):
        raise ModelError(f"A model's name is a string or a path, not {type(name).__name__}.")
    if os.path.exists(given):
        # A path of one part is not a model's name.
        return given if isinstance(name, str) or os.sep in given else os.path.join(os.curdir, given)
    return _unquoted(given)


def _unquoted(given: str) -> str:
    plain = given.strip()
    while len(plain) > 1 and plain[0] + plain[-1] in _QUOTES:
        plain = plain[1:-1].strip()
    if plain.casefold().startswith("file://"):
        return unquote(urlsplit(plain).path)
    return plain


@lru_cache(maxsize=256)  # visitors may ask for any name
def _run_options(name: str) -> TrainingOptions | None:
    """The options that a name stands for; None if it is not a run's name or cannot be trained."""
    found = _RUN.fullmatch(name)
    if found is None:
        return None
    numbers = {key: int(value[:10]) for key, value in found.groupdict().items() if key != "task"}
    try:
        return TrainingOptions.of(found["task"], **numbers)
    except AttnvizError:
        return None


def _offered_as(name: str) -> str:
    return f"Offered here · {name}" if name else ""
