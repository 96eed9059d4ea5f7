"""How what is taken along is called."""

from __future__ import annotations

import unicodedata

import regex

_LONGEST_TEXT, _LONGEST_MODEL = 60, 40  # bytes in a file name


def file_name(
    text: str, model: str, layer: int | None = None, head: int | None = None, ending: str = ".csv", *, part: str = ""
) -> str:
    """A short name that every system takes, from letters and digits of any script.

    >>> file_name("The cat, which was black, sat on the mat", "minilm", 5, 11)
    'attnviz-minilm-layer5-head11-the-cat-which-was-black-sat-on-the-mat.csv'
    """
    last = regex.split(r"[/\\]", model.rstrip("/\\"))[-1]
    parts = [
        "attnviz",
        _plain(last, _LONGEST_MODEL),
        part,
        "" if layer is None else f"layer{layer}",
        "" if head is None else f"head{head}",
        _plain(text, _LONGEST_TEXT),
    ]
    return "-".join(part for part in parts if part) + ending


def _plain(text: str, longest: int) -> str:
    """Words with hyphens between, as many as `longest` bytes hold, or what they hold of the first.

    >>> _plain("Didn't you?", 20), _plain("Didn't you?", 7), _plain("Didn't", 3), _plain("?", 9)
    ('didn-t-you', 'didn-t', 'did', '')
    """
    words = regex.findall(r"[\p{L}\p{M}\p{N}]+", unicodedata.normalize("NFC", text.lower()))
    whole = "-".join(words)
    cut = whole.encode()[:longest].decode(errors="ignore")
    if cut != whole and whole[len(cut)] != "-" and "-" in cut:
        cut = cut.rpartition("-")[0]
    return cut.rstrip("-")
