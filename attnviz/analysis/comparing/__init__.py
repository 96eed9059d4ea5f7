"""Two heads side by side, whatever they read: the same sentence or two, one model or two."""

from __future__ import annotations

from attnviz.analysis.comparing.alignment import aligned
from attnviz.analysis.comparing.choosing import compares_row, most_alike_head, most_unlike_head
from attnviz.analysis.comparing.comparison import (
    Comparison,
    RowDifference,
    compare,
    differing_rows,
    largest_difference,
    row_difference,
)
from attnviz.analysis.comparing.sides import By, Of, Side, aligned_tokens, aligned_words, whole_words

__all__ = [
    "By",
    "Comparison",
    "Of",
    "RowDifference",
    "Side",
    "aligned",
    "aligned_tokens",
    "aligned_words",
    "compare",
    "compares_row",
    "differing_rows",
    "largest_difference",
    "most_alike_head",
    "most_unlike_head",
    "row_difference",
    "whole_words",
]
