"""A sound as a row of tokens: frames, each with its time."""

from __future__ import annotations

from attnviz.contents import Samples
from attnviz.tokens import FrameToken, Tokens


def frame_tokens(sound: Samples, count: int, seconds: float, heard: float | None = None) -> Tokens:
    """So many frames of a sound, each of so many seconds and named by when it begins. `heard`: seconds after which
    there is only the silence that a model adds; frames that begin there are special."""
    times = [(round(i * seconds, 4), round((i + 1) * seconds, 4)) for i in range(count)]
    digits = max(len(f"{seconds:.3f}".rstrip("0").partition(".")[2]), 2)
    items = [
        FrameToken(
            f"{start:.{digits}f} s",
            special=heard is not None and start >= heard,
            word=i,
            start=start,
            end=end,
        )
        for i, (start, end) in enumerate(times)
    ]
    return Tokens("sound", tuple(items), sound)
