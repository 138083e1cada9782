"""`verify` finds what is wrong with a log, its views and what waits, and says nothing of what is right."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.consumers import Consumer
from common.event_store import EventStore, Streams
from common.mongo import Document
from common.operations import Neighbours, Operations
from common.testing.pile import Added, Emptied, Noted, Pile
from common.verify import Report, verify

Damage = Callable[[EventStore], Coroutine[Any, Any, Any]]


def operated(store: EventStore) -> Operations:
    async def rebuild(_: EventStore) -> str:
        return ""

    return Operations("piles", store, Consumer("piles", store.db, []), {}, Neighbours(), rebuild)


async def verified(store: EventStore) -> Report:
    return await verify(operated(store))


@pytest.fixture
async def piles_of_three(store: EventStore, piles: Streams[Pile]) -> EventStore:
    for key in (1, 2, 3):
        await piles.update(key, lambda _: [Added(amount=2), Noted(), Added(amount=3)])
    await piles.update(3, lambda _: [Emptied()])
    return store


async def test_a_sound_service_is_said_to_be_sound_with_what_was_looked_at(piles_of_three: EventStore) -> None:
    report = await verified(piles_of_three)
    assert report.sound
    assert report.counts == {"streams": 3, "events": 10, "documents": 2}
    assert str(report) == "piles: sound (3 streams, 10 events, 2 documents)"


def changed(number: int, **change: Any) -> Damage:
    async def damage(store: EventStore) -> None:
        await store.db.events.update_one({"stream": "pile-2", "number": number}, {"$set": change})

    return damage


async def a_gap(store: EventStore) -> None:
    await store.db.events.delete_one({"stream": "pile-2", "number": 2})


async def no_beginning(store: EventStore) -> None:
    await store.db.events.delete_one({"stream": "pile-2", "number": 1})


async def no_document(store: EventStore) -> None:
    await store.db.piles.delete_one({"_id": 2})


async def another_total(store: EventStore) -> None:
    await store.db.piles.update_one({"_id": 2}, {"$set": {"total": 99}})


async def another_field(store: EventStore) -> None:
    await store.db.piles.update_one({"_id": 2}, {"$set": {"extra": 1}})


async def an_ended_one_again(store: EventStore) -> None:
    await store.db.piles.insert_one({"_id": 3, "total": 0, "_number": 4})


async def one_without_a_stream(store: EventStore) -> None:
    await store.db.piles.insert_one({"_id": 77, "total": 1, "_number": 1})


async def nobody_was_told(store: EventStore) -> None:
    await store.db.events.update_one({"number": 1}, {"$set": {"at": datetime.now(UTC) - timedelta(hours=1)}})


async def given_up_on(store: EventStore) -> None:
    letter: Document = {"key": "piles.PileGrew.v1", "error": "ValueError('no')", "at": datetime.now(UTC)}
    await store.db.dead_letters.insert_one({"_id": "m1", **letter})


@pytest.mark.parametrize(
    ("damage", "checks", "said"),
    [
        (changed(2, type="Forgotten"), {"log"}, "no event type is named 'Forgotten'"),
        (changed(1, data={"amount": "many"}), {"log"}, "ValidationError"),
        (changed(1, data=None), {"log"}, "cannot be read"),
        (changed(1, schema="x"), {"log"}, "cannot be read"),
        (changed(3, position=1), {"log"}, "is not placed after"),
        (changed(1, data={"amount": 5}), {"view"}, "differs from its events in total"),
        (a_gap, {"log"}, "number 2 was expected"),
        (no_beginning, {"log", "view"}, "number 1 was expected"),
        (no_document, {"view"}, "is missing"),
        (another_total, {"view"}, "differs from its events in total"),
        (another_field, {"view"}, "differs from its events in extra"),
        (an_ended_one_again, {"view"}, "should not be"),
        (one_without_a_stream, {"view"}, "has no stream"),
        (nobody_was_told, {"unpublished"}, "since"),
        (given_up_on, {"dead letter"}, "ValueError('no')"),
    ],
)
async def test_what_is_wrong_is_said(piles_of_three: EventStore, damage: Damage, checks: set[str], said: str) -> None:
    await damage(piles_of_three)
    report = await verified(piles_of_three)
    assert {finding.check for finding in report.findings} >= checks
    assert said in str(report)
    assert "pile-1" not in str(report)


async def test_what_is_written_meanwhile_is_no_finding(piles_of_three: EventStore, piles: Streams[Pile]) -> None:
    busy = True

    async def writing() -> None:
        key = 0
        while busy:
            key += 1
            await piles.update(key % 40, lambda _: [Added(amount=1), Noted()])

    writers = [asyncio.create_task(writing()) for _ in range(3)]
    reports = [await verified(piles_of_three) for _ in range(10)]
    busy = False
    await asyncio.gather(*writers)
    assert [str(report) for report in reports if not report.sound] == []
    assert reports[-1].counts["events"] > reports[0].counts["events"]


async def test_nothing_is_changed(piles_of_three: EventStore) -> None:
    async def everything() -> dict[str, list[Document]]:
        names = await piles_of_three.db.list_collection_names()
        return {name: await piles_of_three.db[name].find().to_list() for name in sorted(names)}

    before = await everything()
    await verified(piles_of_three)
    assert await everything() == before
