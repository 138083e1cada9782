"""A damaged event is said, and holds up its own stream alone."""

import pytest

from common.bus import InProcessBus
from common.event_store import EventStore, Streams
from common.events import UnknownEvent
from common.messages import Envelope
from common.relay import Relay
from common.testing.pile import TELLS, Added, Pile


@pytest.fixture
async def damaged(store: EventStore, piles: Streams[Pile]) -> EventStore:
    """Three piles of three events each, of which the second one's second event is damaged."""
    for key in (1, 2, 3):
        await piles.update(key, lambda _: [Added(amount=1), Added(amount=2), Added(amount=3)])
    await store.db.events.update_one({"stream": "pile-2", "number": 2}, {"$set": {"data": {"amount": "x"}}})
    return store


async def test_its_stream_takes_no_decision_and_the_others_do(damaged: EventStore, piles: Streams[Pile]) -> None:
    with pytest.raises(UnknownEvent, match="pile-2"):
        await piles.update(2, lambda _: [Added(amount=1)])
    assert (await piles.update(1, lambda _: [Added(amount=1)])).total == 7


async def test_the_relay_tells_the_other_streams_and_what_came_before(damaged: EventStore) -> None:
    heard: list[tuple[str, int]] = []
    bus = InProcessBus()
    relay = Relay(damaged, bus, TELLS)

    async def hear(envelopes: list[Envelope]) -> None:
        heard.extend((envelope.stream, envelope.number) for envelope in envelopes)

    await bus.declare("listener", ["piles.*"])
    await bus.subscribe("listener", hear)  # type: ignore[arg-type]
    while await relay.publish_batch():
        pass
    assert sorted(heard) == [*(("pile-1", n) for n in (1, 2, 3)), ("pile-2", 1), *(("pile-3", n) for n in (1, 2, 3))]
    assert await damaged.db.events.count_documents({"unpublished": True}) == 2

    await damaged.db.events.update_one({"stream": "pile-2", "number": 2}, {"$set": {"data": {"amount": 2}}})
    while await relay.publish_batch():
        pass
    assert heard[-2:] == [("pile-2", 2), ("pile-2", 3)]


async def test_the_relay_passes_more_damaged_streams_than_it_reads_at_once(
    store: EventStore, piles: Streams[Pile]
) -> None:
    for key in range(12):
        await piles.update(key, lambda _: [Added(amount=1)])
    await store.db.events.update_many({"stream": {"$ne": "pile-11"}}, {"$set": {"type": "Forgotten"}})
    assert [event.stream for event in await store.unpublished(5)] == ["pile-11"]


async def test_history_and_rebuilding_leave_it_out(damaged: EventStore) -> None:
    assert [(r.stream, r.number) async for r in damaged.log() if r.stream == "pile-2"] == [("pile-2", 1)]
    await damaged.db.piles.delete_many({"_id": {"$in": [1, 3]}})
    before = await damaged.db.piles.find_one({"_id": 2})
    assert await damaged.views[0].rebuild(damaged) == 3
    assert await damaged.db.piles.count_documents({"total": 6}) == 3
    assert await damaged.db.piles.find_one({"_id": 2}) == before
