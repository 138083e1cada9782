"""Relay, consumers, dead letters and replay: at least once on the way, exactly once in effect."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from common.bus import InProcessBus
from common.consumers import Consumer, Hear
from common.context import Context, bound
from common.errors import Unavailable
from common.event_store import EventStore, Streams
from common.messages import Envelope
from common.messaging import Messaging
from common.mongo import Database, Session, connect
from common.relay import Relay
from common.replay import forget_history, request_history
from common.testing.eventually import eventually
from common.testing.pile import TELLS, Added, Noted, Pile, PileGrew


class Listener:
    """A consumer with a database of its own that adds up what it hears, and stumbles over one amount."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.poison: int | None = None
        self.consumer = Consumer("listener", db, [Hear(PileGrew, self.on_grown)])

    async def on_grown(self, message: PileGrew, envelope: Envelope, session: Session) -> None:
        if message.amount == self.poison:
            raise RuntimeError("cannot stomach this")
        heard = {"sum": message.amount, "times": 1}
        await self.db.heard.update_one({"_id": "all"}, {"$inc": heard}, upsert=True, session=session)
        await self.db.order.insert_one({"stream": envelope.stream, "number": envelope.number}, session=session)

    async def heard(self) -> tuple[int, int]:
        document = await self.db.heard.find_one({"_id": "all"}) or {"sum": 0, "times": 0}
        return document["sum"], document["times"]


@pytest.fixture
async def listener(mongo_url: str, database_name: str) -> AsyncIterator[Listener]:
    db = connect(mongo_url, f"{database_name}_listener")
    yield Listener(db)
    await db.client.drop_database(db.name)
    await db.client.close()


@pytest.fixture
async def bus(listener: Listener) -> InProcessBus:
    bus = InProcessBus()
    await listener.consumer.prepare(bus)
    await bus.subscribe("listener", listener.consumer.handle)
    return bus


class Flaky(InProcessBus):
    """Takes messages and then claims it did not, as a broker does that dies before its confirm."""

    def __init__(self) -> None:
        super().__init__()
        self.lies = 0

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        await super().publish(envelopes)
        if self.lies:
            self.lies -= 1
            raise Unavailable


async def test_what_was_appended_is_published_with_its_conversation(
    store: EventStore, piles: Streams[Pile], bus: InProcessBus, listener: Listener
) -> None:
    seen: list[Envelope] = []

    async def watch(envelopes: Sequence[Envelope]) -> None:
        seen.extend(envelopes)

    await bus.declare("watcher", ["piles.*.v1"])
    await bus.subscribe("watcher", watch)
    with bound(Context("conversation-9", actor=4)):
        await piles.update(1, lambda _: [Added(amount=2), Noted()])
    assert await Relay(store, bus, TELLS).publish_batch() == 2
    assert await listener.heard() == (2, 1)
    assert [(e.key, e.stream, e.number, e.correlation_id, e.actor) for e in seen] == [
        ("piles.PileGrew.v1", "pile-1", 1, "conversation-9", 4)
    ]
    assert await store.unpublished(10) == []


async def test_a_message_published_twice_counts_once(
    store: EventStore, piles: Streams[Pile], listener: Listener
) -> None:
    bus = Flaky()
    await listener.consumer.prepare(bus)
    await bus.subscribe("listener", listener.consumer.handle)
    await piles.update(1, lambda _: [Added(amount=2)])
    bus.lies = 3
    relay = Relay(store, bus, TELLS)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await relay.publish_batch()
    await relay.publish_batch()
    assert await listener.heard() == (2, 1)


async def test_the_same_batch_handled_at_the_same_time_counts_once(
    store: EventStore, piles: Streams[Pile], listener: Listener
) -> None:
    await listener.consumer.prepare(InProcessBus())
    message = Envelope(
        id="m1",
        key=PileGrew.routing_key(),
        stream="pile-1",
        number=1,
        at="2026-01-01T00:00:00Z",
        correlation_id="c",
        data={"amount": 5},
    )
    await asyncio.gather(*(listener.consumer.handle([message, message]) for _ in range(8)))
    assert await listener.heard() == (5, 1)


