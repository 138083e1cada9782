"""Stats as its operators' jobs see it."""

from common.consumers import Consumer
from common.event_store import EventStore
from common.events import Codec
from common.mongo import connect
from common.operations import Neighbours, Operations
from common.sweeps import standard_sweeps
from stats.messaging import NAME, TELLS, hears
from stats.rebuild import rebuild
from stats.settings import Settings


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    db = connect(settings.mongodb_url.get_secret_value(), settings.database)
    store = EventStore(db, Codec())

    return Operations(
        NAME,
        store,
        Consumer(NAME, db, hears(db)),
        TELLS,
        neighbours or Neighbours.of(settings),
        rebuild,
        sweeps=standard_sweeps(store),
    )
