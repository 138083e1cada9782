"""Stats as its operators' jobs see it."""

from common.consumers import Consumer
from common.operations import Neighbours, Operations
from common.sweeps import standard_sweeps
from stats.bootstrap import open_store
from stats.messaging import NAME, TELLS, hears
from stats.rebuild import rebuild
from stats.settings import Settings


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    store = open_store(settings)
    return Operations(
        NAME,
        store,
        Consumer(NAME, store.db, hears(store.db)),
        TELLS,
        neighbours or Neighbours.of(settings),
        rebuild,
        sweeps=standard_sweeps(store),
    )
