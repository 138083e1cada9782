"""The figures of a work, counted by index from the documents of its likes, viewers, ratings and comments.

They are counted again, never incremented: hearing of a like twice, late or before its work changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable

from common.event_store import EventStore
from common.mongo import Database, Document, Session

Tally = Callable[[Database, int, Session | None], Awaitable[Document]]


async def likes(db: Database, work_id: int, session: Session | None = None) -> Document:
    """How many users like the work."""
    return {"likes": await db.likes.count_documents({"work_id": work_id, "liked": True}, session=session)}


async def comments(db: Database, work_id: int, session: Session | None = None) -> Document:
    """How many comments stand."""
    return {"comments_count": await db.comments.count_documents({"work_id": work_id}, session=session)}


async def views(db: Database, work_id: int, session: Session | None = None) -> Document:
    """How many looks were counted."""
    return {"views": (await _group(db, "viewers", work_id, {"$sum": "$times"}, session))["figure"]}


async def rating(db: Database, work_id: int, session: Session | None = None) -> Document:
    """The mean score, 0 where nobody gave one, and how many gave one."""
    group = await _group(db, "ratings", work_id, {"$avg": "$score"}, session)
    return {"rating": float(group["figure"]), "ratings_count": group["documents"]}


TALLIES: dict[str, Tally] = {"likes": likes, "views": views, "comments": comments, "rating": rating}


async def figures(db: Database, work_id: int) -> Document:
    """All figures of a work as they stand now, the caller's own like included."""
    counted = await asyncio.gather(*(tally(db, work_id, None) for tally in TALLIES.values()))
    return {name: value for some in counted for name, value in some.items()}


async def note(db: Database, work_id: int, tally: Tally, session: Session) -> None:
    """Count again inside a transaction, and keep the figure in the work's document if there is one."""
    counted = await tally(db, work_id, session)
    differs = [{name: {"$ne": value}} for name, value in counted.items()]
    await db.works.update_one({"_id": work_id, "$or": differs}, {"$set": counted}, session=session)


async def recount(store: EventStore, work_id: int, tally: Tally) -> None:
    """The same in a transaction of its own."""
    await store.transact(lambda session: note(store.db, work_id, tally, session))


async def _group(db: Database, collection: str, work_id: int, figure: Document, session: Session | None) -> Document:
    pipeline: list[Document] = [
        {"$match": {"work_id": work_id}},
        {"$group": {"_id": None, "figure": figure, "documents": {"$sum": 1}}},
    ]
    async for group in await db[collection].aggregate(pipeline, session=session):
        return dict(group)
    return {"figure": 0, "documents": 0}
