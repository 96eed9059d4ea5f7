"""When what a model wrote of a sound was heard: the times that cross-attention gives its words.

A row of cross-attention looks where its token sounds. The frame that it looks at most is a time; and since what is said
later sounds later, all rows together can be laid along the sound by dynamic time warping (Sakoe & Chiba 1978), as
Whisper's authors do for the times of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attnviz._trace import Trace
from attnviz.errors import AttnvizError
from attnviz.heads import Head
from attnviz.layer import to_cpu
from attnviz.tokens import FrameToken

_SMOOTHED = 7  # frames of which the middle one in size is taken, as Whisper's authors have it


@dataclass(frozen=True)
class Timed:
    """A word (or letter) that was written, and when it sounds, in seconds."""

    text: str
    tokens: tuple[int, ...]  # rows of the cross-attention
    start: float
    end: float
    peak: float  # the middle of the frame that is looked at most


def times(
    trace: Trace, heads: Sequence[Head | str] | None = None, *, standardized: bool = False, join: bool = True
) -> list[Timed]:
    """When each word sounds that was written of the sound of a trace.

    Args:
        heads: whose weights are averaged ("cross.1.0"); None: all of the last layer.
        standardized: how much more a frame is looked at from this row than from others counts, smoothed, and not the
            weight itself: of larger models, whose heads also look at frames where nothing sounds.
        join: a word of several tokens is one; else each token is.

    Raises:
        AttnvizError: a trace of no sound, or a head that is not there.
    """
    cross = trace.only("cross") if "cross" in trace.parts else trace
    frames = [token for token in cross.columns if isinstance(token, FrameToken) and not token.special]
    if not frames or cross.is_square:
        raise AttnvizError("Times are those of a sound: this trace has no cross-attention that looks at one.")
    last = len(cross.layers) - 1
    chosen = [Head(last, head, cross.part) for head in range(cross.layers[last].heads)] if heads is None else heads
    weights = _mean(cross, [Head.of(head) for head in chosen], len(frames), standardized=standardized)
    path = laid_along(weights)
    rows = cross.rows
    found = []
    for group in rows.words(join=False) if join else [[i] for i in range(len(rows))]:
        if not rows[group[0]].special:
            at = np.flatnonzero(np.isin(path, group))
            peak = frames[int(weights[group[0]].argmax())]
            text = rows.written(group).strip()
            middle = (peak.start + peak.end) / 2
            found.append(Timed(text, tuple(group), frames[int(at[0])].start, frames[int(at[-1])].end, middle))
    return found


def laid_along(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """[frame]: the row that each frame belongs to, of weights [row, frame]: row after row, none left out, so that the
    sum of the weights on the way is as large as can be.

    >>> laid_along(np.array([[0.9, 0.1, 0.0, 0.0], [0.1, 0.2, 0.9, 0.1], [0.0, 0.0, 0.3, 0.8]])).tolist()
    [0, 1, 1, 2]

    Raises:
        AttnvizError: more rows than frames.
    """
    rows, frames = weights.shape
    if rows > frames:
        raise AttnvizError(f"{rows} rows cannot be laid along {frames} frames, one after another.")
    best = np.full(rows, -np.inf)
    best[0] = weights[0, 0]
    is_next = np.zeros((rows, frames), dtype=bool)  # whether the way comes from the row before
    for frame in range(1, frames):
        before = np.concatenate([[-np.inf], best[:-1]])
        is_next[:, frame] = before > best
        best = np.maximum(before, best) + weights[:, frame]
    path = np.empty(frames, dtype=np.int64)
    row = rows - 1
    for frame in range(frames - 1, -1, -1):
        path[frame] = row
        row -= int(is_next[row, frame])
    return path


def _mean(trace: Trace, heads: Sequence[Head], frames: int, *, standardized: bool) -> NDArray[np.float64]:
    """[row, frame]: the mean of these heads."""
    tables = []
    for head in heads:
        table = to_cpu(trace.layer(head.layer, head.head, head.part).head(head.head).weights).double()[:, :frames]
        if standardized:
            table = (table - table.mean(0)) / table.std(0, correction=0).clamp(min=1e-9)
            wide = torch.nn.functional.pad(table[None], (_SMOOTHED // 2,) * 2, mode="reflect")[0]
            table = wide.unfold(-1, _SMOOTHED, 1).median(-1).values
        tables.append(table)
    found: NDArray[np.float64] = torch.stack(tables).mean(0).numpy()
    return found
