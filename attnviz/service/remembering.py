"""A decorator that remembers the last answers of a function, or of several that share one memory. Two that ask for one
at once wait for one computing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import update_wrapper
from threading import BoundedSemaphore, Lock, local
from typing import Any, Generic, ParamSpec, TypeVar

from attnviz.service.sizes import bytes_of

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(eq=False)
class _Entry:
    """An answer, once it is there (a list of one); until then its first asker holds the lock."""

    computing: Lock = field(default_factory=Lock)
    answer: list[Any] = field(default_factory=list)
    size: int = 0  # bytes


class Gate:
    """Lets so many threads in at once, and those that are in as often as they like."""

    def __init__(self, places: int) -> None:
        self._places, self._own = BoundedSemaphore(places), local()

    def __enter__(self) -> None:
        depth = getattr(self._own, "depth", 0)
        if not depth:
            self._places.acquire()
        self._own.depth = depth + 1

    def __exit__(self, *_: object) -> None:
        self._own.depth -= 1
        if not self._own.depth:
            self._places.release()


class Memory:
    """Answers up to a number of them, or of their bytes: past it the longest unused is let go. (What somebody still
    uses stays alive in their hands.) Of those that are heavy to compute only some are computed at once.

    Args:
        most: the most answers.
        megabytes: the most that they take.
        is_heavy: whether a question, by its arguments, is one that few may ask at once.
        at_once: so many.
    """

    def __init__(
        self,
        *,
        most: int | None = None,
        megabytes: float | None = None,
        is_heavy: Callable[[tuple[Any, ...]], bool] = lambda _: False,
        at_once: int = 1,
    ) -> None:
        self.most, self.most_bytes = most, None if megabytes is None else int(megabytes * 1e6)
        self._is_heavy, self._gate = is_heavy, Gate(at_once)
        self.size = 0  # bytes of what is held, where they are counted
        self.worked_hard = False  # whether something heavy was computed since somebody took this back
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()  # the longest unused first
        self._lock = Lock()

    def remembered(self, function: Callable[P, R]) -> Remembered[P, R]:
        """The function, its answers held here."""
        return Remembered(function, self)

    def answer(self, key: tuple[Hashable, tuple[Any, ...], Hashable], compute: Callable[[], R]) -> R:
        """What is remembered under that key (a function and its arguments), or computed now. What `compute` raises is
        not remembered."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            self._let_go()
        if entry.answer:
            return entry.answer[0]  # type: ignore[no-any-return]
        # First through the gate, then for the answer: who waits for an answer must not keep its maker out.
        is_heavy = self._is_heavy(key[1])
        with self._gate if is_heavy else nullcontext(), entry.computing:
            if not entry.answer:
                self.worked_hard |= is_heavy
                try:
                    answer = compute()
                except BaseException:
                    with self._lock:
                        if self._entries.get(key) is entry:
                            del self._entries[key]
                    raise
                size = 0 if self.most_bytes is None else bytes_of(answer)
                entry.answer.append(answer)
                with self._lock:
                    if self._entries.get(key) is entry:
                        entry.size = size
                        self.size += size
                        self._let_go()
            return entry.answer[0]  # type: ignore[no-any-return]

    def answers(self, is_meant: Callable[[Hashable], bool]) -> list[Any]:
        """Those that are there now under such keys, the longest unused first."""
        with self._lock:
            return [entry.answer[0] for key, entry in self._entries.items() if entry.answer and is_meant(key)]

    def clear(self, is_meant: Callable[[Hashable], bool]) -> None:
        """Forget those under such keys."""
        with self._lock:
            for key in [key for key in self._entries if is_meant(key)]:
                self.size -= self._entries.pop(key).size

    def _let_go(self) -> None:
        """Until the rest is within its bounds; the last one stays in any case. Under the lock."""
        while len(self._entries) > 1 and self._is_over():
            _, entry = self._entries.popitem(last=False)
            self.size -= entry.size

    def _is_over(self) -> bool:
        return (self.most is not None and len(self._entries) > self.most) or (
            self.most_bytes is not None and self.size > self.most_bytes
        )


class Remembered(Generic[P, R]):
    """A function of hashable arguments, with a memory of its answers."""

    def __init__(self, function: Callable[P, R], memory: Memory) -> None:
        self._function, self._memory = function, memory
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (self._function, args, tuple(sorted(kwargs.items())))
        return self._memory.answer(key, lambda: self._function(*args, **kwargs))

    def answers(self) -> list[R]:
        """Those that are remembered now, the longest unused first."""
        return self._memory.answers(self._is_own)

    def clear(self) -> None:
        """Forget all of them."""
        self._memory.clear(self._is_own)

    def _is_own(self, key: Hashable) -> bool:
        return isinstance(key, tuple) and key[0] is self._function


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
    return Memory(most=most).remembered
