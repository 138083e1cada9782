"""Works as its operators' jobs see it."""

from collections.abc import AsyncIterator
from functools import partial

from common.consumers import Consumer
from common.event_store import EventStore
from common.mongo import Database, Document
from common.objects import ORIGINALS, PUBLIC
from common.operations import Neighbours, Operations, Reference
from works import projections
from works.bootstrap import open_store
from works.handlers import Journal, Removals
from works.messaging import TELLS, hears
from works.projections.checking import check_figures
from works.projections.works import PRIVATE_FILES, PUBLIC_FILES
from works.settings import Settings
from works.sweeps import COPIES, sweeps

NEEDED: list[Document] = [
    {"$project": dict.fromkeys(("image_key", *PRIVATE_FILES, *PUBLIC_FILES), 1)},
    {"$set": {"stream": {"$concat": ["work-", {"$toString": "$_id"}]}}},
    {
        "$lookup": {
            "from": "events",
            "localField": "stream",
            "foreignField": "stream",
            "pipeline": [{"$match": {"number": 1}}, {"$project": {"sha256": "$data.sha256"}}],
            "as": "created",
        }
    },
]


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    store = open_store(settings)
    neighbours = neighbours or Neighbours.of(settings)
    heard = hears(Journal(store), Removals(store.db, neighbours.pictures))
    return Operations(
        "works",
        store,
        Consumer("works", store.db, heard),
        TELLS,
        neighbours,
        rebuild,
        prefixes=[COPIES],
        references=partial(_pictures, store.db),
        checks=[partial(check_figures, store)],
        sweeps=sweeps(store, neighbours.pictures, settings.object_grace),
    )


async def rebuild(store: EventStore) -> str:
    """Every view from the log, then every figure from the views."""
    await store.prepare()
    await projections.rebuild(store)
    return "rebuilt " + ", ".join(view.name for view in store.views)


async def _pictures(db: Database) -> AsyncIterator[Reference]:
    """A work's original, what its owner sees of it, and its public copies while it has some."""
    async for work in await db.works.aggregate(NEEDED):
        sha256 = next((event.get("sha256") for event in work["created"]), None)
        yield Reference(ORIGINALS, work["image_key"], work["stream"], sha256)
        for bucket, names in ((ORIGINALS, PRIVATE_FILES), (PUBLIC, PUBLIC_FILES)):
            for key in filter(None, map(work.get, names)):
                yield Reference(bucket, key, work["stream"])
