"""Turns: fair, and never more at once than there are places."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from attnviz.service.turns import Turns


def worked(turns: Turns, people: int, until: float) -> tuple[Counter[int], int]:
    """How many turns each had, and how many worked at once at most."""
    had: Counter[int] = Counter()
    working, most, lock, end = 0, 0, threading.Lock(), time.monotonic() + until

    def work(who: int) -> None:
        nonlocal working, most
        while time.monotonic() < end:
            with turns.turn():
                with lock:
                    working += 1
                    most = max(most, working)
                time.sleep(0.002)
                with lock:
                    working -= 1
                had[who] += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return had, most


@pytest.mark.parametrize(("cores", "people", "at_once"), [(1, 2, 1), (4, 3, 2), (4, 12, 4)])
def test_all_have_about_as_many_turns_and_many_have_all_cores(cores, people, at_once):
    had, most = worked(Turns(cores), people, 0.3)
    assert most == at_once
    assert len(had) == people
    assert max(had.values()) < 2 * min(had.values()), "nobody overtakes"


def test_a_turn_that_fails_is_handed_on():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"), turns.turn():
            raise ValueError("x")
    with turns.turn():
        pass
