"""The words of a text as a model with a small vocabulary reads them: those it does not know as [UNK]."""

from __future__ import annotations

from attnviz.models.errors import ModelError
from attnviz.request import Text
from attnviz.texts import word_tokens
from attnviz.tokens import TextToken, Tokens
from attnviz.training.vocabulary import MASK, SPECIALS, START, UNKNOWN, Vocabulary


def known_words(asked: Text, vocabulary: Vocabulary, limit: int) -> tuple[list[TextToken], int | None]:
    """The words of a text as a model with this vocabulary reads them, and where it was cut to `limit` words (None:
    whole)."""
    words, cut = word_tokens(asked.text, limit, whole=_readable(asked.special_tokens))
    return [_known(word, vocabulary) for word in words], cut


def row_of(
    asked: Text, vocabulary: Vocabulary, longest: int, *, name: str = "text", may_be_empty: bool = False
) -> Tokens:
    """[CLS] and the words of a text, at most `longest` of both, with the ids of this vocabulary.

    Raises:
        ModelError: no word in it.
    """
    words, cut = known_words(asked, vocabulary, longest - 1)
    if not words and not may_be_empty:
        raise ModelError("There is no word in this text. Type a sentence.")
    first = TextToken("[CLS]", START, 0, 0, special=True, piece="[CLS]")
    return Tokens(name, (first, *words), asked.text, cut)


def spelled(text: str, special_tokens: bool | None) -> tuple[str, ...]:
    """The special tokens in a text that are read as plain text."""
    read, upper = _readable(special_tokens), text.upper()
    return tuple(special for special in SPECIALS if special in upper and special not in read)


def _known(token: TextToken, vocabulary: Vocabulary) -> TextToken:
    marker = token.piece.upper() in SPECIALS  # the only words with brackets, and one token where they are read
    index = vocabulary.id(token.piece.upper() if marker else token.piece)
    return TextToken(
        token.label,
        index,
        token.start,
        token.end,
        word=token.word,
        piece=vocabulary.words[index],
        unknown=index == UNKNOWN and not marker,
        marker=marker,
        mask=index == MASK,
    )


def _readable(special_tokens: bool | None) -> tuple[str, ...]:
    """The special tokens that are read where they are typed: by default the one that is made to be typed."""
    return SPECIALS[MASK : MASK + 1] if special_tokens is None else SPECIALS * special_tokens
