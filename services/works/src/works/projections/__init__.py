"""Read models of works, the questions asked of them, and their rebuilding."""

from common.event_store import EventStore
from works.projections.originals import ORIGINALS
from works.projections.reactions import COMMENTS, LIKES, RATINGS, VIEWERS
from works.projections.tallies import TALLIES, recount
from works.projections.works import PICTURES, WORKS

VIEWS = (WORKS, PICTURES, LIKES, VIEWERS, RATINGS, COMMENTS, ORIGINALS)


async def rebuild(store: EventStore) -> None:
    """Make every read model anew from the log, while the service serves; the figures of works come last."""
    for view in store.views:
        await view.rebuild(store)
    async for work in store.db[WORKS.name].find({}, {"_id": 1}):
        for tally in TALLIES.values():
            await recount(store, work["_id"], tally)


__all__ = ["VIEWS", "rebuild"]
