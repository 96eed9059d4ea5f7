"""A decorator that remembers the last answers of a function. Two that ask for one at once wait for one computing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import update_wrapper
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class _Entry(Generic[R]):
    """An answer, once it is there (a list of one); until then its first asker holds the lock."""

    computing: Lock = field(default_factory=Lock)
    answer: list[R] = field(default_factory=list)


class Remembered(Generic[P, R]):
    """A function of hashable arguments. What it raises is not remembered."""

    def __init__(self, function: Callable[P, R], most: int) -> None:
        self._function, self._most = function, most
        self._entries: OrderedDict[Hashable, _Entry[R]] = OrderedDict()  # the longest unused first
        self._lock = Lock()
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (args, tuple(sorted(kwargs.items())))
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        with entry.computing:
            if not entry.answer:
                try:
                    entry.answer.append(self._function(*args, **kwargs))
                except BaseException:
                    with self._lock:
                        if self._entries.get(key) is entry:
                            del self._entries[key]
                    raise
            return entry.answer[0]

    def answers(self) -> list[R]:
        """Those that are remembered now, the longest unused first."""
        with self._lock:
            return [entry.answer[0] for entry in self._entries.values() if entry.answer]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()


def remembered(most: int) -> Callable[[Callable[P, R]], Remembered[P, R]]:
    """Remember the answers to the last `most` questions.

    >>> asked = []
    >>> @remembered(2)
    ... def doubled(x):
    ...     asked.append(x)
    ...     return 2 * x
    >>> [doubled(x) for x in (1, 2, 1, 3, 1, 2)], asked
    ([2, 4, 2, 6, 2, 4], [1, 2, 3, 2])
    """
    return lambda function: Remembered(function, most)
