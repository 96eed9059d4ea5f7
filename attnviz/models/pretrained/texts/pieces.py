"""What a fast tokenizer of the transformers library made of a text, as tokens with their places in it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from attnviz.errors import AttnvizError
from attnviz.models.inputs.pieces import covered, with_marks
from attnviz.models.pretrained.texts.special_tokens import SpecialTokens
from attnviz.texts import CHARACTER_LIMIT
from attnviz.tokens import TextToken


def piece_of(tokenizer: Any, index: int) -> str:
    """The entry of the vocabulary; of an index past its end, which a model may have room for, that there is none."""
    piece = tokenizer.convert_ids_to_tokens(index)
    return f"[no word {index}]" if piece is None else str(piece)


def takes_pairs(tokenizer: Any) -> bool:
    """Whether it puts a separator of its own between two sentences (BERT and its kin do; GPT-2 and Llama do not)."""
    more = tokenizer.num_special_tokens_to_add(pair=True) > tokenizer.num_special_tokens_to_add(pair=False)
    return bool(more and tokenizer.sep_token_id is not None)


def read_pieces(
    specials: SpecialTokens, text: str, second: str | None, *, limit: int, special_tokens: bool | None = None
) -> tuple[tuple[TextToken, ...], int | None, tuple[str, ...]]:
    """The tokens of a text, or of a pair `f"{text}\\n{second}"`; the character at which it was cut to `limit`; and the
    special tokens in it that were read as plain text.

    A pair that is too long loses tokens of its longer sentence. Not for two threads at once: a tokenizer keeps its
    truncation as state.

    Raises:
        AttnvizError: a sentence with nothing to read.
    """
    starts = (0, len(text) + 1)  # where each sentence begins in the text of both
    sentences = [text[:CHARACTER_LIMIT]] if second is None else [text[:CHARACTER_LIMIT], second[:CHARACTER_LIMIT]]
    whole, encoded, read, spelled = specials.encode(sentences, special_tokens, limit=limit)
    tokens = _tokens(specials, encoded, sentences, starts, read)
    for i, sentence in enumerate(sentences):
        if all(token.special for token in tokens if token.segment == i):
            which = "this text" if second is None else f"the {('first', 'second')[i]} sentence"
            if len(sentence) == CHARACTER_LIMIT and not sentence.strip():
                raise AttnvizError(f"The first {CHARACTER_LIMIT:,} characters of {which} are blank; no more are read.")
            raise AttnvizError(f"The model's tokenizer finds nothing to read in {which}. Type a sentence.")
        before, after = (e.sequence_ids().count(i) for e in (whole, encoded))
        given = text if i == 0 else second or ""
        if after < before:
            cut = max(token.end for token in tokens if token.segment == i and not token.special)
            seen = f"{text}\n{second}"[:cut].casefold()
            return tokens, cut, tuple(content for content in spelled if content.strip().casefold() in seen)
        if len(sentence) < len(given):
            return tokens, starts[i] + CHARACTER_LIMIT, spelled
    return tokens, None, spelled


def _tokens(
    specials: SpecialTokens, encoded: Any, sentences: list[str], starts: tuple[int, int], read: frozenset[int]
) -> tuple[TextToken, ...]:
    tokenizer = specials.tokenizer
    pieces = tokenizer.convert_ids_to_tokens(encoded["input_ids"])
    word_ids, segments = encoded.word_ids(), _segments(encoded.sequence_ids())
    tokens: list[TextToken] = []
    words = 0
    offsets = encoded["offset_mapping"]
    types = encoded.get("token_type_ids") or [0] * len(offsets)
    for i, (start, end) in enumerate(offsets):
        sentence, shift, token_id = sentences[segments[i]], starts[segments[i]], encoded["input_ids"][i]
        special = bool(encoded["special_tokens_mask"][i])
        marker = not special and token_id in read and specials.is_typed(token_id, sentence[start:end])
        start, end = covered(sentence, start, start if special else end, pieces[i], marker=marker)
        if start < end:
            follows = i + 1 < len(offsets) and segments[i + 1] == segments[i] and offsets[i + 1][1] > 0
            end = with_marks(sentence, end, offsets[i + 1][0] if follows else len(sentence))
        continues = (
            not special
            and i > 0
            and not (marker or tokens[-1].marker)
            and (segments[i - 1], word_ids[i - 1]) == (segments[i], word_ids[i])
            # Some tokenizers call the whole text one word: a space parts words as well. Other gaps do not: they are
            # what a normaliser takes out (soft hyphens, joiners, spaces of no width).
            and not any(c.isspace() for c in sentence[tokens[-1].end - shift : start])
        )
        words += not special and not continues
        tokens.append(
            TextToken(
                sentence[start:end] or pieces[i],
                token_id,
                start + shift,
                end + shift,
                pieces[i],
                special=special,
                word=None if special else words - 1,
                continues=continues,
                unknown=not (special or marker) and token_id == tokenizer.unk_token_id,
                segment=segments[i],
                token_type=types[i],
                marker=marker,
                mask=marker and token_id == tokenizer.mask_token_id,
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
