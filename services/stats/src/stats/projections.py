"""What stats knows: works, likes, views and follows, one document for each, and the figures counted from them.

Every document is a fact on its own. Its final content does not depend on the order of messages or on how often they
come, and no document depends on another, so that each collection can be emptied and replayed while messages arrive.
Figures are counted by index when asked for; what belongs to a deleted work is left out then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from pymongo import ASCENDING, IndexModel

from common.contracts.auth import UserFollowed, UserUnfollowed
from common.contracts.works import WorkCreated, WorkDeleted, WorkLiked, WorkUnliked, WorkViewed
from common.messages import Envelope
from common.mongo import Database, Document, Session
from stats.domain import Calendar


def _by(*fields: str) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields])


READ_MODELS: Mapping[str, Sequence[IndexModel]] = {
    "works": [_by("owner_id", "deleted", "created_at")],
    "likes": [_by("owner_id", "liked"), _by("work_id", "liked")],
    "views": [_by("owner_id", "viewed_at"), _by("work_id", "viewed_at")],
    "follows": [_by("followee_id", "following"), _by("follower_id", "following")],
}


class Figures(BaseModel):
    """The statistics of one user (`api-spec.zh.md`, 获取用户统计数据)."""

    total_works: int
    total_views: int
    total_likes: int
    monthly_works: int
    weekly_views: int
    followers_count: int
    following_count: int


async def prepare(db: Database) -> None:
    """Create the collections and their indexes; safe to repeat."""
    for name, indexes in READ_MODELS.items():
        await db[name].create_indexes(list(indexes))


async def empty(db: Database) -> None:
    """Forget everything, the inbox last: what arrives meanwhile is then either kept or comes again."""
    for name in (*READ_MODELS, "inbox"):
        await db[name].delete_many({})


async def note_created(db: Database, message: WorkCreated, session: Session) -> None:
    """A work exists, unless its deletion was heard first."""
    known = {"owner_id": message.owner_id, "created_at": message.created_at}
    await _learn_of_work(db, message.work_id, known, {"deleted": False}, session)


async def note_deleted(db: Database, message: WorkDeleted, session: Session) -> None:
    """A work is gone for good."""
    known = {"owner_id": message.owner_id, "deleted": True}
    await _learn_of_work(db, message.work_id, known, {"created_at": None}, session)


async def note_like(db: Database, message: WorkLiked | WorkUnliked, envelope: Envelope, session: Session) -> None:
    """Whether a user likes a work: the newest word of the pair's stream."""
    fact = {
        "work_id": message.work_id,
        "owner_id": message.owner_id,
        "liked": isinstance(message, WorkLiked),
    }
    await _keep_newest(db, "likes", envelope, fact, session)


async def note_follow(
    db: Database, message: UserFollowed | UserUnfollowed, envelope: Envelope, session: Session
) -> None:
    """Whether a user follows another: the newest word of the pair's stream."""
    fact = {
        "follower_id": message.follower_id,
        "followee_id": message.followee_id,
        "following": isinstance(message, UserFollowed),
    }
    await _keep_newest(db, "follows", envelope, fact, session)


async def note_view(db: Database, message: WorkViewed, envelope: Envelope, session: Session) -> None:
    """One look at a work, known by its message's id."""
    fact = {"work_id": message.work_id, "owner_id": message.owner_id, "viewed_at": message.viewed_at}
    await db.views.replace_one({"_id": envelope.id}, fact, upsert=True, session=session)


async def figures(db: Database, user_id: int, calendar: Calendar, now: datetime) -> Figures:
    """The figures of a user at one moment; of an unknown user they are all 0."""
    own: Document = {"owner_id": user_id}
    living = {**own, "deleted": False}
    this_month, this_week = {"$gte": calendar.month_start(now)}, {"$gte": calendar.week_start(now)}
    async with db.client.start_session(snapshot=True) as session:
        works = db.works.find({**own, "deleted": True}, {"_id": 1}, session=session)
        gone = [work["_id"] async for work in works]

        async def count(collection: str, match: Document) -> int:
            return await db[collection].count_documents(match, session=session)

        async def of_living_works(collection: str, **match: Any) -> int:
            lost = await count(collection, {"work_id": {"$in": gone}, **match}) if gone else 0
            return await count(collection, {**own, **match}) - lost

        return Figures(
            total_works=await count("works", living),
            total_views=await of_living_works("views"),
            total_likes=await of_living_works("likes", liked=True),
            monthly_works=await count("works", {**living, "created_at": this_month}),
            weekly_views=await of_living_works("views", viewed_at=this_week),
            followers_count=await count("follows", {"followee_id": user_id, "following": True}),
            following_count=await count("follows", {"follower_id": user_id, "following": True}),
        )


async def _learn_of_work(db: Database, work_id: int, known: Document, otherwise: Document, session: Session) -> None:
    change = {"$set": known, "$setOnInsert": otherwise}
    await db.works.update_one({"_id": work_id}, change, upsert=True, session=session)


async def _keep_newest(db: Database, collection: str, envelope: Envelope, fact: Document, session: Session) -> None:
    """Store what a stream says, unless something later of the same stream was heard before."""
    before = await db[collection].find_one({"_id": envelope.stream}, {"number": 1}, session=session)
    if before is None or before["number"] < envelope.number:
        document = {**fact, "number": envelope.number}
        await db[collection].replace_one({"_id": envelope.stream}, document, upsert=True, session=session)
