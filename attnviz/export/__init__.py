"""What one takes along: the numbers as CSV and NPZ, and the Python lines that give them again."""

from __future__ import annotations

from attnviz.export.archive import npz_bytes
from attnviz.export.lines import python_lines
from attnviz.export.naming import file_name
from attnviz.export.table import CSV_COLUMNS, csv_text

__all__ = ["CSV_COLUMNS", "csv_text", "file_name", "npz_bytes", "python_lines"]
