"""Consuming messages: each is handled once in effect, and one that always fails is set aside, never dropped."""

import asyncio
import hashlib
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from pymongo import ASCENDING, IndexModel
from pymongo.errors import ConnectionFailure

from common import metrics, telemetry
from common.bus import Bus
from common.context import Context, bound
from common.errors import Unavailable
from common.messages import Envelope, Message
from common.mongo import Database, Document, Session, TookTooLong, ping, transact

log = structlog.get_logger()

TRIES = 5
TRIES_OF_THE_SLOW = 8  # 10 s each: longer than the 60 s for which MongoDB keeps the locks of a client that was killed
INBOX_LIFE = timedelta(days=30)
NOT_AN_ENVELOPE = "not-an-envelope"
MOST_BYTES = 1_000_000  # kept of a message that is no envelope
OUR_DATABASE_IS_DOWN = (ConnectionFailure, Unavailable)


@dataclass(frozen=True)
class Hear:
    """One kind of message a service listens to.

    `handle(message, envelope, session)` does all its writing in the session's transaction and may run again.
    """

    contract: type[Message]
    handle: Callable[[Any, Envelope, Session], Awaitable[None]]


class NobodyHears(Exception):
    """The queue holds a message of a kind that this build does not know; a newer build's replica asked for it."""


class NoSuchLetter(Exception):
    """No dead letter of this id can be replayed."""


