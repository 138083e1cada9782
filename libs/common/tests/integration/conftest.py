"""A store of piles on a fresh database."""

from collections.abc import AsyncIterator

import pytest

from common.event_store import EventStore, Streams
from common.events import Codec
from common.mongo import Database, connect
from common.testing.pile import PILES, Added, Emptied, Noted, Pile, evolve


@pytest.fixture
async def db(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    database = connect(mongo_url, database_name)
    yield database
    await database.client.close()


@pytest.fixture
async def store(db: Database) -> EventStore:
    store = EventStore(db, Codec(Added, Emptied, Noted), [PILES])
    await store.prepare()
    return store


@pytest.fixture
def piles(store: EventStore) -> Streams[Pile]:
    return Streams(store, "pile", Pile(), evolve)
