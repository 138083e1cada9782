"""Restoring a backup into an empty database."""

import asyncio
from datetime import datetime
from pathlib import Path

from bson import json_util

from common.backup.archive import ArchiveReader, BadArchive
from common.mongo import Database, Document, now_of
from common.operations import Operations
from common.s3 import S3Store

AT_ONCE = 500


async def restore(service: Operations, path: Path) -> str:
    """Put objects and documents back, then make the read models; says what was done. The service must not run.

    Raises:
        SystemExit: with a sentence: the file is damaged or another service's, or the database is not empty. Nothing
            was changed then. Cut off later, it leaves a database that is not empty: drop it and begin again.
    """
    try:
        archive = await asyncio.to_thread(ArchiveReader, path)
    except BadArchive as error:
        raise SystemExit(f"Nothing was restored: {error}.") from error
    try:
        await _fits(service, archive)
        objects = await _objects(service, archive)
        documents = await _documents(service, archive)
    finally:
        archive.close()
    rebuilt = await service.rebuild(service.store) if service.store.views else "no views to rebuild"
    return f"{service.name}: {documents} documents and {objects} objects restored, {rebuilt}"


async def _fits(service: Operations, archive: ArchiveReader) -> None:
    """Raises `SystemExit` unless the archive is whole, this service's, and the database empty."""
    of = archive.manifest["service"]
    if of != service.name:
        raise SystemExit(f"Nothing was restored: the backup is of {of}, not of {service.name}.")
    db = service.store.db
    full = [name for name in sorted(await db.list_collection_names()) if await db[name].find_one({}, {"_id": 1})]
    if full:
        raise SystemExit(
            f"Nothing was restored: the database {db.name} is not empty ({', '.join(full)}). "
            "Stop the service, and restore into an empty one."
        )
    try:
        await asyncio.to_thread(archive.check)
    except BadArchive as error:
        raise SystemExit(f"Nothing was restored: {error}.") from error


async def _objects(service: Operations, archive: ArchiveReader) -> int:
    names = archive.names("objects")
    if names and isinstance(service.neighbours.pictures, S3Store):
        await service.neighbours.pictures.prepare()
    for name in names:
        bucket, _, key = name.partition("/")
        data = await asyncio.to_thread(archive.read, f"objects/{name}")
        await service.neighbours.pictures.put(bucket, key, data)
    return len(names)


async def _documents(service: Operations, archive: ArchiveReader) -> int:
    """The log comes last: a database without it was not restored to the end."""
    db, count = service.store.db, 0
    await service.store.prepare()
    for name in sorted(archive.names("collections"), key=lambda name: name == "events"):
        batch: list[Document] = []
        for line in archive.lines(f"collections/{name}"):
            batch.append(json_util.loads(line, json_options=_options(db)))
            if len(batch) == AT_ONCE:
                count += await _insert(db, name, batch)
                batch = []
        count += await _insert(db, name, batch)
    log_end = datetime.fromisoformat(archive.manifest["log_end"])
    await db.restores.insert_one({"at": await now_of(db), "log_end": log_end})
    return count


async def _insert(db: Database, name: str, documents: list[Document]) -> int:
    if documents:
        await db[name].insert_many(documents, ordered=False)
    return len(documents)


def _options(db: Database) -> json_util.JSONOptions:
    return json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=db.codec_options.tzinfo)
