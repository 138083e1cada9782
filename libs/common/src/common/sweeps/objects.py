"""Sweeps of the object store: objects that nothing refers to, and files left half written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from common.batches import batched
from common.mongo import Database
from common.objects import FolderStore, ObjectStore
from common.sweeps.sweep import Garbage, Sweep

Needed = Callable[[Sequence[str]], Awaitable[set[str]]]
BATCH = 1000  # objects that are held, and judged, at a time


def unreferenced(
    db: Database,
    objects: ObjectStore,
    place: tuple[str, str],
    grace: timedelta,
    judge: Callable[[], Needed],
    *,
    name: str,
) -> Sweep:
    """Objects at `place` (bucket, beginning of the key) that are older than `grace` and that nothing refers to.

    `judge()` gives each run its `needed(keys)`, which says which of these must stay and is asked for a batch at a time.
    It asks the log, never a read model, which may be empty or behind; it raises where the log cannot be read, and then
    nothing more is removed. Objects written in the time that a restored backup knows nothing of stay too (`restores`,
    see `common.backup`).
    """
    bucket, prefix = place

    async def find(before: datetime) -> AsyncIterator[Garbage]:
        unknown = [(r["log_end"], r["at"]) async for r in db.restores.find()]
        needed = judge()

        def judged(modified: datetime) -> bool:
            return modified < before and not any(start <= modified <= end for start, end in unknown)

        old = (found async for found in objects.list(bucket, prefix) if judged(found.modified))
        async for batch in batched(old, BATCH):
            staying = await needed([found.key for found in batch])
            for found in batch:
                if found.key not in staying:
                    yield Garbage(found.key, found.modified, found.size)

    async def remove(garbage: Garbage) -> None:
        await objects.delete(bucket, garbage.id)

    return Sweep(name, f"objects of {bucket}/{prefix} that nothing refers to", grace, find, remove)


def temporary_files(store: FolderStore, grace: timedelta) -> Sweep:
    """Half-written files of a process that was killed. An S3 server ends unfinished uploads by itself."""

    async def find(before: datetime) -> AsyncIterator[Garbage]:
        async for part in store.parts():
            if part.modified < before:
                yield Garbage(part.key, part.modified, part.size)

    async def remove(garbage: Garbage) -> None:
        await asyncio.to_thread(store.remove_part, garbage.id)

    return Sweep("temporary-files", "half-written files of killed processes", grace, find, remove)
