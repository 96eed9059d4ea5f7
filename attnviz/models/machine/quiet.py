"""Quiet libraries: while a model is loaded or run, they draw no progress bars and say nothing beside our sentences.

What somebody has set for them holds again afterwards, and for them alone: other loggers are left as they are.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

LIBRARIES = ("transformers", "huggingface_hub")

_lock = Lock()
_inside = 0  # threads that are in `quiet` now: the first one turns it on, the last one off
_undo = ExitStack()
_bars: list[Callable[[], Callable[[], object]]] = []


def settle_bars() -> None:
    """To be said before the libraries are imported: in a notebook without widgets, the module that draws their bars
    warns that it cannot draw them as widgets."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")
        importlib.import_module("tqdm.auto")


def has_bars(turn_off: Callable[[], Callable[[], object]]) -> None:
    """Register how a library's progress bars are turned off; what that gives turns them on again, if they were."""
    _bars.append(turn_off)


@contextmanager
def quiet() -> Iterator[None]:
    """Around what calls the libraries. Threads may be in it at once."""
    global _inside
    with _lock:
        if not _inside:
            _turn_off()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _undo.close()


def _turn_off() -> None:
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        _undo.callback(logger.setLevel, logger.level)
        logger.setLevel(max(logger.level, logging.CRITICAL))
    for turn_off in _bars:
        _undo.callback(turn_off())
