"""Objects to be removed from the object store: noted in the database first, so that none is forgotten."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pymongo import ASCENDING, IndexModel, UpdateOne

from common.mongo import Database, Session, inserts
from common.objects import ObjectStore

LOOK_AGAIN_AFTER = 30.0  # seconds without news


class Removals:
    """A list of objects with the time when each is to go, and the loop that removes them.

    An object about to be written is listed before, with a time later than any request lasts, and struck off in the
    transaction that comes to depend on it: what a crash leaves behind is removed.
    """

    def __init__(self, db: Database, objects: ObjectStore) -> None:
        self._db = db
        self._objects = objects

    async def prepare(self) -> None:
        """Create the index; safe to repeat."""
        await self._db.removals.create_indexes([IndexModel([("due", ASCENDING)])])

    async def plan(self, bucket: str, keys: Sequence[str], *, after: timedelta, session: Session | None = None) -> None:
        """List objects for removal."""
        due = datetime.now(UTC) + after
        notes = [{"_id": f"{bucket}/{key}", "bucket": bucket, "key": key, "due": due} for key in keys]
        if notes:
            changes = [UpdateOne({"_id": note["_id"]}, {"$set": note}, upsert=True) for note in notes]
            await self._db.removals.bulk_write(changes, session=session)

    async def strike(self, bucket: str, keys: Sequence[str], session: Session) -> None:
        """Take objects off the list: they are needed."""
        await self._db.removals.delete_many({"_id": {"$in": [f"{bucket}/{key}" for key in keys]}}, session=session)

    async def run(self) -> None:
        """Remove what is due, for ever; several replicas may."""
        async with inserts(self._db, "removals", patience=LOOK_AGAIN_AFTER) as wait:
            while True:
                await wait()
                await self.sweep()

    async def sweep(self) -> None:
        """Remove what is due now. Raises `Unavailable` while the object store is down; nothing is forgotten."""
        async for note in self._db.removals.find({"due": {"$lte": datetime.now(UTC)}}):
            await self._objects.delete(note["bucket"], note["key"])
            await self._db.removals.delete_one({"_id": note["_id"]})
