"""What a process remembers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from attnviz.service.remembering import remembered


def test_two_that_ask_for_one_at_once_wait_for_one_computing_and_others_do_not_wait():
    asked: list[int] = []
    begun, may_end = threading.Event(), threading.Event()

    @remembered(4)
    def slow(x: int) -> list[int]:
        asked.append(x)
        if x == 1:
            begun.set()
            assert may_end.wait(10)
        return [x]

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(slow, 1)
        assert begun.wait(10)
        others = [pool.submit(slow, 1) for _ in range(2)]
        assert pool.submit(slow, 2).result(10) == [2], "while the first is still computed"
        may_end.set()
        assert all(one.result(10) is first.result(10) for one in others)
    assert asked == [1, 2]


def test_what_fails_is_tried_again_and_what_was_forgotten_is_computed_again():
    asked: list[int] = []

    @remembered(1)
    def fails_first(x: int) -> int:
        asked.append(x)
        if len(asked) == 1:
            raise ValueError("not yet")
        return x

    with pytest.raises(ValueError, match="not yet"):
        fails_first(3)
    assert [fails_first(3), fails_first(3), fails_first(4), fails_first(3)] == [3, 3, 4, 3]
    assert asked == [3, 3, 4, 3]
    fails_first.clear()
    fails_first(3)
    assert len(asked) == 5


def test_an_answer_that_is_pushed_out_while_it_is_computed_still_arrives():
    @remembered(1)
    def outer(x: int) -> int:
        return x if x == 0 else outer(x - 1) + 1

    assert outer(3) == 3
