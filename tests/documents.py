"""The documents as tests read them: blocks of code with what stands before them, links, and numbers in the prose.

`python -m tests.documents docs/attention.md` runs its examples and writes what they give below them, for when the
shipped model or the sentence is another one. The prose is to be read again then.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import inspect
import io
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("benchmarks/*.md"))]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- (all|part) of ([\w.]+) -->\n$")
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_EQUATION = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)")


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    language: str
    code: str
    line: int  # of its first line of code, from 1
    part: str = ""  # "all" or "part" of the code that `source` names, where the block is an excerpt
    source: str = ""


def blocks(text: str) -> list[Block]:
    """The blocks of a document, in order."""
    found = []
    for match in _FENCE.finditer(text):
        mark = _MARK.search(text[: match.start()])
        line = text.count("\n", 0, match.start(3)) + 1
        found.append(Block(match[2], textwrap.dedent(match[3]), line, *(mark.groups() if mark else ())))
    return found


def examples(document: Path, text: str) -> list[doctest.DocTest]:
    """The ```pycon blocks of a document, to be run one after the other with the same names."""
    parser = doctest.DocTestParser()
    return [
        parser.get_doctest(block.code, {}, document.name, str(document), block.line - 1)
        for block in blocks(text)
        if block.language == "pycon"
    ]


def with_outputs(text: str) -> str:
    """The document with what its examples give now."""
    parser, names = doctest.DocTestParser(), {"__name__": "__main__"}

    def written(block: re.Match[str]) -> str:
        if block[2] != "pycon":
            return block[0]
        lines = []
        for example in parser.get_examples(block[3]):
            first, *more = example.source.splitlines()
            lines += [f">>> {first}", *(f"... {line}" for line in more)]
            given = io.StringIO()
            with contextlib.redirect_stdout(given):
                exec(compile(example.source, "<example>", "single"), names)
            lines += given.getvalue().splitlines()
        return "\n".join(["```pycon", *lines, "```"])

    return _FENCE.sub(written, text)


def source_of(name: str) -> str:
    """The lines of a function, method or class by its full name, without its docstring.

    >>> print(source_of("attnviz.attention.weighted_values"))
    def weighted_values(weights: Tensor, v: Tensor) -> Tensor:
        return weights @ v
    """
    source = textwrap.dedent(inspect.getsource(_found(name)))
    definition: Any = ast.parse(source).body[0]
    lines = source.splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)


def is_excerpt(block: Block) -> bool:
    """Whether the block is, line for line, what its mark says that it is."""
    code, source = block.code.rstrip("\n"), source_of(block.source)
    if block.part == "all":
        return code == source
    lines, wanted = source.splitlines(), code.splitlines()
    runs = (lines[i : i + len(wanted)] for i in range(len(lines) - len(wanted) + 1))
    return any(textwrap.dedent("\n".join(run)) == code for run in runs)


def links(text: str) -> Iterator[str]:
    """Where links and pictures of a document lead, but for other hosts."""
    for match in _LINK.finditer(_FENCE.sub("", text)):
        target = match[1] or match[2]
        if not target.startswith(("http://", "https://", "mailto:")):
            yield target


def paths_named(text: str) -> list[str]:
    """What stands in a document as a path of the project: `attnviz/trace.py`, `tests/serving/`.

    >>> paths_named("`js/state/state.js`, `q/k`, `tests/*.py` and `ui/`")
    ['js/state/state.js', 'ui/']
    """
    return re.findall(r"`((?:\w+/)+(?:\w+\.(?:py|js|md))?)`", text)


def anchors(text: str) -> set[str]:
    """The names that GitHub gives the headings of a document.

    >>> sorted(anchors("# Queries, keys and values\\n## W_O: the heads' share"))
    ['queries-keys-and-values', 'w_o-the-heads-share']
    """
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def decimals_in_prose(text: str) -> list[str]:
    """The numbers with a decimal point outside code and equations.

    >>> decimals_in_prose("It gives 0.98, by `f(0.5)` (section 3.2).")
    ['0.98']
    """
    prose = re.sub(r"`[^`\n]+`|\]\([^)]*\)|\bsections? [\d.]+", "", _EQUATION.sub("", _FENCE.sub("", text)))
    return _DECIMAL.findall(prose)


def _found(name: str) -> Any:
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise LookupError(name)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(with_outputs(path.read_text(encoding="utf-8")), encoding="utf-8")
