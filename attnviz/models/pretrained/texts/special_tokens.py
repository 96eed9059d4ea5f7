"""Special tokens that somebody typed: which of them are read as what the model has learned, and which as plain text.

A tokenizer of the transformers library takes all that it finds in a text as special tokens, or none. What is meant is
often between: [MASK] asks for a word, the marker of an entity and the frame of a chat were learned, while a
typed [SEP] is mostly a person's own text.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

# What frames every text: a model puts these there by itself, and a typed one is text.
_FRAMES = ("cls", "sep", "bos", "eos", "pad", "unk")


class SpecialTokens:
    """The special tokens of a fast tokenizer, by id, and encodings that read some of them.

    Not for two threads at once: a tokenizer keeps its truncation as state.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.by_id: dict[int, str] = {i: t.content for i, t in tokenizer.added_tokens_decoder.items() if t.special}
        self._mixed: tuple[frozenset[int], Any] = (frozenset(), None)  # the last one: a text is read again and again
        self._folded = {content.casefold() for content in self.by_id.values() if content}

    @cached_property
    def learned(self) -> frozenset[int]:
        """Those that are read by default: the mask token, those added beyond the vocabulary, and those that frame
        nothing (T5's <extra_id_0>, a marker that took the place of an unused entry)."""
        known = self.tokenizer.backend_tokenizer.model.token_to_id
        framing = {getattr(self.tokenizer, f"{name}_token_id", None) for name in _FRAMES}
        return frozenset(
            i
            for i, content in self.by_id.items()
            if i == self.tokenizer.mask_token_id or i not in framing or known(content) is None
        )

    def wanted(self, special_tokens: bool | None) -> frozenset[int]:
        """The ids to read: of all, of none, or by default of those that a model has `learned`."""
        if special_tokens is None:
            return self.learned
        return frozenset(self.by_id) if special_tokens else frozenset()

    def encode(
        self, sentences: Sequence[str], special_tokens: bool | None, *, limit: int
    ) -> tuple[Any, Any, frozenset[int], tuple[str, ...]]:
        """The sentences' encoding, the same cut to `limit` tokens, the ids in the text that are read as special
        tokens, and those special tokens that are not, as typed."""
        found = self._found(sentences)  # id to content
        read = self.wanted(special_tokens).intersection(found)
        spelled = tuple(content for i, content in found.items() if i not in read)
        # Where all that there are are read, the tokenizer does that by itself.
        tokenizer = self._reading(read) if read and spelled else self.tokenizer
        splits = bool(spelled) or not read
        encoded = whole = _encode(tokenizer, sentences, splits)
        if len(whole["input_ids"]) > limit:
            encoded = _encode(tokenizer, sentences, splits, truncation=True, max_length=limit)
        # Some vocabularies hold a special token as a piece of plain text too, and read it all the same.
        inner = [i for i, of in zip(whole["input_ids"], whole.sequence_ids(), strict=True) if of is not None]
        read |= found.keys() & set(inner)
        return whole, encoded, read, tuple(content for i, content in found.items() if i not in read)

    def is_typed(self, token_id: int, text: str) -> bool:
        """Whether a token that covers this text is that special token. (A word that is not known has the id of
        [UNK], and is none.)"""
        return self.by_id.get(token_id, "").strip().casefold() == text.strip().casefold()

    def _found(self, sentences: Sequence[str]) -> dict[int, str]:
        """The special tokens that the tokenizer finds in the text when it may, in their order."""
        folded = [sentence.casefold() for sentence in sentences]
        if not any(content in sentence for sentence in folded for content in self._folded):
            return {}
        encoded = _encode(self.tokenizer, sentences, False)
        return {
            token_id: self.by_id[token_id]
            for token_id, sequence, (start, end) in zip(
                encoded["input_ids"], encoded.sequence_ids(), encoded["offset_mapping"], strict=True
            )
            if token_id in self.by_id and sequence is not None
            if self.is_typed(token_id, sentences[sequence][start:end])
        }

    def _reading(self, read: frozenset[int]) -> Any:
        """A tokenizer that reads these special tokens and cuts the others into pieces.

        Tokens that are added and not special are found in any text, so these are made such ones.
        """
        if self._mixed[0] != read:
            backend = self.tokenizer.backend_tokenizer
            told = json.loads(backend.to_str())
            for token in told["added_tokens"]:
                token["special"] = token["special"] and token["id"] not in read
            mixed = copy.copy(self.tokenizer)
            mixed._tokenizer = type(backend).from_str(json.dumps(told))
            self._mixed = (read, mixed)
        return self._mixed[1]


def _encode(tokenizer: Any, sentences: Sequence[str], splits: bool, **options: object) -> Any:
    return tokenizer(
        *sentences,
        split_special_tokens=splits,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        verbose=False,
        **options,
    )
