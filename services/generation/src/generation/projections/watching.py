"""Waking those who wait for a task: one change stream a process, however many watch."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from common.mongo import Database, Document

Changed = Callable[[float], Awaitable[None]]

WATCHED = ("tasks", "progress", "previews")


class TaskWatch:
    """Tells when a task or its progress may have changed: a hint to look again, never what to show."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def run(self) -> None:
        """Follow the documents for ever."""
        changes: list[Document] = [{"$match": {"ns.coll": {"$in": list(WATCHED)}}}, {"$project": {"documentKey": 1}}]
        async with await self._db.watch(changes) as stream:
            async for change in stream:
                for event in self._waiting.get(change["documentKey"]["_id"], ()):
                    event.set()

    @contextmanager
    def watching(self, task_id: str) -> Iterator[Changed]:
        """Inside the block: a wait that ends with the next change, at the latest after the seconds it is given."""
        event = asyncio.Event()
        self._waiting[task_id].add(event)

        async def changed(patience: float) -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await event.wait()
            event.clear()

        try:
            yield changed
        finally:
            self._waiting[task_id].discard(event)
            if not self._waiting[task_id]:
                del self._waiting[task_id]
