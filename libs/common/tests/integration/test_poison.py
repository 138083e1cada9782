"""A message that always fails: set aside with its error, counted, in nobody's way, handled after a fix; on RabbitMQ."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from prometheus_client import REGISTRY

from common import messaging as messaging_module
from common import rabbit
from common.cancelling import cancelled
from common.consumers import NOT_AN_ENVELOPE, Consumer, Hear, NoSuchLetter
from common.context import new_id
from common.event_store import EventStore
from common.messages import Envelope
from common.messaging import Messaging
from common.mongo import Database, Document, Session
from common.rabbit import RabbitBus
from common.replay import forget_history
from common.service import supervise
from common.testing.eventually import eventually
from common.testing.pile import PileGrew


class Listener:
    """Keeps the amounts it hears; one amount is more than it can bear, until it is mended."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.mended = False

    async def hear(self, message: PileGrew, _envelope: Envelope, session: Session) -> None:
        if message.amount == 13 and not self.mended:
            raise ValueError("thirteen is not served")
        await self.db.heard.insert_one({"amount": message.amount}, session=session)

    async def heard(self) -> list[int]:
        return sorted([document["amount"] async for document in self.db.heard.find()])


@pytest.fixture
def listener(db: Database) -> Listener:
    return Listener(db)


@pytest.fixture
async def bus(rabbitmq_url: str) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(rabbitmq_url)
    yield bus
    await bus.close()


@pytest.fixture
def messaging(listener: Listener, store: EventStore, bus: RabbitBus, monkeypatch: pytest.MonkeyPatch) -> Messaging:
    monkeypatch.setattr(messaging_module, "TEND_SECONDS", 0.1)
    return Messaging(f"listener-{secrets.token_hex(4)}", store, bus, [Hear(PileGrew, listener.hear)], {})


@asynccontextmanager
async def running(messaging: Messaging) -> AsyncIterator[None]:
    task = asyncio.create_task(supervise("messaging", messaging.run))
    yield
    await cancelled(task)


def grown(amount: int) -> Envelope:
    return Envelope(
        id=new_id(),
        key=PileGrew.routing_key(),
        stream=f"pile-{amount}",
        number=1,
        at=datetime.now(UTC),
        correlation_id="c",
        data={"amount": amount},
    )


async def letters(consumer: Consumer, count: int) -> list[Document]:
    return await eventually(consumer.dead_letters, lambda found: len(found) == count)


async def test_it_is_set_aside_with_its_error_blocks_nobody_and_is_handled_after_a_fix(
    messaging: Messaging, listener: Listener, bus: RabbitBus
) -> None:
    consumer = messaging.consumer
    await messaging.declare()
    async with running(messaging):
        await bus.publish([grown(amount) for amount in (12, 13, 14)])
        await eventually(listener.heard, lambda amounts: amounts == [12, 14])
        letter = (await letters(consumer, 1))[0]
        assert (letter["key"], letter["error"]) == ("piles.PileGrew.v1", "ValueError('thirteen is not served')")
        assert "in hear" in letter["traceback"]
        waiting = {"service": consumer.name}
        await eventually(
            lambda: asyncio.sleep(0, REGISTRY.get_sample_value("dead_letters_waiting", waiting)), lambda n: n == 1
        )
        given_up = {**waiting, "message": letter["key"]}
        assert REGISTRY.get_sample_value("dead_letters_total", given_up) == 1

        with pytest.raises(ValueError, match="thirteen"):
            await consumer.replay_dead_letter(letter["_id"])
        assert len(await consumer.dead_letters()) == 1
        listener.mended = True
        await consumer.replay_dead_letter(letter["_id"])
        assert await listener.heard() == [12, 13, 14]
        assert await consumer.dead_letters() == []
        await eventually(
            lambda: asyncio.sleep(0, REGISTRY.get_sample_value("dead_letters_waiting", waiting)), lambda n: n == 0
        )


async def test_what_is_no_envelope_is_kept_as_it_came(
    messaging: Messaging, listener: Listener, bus: RabbitBus, rabbitmq_url: str
) -> None:
    consumer = messaging.consumer
    await messaging.declare()
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(aio_pika.Message(b"\xff not JSON"), routing_key=consumer.name)
    async with running(messaging):
        await bus.publish([grown(1)])
        await eventually(listener.heard, lambda amounts: amounts == [1])
        letter = (await letters(consumer, 1))[0]
    assert (letter["key"], letter["body"]) == (NOT_AN_ENVELOPE, b"\xff not JSON")
    assert letter["error"] == "given up by the broker: rejected"
    with pytest.raises(NoSuchLetter):
        await consumer.replay_dead_letter(letter["_id"])
    assert await consumer.drop_dead_letter(letter["_id"])
    assert not await consumer.drop_dead_letter(letter["_id"])


async def test_what_killed_its_consumer_again_and_again_can_be_replayed(
    messaging: Messaging, listener: Listener, bus: RabbitBus, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit, "DELIVERY_LIMIT", 2)
    consumer = messaging.consumer
    await messaging.declare()
    await listener.db.consumers.insert_one({"_id": consumer.name, "keys": consumer.keys})  # no history is asked for
    await bus.publish([grown(5)])
    async with await aio_pika.connect(rabbitmq_url) as connection:
        for _ in range(3):  # taken, and never acknowledged
            channel = await connection.channel()
            queue = await channel.get_queue(consumer.name, ensure=False)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            await queue.consume(arrived.put)
            await arrived.get()
            await channel.close()
    async with running(messaging):
        letter = (await letters(consumer, 1))[0]
    assert letter["error"] == "given up by the broker: delivery_limit"
    assert await listener.heard() == []
    await consumer.replay_dead_letter(letter["_id"])
    assert await listener.heard() == [5]


async def test_forgotten_history_is_asked_for_while_the_service_runs(
    messaging: Messaging, listener: Listener, bus: RabbitBus, store: EventStore
) -> None:
    asked: list[Envelope] = []

    async def note(envelopes: list[Envelope]) -> None:
        asked.extend(envelope for envelope in envelopes if envelope.data["queue"] == messaging.consumer.name)

    await bus.declare("piles.replay", ())
    await bus.subscribe("piles.replay", note)  # type: ignore[arg-type]
    async with running(messaging):
        await eventually(lambda: store.db.consumers.count_documents({"keys": PileGrew.routing_key()}))
        await forget_history(messaging.consumer, store.db)
        await eventually(lambda: asyncio.sleep(0, len(asked)), lambda number: number == 2)
    assert [envelope.data["keys"] for envelope in asked] == [["piles.PileGrew.v1"]] * 2
