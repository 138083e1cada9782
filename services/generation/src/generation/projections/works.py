"""`works`: which picture each work is of and who may see it, as the works service tells.

A document's final content does not depend on the order of messages or on how often they come.
"""

from common.contracts.works import WorkCreated, WorkDeleted, WorkPublished, WorkUnpublished
from common.messages import Envelope
from common.mongo import Database, Session, create_collection


async def prepare(db: Database) -> None:
    """Create the collection; safe to repeat."""
    await create_collection(db, "works")


async def note_created(db: Database, message: WorkCreated, session: Session) -> None:
    """A picture became a work."""
    known = {"owner_id": message.owner_id, "image_id": message.image_id}
    await db.works.update_one({"_id": message.work_id}, {"$set": known}, upsert=True, session=session)


async def note_publication(
    db: Database, message: WorkPublished | WorkUnpublished, envelope: Envelope, session: Session
) -> None:
    """Everybody may see it, or its owner alone: the newest word of the work's stream."""
    work = await db.works.find_one({"_id": message.work_id}, {"number": 1}, session=session) or {}
    if work.get("number", 0) <= envelope.number:
        known = {"public": isinstance(message, WorkPublished), "number": envelope.number}
        await db.works.update_one({"_id": message.work_id}, {"$set": known}, upsert=True, session=session)


async def note_deleted(db: Database, message: WorkDeleted, session: Session) -> None:
    """It is gone for good."""
    known = {"$set": {"deleted": True}}
    await db.works.update_one({"_id": message.work_id}, known, upsert=True, session=session)


async def picture_seen_by(db: Database, work_id: int, user_id: int) -> str | None:
    """The id of the work's picture; none for a work that is unknown or deleted, or another's and not public."""
    seen = {"$or": [{"owner_id": user_id}, {"public": True}]}
    work = await db.works.find_one({"_id": work_id, "deleted": {"$ne": True}, "image_id": {"$ne": None}, **seen})
    return str(work["image_id"]) if work else None
