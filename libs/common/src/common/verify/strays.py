"""Documents of views that no stream accounts for."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

from common.event_store import EventStore
from common.operations import Finding
from common.projections import View

AT_ONCE = 500


async def check_strays(store: EventStore, counts: Counter[str]) -> AsyncIterator[Finding]:
    """Documents whose stream is not in the log."""
    for view in store.views:
        async for identity in strays(store, view, counts):
            yield Finding("view", f"{view.name} {identity}", "has no stream in the log")


async def strays(store: EventStore, view: View, counts: Counter[str] | None = None) -> AsyncIterator[Any]:
    """The ids of a view's documents without a stream; one appended meanwhile has its stream already."""
    batch: list[Any] = []
    async for document in store.db[view.name].find({}, {"_id": 1}):
        batch.append(document["_id"])
        if counts is not None:
            counts["documents"] += 1
        if len(batch) == AT_ONCE:
            for identity in await _without_stream(store, view, batch):
                yield identity
            batch = []
    for identity in await _without_stream(store, view, batch):
        yield identity


async def _without_stream(store: EventStore, view: View, ids: Sequence[Any]) -> list[Any]:
    names = {f"{view.category}-{identity}": identity for identity in ids}
    begun = store.db.events.find({"stream": {"$in": list(names)}, "number": 1}, {"stream": 1})
    known = {event["stream"] async for event in begun}
    return [identity for name, identity in names.items() if name not in known]