async def test_two_relays_publish_everything_once_in_effect_and_in_order(
    store: EventStore, piles: Streams[Pile], bus: InProcessBus, listener: Listener
) -> None:
    relays = [asyncio.create_task(Relay(store, bus, TELLS).run()) for _ in range(2)]
    await asyncio.gather(*(piles.update(n % 5, lambda _: [Added(amount=1), Added(amount=1)]) for n in range(40)))
    assert await eventually(listener.heard, lambda h: h[1] == 80) == (80, 80)
    for relay in relays:
        relay.cancel()
    await asyncio.gather(*relays, return_exceptions=True)
    for key in range(5):
        numbers = [d["number"] async for d in listener.db.order.find({"stream": f"pile-{key}"}).sort("_id")]
        assert numbers == sorted(numbers)


async def test_a_second_relay_takes_over_when_the_first_is_gone(
    store: EventStore, piles: Streams[Pile], bus: InProcessBus, listener: Listener
) -> None:
    first, second = (asyncio.create_task(Relay(store, bus, TELLS).run()) for _ in range(2))
    await piles.update(1, lambda _: [Added(amount=1)])
    await eventually(listener.heard, lambda h: h[1] == 1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await piles.update(1, lambda _: [Added(amount=1)])
    await eventually(listener.heard, lambda h: h[1] == 2)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_nothing_is_marked_published_while_nobody_listens(
    store: EventStore, piles: Streams[Pile], listener: Listener
) -> None:
    bus = InProcessBus()
    await listener.consumer.prepare(bus)
    await piles.update(1, lambda _: [Added(amount=2)])
    with pytest.raises(Unavailable):
        await Relay(store, bus, TELLS).publish_batch()
    assert len(await store.unpublished(10)) == 1


async def test_a_message_that_always_fails_is_set_aside_and_blocks_no_other(
    store: EventStore, piles: Streams[Pile], bus: InProcessBus, listener: Listener
) -> None:
    listener.poison = 13
    await piles.update(1, lambda _: [Added(amount=1), Added(amount=13), Added(amount=2)])
    await Relay(store, bus, TELLS).publish_batch()
    assert await listener.heard() == (3, 2)
    (letter,) = await listener.consumer.dead_letters()
    assert "cannot stomach this" in letter["error"]

    with pytest.raises(RuntimeError):
        await listener.consumer.replay_dead_letter(letter["_id"])
    assert len(await listener.consumer.dead_letters()) == 1

    listener.poison = None
    await listener.consumer.replay_dead_letter(letter["_id"])
    assert await listener.heard() == (16, 3)
    assert await listener.consumer.dead_letters() == []


async def test_a_new_consumer_hears_the_whole_history_once_and_the_live_messages(
    store: EventStore, piles: Streams[Pile], listener: Listener
) -> None:
    await piles.update(1, lambda _: [Added(amount=1), Added(amount=2)])
    bus = InProcessBus()
    publisher = Messaging("piles", store, bus, [], TELLS)
    await publisher.listen()
    await publisher.relay.publish_batch()
    assert await listener.heard() == (0, 0)

    newcomer = Messaging("listener", EventStore(listener.db, store.codec), bus, [Hear(PileGrew, listener.on_grown)], {})
    await newcomer.listen()
    assert await listener.heard() == (3, 2)
    await piles.update(1, lambda _: [Added(amount=4)])
    await publisher.relay.publish_batch()
    await newcomer.listen()
    assert await listener.heard() == (7, 3)


@pytest.mark.parametrize("asked_before", [True, False])
async def test_history_that_is_forgotten_while_it_is_asked_for_is_asked_for_again(
    listener: Listener, asked_before: bool
) -> None:
    class Forgetful(InProcessBus):
        """An operator forgets the history in the midst of a request for it."""

        requests = 0
        forgets = True

        async def send(self, queue: str, envelopes: Sequence[Envelope]) -> None:  # noqa: ARG002
            self.requests += 1
            if self.forgets:
                await forget_history(listener.consumer, listener.db)

    bus = Forgetful()
    if asked_before:
        await forget_history(listener.consumer, listener.db)
    await request_history(listener.consumer, listener.db, bus)
    bus.forgets = False
    for _ in range(3):
        await request_history(listener.consumer, listener.db, bus)
    assert bus.requests == 2


async def test_history_that_is_forgotten_is_asked_for_once_more(listener: Listener) -> None:
    class Counting(InProcessBus):
        requests = 0

        async def send(self, queue: str, envelopes: Sequence[Envelope]) -> None:  # noqa: ARG002
            self.requests += 1

    bus = Counting()
    for expected in (1, 2, 3):
        for _ in range(2):
            await request_history(listener.consumer, listener.db, bus)
        assert bus.requests == expected
        await forget_history(listener.consumer, listener.db)
