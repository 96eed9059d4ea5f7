"""How the words of two traces are aligned, for the page to compare their heads by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attnviz._trace import Trace
from attnviz.analysis.comparing import By, Of, aligned_tokens, aligned_words
from attnviz.client.packing import packed
from attnviz.figures._comparison import pair_names
from attnviz.figures.labels import LONGEST, token_label
from attnviz.tokens import PatchToken, Token


def packed_comparison(
    first: Trace,
    second: Trace,
    *,
    identities: tuple[str, str],
    names: tuple[str, str],
    mode: str = "heads",
    follows: bool = False,
    alike: bool = False,
    notes: Sequence[str] = (),
) -> bytes:
    """How the words of two traces are aligned, part by part: from it the page compares any two of their heads itself.

    `identities` are the traces', `names` stand over them. The rest is said by the page: what is compared, whether B's
    head is the page's to choose, whether two sentences are alike, and `notes` on what is changed in the run.
    """
    header = {"kind": "comparison", "ids": identities, "names": names, "mode": mode, "follows": follows}
    pairs = [(part, part if part in second.parts else second.shape.opening) for part in first.parts]
    alignments = [{"parts": pair} | _alignment(first.only(pair[0]), second.only(pair[1]), mode) for pair in pairs]
    return packed(header | {"alike": alike, "notes": list(notes), "alignments": alignments}, {})


def _alignment(first: Trace, second: Trace, mode: str) -> dict[str, Any]:
    """The rows in common, and the columns where these are other words: of two models, which cut words differently, by
    words; else by tokens, and merged to words. None of two texts where one does not look at itself: which word of a
    source is which of another's, their words alone do not tell."""
    if first.is_square and second.is_square:
        return _compared(first, second, mode, "rows")
    if (first.rows, first.columns) == (second.rows, second.columns):
        return _compared(first, second, mode, "rows") | {"columns": _compared(first, second, mode, "columns")}
    return {"rows": []}


def _compared(first: Trace, second: Trace, mode: str, of: Of) -> dict[str, Any]:
    if mode == "models":
        return {"rows": _compared_rows(first, second, "word", of)}
    has_pieces = any(len(row.words()) < len(row) for trace in (first, second) for row in (trace.rows, trace.columns))
    merged = {"merged": _compared_rows(first, second, "word", of)} if has_pieces else {}
    return {"rows": _compared_rows(first, second, "token", of)} | merged


def _compared_rows(first: Trace, second: Trace, by: By, of: Of) -> list[dict[str, Any]]:
    side, places = aligned_words(first, second, by=by, of=of), aligned_tokens(first, second, by=by, of=of)
    labels = pair_names(side, range(len(side)), LONGEST)
    rows = []
    for label, place, a, b in zip(labels, places, side.a, side.b, strict=True):
        words = [None if token is None else _in_a_sentence(token) for token in (a, b)]
        changed = None not in words and len({str(word).casefold() for word in words}) == 2
        rows.append({"label": label, "tokens": place, "words": words, "changed": changed})
    return rows


def _in_a_sentence(token: Token) -> str:
    return f"patch {token_label(token)}" if isinstance(token, PatchToken) else token_label(token)  # "2,4" is a number
