"""The event log of one service on MongoDB, and the streams that decisions are made on."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from pymongo import ASCENDING, IndexModel

from common import telemetry
from common.context import current, new_id
from common.decoding import Decoder
from common.events import Codec, Event, Recorded, State
from common.mongo import Database, Document, Session, transact
from common.projections import View

S = TypeVar("S", bound=State)
Result = TypeVar("Result")
Evolve = Callable[[S, Event], S]
Decide = Callable[[S], Sequence[Event]]

SNAPSHOT_EVERY = 100  # events of one stream

INDEXES = [
    IndexModel([("stream", ASCENDING), ("number", ASCENDING)], unique=True),
    IndexModel([("position", ASCENDING), ("_id", ASCENDING)]),
    IndexModel(
        [("unpublished", ASCENDING), ("position", ASCENDING)],
        partialFilterExpression={"unpublished": True},
    ),
]


@dataclass(frozen=True)
class Head:
    """The end of a stream: the number and position of its last event, 0 and 0 for a new one."""

    number: int = 0
    position: int = 0


class EventStore:
    """One document an event. Appending also brings the service's own views up to date, in the same transaction.

    The log is the outbox: a new event bears `unpublished: true` until the relay has handed it to the bus.
    """

    def __init__(self, db: Database, codec: Codec, views: Sequence[View] = ()) -> None:
        self.db = db
        self.codec = codec
        self.views = tuple(views)
        self._decoder = Decoder(db.name, codec)
        self.decode = self._decoder.decode
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def prepare(self) -> None:
        """Create the indexes of the log and of every view; safe to repeat."""
        await self.db.events.create_indexes(INDEXES)
        for view in self.views:
            await view.prepare(self.db)

    async def transact(self, work: Callable[[Session], Awaitable[Result]], *, turn: str | None = None) -> Result:
        """Run `work` in one transaction of this store's database (see `common.mongo.transact`).

        Callers that name the same stream as their `turn` follow one another in this process, instead of all but one
        losing a race and starting again; against other processes the optimistic lock stands as ever.
        """
        if turn is None:
            return await self._transact(work)
        lock = self._turns.get(turn) or asyncio.Lock()
        self._turns[turn] = lock  # forgotten when nobody holds or awaits it
        async with lock:
            return await self._transact(work)

    async def _transact(self, work: Callable[[Session], Awaitable[Result]]) -> Result:
        with telemetry.transaction(self.db.name):
            return await transact(self.db, work)

    async def read(self, stream: str, *, session: Session | None = None, after: int = 0) -> list[Recorded]:
        """A stream's events in order, from the one after number `after`; empty for a stream that does not exist."""
        match = {"stream": stream, "number": {"$gt": after}}
        cursor = self.db.events.find(match, session=session).sort("number", ASCENDING)
        return [self.decode(document) async for document in cursor]

    async def append(self, stream: str, head: Head, events: Sequence[Event], session: Session) -> list[Recorded]:
        """Append after `head` and update the views. A stream that has moved on makes the transaction start again."""
        recorded = [self._record(stream, head, offset, event) for offset, event in enumerate(events, start=1)]
        await self.db.events.insert_many([self._encode(r) for r in recorded], session=session)
        for view in self.views:
            if view.covers(stream):
                await view.follow(self, stream, recorded, session)
        return recorded

    async def log(self, *, batch: int = 500) -> AsyncIterator[Recorded]:
        """Every event that stood in the log when the reading began, in the order of positions, in order per stream.

        Each batch has a snapshot of its own, since the server keeps one for five minutes only. What is appended
        meanwhile is not looked for: the relay tells it. Streams are left out from an event that cannot be read on.
        """
        stuck: set[str] = set()
        last: Document = {"position": 0, "_id": ""}
        end = await self.db.events.find_one(sort=[("position", -1)])
        while end is not None:
            documents = await self._between(last, end, batch)
            for recorded in self._decoder.readable(documents, stuck):
                yield recorded
            if len(documents) < batch:
                return
            last = documents[-1]

    async def _between(self, last: Document, end: Document, limit: int) -> list[Document]:
        same = {"position": last["position"], "_id": {"$gt": last["_id"]}}
        later = {"$or": [{"position": {"$gt": last["position"]}}, same]}
        bounds = {"position": {"$gte": last["position"], "$lte": end["position"]}}
        async with self.db.client.start_session(snapshot=True) as session:
            cursor = self.db.events.find({**bounds, **later}, session=session)
            return await cursor.sort([("position", ASCENDING), ("_id", ASCENDING)]).limit(limit).to_list()

    async def unpublished(self, limit: int) -> list[Recorded]:
        """The next events for the relay, in order within each stream.

        Read from one snapshot: a plain scan could pass a stream's event 1 before it is committed and still see its 2.
        An event that cannot be read waits, and with it the rest of its stream; the other streams go on.
        """
        stuck: set[str] = set()
        while True:
            known = len(stuck)
            events = self._decoder.readable(await self._waiting(limit, sorted(stuck)), stuck)
            if events or len(stuck) == known:
                return events

    async def _waiting(self, limit: int, stuck: Sequence[str]) -> list[Document]:
        match = {"unpublished": True, **({"stream": {"$nin": stuck}} if stuck else {})}
        async with self.db.client.start_session(snapshot=True) as session:
            return await self.db.events.find(match, session=session).sort("position", ASCENDING).limit(limit).to_list()

    async def backlog(self) -> tuple[int, datetime | None]:
        """How many events wait for the relay, and since when the oldest."""
        waiting = {"unpublished": True}
        oldest = await self.db.events.find_one(waiting, {"at": 1}, sort=[("position", ASCENDING)])
        return await self.db.events.count_documents(waiting) if oldest else 0, oldest["at"] if oldest else None

    async def mark_published(self, events: Sequence[Recorded]) -> None:
        """Note that the bus has these, so that the relay need not offer them again."""
        ids = [event.id for event in events]
        await self.db.events.update_many({"_id": {"$in": ids}}, {"$unset": {"unpublished": ""}})

    async def whole_streams(self, category: str) -> AsyncIterator[list[Recorded]]:
        """Every stream of a category with all its events. Raises `UnknownEvent` where one cannot be read."""
        async for documents in self.stored({"stream": _of(category)}):
            yield [self.decode(document) for document in documents]

    async def stored(self, match: Document) -> AsyncIterator[list[Document]]:
        """The log's documents as they are, damaged or not: a list for each stream, in order."""
        documents: list[Document] = []
        async for document in self.db.events.find(match).sort([("stream", ASCENDING), ("number", ASCENDING)]):
            if documents and documents[0].get("stream") != document.get("stream"):
                yield documents
                documents = []
            documents.append(document)
        if documents:
            yield documents

    async def begun(self, streams: Sequence[str]) -> set[str]:
        """Those of these streams that are in the log."""
        first = self.db.events.find({"stream": {"$in": list(streams)}, "number": 1}, {"stream": 1})
        begun = {event["stream"] async for event in first}
        for stream in set(streams) - begun:  # or its first event is lost
            if await self.db.events.find_one({"stream": stream}, {"_id": 1}):
                begun.add(stream)
        return begun

    async def streams(self, category: str) -> AsyncIterator[str]:
        """The names of all streams of a category (`work` for `work-…`)."""
        async for document in self.db.events.find({"stream": _of(category), "number": 1}, {"stream": 1}):
            yield document["stream"]

    def _record(self, stream: str, head: Head, offset: int, event: Event) -> Recorded:
        context = current()
        return Recorded(
            id=new_id(),
            stream=stream,
            number=head.number + offset,
            position=max(time.time_ns() // 1000, head.position) + offset,
            event=event,
            at=_milliseconds(datetime.now(UTC)),
            actor=context.actor,
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
            traceparent=telemetry.traceparent(),
        )

    def _encode(self, r: Recorded) -> Document:
        return {
            "_id": r.id,
            "stream": r.stream,
            "number": r.number,
            "position": r.position,
            **self.codec.encode(r.event),
            "at": r.at,
            "actor": r.actor,
            "correlation_id": r.correlation_id,
            "causation_id": r.causation_id,
            **({"traceparent": r.traceparent} if r.traceparent else {}),
            "unpublished": True,
        }


def _of(category: str) -> Document:
    """What the names of a category's streams match: `.` is the character after `-`."""
    return {"$gte": f"{category}-", "$lt": f"{category}."}


def _milliseconds(moment: datetime) -> datetime:
    """The moment as MongoDB keeps it, so that a view folds the same at once and when it is rebuilt."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Streams(Generic[S]):
    """All streams of one category: load, decide, append.

    `initial` is the state of a stream without events and `evolve` folds the next event into a state; both are pure.

    Streams without end keep snapshots: with `snapshots`, the version of the state's shape, the state is kept at every
    `SNAPSHOT_EVERY` events and loading begins there. Snapshots of another version are passed over; all may be deleted.
    """

    def __init__(
        self, store: EventStore, category: str, initial: S, evolve: Evolve[S], *, snapshots: int | None = None
    ) -> None:
        self._store = store
        self._category = category
        self._initial = initial
        self._evolve = evolve
        self._snapshots = snapshots

    def name(self, key: object) -> str:
        """The stream's name: `work-7` for key 7."""
        return f"{self._category}-{key}"

    async def load(self, key: object, *, session: Session | None = None) -> S:
        """The present state of one stream."""
        state, _ = await self._fold(key, session)
        return state

    async def update(self, key: object, decide: Decide[S], *, session: Session | None = None) -> S:
        """Load, decide, append; returns the state after. Nothing is written when the decision is empty or raises.

        Without `session` it is a transaction of its own, and `decide` may run again on a newer state.
        """
        if session is not None:
            return await self._update(key, decide, session)
        return await self._store.transact(lambda own: self._update(key, decide, own), turn=self.name(key))

    async def _update(self, key: object, decide: Decide[S], session: Session) -> S:
        state, head = await self._fold(key, session)
        events = decide(state)
        for event in events:
            state = self._evolve(state, event)
        if events:
            recorded = await self._store.append(self.name(key), head, events, session)
            await self._keep(state, recorded[-1], len(events), session)
        return state

    async def _fold(self, key: object, session: Session | None) -> tuple[S, Head]:
        state, head = await self._snapshot(key, session)
        for recorded in await self._store.read(self.name(key), session=session, after=head.number):
            state = self._evolve(state, recorded.event)
            head = Head(recorded.number, recorded.position)
        return state, head

    async def _snapshot(self, key: object, session: Session | None) -> tuple[S, Head]:
        """Where to begin: the last snapshot of this version, else the initial state."""
        if self._snapshots is not None:
            wanted = {"_id": self.name(key), "version": self._snapshots}
            kept = await self._store.db.snapshots.find_one(wanted, session=session)
            if kept is not None:
                state = type(self._initial).model_validate_json(kept["state"])
                return state, Head(kept["number"], kept["position"])
        return self._initial, Head()

    async def _keep(self, state: S, last: Recorded, news: int, session: Session) -> None:
        """Keep the state when these `news` events crossed a multiple of `SNAPSHOT_EVERY`."""
        if self._snapshots is None or last.number % SNAPSHOT_EVERY >= news:
            return
        snapshot = {
            "version": self._snapshots,
            "number": last.number,
            "position": last.position,
            "state": state.model_dump_json(),
        }
        await self._store.db.snapshots.replace_one({"_id": last.stream}, snapshot, upsert=True, session=session)
