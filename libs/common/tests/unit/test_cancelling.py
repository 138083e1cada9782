"""Background tasks end when they are told to."""

import asyncio

import pytest

from common.cancelling import cancelled


async def test_a_task_that_loses_its_first_cancellation_still_ends() -> None:
    lost = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancelled(task, ask_again=0.01)

    assert lost.is_set()
    assert task.cancelled()


async def test_there_may_be_nothing_to_cancel() -> None:
    await cancelled()


async def test_a_cancellation_that_comes_together_with_an_answer_is_not_lost() -> None:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    asking = asyncio.create_task(asyncio.wait_for(answer, 10))
    await asyncio.sleep(0)

    answer.set_result(1)
    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_wait_still_ends_with_its_time_and_gives_what_it_waited_for() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    assert await asyncio.wait_for(asyncio.sleep(0, 7), None) == 7
