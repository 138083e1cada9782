"""The connection to MongoDB: client, transactions, integer ids, leases, and waking up on inserts."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import pymongo
import pymongo.lock
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    CollectionInvalid,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from common import metrics
from common.cancelling import cancelled, within
from common.errors import Conflict, Unavailable

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Session = AsyncClientSession
Result = TypeVar("Result")

CONFLICT_RETRIES = 12
TRANSACTION_SECONDS = 10.0
NAMESPACE_EXISTS = 48
MAJORITY = WriteConcern("majority", wtimeout=10_000)


if sys.version_info < (3, 12):
    # The driver waits on conditions with `wait_for` under a name of its own. Cancelled just as its time is up, Python
    # 3.11's leaves a task behind that takes the lock later and keeps it: the client would never find a server again.
    pymongo.lock.wait_for = within  # type: ignore[attr-defined, assignment]


class TookTooLong(Unavailable):
    """A transaction was not done in its time: too much work, too many rivals, or a database that stalls."""


def connect(url: str, database: str) -> Database:
    """The service's own database; connects on first use, gives up on a silent server after 5 s.

    Writes are acknowledged by the majority, with the journal on disk, so that what was answered survives `kill -9`.
    """
    client: AsyncMongoClient[Document] = AsyncMongoClient(
        url,
        tz_aware=True,
        tzinfo=UTC,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        appname=database,
    )
    options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
    return client.get_database(database, codec_options=options, write_concern=MAJORITY)


async def transact(db: Database, work: Callable[[Session], Awaitable[Result]]) -> Result:
    """Run `work` in one transaction, again from its start when another writer came first.

    `work` must do all its reading inside (with the session it is given) and nothing that cannot be repeated.

    Raises:
        Conflict: others kept coming first.
        TookTooLong: not done within `TRANSACTION_SECONDS`; part of the work at a time may be.
        Unavailable: the database does not answer.
    """
    with metrics.TRANSACTION_SECONDS.labels(db.name).time():
        try:
            return await _transact(db, _counted(db, work))
        except Exception as error:
            metrics.TRANSACTION_FAILURES.labels(db.name, type(error).__name__).inc()
            raise


def _counted(db: Database, work: Callable[[Session], Awaitable[Result]]) -> Callable[[Session], Awaitable[Result]]:
    """The work, with a note of each time that it runs again."""
    runs = 0

    async def run(session: Session) -> Result:
        nonlocal runs
        runs += 1
        if runs > 1:
            metrics.TRANSACTIONS_REPEATED.labels(db.name).inc()
        return await work(session)

    return run


async def _transact(db: Database, work: Callable[[Session], Awaitable[Result]]) -> Result:
    for attempt in range(CONFLICT_RETRIES):
        started = time.monotonic()
        try:
            with pymongo.timeout(TRANSACTION_SECONDS):
                async with db.client.start_session() as session:
                    return await session.with_transaction(
                        work, read_concern=ReadConcern("snapshot"), write_concern=MAJORITY
                    )
        except (DuplicateKeyError, BulkWriteError) as error:
            if not _lost_race(error):
                raise  # a unique index of a read model refused: the caller knows what that means
        except PyMongoError as error:
            if (
                time.monotonic() - started >= 0.9 * TRANSACTION_SECONDS
            ):  # the driver stops where the next answer would be late
                raise TookTooLong from error
            if isinstance(error, ConnectionFailure) or error.timeout:
                raise Unavailable from error
            raise
        await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311  (jitter, not a secret)
    raise Conflict


def _lost_race(error: OperationFailure) -> bool:
    """Whether a duplicate key says "somebody was faster" (a stream's next event, a document's first write)."""
    details = error.details or {}
    first = details.get("writeErrors", [details])[0]
    return list(first.get("keyPattern", {})) in (["_id"], ["stream", "number"])


async def create_collection(db: Database, name: str) -> None:
    """Create a collection unless it is there; several replicas may at the same moment."""
    try:
        await db.create_collection(name)
    except CollectionInvalid:
        pass
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise


async def next_id(db: Database, name: str) -> int:
    """The next integer of a sequence, from 1. Taken outside transactions: gaps appear, repeats never."""
    counter = await db.counters.find_one_and_update(
        {"_id": name}, {"$inc": {"value": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    assert counter is not None  # noqa: S101  (upsert returns a document)
    return int(counter["value"])


async def now_of(db: Database) -> datetime:
    """The time by the database's clock, which all replicas share."""
    answer = await db.command("hello", codec_options=db.codec_options)
    now: datetime = answer["localTime"]
    return now


async def take_lease(db: Database, name: str, owner: str, seconds: float) -> bool:
    """Take or extend a lease, by the database's clock; false while another owner's has not run out."""
    free = {"$or": [{"$eq": ["$owner", owner]}, {"$lt": ["$until", "$$NOW"]}]}  # a missing field is less
    end = {"$add": ["$$NOW", int(seconds * 1000)]}
    change = {"owner": {"$cond": [free, owner, "$owner"]}, "until": {"$cond": [free, end, "$until"]}}
    try:
        lease = await db.leases.find_one_and_update(
            {"_id": name}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # two owners met at a lease that nobody ever had
        return False
    return lease is not None and lease["owner"] == owner


async def drop_lease(db: Database, name: str, owner: str) -> None:
    """Give a lease back, so that the next owner need not wait for its end."""
    await db.leases.delete_one({"_id": name, "owner": owner})


@asynccontextmanager
async def inserts(
    db: Database, collection: str, *, patience: float = 1.0
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A wait that ends when documents were inserted or changed, at the latest after `patience` seconds.

    A hint to look, never the source of what to do: a missed change costs `patience` seconds and nothing else.
    The first wait ends at once.
    """
    changed = asyncio.Event()
    changed.set()

    async def wait() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):  # Python 3.11's wait_for loses a cancellation that meets the change
                await changed.wait()
        changed.clear()

    opened = asyncio.Event()
    watching = asyncio.create_task(_watch(db, collection, changed, opened))
    try:
        yield wait
    finally:
        with suppress(TimeoutError):  # cancelled while it connects, the driver would leave a socket open
            async with asyncio.timeout(1):
                await opened.wait()
        await cancelled(watching)


async def _watch(db: Database, collection: str, changed: asyncio.Event, opened: asyncio.Event) -> None:
    while True:
        with suppress(PyMongoError):
            async with await db[collection].watch([{"$project": {"_id": 1}}]) as stream:
                opened.set()
                async for _ in stream:
                    changed.set()
        await asyncio.sleep(1)


async def ping(db: Database) -> None:
    """Raises `Unavailable` unless the database answers."""
    try:
        await db.command("ping")
    except PyMongoError as error:
        raise Unavailable from error
