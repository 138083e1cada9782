"""What the routes work with."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from common.event_store import EventStore
from common.mongo import Database
from common.objects import ORIGINALS, ObjectStore
from generation.api.streams import Streams
from generation.engines.base import Engine
from generation.handlers import Aggregates
from generation.projections.queue import Places
from generation.projections.watching import TaskWatch

ADDRESS_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class Deps:
    """The service's parts as a route sees them. `painters` is how many pictures are painted at once, for estimates."""

    aggregates: Aggregates
    objects: ObjectStore
    engine: Engine
    painters: int
    watch: TaskWatch
    streams: Streams

    @property
    def store(self) -> EventStore:
        """The event log."""
        return self.aggregates.store

    @cached_property
    def places(self) -> Places:
        """Tells places in the queue."""
        return Places(self.db)

    @property
    def db(self) -> Database:
        """The database of the read models."""
        return self.store.db

    def address(self, key: str) -> str:
        """Where the owner's browser finds a picture for the next hour."""
        return self.objects.address(ORIGINALS, key, life=ADDRESS_LIFE)
