"""`Idempotency-Key`: a repeated request gets the first answer; the record is written in the first one's transaction."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo import ASCENDING, IndexModel

from common.errors import Invalid
from common.event_store import EventStore
from common.mongo import Database, Document, Session

LIFE = timedelta(hours=24)


class KeyReused(Invalid):
    """The key was used for another request."""

    message = "该 Idempotency-Key 已用于内容不同的请求"


@dataclass(frozen=True)
class Repeatable:
    """A request that may come again: who sent it to which operation under which key, and what it said."""

    user_id: int
    operation: str
    key: str
    body: str

    @property
    def id(self) -> str:
        """What makes the request the same one."""
        return f"{self.user_id}:{self.operation}:{self.key}"

    @property
    def digest(self) -> str:
        """SHA-256 of the body."""
        return hashlib.sha256(self.body.encode()).hexdigest()


async def prepare(db: Database) -> None:
    """Let records end after `LIFE`; safe to repeat."""
    life = int(LIFE.total_seconds())
    await db.idempotency.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=life)])


async def once(
    store: EventStore, repeatable: Repeatable | None, work: Callable[[Session], Awaitable[Document]]
) -> Document:
    """Run `work` in a transaction and keep its result; a repeat gets that result and changes nothing.

    Raises:
        KeyReused: the same key came with another body.
    """

    async def attempt(session: Session) -> Document:
        if repeatable is None:
            return await work(session)
        first = await store.db.idempotency.find_one({"_id": repeatable.id}, session=session)
        if first is not None:
            return _again(first, repeatable)
        result = await work(session)
        record = {"_id": repeatable.id, "digest": repeatable.digest, "result": result, "at": datetime.now(UTC)}
        await store.db.idempotency.insert_one(record, session=session)
        return result

    return await store.transact(attempt)


def _again(first: Document, repeatable: Repeatable) -> Document:
    if first["digest"] != repeatable.digest:
        raise KeyReused
    result: Document = first["result"]
    return result
