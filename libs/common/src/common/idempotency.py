"""`Idempotency-Key`: a repeated request gets the first answer; the record is written in the first one's transaction."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header
from pymongo import ASCENDING, IndexModel

from common.errors import Invalid
from common.event_store import EventStore
from common.mongo import Database, Document, Session

LIFE = timedelta(hours=24)

_VISIBLE = r"^[\x21-\x7e]{1,200}$"
_KEY = re.compile(_VISIBLE)
_HEADER = Header(description="同一个键重复提交只执行一次，24小时内有效", json_schema_extra={"pattern": _VISIBLE})


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


def _idempotency_key(
    idempotency_key: Annotated[str | None, _HEADER] = None,
) -> str | None:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise Invalid("Idempotency-Key 须为1到200个可见的ASCII字符")
    return idempotency_key


IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]
"""The key under which a repeat of this request is recognised, if any."""


def repeatable(user_id: int, operation: str, key: str | None, body: str) -> Repeatable | None:
    """What a repeat of this request has in common with it; none without a key."""
    return Repeatable(user_id, operation, key, body) if key is not None else None


async def prepare(db: Database) -> None:
    """Let records end after `LIFE`; safe to repeat."""
    life = int(LIFE.total_seconds())
    await db.idempotency.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=life)])


async def earlier(store: EventStore, repeatable: Repeatable | None, session: Session | None = None) -> Document | None:
    """The first answer to a request that came before; none to a new one.

    Raises:
        KeyReused: the same key came with another body.
    """
    if repeatable is None:
        return None
    first = await store.db.idempotency.find_one({"_id": repeatable.id}, session=session)
    if first is None:
        return None
    if first["digest"] != repeatable.digest:
        raise KeyReused
    result: Document = first["result"]
    return result


async def once(
    store: EventStore,
    repeatable: Repeatable | None,
    work: Callable[[Session], Awaitable[Document]],
    *,
    turn: str | None = None,
) -> Document:
    """Run `work` in a transaction and keep its result; a repeat gets that result and changes nothing.

    `turn` as in `EventStore.transact`.

    Raises:
        KeyReused: the same key came with another body.
    """

    async def attempt(session: Session) -> Document:
        if repeatable is None:
            return await work(session)
        first = await earlier(store, repeatable, session)
        if first is not None:
            return first
        result = await work(session)
        record = {"_id": repeatable.id, "digest": repeatable.digest, "result": result, "at": datetime.now(UTC)}
        await store.db.idempotency.insert_one(record, session=session)
        return result

    return await store.transact(attempt, turn=turn)
