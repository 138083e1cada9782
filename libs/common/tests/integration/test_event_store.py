"""The log and its views on a real MongoDB."""

import asyncio

import pytest

from common.context import Context, bound
from common.errors import Conflict
from common.event_store import SNAPSHOT_EVERY, EventStore, Head, Streams
from common.testing.pile import Added, Emptied, Noted, Pile, evolve
from common.testing.rebuilding import content_hash, rebuilt


async def test_a_stream_is_read_as_it_was_appended(store: EventStore, piles: Streams[Pile]) -> None:
    with bound(Context("conversation-1", "message-1", actor=7)):
        await piles.update(1, lambda _: [Added(amount=2), Added(amount=3)])
    await piles.update(1, lambda _: [Noted()])
    first, second, third = await store.read("pile-1")
    assert [e.event for e in (first, second, third)] == [Added(amount=2), Added(amount=3), Noted()]
    assert [e.number for e in (first, second, third)] == [1, 2, 3]
    assert first.position < second.position < third.position
    assert (first.correlation_id, first.causation_id, first.actor) == ("conversation-1", "message-1", 7)


async def test_two_writers_never_build_on_the_same_state(store: EventStore, piles: Streams[Pile]) -> None:
    def at_most_ten(pile: Pile) -> list[Added]:
        if pile.total >= 10:
            raise Conflict
        return [Added(amount=1)]

    results = await asyncio.gather(*(piles.update(1, at_most_ten) for _ in range(30)), return_exceptions=True)
    assert sum(not isinstance(r, BaseException) for r in results) == 10
    assert (await piles.load(1)).total == 10
    assert [e.number for e in await store.read("pile-1")] == list(range(1, 11))


async def test_appending_at_a_version_that_has_passed_is_a_conflict(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=1)])
    with pytest.raises(Conflict):
        await store.transact(lambda session: store.append("pile-1", Head(), [Added(amount=5)], session))
    assert (await piles.load(1)).total == 1


async def test_a_decision_that_refuses_writes_nothing(store: EventStore, piles: Streams[Pile]) -> None:
    async def both(session):  # type: ignore[no-untyped-def]
        await piles.update(1, lambda _: [Added(amount=1)], session=session)
        await piles.update(2, refuse, session=session)

    def refuse(_: Pile) -> list[Added]:
        raise Conflict

    with pytest.raises(Conflict):
        await store.transact(both)
    assert await store.read("pile-1") == []
    assert await store.db.piles.find_one({"_id": 1}) is None


async def test_the_view_is_written_with_the_event(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=2)])
    await piles.update(1, lambda _: [Added(amount=3)])
    document = await store.db.piles.find_one({"_id": 1})
    assert document is not None
    assert (document["total"], document["visits"], document["_number"]) == (5, 0, 2)


async def test_a_document_whose_stream_ended_is_removed(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=2), Emptied()])
    assert await store.db.piles.find_one({"_id": 1}) is None
    await piles.update(1, lambda _: [Added(amount=4)])
    document = await store.db.piles.find_one({"_id": 1})
    assert document is not None
    assert document["total"] == 4


async def test_a_lost_document_heals_with_the_next_event(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=2)])
    await store.db.piles.delete_many({})
    await piles.update(1, lambda _: [Added(amount=3)])
    document = await store.db.piles.find_one({"_id": 1})
    assert document is not None
    assert document["total"] == 5


async def test_tallied_fields_survive_events_and_rebuilds(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=2)])
    await store.db.piles.update_one({"_id": 1}, {"$set": {"visits": 9}})
    await piles.update(1, lambda _: [Added(amount=2)])
    await store.views[0].rebuild(store)
    document = await store.db.piles.find_one({"_id": 1})
    assert document is not None
    assert (document["total"], document["visits"]) == (4, 9)


async def test_a_rebuilt_view_is_the_same_to_the_byte(store: EventStore, piles: Streams[Pile]) -> None:
    for key in range(12):
        await piles.update(key, lambda _: [Added(amount=1), Noted()])
    await piles.update(3, lambda _: [Emptied()])
    before = await content_hash(store.db, ["piles"])
    await store.db.piles.insert_one({"_id": 99, "total": 1, "_number": 1})
    await store.db.piles.update_one({"_id": 5}, {"$set": {"total": 1000}})
    assert await rebuilt(store, emptied=False) == before
    assert await rebuilt(store, emptied=True) == before


async def test_a_rebuild_loses_nothing_that_is_appended_meanwhile(store: EventStore, piles: Streams[Pile]) -> None:
    for key in range(20):
        await piles.update(key, lambda _: [Added(amount=1)])
    await store.db.piles.delete_many({})
    writers = [piles.update(key % 20, lambda _: [Added(amount=1)]) for key in range(100)]
    await asyncio.gather(store.views[0].rebuild(store), *writers)
    totals = [d["total"] async for d in store.db.piles.find()]
    assert sum(totals) == 120
    assert len(totals) == 20


async def test_a_long_stream_is_loaded_from_its_snapshot_and_comes_out_the_same(
    store: EventStore, piles: Streams[Pile]
) -> None:
    quick = Streams(store, "pile", Pile(), evolve, snapshots=1)
    for _ in range(3 * SNAPSHOT_EVERY // 4):
        await quick.update(1, lambda _: [Added(amount=1), Added(amount=2)])
    (snapshot,) = await store.db.snapshots.find().to_list()
    assert snapshot["number"] == SNAPSHOT_EVERY
    assert await quick.load(1) == await piles.load(1) == Pile(total=225)

    forgotten = await store.db.events.delete_many({"stream": "pile-1", "number": {"$lte": SNAPSHOT_EVERY}})
    assert forgotten.deleted_count == SNAPSHOT_EVERY
    assert (await quick.load(1)).total == 225, "the events before the snapshot were read"


async def test_a_snapshot_of_another_shape_is_passed_over(store: EventStore, piles: Streams[Pile]) -> None:
    quick = Streams(store, "pile", Pile(), evolve, snapshots=1)
    await quick.update(1, lambda _: [Added(amount=1)] * SNAPSHOT_EVERY)
    await store.db.snapshots.update_many({}, {"$set": {"state": '{"total": 7}'}})
    assert (await quick.load(1)).total == 7
    assert (await Streams(store, "pile", Pile(), evolve, snapshots=2).load(1)).total == SNAPSHOT_EVERY


async def test_replicas_that_start_at_the_same_moment_all_start(store: EventStore) -> None:
    await store.db.client.drop_database(store.db.name)
    await asyncio.gather(*(EventStore(store.db, store.codec, store.views).prepare() for _ in range(8)))


async def test_callers_of_one_stream_take_turns_and_none_is_refused(store: EventStore, piles: Streams[Pile]) -> None:
    tried = 0

    def add(_: Pile) -> list[Added]:
        nonlocal tried
        tried += 1
        return [Added(amount=1)]

    await asyncio.gather(*(piles.update(1, add) for _ in range(60)))
    assert (await piles.load(1)).total == tried == 60
