"""A row of tokens as the page writes and describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from attnviz.client.packing import Array
from attnviz.contents import Pixels, Samples
from attnviz.figures.labels import described, labels_and_names, runs_from_right, word_names
from attnviz.layer import to_cpu
from attnviz.tokens import FrameToken, PatchToken, Tokens


def row_of(tokens: Tokens) -> dict[str, Any]:
    """The tokens, the words that they make, and from where the row runs (`schema.Row`)."""
    groups = {"words": tokens.words(join=False), "joined": tokens.words(join=True)}
    return {
        "tokens": [
            {
                "label": label,
                "name": name,
                "title": described(tokens, i),
                "special": token.special,
                "continues": token.continues,
                "unknown": token.unknown,
                "mask": token.mask,
                "word": token.word,
                "segment": token.segment,
                **({"box": token.box} if isinstance(token, PatchToken) else {}),
                **({"time": (token.start, token.end)} if isinstance(token, FrameToken) else {}),
            }
            for i, (token, label, name) in enumerate(zip(tokens, *labels_and_names(tokens), strict=True))
        ],
        "words": {name: _word_of(one) for name, one in groups.items()},
        "merged": {name: _merged(tokens, one) for name, one in groups.items()},
        "fromRight": runs_from_right(tokens.text),
        **_picture_of(tokens),
    }


def pixels_of(rows: Mapping[str, Tokens]) -> dict[str, Array]:
    """The pictures among them, by the names that `row_of` says."""
    pictures = {name: row.content for name, row in rows.items()}
    return {_name(name): one.array for name, one in pictures.items() if isinstance(one, Pixels)}


def sound_of(tokens: Tokens, heard: Tensor) -> tuple[dict[str, Any], dict[str, Array]]:
    """A sound as the page plays it and shows its spectrogram, [frame, band] of -1 to 1 (`schema.SoundOf`)."""
    last = tokens[-1]
    assert isinstance(tokens.content, Samples)
    assert isinstance(last, FrameToken)
    names = {"samples": f"samples of {tokens.name}", "heard": f"heard of {tokens.name}"}
    loud = ((to_cpu(heard).numpy().clip(-1, 1) + 1) * 127.5).round().astype(np.uint8)
    # The silence that a model adds is not played: its frames are special.
    own = [token for token in tokens if isinstance(token, FrameToken) and not token.special]
    until = own[-1].end if own else last.end
    sounding = tokens.content.array[: round(until * tokens.content.rate)]
    played = (sounding.clip(-1, 1) * 32767).round().astype(np.int16)
    size = {"frames": loud.shape[0], "bands": loud.shape[1], "seconds": last.end, "rate": tokens.content.rate}
    arrays: dict[str, Array] = {names["samples"]: played, names["heard"]: np.ascontiguousarray(loud)}
    return size | names, arrays


def _picture_of(tokens: Tokens) -> dict[str, Any]:
    if not isinstance(tokens.content, Pixels):
        return {}
    size = {"columns": tokens.content.columns, "rows": tokens.content.rows}
    return {"picture": size | {"pixels": _name(tokens.name)}}


def _name(row: str) -> str:
    return f"pixels of {row}"


def _merged(tokens: Tokens, groups: Sequence[Sequence[int]]) -> dict[int, tuple[str, str]]:
    """Of the words that are more than a token, by their first one: label and name."""
    if len(groups) == len(tokens):
        return {}
    names = word_names(tokens, groups)
    return {group[0]: name for group, name in zip(groups, names, strict=True) if len(group) > 1}


def _word_of(groups: Sequence[Sequence[int]]) -> list[int]:
    """[token]: the index of the word it belongs to, special tokens counted as words."""
    return [index for index, group in enumerate(groups) for _ in group]
