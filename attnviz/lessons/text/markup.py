"""The text of a step: paragraphs, **bold**, *italic*, and numbers in braces. Everything else is text, HTML too."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from attnviz.lessons.lesson import Lesson, Problem, Source

_REFERENCE = re.compile(r"\{([^{}]*)\}")
_KEPT = re.compile("\0(\\d+)\0")  # no text has a NUL: it is cleaned when it is read
_STRONG = re.compile(r"\*\*(?=[^\s*])(.{1,500}?)(?<=[^\s*])\*\*", re.DOTALL)  # so long, or many that are open take long
_EMPHASIS = re.compile(r"\*(?=[^\s*])([^*]*[^\s*])\*")
_SOURCE = re.compile(r"\b[A-Z][\w-]+(?: & [A-Z][\w-]+| et al\.)? (?:19|20)\d\d\b")  # Jain & Wallace 2019
_NUMBER = re.compile(r"\d[\d.,]*")


def as_html(text: str, value: Callable[[str], str | None]) -> str:
    """As HTML: `<p>`, `<strong>` and `<em>`, and nothing else.

    `value`: what a reference says; None for what is none, which stands there as it was written.

    >>> as_html("It gives **{x}** & *more*.\\n\\n<b>{y}</b> 2 * 3", {"x": "0.98"}.get)
    '<p>It gives <strong>0.98</strong> &amp; <em>more</em>.</p><p>&lt;b&gt;{y}&lt;/b&gt; 2 * 3</p>'
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        said = value(found[1])
        kept.append(escape(found[0] if said is None else said))
        return f"\0{len(kept) - 1}\0"

    plain = escape(_REFERENCE.sub(keep, text.replace("\0", " ")))
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", plain))
    marked = "".join(f"<p>{_marked(paragraph)}</p>" for paragraph in paragraphs if paragraph)
    return _KEPT.sub(lambda found: kept[int(found[1])], marked)


def _marked(text: str) -> str:
    """With bold and italic. What is italic ends where what is bold begins, so that one never cuts through the other."""
    pieces = _STRONG.split(text)  # what is between, what is bold, what is between …
    made = (_EMPHASIS.sub(r"<em>\1</em>", piece) for piece in pieces)
    return "".join(f"<strong>{piece}</strong>" if i % 2 else piece for i, piece in enumerate(made))


def references(text: str) -> list[str]:
    """What stands in braces.

    >>> references("{tokens()} tokens, {weight(1.0, sat, cat)}")
    ['tokens()', 'weight(1.0, sat, cat)']
    """
    return _REFERENCE.findall(text)


def by_hand(lesson: Lesson) -> tuple[Problem, ...]:
    """The numbers that somebody typed into a lesson's texts and titles, where a reference should stand. The year of
    a source after its name (Vaswani et al. 2017) is none.

    >>> from attnviz.lessons import read
    >>> [str(one) for one in by_hand(read('title = "x"\\n[[step]]\\ntitle = "y"\\ntext = "It gives 0.98."'))]
    ['Line 4: “0.98” is typed by hand. Write a reference, such as {weight(1.0, sat, cat)}, so that it is measured.']
    """
    told = [(lesson.source, key, getattr(lesson, key)) for key in ("title", "about")]
    told += [(step.source, key, getattr(step, key)) for step in lesson.steps for key in ("title", "text")]
    return tuple(
        Problem(
            _line(source, key, text, number),
            f"“{number.rstrip('.,')}” is typed by hand. Write a reference, such as "
            "{weight(1.0, sat, cat)}, so that it is measured.",
        )
        for source, key, text in told
        for number in _NUMBER.findall(_SOURCE.sub("", _REFERENCE.sub("", text)))
    )


def _line(source: Source, key: str, text: str, number: str) -> int:
    """The line of a number that stands in no reference: that line of the text, found in the file."""
    for line in text.split("\n"):
        if number in _SOURCE.sub("", _REFERENCE.sub("", line)):
            return source.line(key, line.strip())
    return source.line(key, number)
