"""Waiting for what must come true, with a deadline instead of a guess."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool] = bool, *, within: float = 10.0) -> T:
    """Look again and again until what is seen `holds`; returns it. Fails with what was seen last after `within` s."""
    deadline = time.monotonic() + within
    while True:
        seen = await look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {within} s"
        await asyncio.sleep(0.02)
