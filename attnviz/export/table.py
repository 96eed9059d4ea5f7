"""The weights as a table (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

import regex

from attnviz._trace import Trace
from attnviz.heads import Head
from attnviz.layer import to_cpu

CSV_COLUMNS = ("layer", "head", "query", "query_text", "key", "key_text", "weight")
_FORMULA = regex.compile(r"'*[=+\-@＝＋－＠\t\r\n]")  # how a text begins that a spreadsheet might compute
_ROWS = 512  # of a head that are written at a time


def csv_text(trace: Trace, heads: Sequence[Head | tuple[int, int]] | None = None) -> Iterator[str]:
    """The weights as a table, one row a query, key and head, in pieces to join or to write one by one: the names of the
    columns, then a head a piece (of a long text, some rows of one). `heads` are addresses or (layer, head)s, all if
    None: 72 heads of 512 tokens are 19 million rows. Of a model of several parts, a first column names the part.

    Weights have nine significant digits, from which the same float32 comes back. A cell where the query may not look
    has no row: it has no weight, which is not a weight of zero. Lines end in CR LF and texts with a comma, a quote or a
    line's end are quoted (RFC 4180); encode as UTF-8.

    A spreadsheet computes a cell that begins with =, +, - or @, whoever wrote the sentence. So a token's text that
    begins so (and is longer than that one sign, which alone computes nothing) has an apostrophe before it, as has one
    that begins with apostrophes and then so: take one away to have the token. Numbers are never changed.

    Raises:
        AttnvizError: no such layer or head; at once, not when the pieces are read.

    >>> import attnviz
    >>> table = csv_text(attnviz.trace("Hello", model="random"), [(0, 2)])
    >>> "".join(table).splitlines()
    ['layer,head,query,query_text,key,key_text,weight', '0,2,0,Hello,0,Hello,1']
    """
    chosen = list(trace.shape.heads()) if heads is None else [trace.shape.head(Head.of(one)) for one in heads]
    return _csv_pieces(trace, chosen)


def _csv_pieces(trace: Trace, heads: Sequence[Head]) -> Iterator[str]:
    texts = {name: [_harmless(token.text) for token in row] for name, row in trace.inputs.items()}
    has_parts = any(trace.parts)
    yield _csv_lines([(*("part",) * has_parts, *CSV_COLUMNS)])
    for at in heads:
        layer = trace.parts[at.part][at.layer]
        queries, keys = texts[layer.queries.name], texts[layer.keys.name]
        place = (*(at.part,) * has_parts, at.layer, at.head)
        weights, allowed = layer.weights_of(at.head), layer.allowed
        may = allowed[at.head if len(allowed) > 1 else 0]
        for start in range(0, len(queries), _ROWS):
            rows = slice(start, start + _ROWS)
            yield _csv_lines(
                (*place, query, queries[query], key, keys[key], f"{row[key]:.9g}")
                for query, (row, looks) in enumerate(
                    zip(to_cpu(weights[rows]).tolist(), may[rows].tolist(), strict=True), start
                )
                for key, may_look in enumerate(looks)
                if may_look
            )


def _csv_lines(rows: Iterable[Sequence[object]]) -> str:
    lines = StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def _harmless(text: str) -> str:
    """A text that a spreadsheet takes as text.

    >>> [_harmless(text) for text in ("=", "=1+1", "'=1+1", "cat", "'tis")]
    ['=', "'=1+1", "''=1+1", 'cat', "'tis"]
    """
    return f"'{text}" if len(text) > 1 and _FORMULA.match(text) else text
