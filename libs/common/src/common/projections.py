"""Read models: documents folded from streams, brought up to date in the appending transaction, rebuilt at will."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import structlog
from pymongo import IndexModel

from common.events import Recorded, UnknownEvent
from common.mongo import Database, Document, Session, create_collection

logger = structlog.get_logger()

AT_ONCE = 500

Fold = Callable[[Document | None, Recorded], Document | None]


class Log(Protocol):
    """What a view needs of the event store."""

    db: Database

    async def read(self, stream: str, *, session: Session | None = None) -> list[Recorded]:
        """A stream's events in order."""

    async def begun(self, streams: Sequence[str]) -> set[str]:
        """Those of these streams that are in the log."""

    def streams(self, category: str) -> AsyncIterator[str]:
        """The names of a category's streams."""

    async def transact(self, work: Callable[[Session], Any]) -> Any:
        """Run `work` in one transaction."""


@dataclass(frozen=True)
class View:
    """One collection with one document for each stream of one category.

    `fold` is pure: the document so far (none at first) and the next event give the next document (none removes it).
    `key` turns the stream's key into the document's `_id`, and `str` turns that back. `tallied` names fields, with
    their first values, that are counted from other streams and survive here; the fold leaves them alone.

    Each document remembers in `_number` how far it has read. One that is missing or behind (a new view, an emptied
    collection) is folded again from the stream's start by the next append, so a view heals even without a rebuild.
    """

    name: str
    category: str
    fold: Fold
    key: Callable[[str], Any] = str
    indexes: Sequence[IndexModel] = ()
    tallied: Document = field(default_factory=dict)

    def covers(self, stream: str) -> bool:
        """Whether this view follows the stream."""
        return stream.startswith(f"{self.category}-")

    async def prepare(self, db: Database) -> None:
        """Create the collection and its indexes; safe to repeat."""
        await create_collection(db, self.name)
        if self.indexes:
            await db[self.name].create_indexes(list(self.indexes))

    async def follow(self, log: Log, stream: str, news: Sequence[Recorded], session: Session) -> None:
        """Fold newly appended events into the stream's document, in the transaction that appends them."""
        before = await log.db[self.name].find_one({"_id": self.id_of(stream)}, session=session)
        read_so_far = before["_number"] if before else 0
        if read_so_far == news[0].number - 1:
            await self._write(log.db, stream, before, self._folded(before, news), session)
        else:
            await self._refold(log, stream, before, session)

    def expected(self, events: Sequence[Recorded]) -> Document | None:
        """The document that a whole stream adds up to, without `_id` and what is tallied; none where it leaves none."""
        return self._folded(None, events)

    async def rebuild(self, log: Log) -> int:
        """Fold every stream again and remove documents without one, while the service serves; returns the streams.

        Each stream is one transaction, which collides with a concurrent append to it and is then repeated.
        A stream that cannot be read keeps the document it has; the others go on.
        """
        streams = 0
        async for stream in log.streams(self.category):
            streams += 1
            try:
                await log.transact(partial(self._rebuild_one, log, stream))
            except UnknownEvent as error:
                logger.error("stream_not_rebuilt", view=self.name, stream=stream, error=str(error))
        async for identity in self.strays(log):
            await log.db[self.name].delete_one({"_id": identity})
        return streams

    async def strays(self, log: Log) -> AsyncIterator[Any]:
        """The ids of documents without a stream; one that appears meanwhile has its stream already."""
        batch: list[Any] = []
        async for document in log.db[self.name].find({}, {"_id": 1}):
            batch.append(document["_id"])
            if len(batch) == AT_ONCE:
                for identity in await self._without_stream(log, batch):
                    yield identity
                batch = []
        for identity in await self._without_stream(log, batch):
            yield identity

    async def _without_stream(self, log: Log, ids: Sequence[Any]) -> list[Any]:
        names = [f"{self.category}-{identity}" for identity in ids]
        begun = await log.begun(names)
        return [identity for name, identity in zip(names, ids, strict=True) if name not in begun]

    async def _rebuild_one(self, log: Log, stream: str, session: Session) -> None:
        before = await log.db[self.name].find_one({"_id": self.id_of(stream)}, session=session)
        await self._refold(log, stream, before, session)

    async def _refold(self, log: Log, stream: str, before: Document | None, session: Session) -> None:
        events = await log.read(stream, session=session)
        await self._write(log.db, stream, before, self._folded(None, events), session)

    def _folded(self, document: Document | None, events: Sequence[Recorded]) -> Document | None:
        for event in events:
            document = self.fold(document, event)
            if document is not None:
                document = {**document, "_number": event.number}
        return document

    async def _write(
        self, db: Database, stream: str, before: Document | None, after: Document | None, session: Session
    ) -> None:
        identity = {"_id": self.id_of(stream)}
        if after is None:
            await db[self.name].delete_one(identity, session=session)
            return
        counted = {name: (before or {}).get(name, first) for name, first in self.tallied.items()}
        document = {**after, **counted, **identity}
        await db[self.name].replace_one(identity, document, upsert=True, session=session)

    def id_of(self, stream: str) -> Any:
        """The `_id` of a stream's document."""
        return self.key(stream.partition("-")[2])
