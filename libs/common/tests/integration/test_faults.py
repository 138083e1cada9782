"""Servers that are killed amid traffic: nothing that was acknowledged is lost, each message counts once in effect."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aio_pika
import pytest

from common.bus import InProcessBus, NoSuchQueue
from common.cancelling import cancelled
from common.consumers import Consumer, Hear
from common.context import new_id
from common.errors import Unavailable
from common.event_store import EventStore, Streams
from common.events import Codec
from common.local.mongod import Mongod
from common.local.process import free_port
from common.local.rabbitmq import RabbitMQ
from common.messages import Envelope
from common.messaging import Messaging
from common.mongo import Database, Session, connect
from common.rabbit import RabbitBus
from common.relay import Relay
from common.service import supervise
from common.testing.bus_suite import Recorder, envelope
from common.testing.eventually import eventually
from common.testing.pile import PILES, TELLS, Added, Emptied, Noted, Pile, PileGrew, evolve


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as broker:
        yield broker


@pytest.fixture(autouse=True)
def sockets_to_dead_servers() -> Iterator[None]:
    """Whatever the drivers leave open to a server that died is collected here, not in the midst of another test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@asynccontextmanager
async def bus_to(broker: RabbitMQ) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(broker.url)
    yield bus
    await bus.close()


async def publish_at_last(bus: RabbitBus, message: Envelope) -> None:
    """As the relay does: again until the broker has it."""
    while True:
        with suppress(Unavailable):
            return await bus.publish([message])
        await asyncio.sleep(0.2)


async def test_a_broker_killed_amid_traffic_loses_no_confirmed_message(broker: RabbitMQ) -> None:
    handler, sent = Recorder(), [envelope("t.Happened.v1", number=n) for n in range(1, 201)]
    async with bus_to(broker) as publisher, bus_to(broker) as consumer:
        await consumer.declare("letters", ["t.Happened.v1"])
        await consumer.subscribe("letters", handler)

        async def publish_all() -> None:
            for message in sent:
                await publish_at_last(publisher, message)

        publishing = asyncio.create_task(publish_all())
        await eventually(handler.ids, lambda ids: len(ids) >= 50)
        broker.kill()
        await asyncio.to_thread(broker.start)
        await asyncio.wait_for(publishing, 30)
        expected = [e.id for e in sent]
        await eventually(handler.ids, lambda ids: set(ids) == set(expected), within=20)
        assert handler.busiest == 1
        assert list(dict.fromkeys(await handler.ids())) == expected


async def test_a_queue_has_what_was_confirmed_from_its_first_message_on(broker: RabbitMQ) -> None:
    name, handler = f"q{new_id()[:8]}", Recorder()
    async with bus_to(broker) as bus:
        await bus.declare(name, [f"{name}.Happened.v1"])
        await bus.publish([envelope(f"{name}.Happened.v1")])
    broker.kill()
    await asyncio.to_thread(broker.start)
    async with bus_to(broker) as bus, asyncio.timeout(15):
        await bus.subscribe(name, handler)
        await eventually(handler.ids)


async def test_a_message_to_a_queue_that_is_not_there_is_not_taken(broker: RabbitMQ) -> None:
    async with bus_to(broker) as bus:
        with pytest.raises(NoSuchQueue):
            await bus.send("nowhere", [envelope("t.Happened.v1")])


