"""Generation as its operators' jobs see it."""

from common.command import rebuild_views
from common.consumers import Consumer
from common.contracts import works as shown
from common.event_store import EventStore
from common.objects import ORIGINALS
from common.operations import Neighbours, Operations
from common.replay import forget_history
from generation.bootstrap import open_store
from generation.handlers import Aggregates
from generation.messaging import TELLS, hears
from generation.settings import Settings
from generation.sweeps import sweeps


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    store = open_store(settings)
    neighbours = neighbours or Neighbours.of(settings)
    return Operations(
        "generation",
        store,
        Consumer("generation", store.db, hears(Aggregates.of(store, settings.signup_credits))),
        TELLS,
        neighbours,
        rebuild,
        prefixes=[(ORIGINALS, "")],
        sweeps=sweeps(store, neighbours.pictures, settings.object_grace),
    )


async def rebuild(store: EventStore) -> str:
    """Every view from the log. What works told of its works is asked for again, and heard over what is known."""
    said = await rebuild_views(store)
    await store.db.inbox.delete_many({})  # so that what comes again is heard; the other messages change nothing twice
    told = [message.routing_key() for message in shown.MESSAGES]
    await forget_history(Consumer("generation", store.db, []), store.db, told)
    return f"{said}; works: the running service asks for their history within seconds, or when it starts"
