"""Reads the databases of a stage: logs, read models as they are and as their logs fold, inboxes, dead letters."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import bson
from bson.codec_options import CodecOptions

import auth.events
import auth.messaging
import auth.projections
import gateway.events
import gateway.messaging
import gateway.projections
import generation.events
import generation.messaging
import generation.projections
import works.events
import works.messaging
import works.projections
from common.event_store import EventStore
from common.events import Codec, Recorded
from common.mongo import Database, connect
from common.projections import View
from common.relay import Tells, to_envelope
from faults.situation import Inbox, Json, ViewContent

READING = CodecOptions[dict[str, Any]](tz_aware=True)

STORES: dict[str, tuple[Codec, Sequence[View], Tells]] = {
    "auth": (auth.events.CODEC, auth.projections.VIEWS, auth.messaging.TELLS),
    "generation": (generation.events.CODEC, generation.projections.VIEWS, generation.messaging.TELLS),
    "works": (works.events.CODEC, works.projections.VIEWS, works.messaging.TELLS),
    "gateway": (gateway.events.CODEC, [gateway.projections.MAINTENANCE], gateway.messaging.TELLS),
}
CONSUMERS = ("generation", "works", "stats", "gateway")


@asynccontextmanager
async def opened(mongo_url: str, name: str) -> AsyncIterator[Database]:
    """A database whose connection ends with the block."""
    db = connect(mongo_url, name)
    try:
        yield db
    finally:
        await db.client.close()


async def log_of(db: Database, name: str) -> tuple[list[Recorded], list[Json]]:
    """The log of one service, decoded and as it is stored, ordered by number."""
    store = EventStore(db, STORES[name][0])
    documents = [document async for document in db.events.find().sort("number", 1)]
    return [store.decode(document) for document in documents], documents


async def views_of(db: Database, name: str, log: Sequence[Recorded]) -> dict[str, ViewContent]:
    """The read models of one service, by `service.view`."""
    found = {}
    for view in STORES[name][1]:
        stored = {document["_id"]: document async for document in _documents(db, view)}
        found[f"{name}.{view.name}"] = ViewContent(stored, _folded(view, log))
    if name == "works":
        _recount(found)
    return found


async def _documents(db: Database, view: View) -> AsyncIterator[Json]:
    async for document in db[view.name].find():
        yield document


def _folded(view: View, log: Sequence[Recorded]) -> dict[Any, Json]:
    """What a rebuild would make of the log, as MongoDB would give it back; `log` is ordered by number."""
    documents: dict[Any, Json | None] = {}
    for recorded in log:
        if view.covers(recorded.stream):
            key = view.key(recorded.key)
            document = view.fold(documents.get(key), recorded)
            documents[key] = {**document, "_id": key, "_number": recorded.number} if document is not None else None
    return {key: _kept({**document, **view.tallied}) for key, document in documents.items() if document is not None}


def _kept(document: Json) -> Json:
    return dict(bson.decode(bson.encode(document), READING))


def _recount(views: dict[str, ViewContent]) -> None:
    """The tallied figures of works, counted from the folded likes, viewers, ratings and comments."""
    about: dict[str, dict[int, list[Json]]] = {}
    for name in ("likes", "viewers", "ratings", "comments"):
        about[name] = defaultdict(list)
        for document in views[f"works.{name}"].folded.values():
            about[name][document["work_id"]].append(document)
    for key, work in views["works.works"].folded.items():
        scores = [rating["score"] for rating in about["ratings"][key]]
        work["likes"] = sum(1 for like in about["likes"][key] if like["liked"])
        work["views"] = sum(viewer["times"] for viewer in about["viewers"][key])
        work["comments_count"] = len(about["comments"][key])
        work["rating"] = sum(scores) / len(scores) if scores else 0.0
        work["ratings_count"] = len(scores)


async def inbox_of(db: Database, consumer: str, logs: Mapping[str, Sequence[Recorded]]) -> Inbox:
    """The inbox of one consumer, and what the publishers' logs told it."""
    heard = await heard_by(db, consumer)
    ids = frozenset([entry["_id"] async for entry in db.inbox.find({}, {"_id": 1})])
    indexes = [index async for index in await db.inbox.list_indexes()]
    lives = [index["expireAfterSeconds"] for index in indexes if "expireAfterSeconds" in index]
    envelopes = [to_envelope(r, STORES[name][2]) for name, log in logs.items() for r in log]
    told = frozenset(e.id for e in envelopes if e is not None and e.key in heard)
    return Inbox(ids, told, int(lives[0]) if lives else None)


async def heard_by(db: Database, consumer: str) -> set[str]:
    """The routing keys that a consumer has asked for."""
    return set((await db.consumers.find_one({"_id": consumer}) or {"keys": []})["keys"])


async def dead_letters_of(db: Database, name: str) -> list[str]:
    """What a service has given up on, a line each."""
    return [f"{name}: {letter['key']} {letter['error']}" async for letter in db.dead_letters.find()]


async def under_way_in(db: Database) -> list[int]:
    """How many tasks are open, events unpublished, and pictures painted for the open tasks."""
    open_tasks = await db.tasks.find({"status": {"$in": ["pending", "processing"]}}, {"images._id": 1}).to_list()
    unpublished = await db.events.count_documents({"unpublished": True})
    return [len(open_tasks), unpublished, sum(len(task["images"]) for task in open_tasks)]
