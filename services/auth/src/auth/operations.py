"""Auth as its operators' jobs see it."""

from collections.abc import AsyncIterator

from auth.bootstrap import open_store
from auth.messaging import HEARS, TELLS
from auth.settings import Settings
from auth.sweeps import AVATARS, sweeps
from common.command import rebuild_views
from common.consumers import Consumer
from common.mongo import Database
from common.objects import PUBLIC
from common.operations import Neighbours, Operations, Reference


def operations(settings: Settings, neighbours: Neighbours | None = None) -> Operations:
    """Over the neighbours that the settings name, or over these."""
    store = open_store(settings.mongodb_url.get_secret_value(), settings.database)
    neighbours = neighbours or Neighbours.of(settings)
    return Operations(
        "auth",
        store,
        Consumer("auth", store.db, HEARS),
        TELLS,
        neighbours,
        rebuild_views,
        prefixes=[AVATARS],
        references=lambda: _avatars(store.db),
        sweeps=sweeps(store, neighbours.pictures, settings.object_grace),
    )


async def _avatars(db: Database) -> AsyncIterator[Reference]:
    async for user in db.users.find({"avatar_key": {"$ne": None}}, {"avatar_key": 1}):
        yield Reference(PUBLIC, user["avatar_key"], f"user-{user['_id']}")
