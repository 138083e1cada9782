"""Replay: a new or emptied consumer asks publishers for their history, into its own queue; nothing stops meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar

import structlog
from pymongo.errors import DuplicateKeyError

from common.bus import Bus, NoSuchQueue
from common.consumers import Consumer
from common.context import Context, bound, current, new_id
from common.event_store import EventStore
from common.messages import Envelope, Message
from common.mongo import Database
from common.relay import Tells, to_envelope

log = structlog.get_logger()

BATCH = 200


class ReplayRequest(Message):
    """Asks a publisher to send everything it ever told under `keys` to `queue`."""

    publisher: ClassVar[str] = "common"
    name: ClassVar[str] = "ReplayRequest"
    queue: str
    keys: list[str]


def requests_queue(publisher: str) -> str:
    """Where a publisher listens for such requests."""
    return f"{publisher}.replay"


async def request_history(consumer: Consumer, db: Database, bus: Bus) -> None:
    """Ask for the history of every message kind that this consumer has never heard before.

    What is forgotten while this asks, perhaps after the publishers have told it, is left to the next call.
    """
    seen = await db.consumers.find_one({"_id": consumer.name}) or {}
    missing = defaultdict(list)
    for key in consumer.keys:
        if key not in seen.get("keys", ()):
            missing[key.partition(".")[0]].append(key)
    if not missing:
        return
    for publisher, keys in missing.items():
        await bus.declare(requests_queue(publisher), ())
        await bus.send(requests_queue(publisher), [_request(consumer.name, keys)])
        log.info("history_requested", consumer=consumer.name, publisher=publisher, keys=keys)
    heard = {"$addToSet": {"keys": {"$each": consumer.keys}}}  # added: replicas of another build hear other kinds
    as_seen = {"_id": consumer.name, "forgotten": seen.get("forgotten", {"$exists": False})}
    with suppress(DuplicateKeyError):  # it is another document by now
        await db.consumers.update_one(as_seen, heard, upsert=True)


async def forget_history(consumer: Consumer, db: Database, keys: Sequence[str] | None = None) -> None:
    """Have the next `request_history` ask for these kinds, or for all; what was handled before changes nothing."""
    forgotten = {"$pullAll": {"keys": list(keys or consumer.keys)}, "$inc": {"forgotten": 1}}
    await db.consumers.update_one({"_id": consumer.name}, forgotten, upsert=True)


def _request(queue: str, keys: list[str]) -> Envelope:
    message = ReplayRequest(queue=queue, keys=keys)
    return Envelope(
        id=new_id(),
        key=message.routing_key(),
        stream=f"replay-{queue}",
        number=1,
        at=datetime.now(UTC),
        correlation_id=current().correlation_id,
        data=message.model_dump(mode="json"),
    )


class Replayer:
    """Answers replay requests from a service's log."""

    def __init__(self, name: str, store: EventStore, bus: Bus, tells: Tells) -> None:
        self._queue = requests_queue(name)
        self._store = store
        self._bus = bus
        self._tells = tells

    async def declare(self) -> None:
        """Make the bus hold requests from now on."""
        await self._bus.declare(self._queue, ())

    async def listen(self) -> None:
        """Answer requests."""
        await self._bus.subscribe(self._queue, self._handle)

    async def _handle(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            with bound(Context(envelope.correlation_id, envelope.id)):
                request = envelope.open(ReplayRequest)
                try:
                    await self._answer(request)
                except NoSuchQueue:  # who asked has gone for good; the requests of others go on
                    log.warning("history_unwanted", queue=request.queue)

    async def _answer(self, request: ReplayRequest) -> None:
        """Send the log, oldest first. Repeated after a failure: the receiver's inbox drops what it has."""
        sent, batch = 0, []
        async for recorded in self._store.log():
            envelope = to_envelope(recorded, self._tells)
            if envelope is not None and envelope.key in request.keys:
                batch.append(envelope)
            if len(batch) == BATCH:
                await self._bus.send(request.queue, batch)
                sent, batch = sent + len(batch), []
        if batch:
            await self._bus.send(request.queue, batch)
        log.info("history_sent", queue=request.queue, messages=sent + len(batch))
