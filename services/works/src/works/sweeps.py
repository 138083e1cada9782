"""What works removes when nobody needs it any more."""

from collections.abc import Sequence
from datetime import timedelta

from common.event_store import EventStore
from common.events import Recorded
from common.objects import PUBLIC, ObjectStore
from common.sweeps import Sweep, standard_sweeps, unreferenced
from works.projections.works import PUBLIC_FILES, WORKS

COPIES = (PUBLIC, "works/")


def sweeps(store: EventStore, objects: ObjectStore, grace: timedelta) -> list[Sweep]:
    """Public copies that no work shows, and what every service has.

    `handlers.Removals` removes copies within seconds of the event that ends them; here is what it never heard of.
    """
    copies = unreferenced(store.db, objects, COPIES, grace, lambda keys: needed(store, keys), name="public-copies")
    return [*standard_sweeps(store), copies]


async def needed(store: EventStore, keys: Sequence[str]) -> set[str]:
    """Those of these copies that stay: the works' own, by their events, and those listed for removal.

    Raises:
        UnknownEvent: an event cannot be read; nobody knows then which copies it names.
    """
    if not keys:
        return set()
    staying = {note["key"] async for note in store.db.removals.find({"bucket": PUBLIC})}
    async for events in store.whole_streams(WORKS.category):
        staying |= _shown(events)
    return staying.intersection(keys)


def _shown(events: Sequence[Recorded]) -> set[str]:
    work = WORKS.expected(events) or {}
    return {work[field] for field in PUBLIC_FILES if work.get(field)}
