"""A text in the pieces of Marian's vocabulary (SentencePiece's unigram model), and back.

A piece is a word or a part of one; "▁" stands for the space before it. Two entries of the vocabulary are no text: what
ends a row of words, and what stands for a character that no piece has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from attnviz.models.errors import ModelError
from attnviz.models.inputs.pieces import covered, with_marks
from attnviz.texts import CHARACTER_LIMIT
from attnviz.tokens import TextToken, Tokens

END = 0  # ids of the two
UNKNOWN = 1
_SIGNS = {END: "</s>", UNKNOWN: "<unk>"}


class Pieces:
    """The vocabulary of a model's folder, for both of its languages. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer  # imported here: whoever loads no such model does not wait for it

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def piece(self, index: int) -> str:
        """The entry with that id."""
        return _SIGNS.get(index) or str(self._tokenizer.id_to_token(index))

    def word(self, index: int) -> str:
        """The same as a person reads it."""
        return self.piece(index).replace("▁", " ").strip() or self.piece(index)

    def source(self, text: str, limit: int, *, name: str) -> Tokens:
        """The tokens of a text, and the one that ends it, at most `limit` of both.

        Raises:
            ModelError: nothing to read.
        """
        pieces, cut = self._read(text, limit - 1)
        if not pieces:
            raise ModelError("There is nothing to translate in this text. Type a sentence.")
        end = pieces[-1].end
        return Tokens(name, (*pieces, TextToken("</s>", END, end, end, piece="</s>", special=True)), text, cut)

    def target(self, text: str, limit: int) -> Tokens:
        """The place before the first word, and the tokens of what was written, at most `limit` of both."""
        pieces, cut = self._read(text, limit - 1)
        return Tokens("target", (TextToken("start", END, 0, 0, piece="start", special=True), *pieces), text, cut)

    def continued(self, text: str, more: Sequence[int]) -> str:
        """A text with these pieces after it."""
        written = text + "".join(self.piece(index) for index in more).replace("▁", " ")
        return written if text.strip() else written.lstrip()

    def _read(self, text: str, limit: int) -> tuple[tuple[TextToken, ...], int | None]:
        """The pieces, and the character at which the text was cut (None: whole)."""
        seen = text[:CHARACTER_LIMIT]
        encoded = self._tokenizer.encode(seen, add_special_tokens=False)
        found: list[TextToken] = []
        for i, (index, (start, end)) in enumerate(zip(encoded.ids[:limit], encoded.offsets, strict=False)):
            piece = self.piece(index)
            start, end = covered(seen, start, end, piece, marker=False)
            if start < end:
                end = with_marks(seen, end, encoded.offsets[i + 1][0] if i + 1 < len(encoded.ids) else len(seen))
            continues = bool(found) and _goes_on(seen, found[-1], start)
            word = (found[-1].word or 0) + (not continues) if found else 0
            label = seen[start:end] or piece
            found.append(
                TextToken(*(label, index, start, end, piece), word=word, continues=continues, unknown=index == UNKNOWN)
            )
        if len(encoded.ids) > limit:
            return tuple(found), found[-1].end if found else 0
        return tuple(found), CHARACTER_LIMIT if len(seen) < len(text) else None


def _goes_on(text: str, before: TextToken, start: int) -> bool:
    """Whether what begins there goes on with the word of the token before: letters or digits on both sides, and
    apostrophes and hyphens among them."""
    return bool(
        re.search(r"[\w'’-]\Z", text[: before.end][-1:]) and re.match(r"[\w'’-]", text[start : start + 1])
    ) and (before.end == start)
