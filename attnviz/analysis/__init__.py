"""What is derived from a trace: plain functions, no drawing."""

from typing import Any

from attnviz.analysis._effect import Effect, Prediction, effect
from attnviz.analysis._interesting import Interesting, interesting
from attnviz.analysis._renamed import renamed
from attnviz.analysis.comparing import (
    Comparison,
    RowDifference,
    compare,
    compares_row,
    differing_rows,
    largest_difference,
    most_alike_head,
    most_unlike_head,
    row_difference,
    whole_words,
)
from attnviz.analysis.comparing.alignment import aligned
from attnviz.analysis.divergence import classical_scaling, head_divergences, row_divergence
from attnviz.analysis.linking import (
    Link,
    LinkTables,
    Sums,
    link_tables,
    links,
    links_of,
    ranked,
)
from attnviz.analysis.meanings.freedom import Freedom, freedom
from attnviz.analysis.meanings.meaning import Meaning, meaning, token_off
from attnviz.analysis.meanings.norms import norm_weighted, value_norms
from attnviz.analysis.meanings.rollout import rollout
from attnviz.analysis.meanings.writing import Lens, Writing, lens, writing
from attnviz.analysis.merging import merged, word_groups
from attnviz.analysis.rows import KeyReading, RowReading, read_row, special_share, strongest_other
from attnviz.analysis.standing_out import strongest_link
from attnviz.analysis.statistics import HeadFigures, character, head_figures
from attnviz.analysis.timing import Timed, times
from attnviz.pooling import max_pooled, strongest_pooled

__all__ = [
    "Comparison",
    "Effect",
    "Freedom",
    "HeadFigures",
    "Interesting",
    "KeyReading",
    "Lens",
    "Link",
    "LinkTables",
    "Meaning",
    "Prediction",
    "RowDifference",
    "RowReading",
    "Sums",
    "Timed",
    "Writing",
    "aligned",
    "character",
    "classical_scaling",
    "compare",
    "compares_row",
    "differing_rows",
    "effect",
    "freedom",
    "head_divergences",
    "head_figures",
    "interesting",
    "largest_difference",
    "lens",
    "link_tables",
    "links",
    "links_of",
    "max_pooled",
    "meaning",
    "merged",
    "most_alike_head",
    "most_unlike_head",
    "norm_weighted",
    "ranked",
    "read_row",
    "rollout",
    "row_difference",
    "row_divergence",
    "special_share",
    "strongest_link",
    "strongest_other",
    "strongest_pooled",
    "times",
    "token_off",
    "value_norms",
    "whole_words",
    "word_groups",
    "writing",
]


def __getattr__(name: str) -> Any:
    return renamed(name)
