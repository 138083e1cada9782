"""What waits: events that nobody was told of, and messages that were given up on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from common.event_store import EventStore
from common.operations import Finding, Operations


async def check_unpublished(store: EventStore, settled: timedelta) -> AsyncIterator[Finding]:
    """Events older than `settled` that the bus does not have."""
    late = {"unpublished": True, "at": {"$lt": datetime.now(UTC) - settled}}
    number = await store.db.events.count_documents(late)
    if number:
        oldest = await store.db.events.find_one(late, sort=[("position", 1)])
        assert oldest is not None  # noqa: S101  (counted above)
        since = oldest["at"].isoformat(timespec="seconds")
        yield Finding("unpublished", f"{number} events", f"the oldest, {oldest['_id']}, since {since}")


async def check_dead_letters(operations: Operations) -> AsyncIterator[Finding]:
    """Messages that were given up on, here or at the broker."""
    for letter in await operations.consumer.dead_letters():
        yield Finding("dead letter", f"{letter['key']} {letter['_id']}", letter["error"])
