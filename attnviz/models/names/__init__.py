"""Which weights somebody asks for: what a name may mean (`kinds.py`), what it means (`parsing.py`), what lies at a path
(`places.py`), and which model reads a text where nobody names one (`choosing.py`)."""

from __future__ import annotations

from attnviz.models.names.kinds import (
    BY_ITSELF,
    FIRST,
    MINILM,
    ByItself,
    Checkpoint,
    Folder,
    Hub,
    Learned,
    Meant,
    Packaged,
    Random,
    Run,
    Shipped,
    Weights,
)
from attnviz.models.names.parsing import at_step, offered, parsed, stamped, takes_settings, tidied

__all__ = [
    "BY_ITSELF",
    "FIRST",
    "MINILM",
    "ByItself",
    "Checkpoint",
    "Folder",
    "Hub",
    "Learned",
    "Meant",
    "Packaged",
    "Random",
    "Run",
    "Shipped",
    "Weights",
    "at_step",
    "offered",
    "parsed",
    "stamped",
    "takes_settings",
    "tidied",
]
