"""What is derived from a trace: plain functions, no drawing."""

from attnviz.analysis.divergence import classical_scaling, head_divergences, row_divergence
from attnviz.analysis.effect import Effect, Prediction, effect
from attnviz.analysis.merging import merged, word_groups
from attnviz.analysis.pooling import max_pooled, strongest_pooled
from attnviz.analysis.rollout import rollout
from attnviz.analysis.rows import Look, RowReading, read_row, shown_tokens, special_share
from attnviz.analysis.statistics import HeadFigures, character, head_figures

__all__ = [
    "Effect",
    "HeadFigures",
    "Look",
    "Prediction",
    "RowReading",
    "character",
    "classical_scaling",
    "effect",
    "head_divergences",
    "head_figures",
    "max_pooled",
    "merged",
    "read_row",
    "rollout",
    "row_divergence",
    "shown_tokens",
    "special_share",
    "strongest_pooled",
    "word_groups",
]
