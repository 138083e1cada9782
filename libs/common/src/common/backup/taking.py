"""Taking a backup while the service serves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bson import json_util
from pymongo.errors import OperationFailure

from common.backup.archive import ArchiveWriter
from common.batches import batched
from common.errors import NotFound
from common.mongo import Document, Session, now_of
from common.operations import Operations

# Made anew: leases and schedules by whoever runs, snapshots with the next events. A restored service must ask for the
# history that it missed, so it forgets in `consumers` that it ever did.
LEFT_OUT = {"leases", "sweeps", "snapshots", "consumers"}
LOG = "events"  # goes last, and is restored last
DOCUMENTS_AT_ONCE = 500


async def backup(service: Operations, path: Path) -> str:
    """Write one snapshot of the database, then the objects, to a new file; says what is in it.

    An object is stored before the event that names it, so those that the snapshot needs are there afterwards, but for
    those of works that were deleted meanwhile.

    Raises:
        SystemExit: the file exists, or cannot be written, or the reading took longer than MongoDB keeps a snapshot.
    """
    try:
        with ArchiveWriter(path) as archive:
            about = await _database(service, archive)
            objects = await _objects(service, archive)
            size = await asyncio.to_thread(archive.finish, {**about, "objects": objects})
    except FileExistsError as error:
        raise SystemExit(f"{path} exists already; choose another name.") from error
    except OSError as error:
        raise SystemExit(f"{path} cannot be written: {error}") from error
    documents = sum(about["documents"].values())
    return f"{service.name}: {documents} documents, {objects} objects, {size} bytes in {path}"


async def _database(service: Operations, archive: ArchiveWriter) -> dict[str, Any]:
    db, views = service.store.db, {view.name for view in service.store.views}
    names = set(await db.list_collection_names()) - views - LEFT_OUT
    counts: dict[str, int] = {}
    async with _snapshot(service) as session:
        last = await db.events.find_one(sort=[("position", -1)], session=session)
        for name in sorted(names, key=lambda name: (name == LOG, name)):
            counts[name] = await _collection(service, name, archive, session)
    log_end = last["at"] if last else await now_of(db)
    taken = (await now_of(db)).isoformat()
    return {"service": service.name, "taken_at": taken, "log_end": log_end.isoformat(), "documents": counts}


async def _collection(service: Operations, name: str, archive: ArchiveWriter, session: Session) -> int:
    """Write the documents in members of `DOCUMENTS_AT_ONCE`, so that never more are held; returns their number."""
    count = 0
    found = service.store.db[name].find(session=session, batch_size=DOCUMENTS_AT_ONCE)
    async for documents in batched(found, DOCUMENTS_AT_ONCE):
        await asyncio.to_thread(archive.add, f"collections/{name}/{count:012}.jsonl", _lines(documents))
        count += len(documents)
    return count


def _lines(documents: Sequence[Document]) -> bytes:
    lines = (json_util.dumps(document, json_options=json_util.CANONICAL_JSON_OPTIONS) for document in documents)
    return "".join(f"{line}\n" for line in lines).encode()


async def _objects(service: Operations, archive: ArchiveWriter) -> int:
    objects, count = service.neighbours.objects, 0
    for bucket, prefix in service.prefixes if objects is not None else ():
        assert objects is not None  # noqa: S101  (mypy does not see it)
        async for found in objects.list(bucket, prefix):
            try:
                data = await objects.get(bucket, found.key)
            except NotFound:
                continue  # removed meanwhile
            await asyncio.to_thread(archive.add, f"objects/{bucket}/{found.key}", data)
            count += 1
    return count


@asynccontextmanager
async def _snapshot(service: Operations) -> AsyncIterator[Session]:
    try:
        async with service.store.db.client.start_session(snapshot=True) as session:
            yield session
    except OperationFailure as error:
        if error.code == SNAPSHOT_TOO_OLD:
            raise SystemExit(
                f"{service.name}: reading took longer than MongoDB keeps a snapshot (5 minutes, "
                "minSnapshotHistoryWindowInSeconds); raise that, or back up with MongoDB's own tools."
            ) from error
        raise


SNAPSHOT_TOO_OLD = 239
