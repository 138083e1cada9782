"""Ending background tasks for certain."""

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any, TypeVar

ASK_AGAIN_SECONDS = 3

Result = TypeVar("Result")


async def cancelled(*tasks: asyncio.Task[Any], ask_again: float = ASK_AGAIN_SECONDS) -> None:
    """Cancel the tasks and return when all have ended, whatever their outcome.

    It asks again every `ask_again` seconds until they do, since a library may lose a cancellation; a loop then goes on
    as if nobody had asked.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=ask_again)


async def within(awaited: Awaitable[Result], timeout: float | None) -> Result:  # noqa: ASYNC109
    """`asyncio.wait_for` as Python 3.12 has it: without a task of its own."""
    async with asyncio.timeout(timeout):
        return await awaited


if sys.version_info < (3, 12):
    # Before, it loses a cancellation that arrives together with its result (https://github.com/python/cpython/issues/86296).
    # The drivers of MongoDB and RabbitMQ await every answer with it: a loop or a timeout around them would go on.
    asyncio.wait_for = within  # type: ignore[assignment]
