"""What is said of a row, by the package and as the page writes it, and whether both are the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from attnviz import Trace
from attnviz.analysis import saying
from attnviz.figures.labels import labels_and_names

NUMBERS = re.compile(r"(?<![\w.])(?:\d+\.\d+|less than 0\.00001)")


def in_words(trace: Trace, sentence: saying.Sentence, named: Callable[[str, str], str] | None = None) -> str:
    """A sentence without marks, as the page writes the words."""
    called = [(named or quoted)(label, name) for label, name in zip(*labels_and_names(trace.rows), strict=True)]
    return "".join(called[part.index] if isinstance(part, saying.Word) else part for part in sentence)


def quoted(label: str, name: str) -> str:
    """A sign in quotes, its index behind them."""
    return name if any(c.isalnum() for c in label) else f"“{label}”{name[len(label) :]}"


def in_quotes(label: str, name: str) -> str:
    """The same of any word, where it is not bold."""
    return f"“{label}”{name[len(label) :]}"


def assert_same(seen: str, wanted: str, what: str) -> None:
    """The same words; numbers may differ in their last digit, since the page rounds what it computes itself."""
    assert NUMBERS.sub("#", seen) == NUMBERS.sub("#", wanted), what
    for a, b in zip(NUMBERS.findall(seen), NUMBERS.findall(wanted), strict=True):
        assert a == b or abs(float(a) - float(b)) < 0.011, f"{what}: {seen} | {wanted}"
