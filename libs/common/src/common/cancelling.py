"""Ending background tasks for certain."""

import asyncio
from typing import Any

ASK_AGAIN_SECONDS = 3


async def cancelled(*tasks: asyncio.Task[Any], ask_again: float = ASK_AGAIN_SECONDS) -> None:
    """Cancel the tasks and return when all have ended, whatever their outcome.

    It asks again every `ask_again` seconds until they do: before Python 3.12 `asyncio.wait_for`, with which the
    MongoDB driver connects, loses a cancellation that arrives together with its result, and a loop then goes on as if
    nobody had asked.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=ask_again)
