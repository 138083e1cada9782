"""The gateway as its operators' jobs see it."""

from common.command import rebuild_views
from common.consumers import Consumer
from common.event_store import EventStore
from common.mongo import connect
from common.operations import Neighbours, Operations
from gateway.events import CODEC
from gateway.messaging import TELLS, hears
from gateway.projections import MAINTENANCE
from gateway.revocations import Revocations, RevocationStore
from gateway.settings import Settings
from gateway.sweeps import sweeps


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    db = connect(settings.mongodb_url.get_secret_value(), settings.database)
    store = EventStore(db, CODEC, [MAINTENANCE])
    return Operations(
        "gateway",
        store,
        Consumer("gateway", db, hears(RevocationStore(db, Revocations()))),
        TELLS,
        neighbours or Neighbours.of(settings),
        rebuild_views,
        sweeps=sweeps(store),
    )
