"""What a consumer does with work that is too much, and with messages that this build does not know."""

import asyncio
import sys
from datetime import UTC, datetime

import pytest

from common import mongo
from common.bus import InProcessBus
from common.consumers import Consumer, Hear
from common.context import new_id
from common.messages import Envelope
from common.mongo import Database, Session
from common.testing.pile import PileGrew


def grown(number: int, key: str = PileGrew.routing_key()) -> Envelope:
    return Envelope(
        id=new_id(),
        key=key,
        stream="pile-1",
        number=number,
        at=datetime.now(UTC),
        correlation_id="c",
        data={"amount": 1},
    )


async def count(_message: PileGrew, _envelope: Envelope, session: Session) -> None:
    await session.client[database_of(session)].heard.insert_one({}, session=session)


def database_of(session: Session) -> str:
    return str(session.client.options.pool_options.metadata["application"]["name"])


async def test_a_batch_that_takes_longer_than_a_transaction_may_is_handled_in_smaller_parts(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "TRANSACTION_SECONDS", 1.0)

    async def slow(message: PileGrew, envelope: Envelope, session: Session) -> None:
        await asyncio.sleep(0.3)
        await count(message, envelope, session)

    consumer = Consumer("slow", db, [Hear(PileGrew, slow)])
    await consumer.prepare(InProcessBus())
    await consumer.handle([grown(n) for n in range(5)])
    assert await db.heard.count_documents({}) == 5
    assert await consumer.dead_letters() == []


async def test_a_message_that_this_build_does_not_know_is_kept_for_one_that_does(db: Database) -> None:
    older = Consumer("reader", db, [])
    await older.prepare(InProcessBus())
    message = grown(1)
    await older.handle([message])
    assert [letter["_id"] for letter in await older.dead_letters()] == [message.id]

    newer = Consumer("reader", db, [Hear(PileGrew, count)])
    await newer.replay_dead_letter(message.id)
    assert await db.heard.count_documents({}) == 1
    assert await newer.dead_letters() == []


async def test_a_cancelled_transaction_leaves_no_lock_behind(db: Database) -> None:
    await db.heard.insert_one({"_id": "one", "n": 0})
    locked = asyncio.Event()

    async def slow(session: Session) -> None:
        await db.heard.update_one({"_id": "one"}, {"$inc": {"n": 1}}, session=session)
        locked.set()
        await asyncio.sleep(60)

    for _ in range(5):
        task = asyncio.create_task(mongo.transact(db, slow))
        await locked.wait()
        locked.clear()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(2):
        await db.heard.update_one({"_id": "one"}, {"$inc": {"n": 1}})
    document = await db.heard.find_one({"_id": "one"})
    assert document == {"_id": "one", "n": 1}


HOLD = """
import sys, time
from pymongo import MongoClient
client = MongoClient(sys.argv[1])
session = client.start_session()
session.start_transaction()
client[sys.argv[2]].totals.update_one({"_id": "all"}, {"$inc": {"sum": 1}}, session=session)
print("holding", flush=True)
time.sleep(600)
"""


async def test_a_message_waits_out_the_locks_of_a_killed_process_and_is_no_dead_letter(
    db: Database, mongo_url: str
) -> None:
    await db.totals.insert_one({"_id": "all", "sum": 0})

    async def add(_message: PileGrew, _envelope: Envelope, session: Session) -> None:
        await db.totals.update_one({"_id": "all"}, {"$inc": {"sum": 1}}, session=session)

    consumer = Consumer("patient", db, [Hear(PileGrew, add)])
    await consumer.prepare(InProcessBus())
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, mongo_url, db.name, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"holding\n"
    other.kill()
    await other.wait()
    await consumer.handle([grown(1), grown(2)])
    total = await db.totals.find_one({"_id": "all"})
    assert total is not None
    assert total["sum"] == 2
    assert await consumer.dead_letters() == []
