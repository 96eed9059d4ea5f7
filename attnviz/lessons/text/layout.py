"""Where things stand in a lesson's file: its parts, and in which line each key is. tomllib reads values, not lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from attnviz.lessons.lesson import Source

_STEP = re.compile(r"\s*\[\[\s*[\"']?step[\"']?\s*\]\]\s*(#.*)?")
_TABLE = re.compile(r"\s*\[\s*[\"']?step[\"']?\s*\.\s*[\"']?(\w+)[\"']?\s*\]\s*(#.*)?")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*(?:\.\s*[\"']?([\w-]+)[\"']?\s*)?=")
_QUOTED = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_ENDS = {'"""': re.compile(r'(?:\\.|[^\\])*?"""'), "'''": re.compile(r".*?'''")}


@dataclass
class _Part:
    first: int
    lines: list[str] = field(default_factory=list)
    keys: list[tuple[str, int]] = field(default_factory=list)


def parts(text: str, *, whole: bool = True) -> list[Source]:
    """What stands before the first step, and each step.

    `whole`: the text is TOML, so a line in a string of several lines is no header. Else each line that looks like one
    begins a step: what is damaged ends there.

    >>> found = parts('title = "x"\\n\\n[[step]]\\ntitle = "y"\\n[step.view]\\nhead = "1.0"')
    >>> [(part.first, part.keys) for part in found]
    [(1, (('title', 1),)), (3, (('title', 4), ('view', 5), ('view.head', 6)))]
    """
    found = [_Part(1)]
    table = inside = ""  # the table of the step, and the quotes of a string of several lines
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = _left_open(line, inside)
        elif _STEP.fullmatch(line):
            found.append(_Part(number))
            table = ""
        else:
            header = _TABLE.fullmatch(line)
            key = _KEY.match(line)
            if header:
                table = f"{header[1]}."
                found[-1].keys.append((header[1], number))
            elif key:
                found[-1].keys.append((f"{table}{key[1]}" + (f".{key[2]}" if key[2] else ""), number))
            inside = _left_open(line) if whole else ""
        found[-1].lines.append(line)
    return [Source(part.first, tuple(part.lines), tuple(part.keys)) for part in found]


def _left_open(line: str, inside: str = "") -> str:
    """The quotes of the string of several lines that goes on after this line; "" if none does.

    >>> _left_open('text = \"\"\"one'), _left_open('two', '\"\"\"'), _left_open('three\"\"\" # four', '\"\"\"')
    ('\"\"\"', '\"\"\"', '')
    """
    at = 0
    while True:
        if inside:
            end = _ENDS[inside].match(line, at)
            if end is None:
                return inside
            at, inside = end.end(), ""
        quoted = _QUOTED.search(line, at)
        if quoted is None:
            return ""
        at = quoted.end()
        if quoted[0] in _ENDS:
            inside = quoted[0]
