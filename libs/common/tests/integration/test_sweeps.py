"""Sweeps on a real database: what they remove, when they run, and what a failure costs."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from common.event_store import EventStore, Streams
from common.mongo import Database, now_of, take_lease
from common.sweeps import (
    Garbage,
    Sweep,
    Sweeper,
    SweepsRunning,
    standard_sweeps,
)
from common.testing.eventually import eventually
from common.testing.pile import Added, Pile
from common.testing.sweeping import swept

DAY = timedelta(days=1)


def heap(db: Database) -> Sweep:
    """Documents of `heap` that are older than an hour."""

    async def find(before: datetime) -> AsyncIterator[Garbage]:
        async for document in db.heap.find({"at": {"$lt": before}}):
            yield Garbage(document["_id"], document["at"], document["size"])

    async def remove(garbage: Garbage) -> None:
        await db.heap.delete_one({"_id": garbage.id})

    return Sweep("heap", "things on the heap", timedelta(hours=1), find, remove)


def broken(db: Database) -> Sweep:
    async def find(_before: datetime) -> AsyncIterator[Garbage]:
        yield Garbage(1)
        raise ValueError("the list is torn")

    async def remove(_garbage: Garbage) -> None:
        await db.heap.delete_many({})

    return Sweep("broken", "nothing", DAY, find, remove)


@pytest.fixture
async def littered(db: Database) -> Database:
    now = await now_of(db)
    ages = [timedelta(minutes=1), timedelta(hours=2), timedelta(hours=3)]
    await db.heap.insert_many([{"at": now - age, "size": 10} for age in ages])
    return db


def metric(name: str, db: Database, sweep: str) -> float:
    return REGISTRY.get_sample_value(name, {"service": db.name, "sweep": sweep}) or 0.0


async def test_what_is_old_enough_is_removed_and_reported(littered: Database) -> None:
    outcome = (await swept(littered, [heap(littered)]))["heap"]
    assert (outcome.found, outcome.removed, outcome.size) == (2, 2, 20)
    assert outcome.oldest is not None
    assert datetime.now(UTC) - outcome.oldest > timedelta(hours=2, minutes=59)
    assert await littered.heap.count_documents({}) == 1
    assert metric("sweep_removed_total", littered, "heap") == 2
    assert metric("sweep_removed_bytes_total", littered, "heap") == 20


async def test_a_dry_run_removes_nothing_and_leaves_no_trace(littered: Database) -> None:
    outcomes = await Sweeper(littered, [heap(littered)], DAY).sweep(dry_run=True)
    assert [(outcome.found, outcome.removed) for outcome in outcomes] == [(2, 0)]
    assert await littered.heap.count_documents({}) == 3
    assert await littered.sweeps.count_documents({}) == 0


async def test_one_that_fails_is_said_and_does_not_keep_the_others(littered: Database) -> None:
    outcomes = await Sweeper(littered, [broken(littered), heap(littered)], DAY).sweep()
    assert outcomes[0].error == "ValueError: the list is torn"
    assert "FAILED: ValueError" in str(outcomes[0])
    assert outcomes[1].error is None
    assert metric("sweep_failures_total", littered, "broken") == 1
    noted = await littered.sweeps.find_one({"_id": "broken"})
    assert noted is not None
    assert "succeeded_at" not in noted


async def test_two_processes_never_sweep_at_once(littered: Database) -> None:
    assert await take_lease(littered, "sweeps", "another process", 60)
    with pytest.raises(SweepsRunning):
        await Sweeper(littered, [heap(littered)], DAY).sweep()
    assert await littered.heap.count_documents({}) == 3


async def test_the_schedule_outlives_restarts_and_is_shared_by_replicas(littered: Database) -> None:
    runs = 0

    async def find(_before: datetime) -> AsyncIterator[Garbage]:
        nonlocal runs
        runs += 1
        for garbage in ():
            yield garbage

    sweep = Sweep("counted", "nothing", DAY, find)
    schedule, long_ago = {"_id": "schedule"}, await now_of(littered) - DAY

    async def some_time_of_three_replicas() -> None:
        loops = [asyncio.create_task(Sweeper(littered, [sweep], DAY).run()) for _ in range(3)]
        await eventually(lambda: littered.sweeps.count_documents({"at": {"$gt": long_ago}, **schedule}), bool)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)

    await some_time_of_three_replicas()
    await some_time_of_three_replicas()
    assert runs == 1
    await littered.sweeps.update_one(schedule, {"$set": {"at": long_ago, "tried_at": long_ago}})
    loop = asyncio.create_task(Sweeper(littered, [sweep], DAY).run())
    await eventually(lambda: asyncio.sleep(0, runs), lambda n: n == 2)
    name = "sweep_last_success_timestamp_seconds"
    await eventually(lambda: asyncio.sleep(0, metric(name, littered, "counted")), lambda at: at > time.time() - 60)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_a_process_that_dies_of_a_sweep_tries_again_after_an_hour_and_not_at_once(db: Database) -> None:
    runs: list[asyncio.Task[None] | None] = []

    async def find(_before: datetime) -> AsyncIterator[Garbage]:
        runs.append(asyncio.current_task())
        await asyncio.Event().wait()
        yield Garbage(1)

    async def begun_by(task: asyncio.Task[None], attempts: int) -> None:
        await eventually(lambda: asyncio.sleep(0, len(runs)), lambda n: n == attempts)
        assert runs[-1] is task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    sweeper = Sweeper(db, [Sweep("deadly", "nothing", DAY, find)], DAY)
    await begun_by(asyncio.create_task(sweeper.run()), 1)
    assert not await sweeper._its_turn()

    await db.sweeps.update_one({"_id": "schedule"}, {"$set": {"tried_at": await now_of(db) - timedelta(minutes=61)}})
    await begun_by(asyncio.create_task(sweeper.run()), 2)


async def test_an_attempt_that_failed_is_no_sweep_done(littered: Database) -> None:
    sweeper = Sweeper(littered, [broken(littered), heap(littered)], DAY)
    assert await sweeper._its_turn()
    await sweeper.sweep()
    assert not await sweeper._its_turn()
    an_hour_ago = await now_of(littered) - timedelta(hours=1)
    await littered.sweeps.update_one({"_id": "schedule"}, {"$set": {"tried_at": an_hour_ago}})
    assert await sweeper._its_turn()


async def test_leases_of_the_killed_and_documents_without_a_stream_go(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=1)])
    now = await now_of(store.db)
    await store.db.piles.insert_one({"_id": 9, "total": 1, "_number": 1})
    await store.db.leases.insert_many(
        [{"_id": "old", "until": now - 2 * DAY}, {"_id": "new", "until": now}, {"_id": "held", "until": now + DAY}]
    )
    outcomes = await swept(store.db, standard_sweeps(store))
    assert {name: o.removed for name, o in outcomes.items()} == {"inbox": 0, "idempotency": 0, "leases": 1, "strays": 1}
    assert {lease["_id"] async for lease in store.db.leases.find()} == {"new", "held"}
    assert [pile["_id"] async for pile in store.db.piles.find()] == [1]


async def test_a_document_whose_stream_lost_its_beginning_stays(store: EventStore, piles: Streams[Pile]) -> None:
    await piles.update(1, lambda _: [Added(amount=1), Added(amount=1)])
    await store.db.events.delete_one({"number": 1})
    assert (await swept(store.db, standard_sweeps(store)))["strays"].removed == 0


async def test_documents_that_the_database_should_have_ended_are_reported(store: EventStore) -> None:
    await store.db.inbox.insert_one({"_id": "m", "at": await now_of(store.db) - timedelta(days=40)})
    outcomes = await Sweeper(store.db, standard_sweeps(store), DAY).sweep()
    inbox = next(outcome for outcome in outcomes if outcome.sweep.name == "inbox")
    assert (inbox.found, inbox.removed) == (1, 0)
    assert "1 overdue, the database removes them" in str(inbox)
