"""Taking a backup while the service serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bson import json_util
from pymongo.errors import OperationFailure

from common.backup.archive import ArchiveWriter
from common.errors import NotFound
from common.mongo import Session, now_of
from common.operations import Operations

# Made anew: leases and schedules by whoever runs, snapshots with the next events. A restored service must ask for the
# history that it missed, so it forgets in `consumers` that it ever did.
LEFT_OUT = {"leases", "sweeps", "snapshots", "consumers"}
LINES_AT_ONCE = 1000


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
    names = sorted(set(await db.list_collection_names()) - views - LEFT_OUT)
    counts: dict[str, int] = {}
    async with _snapshot(service) as session:
        last = await db.events.find_one(sort=[("position", -1)], session=session)
        with TemporaryDirectory(prefix="backup-") as folder:
            for name in names:
                file = Path(folder) / name
                counts[name] = await _collection(service, name, file, session)
                await asyncio.to_thread(archive.add_file, f"collections/{name}", file)
                file.unlink()
    log_end = last["at"] if last else await now_of(db)
    taken = (await now_of(db)).isoformat()
    return {"service": service.name, "taken_at": taken, "log_end": log_end.isoformat(), "documents": counts}


async def _collection(service: Operations, name: str, file: Path, session: Session) -> int:
    count, lines = 0, []
    with file.open("w", encoding="utf-8") as out:
        async for document in service.store.db[name].find(session=session, batch_size=LINES_AT_ONCE):
            lines.append(json_util.dumps(document, json_options=json_util.CANONICAL_JSON_OPTIONS) + "\n")
            count += 1
            if len(lines) == LINES_AT_ONCE:
                await asyncio.to_thread(out.writelines, lines)
                lines = []
        out.writelines(lines)
    return count


async def _objects(service: Operations, archive: ArchiveWriter) -> int:
    objects, count = service.neighbours.objects, 0
    for bucket, prefix in service.prefixes if objects is not None else ():
        assert objects is not None  # noqa: S101  (mypy does not see it)
        async for found in objects.list(bucket):
            if found.key.startswith(prefix):
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