async def test_a_broker_that_fails_between_channel_and_exchange_is_tried_again(
    broker: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise ConnectionError("gone")

    async with bus_to(broker) as bus:
        with monkeypatch.context() as patch:
            patch.setattr(aio_pika.RobustChannel, "declare_exchange", fails)
            with pytest.raises(Unavailable):
                await bus.publish([envelope("t.Other.v1")])
        await bus.publish([envelope("t.Other.v1")])


async def test_what_is_no_envelope_does_not_keep_its_neighbours_from_being_acknowledged(broker: RabbitMQ) -> None:
    name, first, second = f"q{new_id()[:8]}", Recorder(), Recorder()
    async with bus_to(broker) as bus, await aio_pika.connect(broker.url) as raw:
        await bus.declare(name, [])
        await bus.send(name, [envelope("t.Happened.v1")])
        channel = await raw.channel()
        await channel.default_exchange.publish(aio_pika.Message(b"no envelope", delivery_mode=2), name)
        await bus.subscribe(name, first)
        await eventually(first.ids)
        dead = await channel.declare_queue(f"{name}.dead", passive=True)
        await eventually(lambda: dead.get(fail=False))
    async with bus_to(broker) as bus:
        await bus.subscribe(name, second)
        last = envelope("t.Happened.v1")
        await bus.send(name, [last])
        assert await eventually(second.ids) == [last.id]


async def test_closing_lets_the_batch_being_handled_finish(broker: RabbitMQ) -> None:
    name, begun, finished = f"q{new_id()[:8]}", asyncio.Event(), []

    async def slow(envelopes: object) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        finished.append(envelopes)

    async with bus_to(broker) as bus:
        await bus.declare(name, [])
        await bus.subscribe(name, slow)
        await bus.send(name, [envelope("t.Happened.v1")])
        await begun.wait()
    assert len(finished) == 1


class Sum:
    """A consumer with a database of its own that adds up what it hears."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.consumer = Consumer("sum", db, [Hear(PileGrew, self.add)])

    async def add(self, message: PileGrew, _envelope: Envelope, session: Session) -> None:
        await self.db.sums.update_one({"_id": 1}, {"$inc": {"sum": message.amount}}, upsert=True, session=session)

    async def value(self) -> int:
        with suppress(Exception):  # the server may be away just now
            return int((await self.db.sums.find_one({"_id": 1}) or {"sum": 0})["sum"])
        return -1


async def test_a_database_killed_amid_traffic_keeps_what_it_acknowledged_and_every_event_counts_once(
    tmp_path: Path,
) -> None:
    with Mongod(tmp_path) as mongod:
        db, sums = connect(mongod.url, "piles"), Sum(connect(mongod.url, "sums"))
        store = EventStore(db, Codec(Added, Emptied, Noted), [PILES])
        await store.prepare()
        bus = InProcessBus()
        await sums.consumer.prepare(bus)
        await bus.subscribe("sum", sums.consumer.handle)
        relay = asyncio.create_task(supervise("relay", Messaging("piles", store, bus, [], TELLS).relay.run))
        piles, acknowledged = Streams(store, "pile", Pile(), evolve), dict.fromkeys(range(4), 0)

        async def write(key: int) -> None:
            while sum(acknowledged.values()) < 400:
                with suppress(Unavailable):
                    await piles.update(key, lambda _: [Added(amount=1)])
                    acknowledged[key] += 1

        writers = [asyncio.create_task(write(key)) for key in acknowledged]
        for milestone in (80, 200):
            await eventually(lambda: asyncio.sleep(0, sum(acknowledged.values())), milestone.__le__)
            mongod.kill()
            await asyncio.to_thread(mongod.start)
        await asyncio.wait_for(asyncio.gather(*writers), 30)

        stored = {key: (await piles.load(key)).total for key in acknowledged}
        assert all(stored[key] >= acknowledged[key] for key in acknowledged)
        assert {d["_id"]: d["total"] async for d in db.piles.find()} == stored
        await eventually(sums.value, lambda total: total == sum(stored.values()), within=20)
        assert await sums.consumer.dead_letters() == []
        await cancelled(relay)
        await db.client.close()
        await sums.db.client.close()


async def test_a_relay_ends_when_told_to_though_its_database_is_away(caplog: pytest.LogCaptureFixture) -> None:
    async def waits_for_the_database() -> bool:
        return "Waiting for suitable server to become available" in caplog.text

    caplog.set_level("DEBUG", "pymongo.serverSelection")
    db = connect(f"mongodb://127.0.0.1:{free_port()}/?directConnection=true", "piles")
    store = EventStore(db, Codec(Added, Emptied, Noted), [PILES])
    relay = asyncio.create_task(supervise("relay", Relay(store, InProcessBus(), TELLS).run))
    await eventually(waits_for_the_database)
    relay.cancel()
    done, _ = await asyncio.wait([relay], timeout=10)
    await cancelled(relay)
    await db.client.close()
    assert done, "once asked, it must not need to be asked again"
