"""What generation removes when nobody needs it any more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from common.event_store import EventStore
from common.events import UnknownEvent
from common.mongo import Document
from common.objects import ORIGINALS, FolderStore, ObjectStore
from common.sweeps import Sweep, expiring, standard_sweeps, temporary_files, unreferenced
from generation.events import GenerationCompleted, GenerationFailed
from generation.projections import progress

ENDS = {GenerationCompleted.name, GenerationFailed.name}


def sweeps(store: EventStore, objects: ObjectStore, grace: timedelta) -> list[Sweep]:
    """Files that an ended task left behind without a picture of it, its progress, and what every service has."""
    life = timedelta(seconds=progress.LIFE_SECONDS)
    loose = unreferenced(store.db, objects, (ORIGINALS, ""), grace, lambda: partial(needed, store), name="originals")
    files = [temporary_files(objects, grace)] if isinstance(objects, FolderStore) else []
    return [
        *standard_sweeps(store),
        expiring(store.db, "progress", "at", life, "how far tasks were"),
        loose,
        *files,
    ]


async def needed(store: EventStore, keys: Sequence[str]) -> set[str]:
    """Those of these files that stay: all but those of an ended task whose events do not name them.

    Works refers to nothing else than what `ImageGenerated` told it, so no file of a work goes, however far behind works
    or this service's own read models are. A task that the log does not know, or of which it cannot read an event,
    keeps all its files.
    """
    by_task: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        by_task[key.partition("/")[0]].add(key)
    staying = set(keys)
    async for events in store.stored({"stream": {"$in": [f"task-{task}" for task in by_task]}}):
        if _ended(store, events):
            staying -= by_task[events[0]["stream"].partition("-")[2]] - {
                text for event in events for text in _texts(event["data"])
            }
    return staying


def _ended(store: EventStore, events: Sequence[Document]) -> bool:
    """Whether a task has ended and all its events can be read."""
    try:
        for event in events:
            store.decode(event)
    except UnknownEvent:
        return False
    whole = [event["number"] for event in events] == list(range(1, len(events) + 1))
    return whole and any(event["type"] in ENDS for event in events)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a document, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
