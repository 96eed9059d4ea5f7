"""The memory that all answers to the pages share (`traces.py`, `cached.py`, `predictions.py`), and its bounds.

Two that ask for one thing at once wait for one computing (`remembering.py`). What is large shares one memory of `HELD`
megabytes: a class that types three hundred short texts finds each again, and thirty long ones do not fill the computer,
of which few are computed at once. What is small is bounded by its number.
"""

from __future__ import annotations

import os
from typing import Any

from attnviz.service import process
from attnviz.service.asked import Asked
from attnviz.service.remembering import Memory

HELD = 768  # megabytes of all that is remembered of texts and is not small: SmolLM2’s 4,096 tokens are 550
MANY = 2_000  # answers of a few numbers each
_LONG = 1_500  # characters: past it a text's run takes seconds and a hundred megabytes


def _is_long(arguments: tuple[Any, ...]) -> bool:
    """Whether a long text is asked about."""
    asked = [one for one in arguments if isinstance(one, Asked)]
    return any(len(one.text) + len(one.pair) + len(one.target) > _LONG for one in asked)


MEMORY = Memory(megabytes=HELD, is_heavy=_is_long, at_once=max(1, (os.cpu_count() or 1) // 2))


def settle() -> None:
    """At the end of what a person asked: what a long text took on its way goes back."""
    if MEMORY.worked_hard:
        MEMORY.worked_hard = False
        process.give_back_memory()
