"""What every figure and row on a page is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """What is chosen, and how it is to be drawn."""

    part: str  # of a model of several
    layer: int
    head: int
    query: int
    specials: bool
    dark: bool
