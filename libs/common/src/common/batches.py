"""Endless supplies in pieces that fit in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def batched(items: AsyncIterator[T], size: int) -> AsyncIterator[list[T]]:
    """The items in lists of `size`; the last may be shorter. One list is held at a time."""
    batch: list[T] = []
    async for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


async def off_the_loop(
    items: Iterator[T], size: int, run: Callable[[Callable[[], list[T]]], Awaitable[list[T]]] = asyncio.to_thread
) -> AsyncIterator[T]:
    """The items of an iterator that blocks, taken `size` at a time in a thread, or as `run` has it."""
    while batch := await run(lambda: list(islice(items, size))):
        for item in batch:
            yield item
