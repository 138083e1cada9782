"""How far running tasks are: transient, not folded from events, forgotten after an hour."""

from pymongo import ASCENDING, IndexModel
from pymongo.write_concern import WriteConcern

from common.mongo import Database

LIFE_SECONDS = 3600
FAST = WriteConcern(w=1)


async def prepare(db: Database) -> None:
    """Let old notes end; safe to repeat."""
    await db.progress.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=LIFE_SECONDS)])


async def note(db: Database, task_id: str, percent: int) -> None:
    """Note a task's progress; it only ever rises, so a second attempt does not turn it back."""
    notes = db.progress.with_options(write_concern=FAST)
    rise = {"$max": {"percent": percent}, "$currentDate": {"at": True}}
    await notes.update_one({"_id": task_id}, rise, upsert=True)


async def percents(db: Database, task_ids: list[str]) -> dict[str, int]:
    """What was noted of these tasks."""
    return {note["_id"]: note["percent"] async for note in db.progress.find({"_id": {"$in": task_ids}})}
