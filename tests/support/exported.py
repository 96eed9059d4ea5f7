"""Traces whose tokens have awkward texts, and what is taken along of a trace, read again."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from attnviz._trace import Trace
from attnviz.layer import LayerTrace
from attnviz.request import Change
from attnviz.tokens import TextToken, Tokens
from tests.support.traces import layer_of, trace_of

AWKWARD = ["a,b", 'say "x"', "two\nlines", "cr\rlf", "قطة", "猫", "🐈‍⬛", "=1+1", "-", "'tis", "''=1", " ", ""]
anything = st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def layer(heads: int = 2, n: int = 3, d_head: int = 4, **options: Any) -> LayerTrace:
    generator = torch.Generator().manual_seed(heads * 100 + n)
    q, k, v = (torch.randn(heads, n, d_head, generator=generator) for _ in range(3))
    return layer_of(**({"q": q, "k": k, "v": v, "scale": 0.5} | options))


def made_of(texts: list[str], *layers: LayerTrace, changes: tuple[Change, ...] = ()) -> Trace:
    """A trace whose tokens have just these texts, without anything between them."""
    ends = [sum(len(text) for text in texts[: i + 1]) for i in range(len(texts))]
    tokens = tuple(
        TextToken(t, i, end - len(t), end, word=i) for i, (t, end) in enumerate(zip(texts, ends, strict=True))
    )
    read = Tokens("text", tokens, "".join(texts))
    made = trace_of(*(layers or (layer(n=len(texts)),)), tokens=read, output=torch.zeros(len(texts), 8))
    return replace(made, request=replace(made.request, changes=changes))


def rows_of(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def loaded(data: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
