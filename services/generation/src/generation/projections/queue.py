"""Who waits and who was served last. Answers are as long as there are users waiting, not tasks."""

from datetime import datetime

from common.mongo import Database, Document
from generation.domain.queue import Waiting, in_turn, place
from generation.domain.tasks import Status

INTERRUPTED_AT_ONCE = 50


async def line(db: Database) -> list[Waiting]:
    """The oldest waiting task of each user, in the order in which they should be started."""
    pipeline: list[Document] = [
        {"$match": {"status": Status.PENDING.value}},
        {"$sort": {"user_id": 1, "requested_at": 1}},
        {
            "$group": {
                "_id": "$user_id",
                "task_id": {"$first": "$_id"},
                "attempt": {"$first": "$attempt"},
                "since": {"$first": "$requested_at"},
                "correlation_id": {"$first": "$correlation_id"},
                "count": {"$sum": 1},
            }
        },
    ]
    async with await db.tasks.aggregate(pipeline) as cursor:
        heads = [_waiting(head["_id"], head) async for head in cursor]
    return in_turn(heads, await _last_served(db, [head.user_id for head in heads]))


def _waiting(user_id: int, head: Document) -> Waiting:
    return Waiting(head["task_id"], user_id, head["attempt"], head["since"], head["count"], head["correlation_id"])


async def _last_served(db: Database, user_ids: list[int]) -> dict[int, datetime]:
    pipeline: list[Document] = [
        {"$match": {"user_id": {"$in": user_ids}}},
        {"$sort": {"user_id": 1, "started_at": -1}},
        {"$group": {"_id": "$user_id", "at": {"$first": "$started_at"}}},
    ]
    async with await db.tasks.aggregate(pipeline) as cursor:
        return {user["_id"]: user["at"] async for user in cursor if user["at"] is not None}


async def interrupted(db: Database) -> list[Waiting]:
    """Tasks being processed, by somebody or by nobody any more: the lease tells."""
    cursor = db.tasks.find({"status": Status.PROCESSING.value}).limit(INTERRUPTED_AT_ONCE)
    return [
        Waiting(t["_id"], t["user_id"], t["attempt"], t["requested_at"], 1, t["correlation_id"]) async for t in cursor
    ]


async def place_of(db: Database, task: Document) -> int:
    """The place of a waiting task in the queue, from 1."""
    earlier = {"status": Status.PENDING.value, "user_id": task["user_id"]}
    nth = await db.tasks.count_documents({**earlier, "requested_at": {"$lte": task["requested_at"]}})
    return place(await line(db), task["user_id"], max(1, nth))


async def unfinished(db: Database) -> int:
    """How many tasks wait or are being processed."""
    return await db.tasks.count_documents({"status": {"$in": [Status.PENDING.value, Status.PROCESSING.value]}})
