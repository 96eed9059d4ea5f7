"""The lines of code that compute each step of the walk, read from the modules that run."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from attnviz import attention, transformer
from attnviz.errors import AttnvizError

# By step: what computes it, and the first and last line of it by what they begin with; no lines: the whole function.
_LINES: dict[str, tuple[Callable[..., Any], str, str]] = {
    "embeddings": (transformer.Transformer.forward, "embedded =", "embedded ="),
    "positions": (transformer.Transformer._placed, "", ""),
    "projections": (attention.MultiHeadAttention.forward, "q = split_heads", "q, k = rotate(q)"),
    "score": (attention.dot_products, "", ""),
    "row": (attention.dot_products, "", ""),
    "scores": (attention.dot_products, "", ""),
    "scaled": (attention.scaled_scores, "", ""),
    "masked": (attention.masked_scores, "", ""),
    "softmax": (attention.row_softmax, "", ""),
    "context": (attention.weighted_values, "", ""),
    "heads": (attention.attention, "scores =", "context ="),
    "concatenated": (attention.merge_heads, "", ""),
    "output": (attention.MultiHeadAttention.forward, "concatenated =", "return"),
    "residual": (transformer.Block.forward, "attended =", "between ="),
    "feed_forward": (transformer.FeedForward.forward, "hidden =", "return"),
    "second_residual": (transformer.Block.forward, "output =", "output ="),
    "layers": (transformer.Transformer.through, "for i, block", "x = blocks"),
    "probabilities": (transformer.Transformer.through, "final =", "logits ="),
}


@cache
def code() -> dict[str, dict[str, Any]]:
    """By step: the file, the number of the first line, and the lines, without docstrings.

    >>> code()["scores"]["text"]
    'def dot_products(q: Tensor, k: Tensor) -> Tensor:\\n    return q @ k.transpose(-2, -1)'
    """
    return {step: _cited(*place) for step, place in _LINES.items()}


def _cited(function: Callable[..., Any], first: str, last: str) -> dict[str, Any]:
    lines, start = inspect.getsourcelines(function)
    module = inspect.getmodule(function)
    assert isinstance(module, ModuleType)
    assert module.__file__ is not None
    kept = [(start + i, line.rstrip("\n")) for i, line in enumerate(lines)]
    kept = _between(kept, first, last, function.__qualname__) if first else _without_docstring(kept, "".join(lines))
    indent = min(len(line) - len(line.lstrip()) for _, line in kept if line.strip())
    text = "\n".join(line[indent:] for _, line in kept)
    return {"file": Path(module.__file__).name, "line": kept[0][0], "text": text}


def _between(lines: list[tuple[int, str]], first: str, last: str, name: str) -> list[tuple[int, str]]:
    """From the line that begins with `first` to the one after it that begins with `last`."""
    begins = [i for i, (_, line) in enumerate(lines) if line.strip().startswith(first)]
    ends = [i for i, (_, line) in enumerate(lines) if begins and i >= begins[0] and line.strip().startswith(last)]
    if len(begins) != 1 or not ends:
        raise AttnvizError(f"{name} has {len(begins)} lines that begin with {first!r}, and {len(ends)} with {last!r}.")
    return lines[begins[0] : ends[0] + 1]


def _without_docstring(lines: list[tuple[int, str]], source: str) -> list[tuple[int, str]]:
    definition = ast.parse(inspect.cleandoc("\n" + source) if source[0] == " " else source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    said = definition.body[0]
    if ast.get_docstring(definition) is None:
        return lines
    assert said.end_lineno is not None
    return [*lines[: said.lineno - 1], *lines[said.end_lineno :]]
