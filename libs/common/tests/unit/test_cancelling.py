"""Background tasks end when they are told to."""

import asyncio

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
