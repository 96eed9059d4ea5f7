"""What is derived from a trace: plain functions, no drawing."""

from attnviz.analysis.pooling import max_pooled, strongest_pooled
from attnviz.analysis.rows import Look, RowReading, read_row, shown_tokens, special_share

__all__ = ["Look", "RowReading", "max_pooled", "read_row", "shown_tokens", "special_share", "strongest_pooled"]
