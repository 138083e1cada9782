"""The service among its neighbours, for its own tests: publishers with a log, one bus, a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx

from common.bus import Bus, InProcessBus
from common.contracts import ALL
from common.event_store import EventStore, Streams
from common.events import Codec, Event, State
from common.messages import Message
from common.messaging import Messaging
from common.mongo import Database
from common.relay import Tells
from common.service import Service
from common.testing.eventually import eventually
from common.testing.tokens import Tokens

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
CONTRACTS = {contract.routing_key(): contract for contract in ALL}


class Told(Event):
    """A publisher's event that is public as it stands."""

    name: ClassVar[str] = "Told"
    contract: str
    data: dict[str, Any]


TELLS: Tells = {Told: lambda event: CONTRACTS[event.contract].model_validate(event.data)}


class Publisher:
    """A service as stats sees it: a log, its relay and its replayer."""

    def __init__(self, name: str, db: Database, bus: Bus) -> None:
        self._store = EventStore(db, Codec(Told))
        self.messaging = Messaging(name, self._store, bus, [], TELLS)

    async def start(self) -> None:
        """Make the log and answer requests for its history."""
        await self._store.prepare()
        await self.messaging.listen()

    async def record(self, stream: str, *messages: Message) -> None:
        """Append to the log; published by `publish`, or by a replay."""
        events = [Told(contract=m.routing_key(), data=m.model_dump(mode="json")) for m in messages]
        category, _, key = stream.partition("-")
        await Streams(self._store, category, State(), lambda state, _: state).update(key, lambda _: events)

    async def drop(self) -> None:
        """Leave nothing behind."""
        await self._store.db.client.drop_database(self._store.db.name)
        await self._store.db.client.close()

    async def publish(self) -> None:
        """Hand the bus what it has not had."""
        while await self.messaging.relay.publish_batch():
            pass


@dataclass
class Stage:
    """The service, its neighbours, and a client."""

    service: Service
    db: Database
    bus: InProcessBus
    auth: Publisher
    works: Publisher
    client: httpx.AsyncClient
    tokens: Tokens

    async def hear(self, publisher: Publisher, stream: str, *messages: Message) -> None:
        """Have a publisher tell something; on return stats has handled it."""
        await publisher.record(stream, *messages)
        await publisher.publish()

    async def figures(self, user_id: int) -> dict[str, int]:
        """What a user is told."""
        answer = await self.client.get("/api/stats/user", headers=self.tokens.bearer(user_id))
        answer.raise_for_status()
        data: dict[str, int] = answer.json()["data"]
        return data

    async def listening(self) -> None:
        """Until stats has asked for the history of everything it hears."""
        await eventually(self._asked, lambda keys: len(keys) == 7)

    async def _asked(self) -> Sequence[str]:
        marker = await self.db.consumers.find_one({"_id": "stats"}) or {"keys": []}
        keys: Sequence[str] = marker["keys"]
        return keys
