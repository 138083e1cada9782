"""Work that takes much memory is bounded, also where its requests are given up."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from auth.adapters.hands import Hands
from common.http.overload import Overloaded
from common.testing.eventually import eventually


class Bench:
    """Work that lasts until it is let go, counted."""

    def __init__(self) -> None:
        self.go, self.begun, self.at_once, self._now, self._lock = threading.Event(), 0, 0, 0, threading.Lock()

    def work(self) -> str:
        with self._lock:
            self.begun += 1
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        assert self.go.wait(30)
        with self._lock:
            self._now -= 1
        return "done"

    async def seen(self) -> int:
        return self.begun


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.go.set()


async def started(hands: Hands, bench: Bench, many: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(hands.do(bench.work)) for _ in range(many)]
    await eventually(bench.seen, lambda begun: begun > 0)
    return tasks


async def test_no_more_is_in_work_than_may_and_who_comes_when_enough_wait_is_refused_at_once(bench: Bench) -> None:
    hands = Hands("test", 2, 3)
    tasks = await started(hands, bench, 5)

    with pytest.raises(Overloaded) as refused:
        await hands.do(bench.work)

    assert (refused.value.status, refused.value.code) == (503, "SERVICE_UNAVAILABLE")
    bench.go.set()
    assert await asyncio.gather(*tasks) == ["done"] * 5
    assert (bench.begun, bench.at_once) == (5, 2)
    assert await hands.do(bench.work) == "done"


async def test_a_request_that_is_given_up_makes_no_room_while_its_work_goes_on(bench: Bench) -> None:
    hands = Hands("test", 1, 0)
    (task,) = await started(hands, bench, 1)
    task.cancel()
    await asyncio.wait([task])

    with pytest.raises(Overloaded):
        await hands.do(bench.work)

    bench.go.set()
    await eventually(lambda: room(hands), lambda found: found)


async def room(hands: Hands) -> bool:
    try:
        return await hands.do(lambda: True)
    except Overloaded:
        return False


async def test_closing_ends_what_is_in_work_and_begins_nothing_more(bench: Bench) -> None:
    hands = Hands("test", 1, 1)
    begun, waiting = await started(hands, bench, 2)
    closing = asyncio.create_task(hands.close())
    await asyncio.wait([waiting])
    bench.go.set()
    await closing

    assert (await begun, waiting.cancelled(), bench.begun) == ("done", True, 1)
