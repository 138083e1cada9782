"""Forget everything and hear it again: `python -m stats.main rebuild`. The service may run and serve meanwhile."""

from common.consumers import Consumer
from common.event_store import EventStore
from common.replay import forget_history
from stats import projections
from stats.messaging import NAME, hears


async def rebuild(store: EventStore) -> str:
    """Empty the read models and have the running service ask for the whole history; figures are low until it has come.

    The request is kept in the database: a service that is down makes it when it starts.
    """
    await projections.prepare(store.db)
    await projections.empty(store.db)
    await forget_history(Consumer(NAME, store.db, hears(store.db)), store.db)
    return "Emptied. The service asks the publishers for their history within seconds, or when it starts."
