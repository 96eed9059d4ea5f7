"""What has just failed is not tried again at once: a hub that hangs would make everybody wait in line for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from attnviz.models.errors import ModelError

SECONDS = 30.0  # for which a failure is remembered
_MOST = 200  # names
_failed: dict[str, tuple[float, str]] = {}  # name to when, and the sentence


@contextmanager
def remembered(name: str) -> Iterator[None]:
    """Around what may fail for a name: for a while after it did, the same sentence at once.

    Raises:
        ModelError: it has just failed.
    """
    when, sentence = _failed.get(name, (0.0, ""))
    if sentence and time.monotonic() - when < SECONDS:
        raise ModelError(sentence)
    try:
        yield
    except ModelError as error:
        if len(_failed) >= _MOST:
            _failed.clear()
        _failed[name] = time.monotonic(), str(error)
        raise
    _failed.pop(name, None)