class Consumer:
    """A service's own queue. The inbox notes each message's id in the transaction of its effect."""

    def __init__(self, name: str, db: Database, hears: Sequence[Hear]) -> None:
        self.name = name
        self._db = db
        self._hears = {hear.contract.routing_key(): hear for hear in hears}

    @property
    def keys(self) -> list[str]:
        """The routing keys this consumer listens to."""
        return list(self._hears)

    async def prepare(self, bus: Bus) -> None:
        """Create the inbox and declare the queue; from then on no message passes it by."""
        life = int(INBOX_LIFE.total_seconds())
        await self._db.inbox.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=life)])
        await bus.declare(self.name, self.keys)

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Handle a batch in one transaction; when that fails, one by one, so that a bad message spoils no other.

        Raises:
            Unavailable: the service's own database is away; the bus delivers the batch again.
        """
        started = time.perf_counter()
        try:
            await self._in_one_transaction(envelopes)
        except OUR_DATABASE_IS_DOWN as error:
            await self._unless_too_much(error)
            await self._one_by_one(envelopes, error)
        except Exception as error:  # noqa: BLE001  (the worker loop: whatever a handler raises, find the culprit)
            await self._one_by_one(envelopes, error)
        metrics.HANDLER_SECONDS.labels(self.name).observe(time.perf_counter() - started)

    async def _one_by_one(self, envelopes: Sequence[Envelope], error: Exception) -> None:
        log.warning("batch_failed", consumer=self.name, size=len(envelopes), error=repr(error))
        for envelope in envelopes:
            await self._alone(envelope)

    async def _unless_too_much(self, error: Exception) -> None:
        """Raises `error` unless it only says that the work is too much for one transaction of a sound database."""
        if not isinstance(error, TookTooLong):
            raise error
        await ping(self._db)

    async def _in_one_transaction(self, envelopes: Sequence[Envelope]) -> None:
        handled = await transact(self._db, lambda session: self._handle_new(envelopes, session))
        for envelope in handled:
            metrics.HANDLED.labels(self.name, envelope.key, "done").inc()
            log.info(
                "message_handled",
                consumer=self.name,
                message=envelope.key,
                id=envelope.id,
                correlation_id=envelope.correlation_id,
                **telemetry.ids(envelope.traceparent),
            )

    async def _handle_new(self, envelopes: Sequence[Envelope], session: Session) -> list[Envelope]:
        new = await self._unseen(envelopes, session)
        for envelope in new:
            hear = self._hears.get(envelope.key)
            if hear is None:
                raise NobodyHears(envelope.key)
            await self._handle_one(hear, envelope, session)
        if new:
            now = datetime.now(UTC)
            await self._db.inbox.insert_many([{"_id": e.id, "at": now} for e in new], session=session)
        return new

    async def _handle_one(self, hear: Hear, envelope: Envelope, session: Session) -> None:
        context = Context(envelope.correlation_id, envelope.id, envelope.actor)
        with (
            metrics.HANDLE_SECONDS.labels(self.name, envelope.key).time(),
            telemetry.handling(self.name, envelope),
            bound(context),
        ):
            await hear.handle(envelope.open(hear.contract), envelope, session)

    async def _unseen(self, envelopes: Sequence[Envelope], session: Session) -> list[Envelope]:
        by_id = {envelope.id: envelope for envelope in envelopes}
        async for seen in self._db.inbox.find({"_id": {"$in": list(by_id)}}, session=session):
            del by_id[seen["_id"]]
        return list(by_id.values())

    async def _alone(self, envelope: Envelope) -> None:
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._in_one_transaction([envelope])
            except Exception as error:  # noqa: BLE001  (the worker loop, see above)
                metrics.HANDLED.labels(self.name, envelope.key, "failed").inc()
                if isinstance(error, OUR_DATABASE_IS_DOWN):
                    await self._unless_too_much(error)
                tries = TRIES_OF_THE_SLOW if isinstance(error, TookTooLong) else TRIES
                if attempt >= tries or isinstance(error, NobodyHears):
                    return await self._set_aside(envelope, error)
            await asyncio.sleep(random.uniform(0.5, 1) * 0.05 * 2 ** min(attempt, TRIES))  # noqa: S311  (jitter)

    async def _set_aside(self, envelope: Envelope, error: Exception) -> None:
        """Keep the message with its error among the dead letters; only then does the bus forget it."""
        letter = {
            **_letter_of(envelope),
            "error": repr(error),
            "traceback": "".join(traceback.format_exception(error))[-8000:],
        }
        await self._keep(letter, correlation_id=envelope.correlation_id, **telemetry.ids(envelope.traceparent))

    async def keep_dead(self, body: bytes, reason: str) -> None:
        """Keep what the broker gave up on among the dead letters, an envelope or not; safe to repeat."""
        try:
            letter = _letter_of(Envelope.model_validate_json(body))
        except ValidationError:
            letter = {"_id": hashlib.sha256(body).hexdigest()[:32], "key": NOT_AN_ENVELOPE, "body": body[:MOST_BYTES]}
        await self._keep({**letter, "error": f"given up by the broker: {reason}"})

    async def _keep(self, letter: Document, **told: str) -> None:
        """Keep a dead letter, count it and log it, with what else is `told`."""
        identity = {"_id": letter["_id"]}
        await self._db.dead_letters.replace_one(identity, {**letter, "at": datetime.now(UTC)}, upsert=True)
        metrics.DEAD_LETTERS.labels(self.name, letter["key"]).inc()
        log.error(
            "dead_letter", consumer=self.name, message=letter["key"], id=letter["_id"], error=letter["error"], **told
        )

    async def count_dead_letters(self) -> int:
        """How many wait for an operator; noted in the metric."""
        number = await self._db.dead_letters.count_documents({})
        metrics.DEAD_LETTERS_WAITING.labels(self.name).set(number)
        return number

    async def dead_letters(self) -> list[Document]:
        """The messages given up on, oldest first."""
        return [letter async for letter in self._db.dead_letters.find().sort("at", ASCENDING)]

    async def replay_dead_letter(self, message_id: str) -> None:
        """Handle one again; it leaves the dead letters only when that succeeds, and raises its error otherwise.

        Raises:
            NoSuchLetter: there is none of this id, or it is no envelope.
        """
        letter = await self._db.dead_letters.find_one({"_id": message_id})
        if letter is None or letter.get("envelope") is None:
            raise NoSuchLetter(message_id)
        await self._in_one_transaction([Envelope.model_validate(letter["envelope"])])
        await self.drop_dead_letter(message_id)

    async def drop_dead_letter(self, message_id: str) -> bool:
        """Give up on a message for good; false when there was none of this id."""
        return (await self._db.dead_letters.delete_one({"_id": message_id})).deleted_count > 0


def _letter_of(envelope: Envelope) -> Document:
    return {"_id": envelope.id, "key": envelope.key, "envelope": envelope.model_dump(mode="json")}
