"""Who waits and who was served last, by index: choosing costs as much as users wait, however many tasks they have."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from common.mongo import Database, Document
from generation.domain.queue import Waiting, in_rounds, in_turn, place
from generation.domain.tasks import Status

ABANDONED_AT_ONCE = 50
FRESH_SECONDS = 1.0

HEADS: list[Document] = [  # with nothing but $first, the server skips from user to user in the index (DISTINCT_SCAN)
    {"$match": {"status": Status.PENDING.value}},
    {"$sort": {"user_id": 1, "requested_at": 1}},
    {
        "$group": {
            "_id": "$user_id",
            "task_id": {"$first": "$_id"},
            "attempt": {"$first": "$attempt"},
            "since": {"$first": "$requested_at"},
            "correlation_id": {"$first": "$correlation_id"},
            "traceparent": {"$first": "$traceparent"},
        }
    },
]
COUNTS: list[Document] = [
    {"$match": {"status": Status.PENDING.value}},
    {"$group": {"_id": "$user_id", "count": {"$sum": 1}}},
]
LEASED: list[Document] = [
    {"$match": {"status": Status.PROCESSING.value}},
    {"$set": {"lease_name": {"$concat": ["task-", "$_id"]}}},
    {"$lookup": {"from": "leases", "localField": "lease_name", "foreignField": "_id", "as": "lease"}},
    {"$set": {"lease": {"$first": "$lease"}}},
]


def lease_name(task_id: str) -> str:
    """The lease that whoever paints the task holds."""
    return f"task-{task_id}"


def last_served(user_ids: list[int]) -> list[Document]:
    """The pipeline that finds when a task of each of these users was last started."""
    return [
        {"$match": {"user_id": {"$in": user_ids}}},
        {"$sort": {"user_id": 1, "started_at": -1}},
        {"$group": {"_id": "$user_id", "at": {"$first": "$started_at"}}},
    ]


async def line(db: Database) -> list[Waiting]:
    """The oldest waiting task of each user, in the order in which they should be started."""
    async with await db.tasks.aggregate(HEADS) as cursor:
        heads = [_waiting(head["task_id"], head["_id"], head["since"], head) async for head in cursor]
    if len(heads) < 2:
        return heads
    async with await db.tasks.aggregate(last_served([head.user_id for head in heads])) as cursor:
        served: dict[int, datetime] = {user["_id"]: user["at"] async for user in cursor if user["at"] is not None}
    return in_turn(heads, served)


def _waiting(task_id: str, user_id: int, since: datetime, task: Document) -> Waiting:
    return Waiting(task_id, user_id, task["attempt"], since, task["correlation_id"], task.get("traceparent"))


async def abandoned(db: Database) -> list[Waiting]:
    """Tasks being processed by nobody any more: their lease has run out or is gone."""
    nobody: Document = {"$match": {"$expr": {"$not": {"$gte": ["$lease.until", "$$NOW"]}}}}
    async with await db.tasks.aggregate([*LEASED, nobody, {"$limit": ABANDONED_AT_ONCE}]) as cursor:
        return [_waiting(task["_id"], task["user_id"], task["requested_at"], task) async for task in cursor]


async def running(db: Database) -> list[Document]:
    """Tasks being processed, the longest running first; `owner` holds the lease for another `left` seconds, or none."""
    left = {"$divide": [{"$subtract": ["$lease.until", "$$NOW"]}, 1000]}
    shown: Document = {"$set": {"owner": "$lease.owner", "left": left}}
    async with await db.tasks.aggregate([*LEASED, shown, {"$sort": {"started_at": 1, "_id": 1}}]) as cursor:
        return await cursor.to_list()


async def release(db: Database, task_id: str) -> None:
    """Take the lease from whoever holds it, so that the next one need not wait for its end."""
    await db.leases.delete_one({"_id": lease_name(task_id)})


async def waiting(db: Database) -> list[Document]:
    """Every waiting task, in the order of service if nobody joins."""
    tasks: dict[int, list[Document]] = defaultdict(list)
    async for task in db.tasks.find({"status": Status.PENDING.value}).sort([("user_id", 1), ("requested_at", 1)]):
        tasks[task["user_id"]].append(task)
    users = [head.user_id for head in await line(db)]
    return in_rounds([user for user in users if user in tasks], tasks)


@dataclass(frozen=True)
class Seen:
    """The users in turn and how many tasks each has waiting, `at` that time of the monotonic clock."""

    users: list[int]
    counts: dict[int, int]
    at: float


class Places:
    """Tells places in the queue, by one look a second, however many ask."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen = Seen([], {}, -FRESH_SECONDS)
        self._looking = asyncio.Lock()

    async def of(self, task: Document) -> int:
        """The place of a waiting task, from 1."""
        mine = {"status": Status.PENDING.value, "user_id": task["user_id"]}
        nth = max(1, await self._db.tasks.count_documents({**mine, "requested_at": {"$lte": task["requested_at"]}}))
        seen = await self._look(task["user_id"], nth)
        return place(seen.users, seen.counts, task["user_id"], nth)

    async def _look(self, user_id: int, nth: int) -> Seen:
        """The queue of late, with at least `nth` tasks of that user in it, if they are there."""
        async with self._looking:
            seen = self._seen
            if time.monotonic() - seen.at >= FRESH_SECONDS or seen.counts.get(user_id, 0) < nth:
                users = [head.user_id for head in await line(self._db)]
                async with await self._db.tasks.aggregate(COUNTS) as cursor:
                    counts = {user["_id"]: int(user["count"]) async for user in cursor}
                self._seen = Seen([user for user in users if user in counts], counts, time.monotonic())
            return self._seen


async def depths(db: Database) -> dict[str, int]:
    """How many tasks wait (`pending`) and are being processed (`processing`)."""
    states = [Status.PENDING.value, Status.PROCESSING.value]
    return {state: await db.tasks.count_documents({"status": state}) for state in states}


async def oldest(db: Database) -> datetime | None:
    """When the task that has waited longest was requested; none when nothing waits."""
    heads = await line(db)
    return min((head.since for head in heads), default=None)


async def unfinished(db: Database) -> int:
    """How many tasks wait or are being processed."""
    return sum((await depths(db)).values())
