"""Places that are taken for a while."""

from __future__ import annotations

import asyncio

from attnviz.ui.serving.places import Places
from tests.ui.test_serving import run_alone


def test_a_few_go_at_a_time_in_the_order_in_which_they_came():
    began: list[int] = []
    inside = [0, 0]  # now, and at most

    async def go(places: Places, i: int) -> None:
        async with places.taken():
            began.append(i)
            inside[0] += 1
            inside[1] = max(inside)
            await asyncio.sleep(0)
            inside[0] -= 1

    async def come() -> None:
        places = Places(3, 1000)
        await asyncio.gather(*(go(places, i) for i in range(10)))

    run_alone(come())
    assert began == [*range(10)]
    assert inside == [0, 3]


def test_who_takes_very_long_lets_the_next_one_go_and_gives_one_place_back():
    told: list[str] = []

    async def stay(places: Places, leave: asyncio.Event) -> None:
        async with places.taken():
            told.append("stays")
            await leave.wait()

    async def go(places: Places, i: int) -> None:
        async with places.taken():
            told.append(f"{i} goes")
            await asyncio.sleep(0)
            told.append(f"{i} is gone")

    async def come() -> None:
        places, leave = Places(1, 0), asyncio.Event()
        staying = asyncio.create_task(stay(places, leave))
        await asyncio.sleep(0)
        await go(places, 0)
        leave.set()
        await staying
        places = Places(1, 1000)
        await asyncio.gather(go(places, 1), go(places, 2))

    run_alone(come())
    assert told == ["stays", "0 goes", "0 is gone", "1 goes", "1 is gone", "2 goes", "2 is gone"]


def test_what_fails_gives_its_place_back():
    async def fail(places: Places) -> None:
        async with places.taken():
            raise ValueError

    async def come() -> list[BaseException | None]:
        places = Places(1, 1000)
        return await asyncio.gather(*(fail(places) for _ in range(3)), return_exceptions=True)

    assert [type(one) for one in run_alone(come())] == [ValueError] * 3
