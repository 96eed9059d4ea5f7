"""What is derived from a trace: plain functions, no drawing."""

from attnviz.analysis.divergence import classical_scaling, head_divergences, row_divergence
from attnviz.analysis.effect import Effect, Prediction, effect
from attnviz.analysis.linking import Link, Sums, links, links_of, mean_by_key, mean_by_offset, ranked
from attnviz.analysis.meaning import Meaning, meaning, token_off
from attnviz.analysis.merging import merged, word_groups
from attnviz.analysis.norms import norm_weighted, value_norms
from attnviz.analysis.pooling import max_pooled, strongest_pooled
from attnviz.analysis.rollout import rollout
from attnviz.analysis.rows import Look, RowReading, read_row, shown_tokens, special_share
from attnviz.analysis.statistics import HeadFigures, character, head_figures

__all__ = [
    "Effect",
    "HeadFigures",
    "Link",
    "Look",
    "Meaning",
    "Prediction",
    "RowReading",
    "Sums",
    "character",
    "classical_scaling",
    "effect",
    "head_divergences",
    "head_figures",
    "links",
    "links_of",
    "max_pooled",
    "mean_by_key",
    "mean_by_offset",
    "meaning",
    "merged",
    "norm_weighted",
    "ranked",
    "read_row",
    "rollout",
    "row_divergence",
    "shown_tokens",
    "special_share",
    "strongest_pooled",
    "token_off",
    "value_norms",
    "word_groups",
]
