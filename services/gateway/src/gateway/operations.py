"""The gateway as its operators' jobs see it."""

from common.command import rebuild_views
from common.consumers import Consumer
from common.operations import Neighbours, Operations
from gateway.bootstrap import open_log
from gateway.messaging import TELLS, hears
from gateway.revocations import Revocations, RevocationStore
from gateway.settings import Settings
from gateway.sweeps import sweeps


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    store = open_log(settings)
    return Operations(
        "gateway",
        store,
        Consumer("gateway", store.db, hears(RevocationStore(store.db, Revocations()))),
        TELLS,
        neighbours or Neighbours.of(settings),
        rebuild_views,
        sweeps=sweeps(store),
    )
