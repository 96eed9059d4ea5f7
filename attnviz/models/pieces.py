"""What a fast tokenizer of the transformers library made of a text, as tokens with their places in it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from attnviz.errors import AttnvizError
from attnviz.tokens import CHARACTER_LIMIT
from attnviz.trace import Token


def takes_pairs(tokenizer: Any) -> bool:
    """Whether it puts a separator of its own between two sentences (BERT and its kin do; GPT-2 and Llama do not)."""
    more = tokenizer.num_special_tokens_to_add(pair=True) > tokenizer.num_special_tokens_to_add(pair=False)
    return bool(more and tokenizer.sep_token_id is not None)


def read_pieces(tokenizer: Any, text: str, second: str | None, *, limit: int) -> tuple[tuple[Token, ...], int | None]:
    """The tokens of a text, or of a pair `f"{text}\\n{second}"`, and the character at which it was cut to `limit`.

    A pair that is too long loses tokens of its longer sentence. Not for two threads at once: a tokenizer keeps its
    truncation as state.

    Raises:
        AttnvizError: a sentence with nothing to read.
    """
    starts = (0, len(text) + 1)  # where each sentence begins in the text of both
    sentences = [text[:CHARACTER_LIMIT]] if second is None else [text[:CHARACTER_LIMIT], second[:CHARACTER_LIMIT]]
    encoded = whole = _encode(tokenizer, sentences)
    if len(whole["input_ids"]) > limit:
        encoded = _encode(tokenizer, sentences, truncation=True, max_length=limit)
    tokens = _tokens(tokenizer, encoded, sentences, starts)
    for i, sentence in enumerate(sentences):
        if all(token.special for token in tokens if token.segment == i):
            which = "this text" if second is None else f"the {('first', 'second')[i]} sentence"
            raise AttnvizError(f"The model's tokenizer finds nothing to read in {which}. Type a sentence.")
        before, after = (e.sequence_ids().count(i) for e in (whole, encoded))
        given = text if i == 0 else second or ""
        if after < before:
            return tokens, max(token.end for token in tokens if token.segment == i and not token.special)
        if len(sentence) < len(given):
            return tokens, starts[i] + CHARACTER_LIMIT
    return tokens, None


def _tokens(tokenizer: Any, encoded: Any, sentences: list[str], starts: tuple[int, int]) -> tuple[Token, ...]:
    pieces = tokenizer.convert_ids_to_tokens(encoded["input_ids"])
    word_ids, segments = encoded.word_ids(), _segments(encoded.sequence_ids())
    tokens: list[Token] = []
    words = 0
    for i, (start, end) in enumerate(encoded["offset_mapping"]):
        sentence, shift = sentences[segments[i]], starts[segments[i]]
        special = bool(encoded["special_tokens_mask"][i])
        start, end = _without_space(sentence, start, end)
        piece_of = None if special else word_ids[i]
        # Some tokenizers call the whole text one word: a gap, which is a space, parts words as well.
        continues = (
            not special
            and i > 0
            and (segments[i - 1], word_ids[i - 1]) == (segments[i], piece_of)
            and start + shift <= tokens[-1].end
        )
        words += not special and not continues
        tokens.append(
            Token(
                pieces[i] if special else sentence[start:end],
                encoded["input_ids"][i],
                start + shift,
                (start if special else end) + shift,
                special,
                None if special else words - 1,
                pieces[i],
                continues,
                segment=segments[i],
            )
        )
    return tuple(tokens)


def _segments(sequence_ids: list[int | None]) -> list[int]:
    """0 for the first sentence, 1 for the second; a special token belongs to what stands before it.

    >>> _segments([None, 0, 0, None, 1, None])
    [0, 0, 0, 0, 1, 1]
    """
    segments = [sequence_ids[0] or 0] if sequence_ids else []
    for _, here in pairwise(sequence_ids):
        segments.append(segments[-1] if here is None else here)
    return segments


def _encode(tokenizer: Any, sentences: list[str], **options: object) -> Any:
    """`split_special_tokens`: a "[MASK]" or "[CLS]" that a person types is text, not a special token."""
    return tokenizer(
        *sentences,
        split_special_tokens=True,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        verbose=False,
        **options,
    )


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without spaces around it (some tokenizers count the space before a word in), unless that is all."""
    inner = text[start:end].strip()
    if not inner:
        return start, end
    start += text[start:end].index(inner)
    return start, start + len(inner)
