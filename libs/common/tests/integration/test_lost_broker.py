"""A broker that comes back without its disk: what it held is asked for again, from the publishers' logs."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from common.cancelling import cancelled
from common.consumers import Hear
from common.event_store import EventStore, Streams
from common.events import Codec
from common.local.rabbitmq import RabbitMQ
from common.messages import Envelope
from common.messaging import Messaging
from common.mongo import Database, Session, connect
from common.rabbit import RabbitBus
from common.service import supervise
from common.testing.eventually import eventually
from common.testing.pile import TELLS, Added, Pile, PileGrew


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as broker:
        yield broker


async def come_back_without_disk(broker: RabbitMQ) -> None:
    broker.kill()
    shutil.rmtree(broker.data_dir / "mnesia")
    await asyncio.to_thread(broker.start)


@asynccontextmanager
async def running(messaging: Messaging) -> AsyncIterator[None]:
    listening = asyncio.create_task(supervise("messaging", messaging.run))
    yield
    await cancelled(listening)


@pytest.fixture
async def buses(broker: RabbitMQ) -> AsyncIterator[list[RabbitBus]]:
    made = [RabbitBus(broker.url) for _ in range(3)]
    yield made
    for bus in made:
        await bus.close()


@dataclass
class Hearer:
    """A consumer that keeps the amounts it hears."""

    db: Database
    codec: Codec

    def on(self, bus: RabbitBus) -> Messaging:
        return Messaging("hearer", EventStore(self.db, self.codec), bus, [Hear(PileGrew, self._note)], {})

    async def _note(self, message: PileGrew, envelope: Envelope, session: Session) -> None:
        await self.db.amounts.insert_one({"_id": envelope.id, "amount": message.amount}, session=session)

    async def amounts(self) -> list[int]:
        return sorted([document["amount"] async for document in self.db.amounts.find()])


@pytest.fixture
async def hearer(mongo_url: str, database_name: str, store: EventStore) -> AsyncIterator[Hearer]:
    db = connect(mongo_url, f"{database_name}_heard")
    yield Hearer(db, store.codec)
    await db.client.drop_database(db.name)
    await db.client.close()


async def test_what_was_lost_while_the_consumer_was_away_is_heard_when_it_is_back(
    store: EventStore, piles: Streams[Pile], hearer: Hearer, broker: RabbitMQ, buses: list[RabbitBus]
) -> None:
    async with running(publisher := Messaging("piles", store, buses[0], [], TELLS)):
        async with running(hearer.on(buses[1])):
            await piles.update(1, lambda _: [Added(amount=1)])
            await eventually(publisher.relay.publish_batch, lambda count: count == 1)
            await eventually(hearer.amounts, lambda got: got == [1])
        await buses[1].close()
        await piles.update(1, lambda _: [Added(amount=2)])
        await publisher.relay.publish_batch()
        await come_back_without_disk(broker)
        async with running(hearer.on(buses[2])):
            assert await eventually(hearer.amounts, lambda got: got == [1, 2], within=30)


async def test_a_consumer_that_listens_asks_again_when_the_broker_is_back_without_its_disk(
    store: EventStore, piles: Streams[Pile], hearer: Hearer, broker: RabbitMQ, buses: list[RabbitBus]
) -> None:
    publisher = Messaging("piles", store, buses[0], [], TELLS)
    async with running(publisher), running(hearer.on(buses[1])):
        await piles.update(1, lambda _: [Added(amount=1)])
        await eventually(publisher.relay.publish_batch, lambda count: count == 1)
        await eventually(hearer.amounts, lambda got: got == [1])
        await hearer.db.amounts.delete_many({})  # as if the message had still been in the broker
        await hearer.db.inbox.delete_many({})
        await come_back_without_disk(broker)
        assert await eventually(hearer.amounts, lambda got: got == [1], within=30)
