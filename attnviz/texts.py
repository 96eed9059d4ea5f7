"""What any model accepts as text, and how the from-scratch models cut it. Knows no model.

The from-scratch models' tokens are words as they were typed, runs of letters of any script, or single other characters
(a punctuation mark, an emoji, a Han character). There is no vocabulary to fall out of: the id of a word is a hash of
it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import cache

import regex

from attnviz.errors import AttnvizError
from attnviz.tokens import TOKEN_LIMIT, TextToken

CHARACTER_LIMIT = 40_000  # text after this many characters is not even tokenized

# A Han character stands alone; letters, marks, digits and joiners make words, in which apostrophes
# and hyphens may stand (didn't, mother-in-law); \X is one of anything else, as a person sees it.
_WORD = r"(?:(?!\p{Han})[\p{L}\p{N}_][\p{M}\u200c\u200d]*)"
_TOKEN = regex.compile(rf"{_WORD}+(?:['’-]{_WORD}+)*|\X")
_AS_TYPED = "\n\t\r"  # control characters that say something in a text


def clean_text(text: str) -> str:
    """The text with what cannot be shown replaced, one character for one, so that places stay.

    Control characters (NUL, escape) become spaces, but for line breaks and tabs; halves of surrogate pairs, which no
    encoding can carry, become U+FFFD.

    >>> clean_text("a\\x00b\\ud800c\\n")
    'a b�c\\n'
    """
    swaps = {"Cc": " ", "Cs": "\ufffd"}
    return "".join(c if c in _AS_TYPED else swaps.get(unicodedata.category(c), c) for c in text)


def checked_text(text: str) -> str:
    """`clean_text`, after a check that something is left to read.

    Raises:
        AttnvizError: empty or blank text.
    """
    if not isinstance(text, str):
        raise AttnvizError(f"The text must be a string, not {type(text).__name__}.")
    cleaned = clean_text(text)
    if not cleaned.strip():
        raise AttnvizError("There is no word in this text. Type a sentence, for example “The cat sat on the mat”.")
    return cleaned


def word_tokens(
    text: str, limit: int = TOKEN_LIMIT, *, whole: Sequence[str] = ()
) -> tuple[tuple[TextToken, ...], int | None]:
    """The tokens of a text, and the character at which it was cut to `limit` tokens (None: whole).

    `whole`: what is one token where it is typed, whatever its case (a [MASK], which would be three).

    >>> [t.text for t in word_tokens("The cat, which didn't purr.")[0]]
    ['The', 'cat', ',', 'which', "didn't", 'purr', '.']
    """
    tokens: list[TextToken] = []
    for found in _pattern(tuple(whole)).finditer(text, 0, min(len(text), CHARACTER_LIMIT)):
        if found[0].isspace():
            continue
        if len(tokens) == limit:
            return tuple(tokens), tokens[-1].end
        word = normal_form(found[0])
        tokens.append(TextToken(found[0], word_id(word), found.start(), found.end(), word=len(tokens), piece=word))
    return tuple(tokens), CHARACTER_LIMIT if len(text) > CHARACTER_LIMIT else None


@cache
def _pattern(whole: tuple[str, ...]) -> regex.Pattern[str]:
    """What a token is, where these are tokens as well."""
    return regex.compile("|".join([*(f"(?i:{regex.escape(word)})" for word in whole), _TOKEN.pattern]))


def unread(text: str, tokens: Sequence[TextToken]) -> str:
    """The letters and signs of a text that no token stands for: a tokenizer without a token for what it does not know
    leaves it out. (Spaces, marks and signs that are not seen may be left out by any.)

    >>> unread("ab zzz c", [TextToken("ab", 0, 0, 2), TextToken("c", 1, 7, 8)])
    'zzz'
    """
    read = bytearray(len(text))
    for token in tokens:
        read[token.start : token.end] = b"\1" * (token.end - token.start)
    return "".join(c for c, is_read in zip(text, read, strict=True) if not is_read and _is_seen(c))


def _is_seen(c: str) -> bool:
    return unicodedata.category(c)[0] not in "ZCM"


def normal_form(word: str) -> str:
    """What makes two words the same word: canonical composition, and case folded away.

    >>> normal_form("The") == normal_form("the")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())


def word_id(word: str) -> int:
    """A number for any word, 0 to 2³¹ - 1, the same on every machine: a hash (BLAKE2b), not an index."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
