"""A fast tokenizer as a model reads and writes with it. Threads may share it."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import Any

from attnviz.models.pretrained.texts.pieces import piece_of, read_pieces
from attnviz.models.pretrained.texts.special_tokens import SpecialTokens
from attnviz.tokens import TextToken


class Reader:
    """What a tokenizer makes of a text, and of ids."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._lock = Lock()  # it keeps its truncation as state

    @cached_property
    def _specials(self) -> SpecialTokens:
        return SpecialTokens(self.tokenizer)

    def pieces(
        self, text: str, second: str | None, *, limit: int, special_tokens: bool | None
    ) -> tuple[tuple[TextToken, ...], int | None, tuple[str, ...]]:
        """As `read_pieces` has them."""
        with self._lock:
            return read_pieces(self._specials, text, second, limit=limit, special_tokens=special_tokens)

    def decoded(self, ids: list[int]) -> str:
        """The text of these ids, without special tokens."""
        with self._lock:
            return str(self.tokenizer.decode(ids, skip_special_tokens=True))

    def continued(self, text: str, index: int) -> str | None:
        """The text with that entry of the vocabulary after it; None of what would not be read as it is meant."""
        with self._lock:
            ids = self._ids(text)
            # By itself a piece is read without the space before it, so it is read after the ones before.
            before, whole = (str(self.tokenizer.decode(one)) for one in (ids, [*ids, index]))
            more = whole[len(before) :] if whole.startswith(before) else str(self.tokenizer.decode([index]))
            # What is written has to be read as it was meant: no special token, no part of a character.
            is_read = index not in self.tokenizer.all_special_ids and self._ids(text + more) == [*ids, index]
        return text + more if is_read else None

    def _ids(self, text: str) -> list[int]:
        return [int(one) for one in self.tokenizer(text, add_special_tokens=False)["input_ids"]]

    def word(self, index: int) -> str:
        """The vocabulary's entry with that index, as a person reads it."""
        return str(self.tokenizer.decode([index])).strip() or piece_of(self.tokenizer, index)
