"""The tables of docs/training.md: figures of examinations as Markdown, one column for each command that made them.

| `python -m attnviz.training grammar …` | `--seed 4` | `--five-seeds` |
|---|---|---|
| one attractor: number | 1.000 | 1.000 (1.000 to 1.000) |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attnviz.errors import AttnvizError

Figures = Mapping[str, float]
_OF_ONE_MODEL = re.compile(r".*: (layer|head)|subject heads in that layer|(cross )?head \d+ of that layer off: .*")


def cells(figures: Figures, every: Sequence[Figures] = ()) -> dict[str, str]:
    """What stands in a column, by the figure's name; of several runs the mean, the least and the largest. Which head
    it is that a model has made its subject head says nothing of another model, and is left out.

    >>> cells({"subject head: layer": 1.0, "weight": 0.5}, [{"weight": 0.25}, {"weight": 0.75}])
    {'weight': '0.500 (0.250 to 0.750)'}
    """
    found = {}
    for name, value in figures.items():
        if not _OF_ONE_MODEL.fullmatch(name):
            values = [run[name] for run in every]
            found[name] = f"{value:.3f} ({min(values):.3f} to {max(values):.3f})" if values else f"{value:.3f}"
    return found


def columns(document: str, task: str) -> dict[str, dict[str, str]]:
    """The columns of a task's table, by the arguments in their heads.

    Raises:
        AttnvizError: a document without such a table.
    """
    _, lines = _table(document, task)
    head, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in lines]
    return {name.strip("`"): {row[0]: row[i] for row in rows[1:] if row[i]} for i, name in enumerate(head[1:], start=1)}


def with_column(document: str, task: str, column: str, figures: Mapping[str, str]) -> str:
    """The document, with this column of the task's table written anew (or added, if it is new).

    >>> table = "Text.\\n\\n| `python -m attnviz.training induction …` | `--seed 1` |\\n|---|---|\\n| loss | 0.5 |\\n"
    >>> print(with_column(table, "induction", "--seed 2", {"loss": "0.4"}))
    Text.
    <BLANKLINE>
    | `python -m attnviz.training induction …` | `--seed 1` | `--seed 2` |
    |---|---|---|
    | loss | 0.5 | 0.4 |
    <BLANKLINE>
    """
    start, lines = _table(document, task)
    by_head = columns(document, task) | {column: dict(figures)}
    names = dict.fromkeys(name for known in by_head.values() for name in known)
    rows = [
        [_title(task), *(f"`{head}`" for head in by_head)],
        *([name, *(known.get(name, "") for known in by_head.values())] for name in names),
    ]
    written = [f"| {' | '.join(row)} |\n" for row in rows]
    written.insert(1, "|---" * len(rows[0]) + "|\n")
    return document[:start] + "".join(written) + document[start + sum(map(len, lines)) :]


def _title(task: str) -> str:
    return f"`python -m attnviz.training {task} …`"


def _table(document: str, task: str) -> tuple[int, list[str]]:
    """Where the task's table begins, and its lines."""
    start = document.find(f"| {_title(task)}")
    if start < 0:
        raise AttnvizError(f"There is no table to write into: none begins with “| {_title(task)}”.")
    lines = []
    for line in document[start:].splitlines(keepends=True):
        if not line.startswith("|"):
            break
        lines.append(line)
    return start, lines
