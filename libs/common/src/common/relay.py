"""The relay: publishes what the log has not yet published, in order per stream, one relay per service at a time."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pymongo.errors import PyMongoError

from common import metrics, telemetry
from common.bus import Bus
from common.context import new_id
from common.event_store import EventStore
from common.events import Event, Recorded
from common.messages import Envelope, Message
from common.mongo import drop_lease, inserts, take_lease

Tell = Callable[[Any], Message]
Tells = Mapping[type[Event], Tell]

LEASE_SECONDS = 5.0
BATCH = 200
MEASURE_SECONDS = 2.0


def to_envelope(recorded: Recorded, tells: Tells, traceparent: str | None = None) -> Envelope | None:
    """The public message of a stored event; none for an event that stays private.

    `traceparent` makes it go on with a trace; a message told again is no part of what once caused it.
    """
    tell = tells.get(type(recorded.event))
    if tell is None:
        return None
    message = tell(recorded.event)
    return Envelope(
        id=recorded.id,
        key=message.routing_key(),
        stream=recorded.stream,
        number=recorded.number,
        at=recorded.at,
        actor=recorded.actor,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        traceparent=traceparent,
        data=message.model_dump(mode="json"),
    )


class Relay:
    """Reads the outbox and publishes. `tells` says which events are public and as what.

    It selects by a mark on each event, never by position, since a smaller position can become visible later.
    Cut off between publishing and marking, it publishes again; the receivers' inboxes make that once in effect.
    """

    def __init__(self, store: EventStore, bus: Bus, tells: Tells) -> None:
        self._store = store
        self._bus = bus
        self._tells = tells
        self._me = new_id()
        self._leased_at = -LEASE_SECONDS

    async def run(self) -> None:
        """Publish for ever, while this relay holds the service's lease; another takes over within `LEASE_SECONDS`."""
        try:
            async with inserts(self._store.db, "events") as wait:
                while True:
                    await wait()
                    while await self._hold_lease() and await self.publish_batch():
                        pass
        finally:
            self._leased_at = -LEASE_SECONDS
            with suppress(PyMongoError):  # it runs out by itself; what ended the loop is more telling
                await drop_lease(self._store.db, "relay", self._me)

    async def publish_batch(self) -> int:
        """Publish the next events, if any; returns how many were done with."""
        waiting = await self._store.unpublished(BATCH)
        if waiting:
            public = (to_envelope(r, self._tells, r.traceparent) for r in waiting)
            envelopes = [envelope for envelope in public if envelope is not None]
            if envelopes:
                with telemetry.publishing(envelopes) as outgoing:
                    await self._bus.publish(outgoing)
            await self._store.mark_published(waiting)
            self._count(waiting, envelopes)
        return len(waiting)

    def _count(self, waiting: Sequence[Recorded], envelopes: Sequence[Envelope]) -> None:
        """Here each event passes once, while the transaction that appends it may be repeated or given up."""
        service = self._store.db.name
        for recorded in waiting:
            metrics.EVENTS_APPENDED.labels(service, recorded.event.name).inc()
        metrics.PUBLISHED.labels(service).inc(len(envelopes))

    async def measure(self) -> None:
        """Set the gauges of what waits; to no number while the database does not say."""
        count, age = math.nan, math.nan
        with suppress(PyMongoError, TimeoutError):
            async with asyncio.timeout(MEASURE_SECONDS):
                count, oldest = await self._store.backlog()
            age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
        metrics.UNPUBLISHED_AGE.labels(self._store.db.name).set(age)
        metrics.UNPUBLISHED.labels(self._store.db.name).set(count)

    async def _hold_lease(self) -> bool:
        """Ours for at least another half of its life; taken or extended where it is not."""
        now = time.monotonic()
        if now > self._leased_at + LEASE_SECONDS / 2:
            if not await take_lease(self._store.db, "relay", self._me, LEASE_SECONDS):
                return False
            self._leased_at = now
        return True
