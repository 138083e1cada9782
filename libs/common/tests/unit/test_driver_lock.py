"""A lock of the driver that a cancelled caller must not keep: a client that lost it would find no server for ever."""

import asyncio

import pytest
from pymongo.lock import _async_cond_wait, _async_create_condition, _async_create_lock

import common.mongo  # noqa: F401  (repairs the driver on Python 3.11)
from common.testing.eventually import eventually


async def test_a_wait_that_is_cancelled_as_its_time_is_up_leaves_the_lock_free() -> None:
    lock = _async_create_lock()
    condition = _async_create_condition(lock)
    waits = asyncio.Event()

    async def waiting() -> None:
        async with lock:
            waits.set()
            await _async_cond_wait(condition, 0.05)

    async def wants_the_lock_back() -> bool:
        return bool(lock._waiters)

    waiter = asyncio.create_task(waiting())
    await waits.wait()
    async with lock:
        await eventually(wants_the_lock_back)
        waiter.cancel()
        await asyncio.sleep(0)  # the cancellation is delivered while another holds the lock
    with pytest.raises(asyncio.CancelledError):
        await waiter
    async with asyncio.timeout(5):
        async with lock:
            pass
