"""Whether the figures in works are those that a count of likes, viewers, ratings and comments gives."""

from collections.abc import AsyncIterator

from common.event_store import EventStore
from common.mongo import Document
from common.operations import Finding
from works.projections.tallies import figures

COUNTED: dict[str, tuple[Document, Document]] = {
    "likes": ({"liked": True}, {"likes": {"$sum": 1}}),
    "viewers": ({}, {"views": {"$sum": "$times"}}),
    "comments": ({}, {"comments_count": {"$sum": 1}}),
    "ratings": ({}, {"rating": {"$avg": "$score"}, "ratings_count": {"$sum": 1}}),
}
NONE: Document = {"likes": 0, "views": 0, "comments_count": 0, "rating": 0.0, "ratings_count": 0}


async def check_figures(store: EventStore) -> AsyncIterator[Finding]:
    """Works whose figures differ from the count. They follow by the relay, so news not yet heard shows too."""
    counted: dict[int, Document] = {}
    for collection, (match, sums) in COUNTED.items():
        groups = await store.db[collection].aggregate([{"$match": match}, {"$group": {"_id": "$work_id", **sums}}])
        async for group in groups:
            counted.setdefault(group["_id"], dict(NONE)).update({name: group[name] for name in sums})
    async for work in store.db.works.find({}, dict.fromkeys(NONE, 1)):
        if any(work.get(name) != value for name, value in counted.get(work["_id"], NONE).items()):
            async for finding in _look_again(store, work["_id"]):
                yield finding


async def _look_again(store: EventStore, work_id: int) -> AsyncIterator[Finding]:
    now = await figures(store.db, work_id)
    work = await store.db.works.find_one({"_id": work_id})
    if work is not None:
        wrong = {name: (work.get(name), value) for name, value in now.items() if work.get(name) != value}
        for name, (shown, value) in wrong.items():
            yield Finding("figures", f"{name} of work-{work_id}", f"says {shown}, the count is {value}")
