"""Every stream of the log: its numbers, its events, and what the views made of them."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import bson
from pymongo import ASCENDING

from common.batches import batched
from common.event_store import EventStore
from common.events import Recorded, UnknownEvent
from common.mongo import Database, Document, Session
from common.operations import Finding
from common.projections import View

STREAMS_AT_ONCE = 200


@dataclass(frozen=True)
class _Stream:
    """A stream as it stands in the log; `events` is none where one of them cannot be read."""

    name: str
    documents: Sequence[Document]
    findings: Sequence[Finding]
    events: Sequence[Recorded] | None


async def check_streams(store: EventStore, counts: Counter[str]) -> AsyncIterator[Finding]:
    """Gaps, events that cannot be read, and views that differ from the fold of their stream.

    Events arrive meanwhile, so whatever looks wrong is looked at again in one snapshot before it is said.
    """
    async for batch in batched(_streams(store, counts), STREAMS_AT_ONCE):
        async for finding in _check(store, batch):
            yield finding


async def _streams(store: EventStore, counts: Counter[str]) -> AsyncIterator[_Stream]:
    async for documents in store.stored({}):
        counts["streams"] += 1
        counts["events"] += len(documents)
        yield _read(store, str(documents[0].get("stream")), documents)


async def check_strays(store: EventStore, counts: Counter[str]) -> AsyncIterator[Finding]:
    """Documents of views whose stream is not in the log."""
    for view in store.views:
        counts["documents"] += await store.db[view.name].count_documents({})
        async for identity in view.strays(store):
            yield Finding("view", f"{view.name} {identity}", "has no stream in the log")


async def _check(store: EventStore, batch: Sequence[_Stream]) -> AsyncIterator[Finding]:
    suspects = {stream.name for stream in batch if stream.findings}
    for view in store.views:
        suspects |= await _differing(store.db, view, [s for s in batch if view.covers(s.name)])
    for name in sorted(suspects):
        for finding in await _look_again(store, name):
            yield finding


async def _differing(db: Database, view: View, streams: Sequence[_Stream]) -> set[str]:
    """The streams whose document differs, or cannot be judged."""
    shown = {d["_id"]: d async for d in db[view.name].find({"_id": {"$in": [view.id_of(s.name) for s in streams]}})}
    return {s.name for s in streams if _difference(db, view, s, shown.get(view.id_of(s.name)))}


async def _look_again(store: EventStore, name: str) -> list[Finding]:
    async with store.db.client.start_session(snapshot=True) as session:
        stream = await _stream(store, name, session)
        findings = list(stream.findings)
        for view in store.views:
            if view.covers(name) and stream.events is not None:
                shown = await store.db[view.name].find_one({"_id": view.id_of(name)}, session=session)
                problem = _difference(store.db, view, stream, shown)
                findings += [Finding("view", f"{view.name} of {name}", problem)] if problem else []
    return findings


def _difference(db: Database, view: View, stream: _Stream, shown: Document | None) -> str | None:
    """What is wrong with a stream's document; none where it is the fold of its events."""
    if stream.events is None:
        return "cannot be compared: the stream cannot be read"
    try:
        expected = _as_kept(db, view.expected(stream.events))
    except Exception as error:  # noqa: BLE001  (whatever a fold raises on what the log holds is to be said)
        return f"cannot be folded: {error!r}"
    if shown is None or expected is None:
        return None if shown is expected else f"is {'missing' if shown is None else 'there, and should not be'}"
    kept = {name: value for name, value in shown.items() if name not in view.tallied}
    expected["_id"] = view.id_of(stream.name)
    wrong = sorted(name for name in kept.keys() | expected.keys() if kept.get(name) != expected.get(name))
    return f"differs from its events in {', '.join(wrong)}" if wrong else None


def _as_kept(db: Database, document: Document | None) -> Document | None:
    """A document as the database gives it back: tuples are lists, moments have milliseconds."""
    if document is None:
        return None
    kept: Document = bson.decode(bson.encode(document), codec_options=db.codec_options)
    return kept


async def _stream(store: EventStore, name: str, session: Session) -> _Stream:
    cursor = store.db.events.find({"stream": name}, session=session).sort("number", ASCENDING)
    return _read(store, name, [document async for document in cursor])


def _read(store: EventStore, name: str, documents: Sequence[Document]) -> _Stream:
    findings: list[Finding] = []
    events: list[Recorded] = []
    position = 0
    for number, document in enumerate(documents, start=1):
        subject = f"event {document['_id']}, number {document.get('number')} of {name}"
        if document.get("number") != number and not findings:
            findings.append(Finding("log", subject, f"a gap: number {number} was expected"))
        try:
            event = store.decode(document)
        except UnknownEvent as error:
            findings.append(Finding("log", subject, f"cannot be read: {str(error).partition(': ')[2]}"))
            continue
        if event.position <= position:
            findings.append(Finding("log", subject, "is not placed after the event before it"))
        events.append(event)
        position = event.position
    return _Stream(name, documents, findings, events if len(events) == len(documents) else None)
