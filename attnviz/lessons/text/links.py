"""A teacher's own lesson in a link: its TOML, made small (zlib) and put in letters that a link can hold (base64url)."""

from __future__ import annotations

import binascii
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from attnviz.errors import AttnvizError
from attnviz.lessons.lesson import MOST_CHARACTERS, Lesson, Problem
from attnviz.lessons.text.reading import read
from attnviz.lessons.text.writing import written

MOST_LINK = 24_000  # characters; browsers and servers take a little more


def to_link(lesson: Lesson) -> str:
    """The lesson in letters, digits, - and _.

    Raises:
        AttnvizError: one that is too long for a link.
    """
    link = urlsafe_b64encode(zlib.compress(written(lesson).encode(), 9)).decode().rstrip("=")
    if len(link) > MOST_LINK:
        raise AttnvizError(
            f"This lesson makes a link of {len(link):,} characters, and {MOST_LINK:,} are the most. Save it as a file."
        )
    return link


def from_link(link: str) -> Lesson:
    """The lesson of a link. Nothing is raised: a link that is damaged gives a lesson whose problem says so."""
    if not isinstance(link, str) or len(link) > MOST_LINK:
        return _damaged(f"This link is too long for a lesson: {MOST_LINK:,} characters are the most.")
    try:
        packed = urlsafe_b64decode(link.strip().encode("ascii") + b"=" * (-len(link.strip()) % 4))
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, 4 * MOST_CHARACTERS)  # never more, whatever it says that it holds
    except (ValueError, binascii.Error, zlib.error):
        return _damaged("This link is damaged: a part of it is missing, or was changed. Ask for it again.")
    if unpacking.unconsumed_tail:
        return _damaged(f"This link holds more than a lesson may: {MOST_CHARACTERS:,} characters are the most.")
    if not unpacking.eof:
        return _damaged("This link is damaged: its end is missing. Ask for it again.")
    return read(text.decode("utf-8", "replace"))


def _damaged(said: str) -> Lesson:
    return Lesson("A lesson that cannot be read", problems=(Problem(0, said),))
