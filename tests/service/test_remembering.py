"""What a process remembers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from attnviz.service.remembering import Memory, remembered


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


def test_of_the_heavy_ones_few_are_computed_at_once_and_the_others_do_not_wait():
    working, most, lock = 0, 0, threading.Lock()
    may_end = threading.Event()
    memory = Memory(most=100, is_heavy=lambda arguments: arguments[0] >= 10, at_once=2)

    @memory.remembered
    def half(x: int) -> int:
        nonlocal working, most
        with lock:
            working += x >= 10
            most = max(most, working)
        if x >= 10:
            assert may_end.wait(20)
        with lock:
            working -= x >= 10
        return x // 2

    @memory.remembered
    def quarter(x: int) -> int:
        return half(x) // 2  # heavy in a heavy one: the thread is in already

    with ThreadPoolExecutor(16) as pool:
        heavy = [pool.submit(quarter, x) for x in (10, 11, 12, 13, 10, 11, 12, 13)]
        assert pool.submit(quarter, 8).result(10) == 2, "while heavy ones are computed"
        may_end.set()
        assert [one.result(20) for one in heavy] == [2, 2, 3, 3] * 2
    assert most <= 2


def test_what_was_heavy_is_known_until_somebody_has_cleaned_up():
    memory = Memory(most=100, is_heavy=lambda arguments: arguments[0] >= 10)
    half = memory.remembered(lambda x: x // 2)
    half(8)
    assert not memory.worked_hard
    half(10)
    assert memory.worked_hard
    memory.worked_hard = False
    half(10)
    assert not memory.worked_hard, "it was remembered"
