"""What a name may mean: values that say which weights they are, with their name and title back.

What lies under a name now is its `stamp`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from typing import ClassVar

from attnviz.models.options import ScratchOptions
from attnviz.models.packages.registry import PACKAGED
from attnviz.training.checkpoint import ENDING
from attnviz.training.loop import TrainingOptions
from attnviz.training.registry import TASKS

OFFERED_HUB = {"bert-base-uncased": "Pretrained BERT · base (download)"}  # what pages offer of it, and as what


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
        return _offered_as(self.known_as) or OFFERED_HUB.get(self.id, f"Other: {self.id}")


@dataclass(frozen=True)
class ByItself(_Kind):
    """No weights yet: those that can read what is typed (`choosing.py`)."""

    @property
    def name(self) -> str:
        return "auto"

    @property
    def title(self) -> str:
        return "By itself · the one that can read it"


Learned = Shipped | Run | Checkpoint  # in a training run here, whose moments one can go through
Weights = Learned | Random | Packaged | Folder | Hub

Meant = Weights | ByItself  # what a name may mean

FIRST = Shipped("grammar")  # where training is looked at, and nobody says which
BY_ITSELF = ByItself()  # where a text is read, and nobody says which
MINILM = Packaged("minilm")  # what comes with the installation, and reads any text


def _offered_as(name: str) -> str:
    return f"Offered here · {name}" if name else ""
