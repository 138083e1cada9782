"""Restoring a backup into an empty database."""

import asyncio
from datetime import datetime
from pathlib import Path

from bson import json_util

from common.backup.archive import ArchiveReader, BadArchive
from common.batches import off_the_loop
from common.mongo import Database, now_of
from common.operations import Operations
from common.s3 import S3Store


async def restore(service: Operations, path: Path) -> str:
    """Put objects and documents back, then make the read models; says what was done. The service must not run.

    Raises:
        SystemExit: with a sentence: the file is damaged or another service's, or the database is not empty. Nothing
            was changed then. Cut off later, it leaves a database that is not empty: drop it and begin again.
    """
    try:
        archive = await asyncio.to_thread(ArchiveReader, path)
        await _fits(service, archive)
    except BadArchive as error:
        raise SystemExit(f"Nothing was restored: {error}.") from error
    objects = await _objects(service, archive)
    documents = await _documents(service, archive)
    rebuilt = await service.rebuild(service.store) if service.store.views else "no views to rebuild"
    return f"{service.name}: {documents} documents and {objects} objects restored, {rebuilt}"


async def _fits(service: Operations, archive: ArchiveReader) -> None:
    """Raises `SystemExit`, or `BadArchive`, unless the archive is whole, this service's, and the database empty."""
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
    await asyncio.to_thread(archive.check)


async def _objects(service: Operations, archive: ArchiveReader) -> int:
    count = 0
    if service.prefixes and isinstance(service.neighbours.pictures, S3Store):
        await service.neighbours.pictures.prepare()
    async for name, data in off_the_loop(archive.members("objects"), 1):
        bucket, _, key = name.partition("/")
        await service.neighbours.pictures.put(bucket, key, data)
        count += 1
    return count


async def _documents(service: Operations, archive: ArchiveReader) -> int:
    """In the order of their writing, the log last: a database without it was not restored to the end."""
    db, count = service.store.db, 0
    await service.store.prepare()
    async for name, data in off_the_loop(archive.members("collections"), 1):
        documents = [json_util.loads(line, json_options=_options(db)) for line in data.splitlines()]
        await db[name.partition("/")[0]].insert_many(documents, ordered=False)
        count += len(documents)
    log_end = datetime.fromisoformat(archive.manifest["log_end"])
    await db.restores.insert_one({"at": await now_of(db), "log_end": log_end})
    return count


def _options(db: Database) -> json_util.JSONOptions:
    return json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=db.codec_options.tzinfo)
