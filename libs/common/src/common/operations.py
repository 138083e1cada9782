"""What operators work on: a service's log, queue and objects without its HTTP side; a service's bootstrap gives it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

from common.bus import Bus
from common.consumers import Consumer
from common.event_store import EventStore
from common.objects import ObjectStore
from common.rabbit import RabbitBus
from common.relay import Tells
from common.s3 import S3Store
from common.settings import MediaSettings, StoreSettings
from common.sweeps import Sweep

Rebuild = Callable[[EventStore], Awaitable[str]]


@dataclass(frozen=True)
class Reference:
    """An object that must be in the store, who needs it (`work-7`), and its SHA-256 where that is known."""

    bucket: str
    key: str
    owner: str
    sha256: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something wrong: which `check` found it, with what (`subject`), and what it is."""

    check: str
    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.problem}"


@dataclass(frozen=True)
class Neighbours:
    """What a job may reach beside the database. The embedded mode's bus lives in the running suite: none here."""

    bus: Bus | None = None
    objects: ObjectStore | None = None

    @property
    def pictures(self) -> ObjectStore:
        """The object store of a service that has one."""
        if self.objects is None:
            raise ValueError("this service keeps pictures, and was given no object store")
        return self.objects

    @classmethod
    def of(cls, settings: StoreSettings) -> Self:
        """Those that a service's settings name; nothing is connected yet."""
        objects = S3Store.of(settings) if isinstance(settings, MediaSettings) else None
        return cls(RabbitBus(settings.rabbitmq_url.get_secret_value()), objects)


References = Callable[[], AsyncIterator[Reference]]
Check = Callable[[], AsyncIterator[Finding]]


@dataclass(frozen=True)
class Operations:
    """One service as its operators' jobs see it. Nothing is connected before it is used.

    `rebuild` makes the read models anew and says what it did; `references` names the objects that the service's state
    needs; `checks` are the service's own part of `verify`, `prefixes` (bucket, beginning of the key) its objects,
    `sweeps` what it removes when nobody needs it any more.
    """

    name: str
    store: EventStore
    consumer: Consumer
    tells: Tells
    neighbours: Neighbours
    rebuild: Rebuild
    prefixes: Sequence[tuple[str, str]] = ()
    references: References | None = None
    checks: Sequence[Check] = ()
    sweeps: Sequence[Sweep] = ()

    async def close(self) -> None:
        """Close the connections."""
        if self.neighbours.bus is not None:
            await self.neighbours.bus.close()
        await self.store.db.client.close()
