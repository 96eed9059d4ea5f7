"""One head large, as the page shows it: word pieces or whole words, a second head beside it, or their difference."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from attnviz._trace import Trace
from attnviz.analysis.merging import merged, shown_groups
from attnviz.errors import AttnvizError
from attnviz.figures._panels import LONGEST as LONGEST_IN_PANELS
from attnviz.figures._panels import PANEL_CELLS, draw_panels
from attnviz.figures.labels import LONGEST, escaped, head_in_words, labels, word_names
from attnviz.figures.matrices import DIFFERENCE, MOST_CELLS, MatrixPlan, draw_matrix, in_blocks
from attnviz.heads import Address
from attnviz.layer import to_cpu
from attnviz.tokens import Tokens


def head(
    trace: Trace,
    *,
    layer: int = 0,
    head: int = 0,
    query: int | None = None,
    specials: bool = True,
    words: str = "pieces",
    sides: str = "all",
    beside: Address | None = None,
    difference: bool = False,
    dark: bool = False,
    height: float = 520,
    second: tuple[int, int] | None = None,
) -> go.Figure:
    """The weights of one head, large: rows are the words that look, columns the words looked at.

    Of more than 1,024 tokens, which are more than a screen has room for, a cell stands for a block of them, as in
    `panels`; `trace.layers[i].head(h, query)` has the exact row of a token.

    Args:
        query: the token whose row is marked.
        specials: whether special tokens are shown; numbers stay as they are.
        words: "pieces" as the model cuts them; "words" merges the pieces of a word, "joined" also across apostrophes
            and hyphens: weights to a word are summed, weights from it averaged.
        sides: of a pair of sentences "all", or from one to the other: "AA", "AB", "BA", "BB".
        beside: another (layer, head), or another address of it ("5.11"), drawn beside it.
        difference: draw the head minus that one instead of both, on a scale centred on 0.

    Raises:
        AttnvizError: no such layer, head, query or way to show words; a difference without another head.
    """
    if second is not None:
        warnings.warn("figures.head(second=…) is now figures.head(beside=…).", DeprecationWarning, stacklevel=2)
        beside = second
    shown = {"query": query, "specials": specials, "words": words, "sides": sides}
    plans = [plan_weights(trace, (layer, head), **shown)]  # type: ignore[arg-type]
    if beside is not None:
        plans.append(plan_weights(trace, beside, **shown))  # type: ignore[arg-type]
    elif difference:
        raise AttnvizError("A difference is of two heads: give the other one, beside=(layer, head).")
    if len(plans) == 1 or difference:
        plan = plans[0] if len(plans) == 1 else _minus(*plans)
        return draw_matrix(in_blocks(plan, MOST_CELLS), dark=dark, height=height, names_on_top=True, scale=True)
    rows, _ = shown_groups(trace, specials=specials, words=words, sides=sides)
    short = _names(trace.rows, rows, LONGEST_IN_PANELS)
    return draw_panels([in_blocks(replace(plan, rows=short), PANEL_CELLS) for plan in plans], dark=dark, height=height)


def plan_weights(
    trace: Trace,
    at: Address,
    *,
    query: int | None = None,
    specials: bool = True,
    words: str = "pieces",
    sides: str = "all",
) -> MatrixPlan:
    """Choose the weights and names of a head: NaN where no token of a row may look at any of the column."""
    trace.check_query(query)
    layer, head = trace.place(at)
    record = trace.layers[layer].head(head)
    rows, columns = shown_groups(trace, specials=specials, words=words, sides=sides)
    weights, allowed = to_cpu(record.weights), ~to_cpu(record.masked).isneginf()
    values = _grouped(weights, rows, columns)
    values = values.masked_fill(_grouped(allowed.float(), rows, columns) == 0, torch.nan)
    return MatrixPlan(
        "weights",
        values.numpy(),
        _names(trace.rows, rows),
        _names(trace.columns, columns),
        _place(rows, query),
        head_in_words(trace, layer, head),
        _place(columns, query) if trace.is_square else None,
        trace.layers[layer].shares,
    )


def _names(tokens: Tokens, groups: list[list[int]], longest: int = LONGEST) -> list[str]:
    """What tokens, or words of several, are called; ready for Plotly."""
    if all(len(group) == 1 for group in groups):
        return labels(tokens, [group[0] for group in groups], longest)
    return [escaped(name) for _, name in word_names(tokens, groups, longest)]


def _place(groups: list[list[int]], token: int | None) -> int | None:
    return next((i for i, group in enumerate(groups) if token in group), None)


def _grouped(x: Tensor, rows: list[list[int]], columns: list[list[int]]) -> Tensor:
    """[query, key] to [row, column]; of single tokens the very numbers, without arithmetic."""
    if all(len(group) == 1 for group in (*rows, *columns)):
        return x[[i for (i,) in rows]][:, [j for (j,) in columns]]
    return merged(x, rows, columns)


def _minus(first: MatrixPlan, second: MatrixPlan) -> MatrixPlan:
    """A − B; a weight that may not be counts as none, and where neither may be there is no number."""
    both = np.isnan(first.values) & np.isnan(second.values)
    values = np.nan_to_num(first.values) - np.nan_to_num(second.values)
    where = f"{first.where} minus {second.where}"
    return replace(first, name=DIFFERENCE, values=np.where(both, np.nan, values).astype(np.float32), where=where)
