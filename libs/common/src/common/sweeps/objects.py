"""Sweeps of the object store: objects that nothing refers to, and files left half written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from common.mongo import Database
from common.objects import FolderStore, ObjectStore
from common.sweeps.sweep import Garbage, Sweep

Needed = Callable[[Sequence[str]], Awaitable[set[str]]]


def unreferenced(
    db: Database, objects: ObjectStore, place: tuple[str, str], grace: timedelta, needed: Needed, *, name: str
) -> Sweep:
    """Objects at `place` (bucket, beginning of the key) that are older than `grace` and that nothing refers to.

    `needed(keys)` says which of these must stay. It asks the log, never a read model, which may be empty or behind; it
    raises where the log cannot be read, and then nothing is removed. Objects written in the time that a restored
    backup knows nothing of stay too (`restores`, see `common.backup`).
    """
    bucket, prefix = place

    async def find(before: datetime) -> AsyncIterator[Garbage]:
        unknown = [(r["log_end"], r["at"]) async for r in db.restores.find()]

        def judged(modified: datetime) -> bool:
            return modified < before and not any(start <= modified <= end for start, end in unknown)

        old = [o async for o in objects.list(bucket) if o.key.startswith(prefix) and judged(o.modified)]
        staying = await needed([o.key for o in old])
        for found in old:
            if found.key not in staying:
                yield Garbage(found.key, found.modified, found.size)

    async def remove(garbage: Garbage) -> None:
        await objects.delete(bucket, garbage.id)

    return Sweep(name, f"objects of {bucket}/{prefix} that nothing refers to", grace, find, remove)


def temporary_files(store: FolderStore, grace: timedelta) -> Sweep:
    """Half-written files of a process that was killed. An S3 server ends unfinished uploads by itself."""

    async def find(before: datetime) -> AsyncIterator[Garbage]:
        for part in await asyncio.to_thread(store.parts):
            if part.modified < before:
                yield Garbage(part.key, part.modified, part.size)

    async def remove(garbage: Garbage) -> None:
        await asyncio.to_thread(store.remove_part, garbage.id)

    return Sweep("temporary-files", "half-written files of killed processes", grace, find, remove)
