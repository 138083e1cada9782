"""Generation as its operators' jobs see it."""

from common.command import rebuild_views
from common.consumers import Consumer
from common.objects import ORIGINALS
from common.operations import Neighbours, Operations
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
        rebuild_views,
        prefixes=[(ORIGINALS, "")],
        sweeps=sweeps(store, neighbours.pictures, settings.object_grace),
    )
